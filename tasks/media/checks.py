"""Checks of a finished file, made on the file itself, and the report that goes with it.

A failed check means the file is not published. What was already so in the footage (a black or still
span, silence) is told, but is no fault of the render.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import ffmpeg
from pydantic import BaseModel, ConfigDict

from models.edit import Word
from tasks.media import loudness
from tasks.media.caption_report import CaptionsReport
from tasks.media.ffmpeg import run
from tasks.media.presets import Preset

LOUDNESS_TOLERANCE_LU = 0.5

_BLACK_S = 0.3
_FROZEN_S = 1.5
_SILENT_S = 1.0
_SILENT_DB = -50

#: Shown on fewer lines than the picture has, black and still spans are as visible and cost little.
_WATCH_WIDTH = 180


class Span(BaseModel):
    """A stretch of the file, in seconds."""

    model_config = ConfigDict(frozen=True)

    start_s: float
    end_s: float

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share any time."""
        return self.start_s < other.end_s and other.start_s < self.end_s


class Check(BaseModel):
    """One question put to the file, its answer and what was asked for."""

    model_config = ConfigDict(frozen=True)

    name: str
    passed: bool
    measured: str
    wanted: str
    spans: tuple[Span, ...] = ()


class QualityReport(BaseModel):
    """All checks of one file."""

    model_config = ConfigDict(frozen=True)

    checks: tuple[Check, ...]
    duration_s: float
    frames: int
    integrated_lufs: float | None
    true_peak_dbtp: float | None

    @property
    def passed(self) -> bool:
        """Whether the file may be published."""
        return all(check.passed for check in self.checks)

    @property
    def failures(self) -> str:
        """The failed checks as one sentence."""
        return "; ".join(
            f"{check.name}: {check.measured}, wanted {check.wanted}"
            for check in self.checks
            if not check.passed
        )


@dataclass(frozen=True)
class Expected:
    """What the file should be.

    Attributes:
        preset: Size, rate and loudness.
        frames: Exact number of frames.
        words: Words of the voice in clip time; empty without a voice.
        is_silent: The mix itself holds no sound, so there is no loudness to reach.
        known_black: Clip spans whose footage is black.
        known_still: Clip spans whose footage does not move.
        captions: What was found out about the burned captions, if any.
    """

    preset: Preset
    frames: int
    words: Sequence[Word] = ()
    is_silent: bool = False
    known_black: Sequence[Span] = ()
    known_still: Sequence[Span] = ()
    captions: CaptionsReport | None = None


def check_file(path: Path, expected: Expected, *, timeout_s: float) -> QualityReport:
    """Measures a finished file and holds it against what was asked for.

    Raises:
        MediaToolFailed, MediaToolTimedOut, RunStopped: the file could not be read.
    """
    facts = _read_streams(path)
    black, frozen, silent, sound = _watch(path, facts.duration_s, timeout_s=timeout_s)
    preset = expected.preset
    checks = [
        _same("size", f"{facts.width}x{facts.height}", f"{preset.width}x{preset.height}"),
        _same("frame rate", f"{facts.fps:g}", f"{preset.fps:g}"),
        _same("frames", str(facts.frames), str(expected.frames)),
        Check(
            name="sound as long as picture",
            passed=abs(facts.audio_s - facts.duration_s) < 1 / preset.fps,
            measured=f"{facts.audio_s - facts.duration_s:+.4f} s",
            wanted=f"less than {1 / preset.fps:.4f} s apart",
        ),
        *_loudness_checks(sound, expected),
        _unexplained("black picture", black, expected.known_black),
        _unexplained("frozen picture", frozen, expected.known_still),
        _voice_heard(silent, expected.words),
    ]
    if expected.captions is not None:
        checks.append(
            Check(
                name="captions inside the safe zone and the file",
                passed=expected.captions.passed,
                measured="; ".join(expected.captions.problems) or f"{expected.captions.events} captions",
                wanted="all of them",
            )
        )
    return QualityReport(
        checks=tuple(checks),
        duration_s=facts.duration_s,
        frames=facts.frames,
        integrated_lufs=_finite(sound.integrated_lufs),
        true_peak_dbtp=_finite(sound.true_peak_dbtp),
    )


@dataclass(frozen=True)
class _Streams:
    width: int
    height: int
    fps: float
    frames: int
    duration_s: float
    audio_s: float


