"""Gemini as an analyser: looks at the frames of segments and judges each in words and numbers.

Segments go in batches of a limited number of frames. What can be wrong with an answer has one outcome
each: an answer that is cut off is asked for again in two halves; a segment without a usable verdict is
asked for once more and then reported; verdicts nobody asked for are dropped and reported; blocked
content is refused by name; no answer at all is worth another try.
"""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Protocol, Self, cast

from pydantic import SecretStr

from models.errors import BadInput, ContentBlocked, ProviderRefused, ProviderUnavailable
from tasks.providers.access import check_base_url, require_key
from tasks.providers.deadline import Deadline
from tasks.providers.gemini_calls import GeminiAnswer, GeminiBackend, GeminiCall, Resolution
from tasks.providers.gemini_frames import batches_of, frame_size_px, read_frame
from tasks.providers.gemini_prompt import PROMPT_VERSION, SCHEMA, prompt_parts, system_text
from tasks.providers.gemini_sitting import Sitting, listed
from tasks.providers.gemini_verdicts import NotAnAnswer, read_verdicts
from tasks.providers.ports import Analysis, AnalysisProblem, AnalysisRequest, SegmentFacts, Usage

BackendName = Literal["google-genai", "google-generativeai"]

_BACKENDS: Mapping[str, tuple[str, str]] = {
    "google-genai": ("tasks.providers.gemini_genai", "GenaiBackend"),
    "google-generativeai": ("tasks.providers.gemini_generativeai", "GenerativeaiBackend"),
}

# A verdict has about 130 tokens; thinking at its low level takes some hundred per request.
_OUTPUT_TOKENS_PER_SEGMENT = 180
_THINKING_TOKENS_PER_REQUEST = 800
_OUTPUT_LIMIT_PER_SEGMENT = 500
_OUTPUT_LIMIT_FLOOR = 8_000

