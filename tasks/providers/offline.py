"""The analyser and the voice that need no key, no network and no money: the default of every install.

The analyser judges by what was measured, and says so in words; the voice is eSpeak NG in a process of
its own (`tasks.providers.espeak`).
"""

import json
import re
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import BadInput, Fault, MediaToolFailed
from models.settings import CHECKOUT
from tasks.media import ffmpeg
from tasks.media.words import Span, WordEvent, words_from_events
from tasks.providers.ports import (
    Analysis,
    AnalysisRequest,
    OfferedVoice,
    SegmentFacts,
    SegmentVerdict,
    Speech,
    SpeechRequest,
    Usage,
)

_RATE = 160  # words a minute; eSpeak's own 175 is hurried for a product text
_PITCH, _RANGE, _AMPLITUDE = 48, 60, 100  # of 0-99, 0-99, 0-200: a little lower and livelier than 50, 50
_SPEEDS = (0.5, 2.0)
_REFUSED = 2  # the program's exit status when it answers with a sentence

_LONE_DASH = re.compile(r"(?<=\s)[-–—―−](?=\s)")

#: Half of a segment black or frozen: it is no picture to build a video on.
_SPOILT_SHARE = 0.5


class OfflineVoice:
    """Speaks with eSpeak NG, a few hundred times as fast as the speech lasts."""

    name = "offline"
    model = "espeak-ng"

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides the answer besides the request."""
        return {"provider": self.name, "model": self.model}

    def estimate(self, request: SpeechRequest) -> Usage:  # noqa: ARG002 - the port's
        """Nothing: it is free."""
        return Usage()

    def speak(self, request: SpeechRequest, into: Path, *, timeout_s: float) -> Speech:
        """Speaks a text into `into/speech.wav`.

        The voice is a language with an optional variant, such as `en-us`, `de` or `fr+f3`.

        Raises:
            BadInput: there is nothing to say, no such voice, or the speed is out of range.
            Fault: the eSpeak NG library is not installed.
            MediaToolTimedOut: it took longer than `timeout_s`.
        """
        if not any(character.isalnum() for character in request.text):
            raise BadInput("There is nothing to say in this text: write at least one word.")
        if not _SPEEDS[0] <= request.speed <= _SPEEDS[1]:
            raise BadInput(
                f"The offline voice speaks at {_SPEEDS[0]} to {_SPEEDS[1]} times its normal speed,"
                f" not at {request.speed}."
            )
        audio = into.absolute() / "speech.wav"
        spoken = speakable(request.text)
        answer = _run_espeak(
            {
                "text": spoken,
                "voice": request.voice,
                "rate": round(_RATE * request.speed),
                "pitch": _PITCH,
                "range": _RANGE,
                "amplitude": _AMPLITUDE,
                "wav": str(audio),
            },
            timeout_s=timeout_s,
        )
        words = words_from_events(
            request.text,
            [WordEvent(position, start_s) for position, start_s in answer["events"]],
            duration_s=answer["duration_s"],
            silences=[Span(start_s, end_s) for start_s, end_s in answer["silences"]],
        )
        return Speech(
            audio=audio,
            sample_rate=answer["sample_rate"],
            duration_s=answer["duration_s"],
            words=words,
            characters=len(request.text),
            provider=self.name,
            model=self.model,
            voice=request.voice,
        )

    def list_voices(self, *, timeout_s: float) -> tuple[OfferedVoice, ...]:
        """The languages it speaks; every one also has variants, such as `en-us+f3`.

        Raises:
            Fault: the eSpeak NG library is not installed.
            MediaToolTimedOut: it took longer than `timeout_s`.
        """
        answer = _run_espeak({"list": True}, timeout_s=timeout_s)
        return tuple(OfferedVoice(id=voice, name=name) for voice, name in answer["voices"].items())


def speakable(text: str) -> str:
    """The text without what nobody would read out, of the same length, so that positions still hold.

    Emoji, arrows and invisible characters become spaces (eSpeak says "party popper"); a dash that stands
    alone becomes a comma, which is the pause it means.
    """
    return _LONE_DASH.sub(",", "".join(" " if _is_unspoken(character) else character for character in text))


def _is_unspoken(character: str) -> bool:
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Cs", "Co", "Cn"):
        return True
    is_variation_selector = 0xFE00 <= ord(character) <= 0xFE0F
    return is_variation_selector or (ord(character) >= 0x2190 and category in ("So", "Sm", "Sk"))


def _run_espeak(request: dict[str, Any], *, timeout_s: float) -> dict[str, Any]:
    """Runs the program for one request and returns its answer."""
    answer = bytearray()
    try:
        ffmpeg.run_process(
            [sys.executable, "-m", "tasks.providers.espeak"],
            doing="speaking the script",
            timeout_s=timeout_s,
            cwd=CHECKOUT,  # where the package is found even when it is not installed
            stdin=json.dumps(request).encode(),
            on_output=answer.extend,
        )
    except MediaToolFailed as failure:
        if failure.exit_status != _REFUSED or not answer:
            raise
        refusal = json.loads(answer)
        error = BadInput if refusal["kind"] == "bad_input" else Fault
        raise error(refusal["error"]) from None
    result: dict[str, Any] = json.loads(answer)
    return result


@dataclass(frozen=True, slots=True)
class _Marks:
    """A segment's qualities, each 0 to 1."""

    sharp: float
    lit: float
    lively: float