def _read_streams(path: Path) -> _Streams:
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        frames = sum(1 for packet in container.demux(video) if packet.size)
        rate = video.average_rate
        return _Streams(
            width=video.width,
            height=video.height,
            fps=float(rate) if rate else 0.0,
            frames=frames,
            duration_s=_stream_s(video),
            audio_s=_stream_s(audio),
        )


def _stream_s(stream: "av.video.stream.VideoStream | av.audio.stream.AudioStream") -> float:
    if stream.duration is None or stream.time_base is None:
        return 0.0
    return float(stream.duration * stream.time_base)


def _watch(
    path: Path, duration_s: float, *, timeout_s: float
) -> tuple[list[Span], list[Span], list[Span], loudness.Loudness]:
    """One pass over the file. Half its frames are enough to see what lasts: those that others build on."""
    source = ffmpeg.input(path.name, skip_frame="noref", skip_loop_filter="all")
    picture = (
        source["v:0"]
        .filter("scale", _WATCH_WIDTH, -2, flags="fast_bilinear")
        .filter("blackdetect", d=_BLACK_S, pix_th=0.1)
        .filter("freezedetect", n="-60dB", d=_FROZEN_S)
    )
    sound = (
        source["a:0"]
        .filter("silencedetect", n=f"{_SILENT_DB}dB", d=_SILENT_S)
        .filter("ebur128", **loudness.METER)
    )
    arguments = ffmpeg.output(picture, sound, "-", f="null", fps_mode="passthrough").compile()[1:]
    lines: list[str] = []

    def process(meter: Callable[[str], bool]) -> None:
        def watch(line: str) -> bool:
            lines.append(line)
            return meter(line)

        run(arguments, doing="checking the file", timeout_s=timeout_s, cwd=path.parent, on_line=watch)

    measured = loudness.read_log(process)
    log = "\n".join(lines)
    return (
        _spans(log, "black", duration_s),
        _spans(log, "freeze", duration_s),
        _spans(log, "silence", duration_s),
        measured,
    )


def _spans(log: str, kind: str, duration_s: float) -> list[Span]:
    """Spans from a detector's log; one that is still open at the end has a start only."""
    starts = [float(value) for value in re.findall(rf"{kind}_start:\s*(-?[\d.]+)", log)]
    ends = [float(value) for value in re.findall(rf"{kind}_end:\s*(-?[\d.]+)", log)]
    ends += [duration_s] * (len(starts) - len(ends))
    return [
        Span(start_s=max(0.0, start), end_s=end)
        for start, end in zip(starts, ends, strict=False)
        if end > start
    ]


def _same(name: str, measured: str, wanted: str) -> Check:
    return Check(name=name, passed=measured == wanted, measured=measured, wanted=wanted)


def _loudness_checks(sound: loudness.Loudness, expected: Expected) -> list[Check]:
    preset = expected.preset
    if expected.is_silent:
        return [
            Check(
                name="loudness", passed=True, measured="no sound in the footage", wanted="nothing to bring up"
            )
        ]
    return [
        Check(
            name="loudness",
            passed=abs(sound.integrated_lufs - preset.integrated_lufs) <= LOUDNESS_TOLERANCE_LU,
            measured=f"{sound.integrated_lufs:.1f} LUFS",
            wanted=f"{preset.integrated_lufs:g} ±{LOUDNESS_TOLERANCE_LU:g} LUFS",
        ),
        Check(
            name="true peak",
            passed=sound.true_peak_dbtp <= preset.true_peak_dbtp,
            measured=f"{sound.true_peak_dbtp:.1f} dBTP",
            wanted=f"at most {preset.true_peak_dbtp:g} dBTP",
        ),
    ]


def _unexplained(name: str, found: Sequence[Span], known: Sequence[Span]) -> Check:
    bad = [span for span in found if not any(span.overlaps(other) for other in known)]
    told = f"{sum(span.end_s - span.start_s for span in found):.1f} s"
    return Check(
        name=name,
        passed=not bad,
        measured=told if not found or bad else f"{told}, as in the footage",
        wanted="none that the footage does not have",
        spans=tuple(found),
    )


def _voice_heard(silent: Sequence[Span], words: Sequence[Word]) -> Check:
    """A word that lies wholly in silence was lost on the way."""
    lost = [
        word
        for word in words
        if any(span.start_s <= word.start_s and word.end_s <= span.end_s for span in silent)
    ]
    return Check(
        name="silence",
        passed=not lost,
        measured=(
            f"{sum(span.end_s - span.start_s for span in silent):.1f} s silent, {len(lost)} words not heard"
        ),
        wanted="every word heard" if words else "told only",
        spans=tuple(silent),
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