_BLOCKING = frozenset(
    {"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "IMAGE_SAFETY", "RECITATION", "MODEL_ARMOR"}
)


class ImageTokens(Protocol):
    """How many tokens a picture is: `PriceTable.image_tokens`."""

    def __call__(self, model: str, *, width_px: int, height_px: int, resolution: Resolution | None) -> int:
        """Tokens of one picture."""
        ...


class GeminiAnalyser:
    """Judges segments by their frames. One per profile: the key is its client's. A context manager.

    Args:
        api_key: The profile's key.
        model: As Google spells it, such as `gemini-3.8-flash`.
        image_tokens: How many tokens a picture is, from the price table.
        prompt_version: Which of `gemini_prompt`'s prompts.
        backend: The SDK.
        base_url: Another address than Google's: https, or this machine.
        media_resolution: How finely frames are looked at; `low` is enough to judge footage, and cheapest.
        frames_per_batch: Most frames in one call.

    Raises:
        KeyRefused: there is no key.
        BadInput: no such backend or prompt, or an address that would show the key.
    """

    name = "gemini"

    def __init__(
        self,
        api_key: SecretStr | None,
        model: str,
        *,
        image_tokens: ImageTokens,
        prompt_version: str = PROMPT_VERSION,
        backend: BackendName = "google-genai",
        base_url: str | None = None,
        media_resolution: Resolution = "low",
        frames_per_batch: int = 40,
    ) -> None:
        key = require_key(api_key, provider="gemini", title="Gemini")
        self.model = model
        self.prompt_version = prompt_version
        self._system = system_text(prompt_version)
        self._image_tokens = image_tokens
        self._frames_per_batch = frames_per_batch
        self._asked_resolution = media_resolution
        self._backend = _open_backend(backend, key, check_base_url(base_url) if base_url else None)
        #: What is really asked for; None is the model's default.
        self.media_resolution = media_resolution if self._backend.can_set_resolution else None

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides the answer besides the request."""
        return {
            "provider": self.name,
            "model": self.model,
            "prompt_version": self.prompt_version,
            "media_resolution": self.media_resolution,
        }

    def close(self) -> None:
        """Lets go of the connections."""
        self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def batches(self, request: AnalysisRequest) -> tuple[AnalysisRequest, ...]:
        """The request in parts that one call each answers."""
        return tuple(
            AnalysisRequest(tuple(batch), request.context) for batch in self._batches(request.segments)
        )

    def estimate(self, request: AnalysisRequest) -> Usage:
        """About what judging all segments will use.

        Raises:
            BadInput: nothing is known about how the model counts pictures, or a still can't be read.
        """
        total = Usage()
        for batch in self._batches(request.segments):
            pictures = {segment.index: [b""] * len(segment.stills) for segment in batch}
            texts = [part for part in prompt_parts(batch, request.context, pictures) if isinstance(part, str)]
            images = sum(self._tokens_of(still) for segment in batch for still in segment.stills)
            total += Usage(
                input_tokens=images + sum(_text_tokens(text) for text in (self._system, *texts)),
                output_tokens=_OUTPUT_TOKENS_PER_SEGMENT * len(batch),
                thinking_tokens=_THINKING_TOKENS_PER_REQUEST,
                requests=1,
            )
        return total

    def estimate_most(self, request: AnalysisRequest) -> Usage:
        """Every batch asked twice, for verdicts that were missing, and every answer as long as allowed.

        Answers that are cut off at that length are asked for in halves and come on top.
        """
        total = Usage()
        for batch in self._batches(request.segments):
            once = replace(
                self.estimate(AnalysisRequest(tuple(batch), request.context)),
                output_tokens=_output_limit(batch),  # which thinking counts towards
                thinking_tokens=0,
            )
            total += once + once
        return total

    def analyse(self, request: AnalysisRequest, *, timeout_s: float) -> Analysis:
        """Judges all segments that have stills, in as many calls as it takes.

        Segments without a usable verdict are asked for once more. Should that second call fail, the
        verdicts that are there are kept and the failure is told as a problem.

        Raises:
            KeyRefused, QuotaExhausted, ContentBlocked, ProviderRefused: Gemini said no for good.
            ProviderUnavailable: no proper answer, or not one usable verdict in all of it.
            BadInput: a still can't be read, or there is no such model.
        """
        sitting = Sitting(request.context, Deadline(timeout_s, waiting_for="Gemini"))
        self._judge_all(request.segments, sitting)
        missing = [segment for segment in request.segments if sitting.lacks(segment) and segment.stills]
        if missing:
            self._judge_again(missing, sitting)
        analysis = sitting.result(request.segments)
        return replace(analysis, problems=(*self._resolution_problem(), *analysis.problems))

    def _judge_again(self, missing: Sequence[SegmentFacts], sitting: Sitting) -> None:
        try:
            self._judge_all(missing, sitting)
        except (ProviderRefused, ProviderUnavailable) as failure:
            if not sitting.verdicts:
                raise
            sitting.tell("second_call", str(failure), _indices(missing))
        if not sitting.verdicts:
            error = _answered("Gemini's answer had no usable verdict.")
            error.usage = sitting.usage
            raise error

    def _judge_all(self, segments: Sequence[SegmentFacts], sitting: Sitting) -> None:
        try:
            for batch in tuple(self._batches(segments)):  # a missing frame is found before anything is sent
                self._judge(batch, sitting)
        except (ProviderRefused, ProviderUnavailable) as error:
            error.usage = sitting.usage
            raise

    def _judge(self, batch: Sequence[SegmentFacts], sitting: Sitting) -> None:
        answer = self._ask(batch, sitting)
        if answer.finish == "MAX_TOKENS":
            if len(batch) == 1:
                sitting.invalid[batch[0].index] = "the answer was cut off"
                return
            half = len(batch) // 2
            self._judge(batch[:half], sitting)
            self._judge(batch[half:], sitting)
            return
        blocked = answer.block_reason or (answer.finish if answer.finish in _BLOCKING else "")
        if blocked:
            raise ContentBlocked(
                f"Gemini does not judge this footage ({blocked}, segments {listed(_indices(batch))}):"
                " leave that footage out, reword the project's context, or use the offline analyser."
            )
        if not answer.text.strip():
            raise _answered(f"Gemini's answer was empty ({answer.finish or 'no candidate'}).")
        try:
            sitting.take(read_verdicts(answer.text, _indices(batch)))
        except NotAnAnswer as error:
            raise _answered(f"Gemini's answer was not of the asked form ({error}).") from None

    def _ask(self, batch: Sequence[SegmentFacts], sitting: Sitting) -> GeminiAnswer:
        pictures = {segment.index: [read_frame(still) for still in segment.stills] for segment in batch}
        call = GeminiCall(
            system=self._system,
            parts=prompt_parts(batch, sitting.context, pictures),
            schema=SCHEMA,
            max_output_tokens=_output_limit(batch),
            resolution=self.media_resolution,
        )
        answer = sitting.deadline.call(
            lambda left_s: self._backend.generate(call, model=self.model, timeout_s=left_s)
        )
        sitting.usage += answer.usage or self._assumed(batch, sitting.context)
        return answer

    def _assumed(self, batch: Sequence[SegmentFacts], context: str) -> Usage:
        """Our estimate, for an answer that came without the service's numbers."""
        return self.estimate(AnalysisRequest(tuple(batch), context)) + Usage(raw={"estimated_requests": 1})

    def _tokens_of(self, still: Path) -> int:
        width_px, height_px = frame_size_px(still)
        return self._image_tokens(
            self.model, width_px=width_px, height_px=height_px, resolution=self.media_resolution
        )

    def _batches(self, segments: Sequence[SegmentFacts]) -> Iterator[list[SegmentFacts]]:
        return batches_of(segments, frames_per_batch=self._frames_per_batch)

    def _resolution_problem(self) -> Iterator[AnalysisProblem]:
        if self.media_resolution != self._asked_resolution:
            yield AnalysisProblem(
                "resolution",
                f"google-generativeai can't ask for {self._asked_resolution} media resolution:"
                " frames count in the model's default, which costs more. google-genai can.",
            )


def _open_backend(name: str, key: str, base_url: str | None) -> GeminiBackend:
    if name not in _BACKENDS:
        raise BadInput(f"There is no Gemini backend {name!r}; there are {' and '.join(_BACKENDS)}.")
    module, attribute = _BACKENDS[name]
    try:
        # Imported when it is wanted: each SDK takes half a second and some tens of megabytes.
        backend = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise BadInput(
            f"The package {name} is not installed ({error.name}): install it, or choose the other."
        ) from None
    return cast("GeminiBackend", backend(key, base_url))


def _indices(batch: Sequence[SegmentFacts]) -> list[int]:
    return [segment.index for segment in batch]


def _output_limit(batch: Sequence[SegmentFacts]) -> int:
    return _OUTPUT_LIMIT_FLOOR + _OUTPUT_LIMIT_PER_SEGMENT * len(batch)


def _text_tokens(text: str) -> int:
    """A quarter of the characters; letters beyond ASCII count by their bytes, as they have more tokens."""
    return -(-len(text.encode()) // 4)


def _answered(message: str) -> ProviderUnavailable:
    """The error for an answer that is of no use: what it costs is known."""
    error = ProviderUnavailable(message)
    error.never_billed = True
    return error