class OfflineAnalyser:
    """Ranks segments by what was measured, without looking at what they show."""

    name = "offline"
    model = "measured"

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides the answer besides the request."""
        return {"provider": self.name, "model": self.model}

    def estimate(self, request: AnalysisRequest) -> Usage:  # noqa: ARG002 - the port's
        """Nothing: it is free."""
        return Usage()

    def estimate_most(self, request: AnalysisRequest) -> Usage:  # noqa: ARG002 - the port's
        """Nothing: it is free."""
        return Usage()

    def batches(self, request: AnalysisRequest) -> tuple[AnalysisRequest, ...]:
        """The request as it is: segments are judged against each other."""
        return (request,)

    def analyse(self, request: AnalysisRequest, *, timeout_s: float = 0.0) -> Analysis:  # noqa: ARG002 - the port's
        """Judges all segments of the request; never fails and never refuses one.

        Sharpness counts relative to the sharpest segments of the request: its scale depends on the
        footage. Black, frozen and blurred segments rank behind all others, yet have a score, so that
        footage with nothing better still makes a video.
        """
        sharpest = _upper_quartile([segment.sharpness for segment in request.segments])
        return Analysis(tuple(_judge(segment, _rate(segment, sharpest)) for segment in request.segments))


def _upper_quartile(values: list[float]) -> float:
    return sorted(values)[(3 * len(values)) // 4] if values else 0.0


def _rate(segment: SegmentFacts, sharpest: float) -> _Marks:
    return _Marks(
        sharp=min(1.0, max(0.0, segment.sharpness) / sharpest) if sharpest > 0 else 0.0,
        lit=_trapezium(segment.brightness, 20, 75, 175, 245),
        # Below 0.3 nothing moves; hand-held product shots lie between 2 and 12; above 40 it is a blur.
        lively=_trapezium(segment.motion, 0.3, 4.0, 14.0, 45.0),
    )


def _trapezium(value: float, zero: float, full: float, full_until: float, zero_again: float) -> float:
    """0 outside (`zero`, `zero_again`), 1 between `full` and `full_until`, straight in between."""
    rise = (value - zero) / (full - zero)
    fall = (zero_again - value) / (zero_again - full_until)
    return max(0.0, min(1.0, rise, fall))


def _judge(segment: SegmentFacts, marks: _Marks) -> SegmentVerdict:
    quality = 0.4 * marks.sharp + 0.25 * marks.lit + 0.35 * marks.lively
    quality *= 1 - 0.5 * max(segment.black_share, segment.frozen_share)
    opening = 0.55 * marks.lively + 0.25 * marks.sharp + 0.2 * marks.lit
    if not segment.is_long_enough:
        quality *= 0.8
        opening *= 0.8
    spoilt = _what_spoils(segment)
    if spoilt:
        score, hook = 1 + 24 * quality, 20 * opening
    else:
        score, hook = 30 + 70 * quality, 100 * opening
    strengths, weaknesses = _in_words(segment, marks)
    # What spoils a segment says it all: "well lit" about a frozen picture would only puzzle.
    reason = ", ".join(spoilt or [*strengths, *weaknesses])
    return SegmentVerdict(
        index=segment.index,
        score=round(score),
        hook=round(hook),
        description=f"{segment.duration_s:.1f} s: {reason}",
        highlights=() if spoilt else tuple(strengths),
        tags=_tags(segment, marks),
        reason=reason[0].upper() + reason[1:],
    )


def _what_spoils(segment: SegmentFacts) -> list[str]:
    spoilt = []
    if segment.black_share >= _SPOILT_SHARE:
        spoilt.append("mostly black")
    if segment.frozen_share >= _SPOILT_SHARE and segment.black_share < _SPOILT_SHARE:
        spoilt.append("mostly a still picture")
    if segment.is_blurred and segment.black_share < _SPOILT_SHARE:
        spoilt.append("blurred")
    return spoilt


def _in_words(segment: SegmentFacts, marks: _Marks) -> tuple[list[str], list[str]]:
    """What speaks for the segment, and what against it."""
    strengths: list[str] = []
    weaknesses: list[str] = []
    for phrase, is_strength in (
        _phrase(marks.sharp, "sharp", "fairly sharp", "soft"),
        _phrase(marks.lit, "well lit", "fair light", "dark" if segment.brightness < 100 else "too bright"),
        _phrase(
            marks.lively,
            "lively motion",
            "some motion",
            "hardly any motion" if segment.motion < 10 else "hectic motion",
        ),
    ):
        (strengths if is_strength else weaknesses).append(phrase)
    if segment.black_share > 0.05:
        weaknesses.append("partly black")
    if segment.frozen_share > 0.05:
        weaknesses.append("partly still")
    if not segment.is_long_enough:
        weaknesses.append("short")
    return strengths, weaknesses


def _phrase(mark: float, good: str, fair: str, poor: str) -> tuple[str, bool]:
    if mark >= 0.7:
        return good, True
    return (fair, True) if mark >= 0.4 else (poor, False)


def _tags(segment: SegmentFacts, marks: _Marks) -> tuple[str, ...]:
    tags = (
        ("sharp", marks.sharp >= 0.7),
        ("bright", segment.brightness >= 140),
        ("dark", segment.brightness < 50),
        ("lively", marks.lively >= 0.7),
        ("calm", marks.lively < 0.4 and segment.motion < 10),
        ("sound", segment.audio_db is not None and segment.audio_db > -45),
        ("silent", segment.audio_db is None or segment.audio_db <= -45),
    )
    return tuple(tag for tag, applies in tags if applies)
