"""What goes to Gemini and comes back, whichever SDK carries it, and its errors in our words."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from models.errors import (
    BadInput,
    KeyRefused,
    ProviderRefused,
    ProviderUnavailable,
    QuotaExhausted,
    ReelflowError,
)
from tasks.providers.access import quote
from tasks.providers.ports import Usage

Resolution = Literal["low", "medium", "high"]

BASE_URL = "https://generativelanguage.googleapis.com"

_SET_KEY = "set another with `reelflow profile set-key gemini`"


@dataclass(frozen=True, slots=True)
class GeminiCall:
    """One request."""

    system: str
    """Who the model is and how it judges."""
    parts: tuple[str | bytes, ...]
    """Texts and JPEG pictures in their order."""
    schema: Mapping[str, Any]
    """Form of the answer, in the service's own notation."""
    max_output_tokens: int
    """Where the answer is cut, thinking included."""
    resolution: Resolution | None
    """How finely pictures are looked at; None for the model's default."""


@dataclass(frozen=True, slots=True)
class GeminiAnswer:
    """One answer, whatever it is worth."""

    text: str
    """Without the thoughts; empty when there is none."""
    finish: str
    """The service's word for why it ended: `STOP`, `MAX_TOKENS`, `SAFETY`; empty without any candidate."""
    block_reason: str
    """Why the prompt was not processed; empty when it was."""
    usage: Usage | None
    """What the service counted; None when it does not say."""


class GeminiBackend(Protocol):
    """An SDK."""

    @property
    def can_set_resolution(self) -> bool:
        """Whether it can ask for another resolution than the model's default."""
        ...

    def generate(self, call: GeminiCall, *, model: str, timeout_s: float) -> GeminiAnswer:
        """Sends one request, once.

        Raises:
            ProviderRefused, ProviderUnavailable, BadInput: as `service_error` says.
        """
        ...

    def close(self) -> None:
        """Lets go of its connections."""
        ...


def usage_of(prompt: int | None, answer: int | None, thoughts: int | None, total: int | None) -> Usage:
    """The service's counts as usage.

    Args:
        prompt: `promptTokenCount`.
        answer: `candidatesTokenCount`.
        thoughts: `thoughtsTokenCount`; what is left of the total when None, as the SDK does not know it.
        total: `totalTokenCount`.
    """
    thinking = thoughts if thoughts is not None else max(0, (total or 0) - (prompt or 0) - (answer or 0))
    return Usage(
        input_tokens=prompt or 0,
        output_tokens=answer or 0,
        thinking_tokens=thinking,
        requests=1,
        raw={"totalTokenCount": total or 0},
    )


def service_error(
    code: int, message: str, details: Iterable[Any], headers: Mapping[str, str], *, model: str, key: str
) -> ReelflowError:
    """An error answer of the service as one of ours.

    Args:
        code: HTTP status.
        message: The service's sentence.
        details: Its `details`, as dictionaries.
        headers: Of the answer.
        model: What was asked for.
        key: The key, to keep it out of the sentence.
    """
    facts = [detail for detail in details if isinstance(detail, dict)]
    said = quote(message, key=key) or f"error {code}"
    if code == 429:
        if any("PerDay" in limit for limit in _exceeded_limits(facts)):
            return QuotaExhausted(
                f"Gemini's quota for the day is used up ({said}): wait for the next day or raise the plan at"
                " https://aistudio.google.com."
            )
        error = ProviderUnavailable(
            f"Gemini gets too many requests on this key ({said}).", retry_after_s=_wait_s(facts, headers)
        )
        error.never_billed = True
        return error
    if code in (408, 409) or code >= 500:
        error = ProviderUnavailable(
            f"Gemini is not available ({code}: {said}).", retry_after_s=_wait_s(facts, headers)
        )
        # Failed requests are not charged (https://ai.google.dev/gemini-api/docs/billing); whether one that
        # ran out of time has failed is another question.
        error.never_billed = code not in (408, 504)
        return error
    if any(fact.get("reason") == "API_KEY_INVALID" for fact in facts) or "API key not valid" in message:
        return KeyRefused(f"Gemini does not know this key: {_SET_KEY}.")
    if code in (401, 403):
        return KeyRefused(
            f"Gemini refuses this key ({said}): {_SET_KEY}, or allow it at https://aistudio.google.com."
        )
    if code == 404:
        return BadInput(f"Gemini has no model {model!r} for this: choose another in the settings.")
    return ProviderRefused(f"Gemini refuses the request ({code}: {said}).")


def unreadable(error: Exception) -> ProviderUnavailable:
    """The error for an answer that is no answer."""
    return ProviderUnavailable(f"Gemini's answer could not be read ({type(error).__name__}).")


def unreachable(error: Exception) -> ProviderUnavailable:
    """The error for a connection that failed or took too long."""
    kind = type(error).__name__
    failure = ProviderUnavailable(
        "Gemini did not answer in time."
        if "Timeout" in kind
        else f"The connection to Gemini failed ({kind})."
    )
    failure.never_billed = kind in ("ConnectError", "ConnectTimeout")  # nothing was sent
    return failure


def _exceeded_limits(facts: list[dict[str, Any]]) -> list[str]:
    return [
        str(violation.get("quotaId", ""))
        for fact in facts
        for violation in fact.get("violations", ())
        if isinstance(violation, dict)
    ]


def _wait_s(facts: list[dict[str, Any]], headers: Mapping[str, str]) -> float | None:
    """`RetryInfo` of the body, else the header."""
    candidates = [fact.get("retryDelay") for fact in facts]
    candidates += [value for name, value in headers.items() if name.lower() == "retry-after"]
    for text in candidates:
        found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*s?\s*", str(text or ""))
        if found:
            return float(found[1])
    return None
