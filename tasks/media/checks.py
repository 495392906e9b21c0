"""Checks of a finished file, made on the file itself, and the report that goes with it.

A failed check means the file is not published. What was already so in the footage (a black or still
span, silence) is told, but is no fault of the render.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import ffmpeg
from pydantic import BaseModel, ConfigDict

from models.edit import Word
from models.errors import MediaToolFailed
from tasks.media import loudness
from tasks.media.caption_report import CaptionsReport
from tasks.media.ffmpeg import run
from tasks.media.presets import Preset
from tasks.media.watch import watch

#: A word that lies in so much silence is lost; from a second on silence is worth telling.
_SILENT_S = 0.5
_TOLD_SILENCE_S = 1.0
_SILENT_DB = -50

#: Footage and file are measured on different grids: spans may differ by this much.
_EDGE_S = 0.2


class Span(BaseModel):
    """A stretch of the file, in seconds."""

    model_config = ConfigDict(frozen=True)

    start_s: float
    end_s: float


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
        has_target_loudness: Whether the mix could be brought to the preset's loudness; silence can't.
        known_black: Clip spans whose footage is black.
        known_still: Clip spans whose footage does not move.
        card: The span of the end card, which stands still, if there is one.
        is_card_black: Whether the card's ground is black.
        captions: What was found out about the burned captions, if any.
    """

    preset: Preset
    frames: int
    words: Sequence[Word] = ()
    has_target_loudness: bool = True
    known_black: Sequence[Span] = ()
    known_still: Sequence[Span] = ()
    card: Span | None = None
    is_card_black: bool = False
    captions: CaptionsReport | None = None


def check_file(path: Path, expected: Expected, *, timeout_s: float) -> QualityReport:
    """Measures a finished file and holds it against what was asked for.

    Raises:
        MediaToolFailed, MediaToolTimedOut, RunStopped: the file could not be read.
    """
    facts = _read_streams(path)
    preset, captions = expected.preset, expected.captions
    seen = watch(
        path,
        frame_s=1 / preset.fps,
        hidden_px=captions.box_px if captions else None,
        timeout_s=timeout_s,
    )
    checks = [
        _same("size", f"{facts.width}x{facts.height}", f"{preset.width}x{preset.height}"),
        _same("frame rate", f"{facts.fps:g}", f"{preset.fps:g}"),
        _same("frames", str(facts.frames), str(expected.frames)),
        _unexplained(
            "black picture",
            _as_spans(seen.black),
            expected.known_black,
            card=expected.card if expected.is_card_black else None,
        ),
        _unexplained("frozen picture", _as_spans(seen.frozen), expected.known_still, card=expected.card),
    ]
    sound: loudness.Loudness | None = None
    if facts.audio_s is None:
        checks.append(Check(name="sound", passed=False, measured="none", wanted="one audio stream"))
    else:
        sound, silent = _listen(path, facts.audio_s, timeout_s=timeout_s)
        checks += [
            Check(
                name="sound as long as picture",
                passed=abs(facts.audio_s - facts.duration_s) < 1 / preset.fps,
                measured=f"{facts.audio_s - facts.duration_s:+.4f} s",
                wanted=f"less than {1 / preset.fps:.4f} s apart",
            ),
            *_loudness_checks(sound, expected),
            _voice_heard(silent, expected.words, facts.audio_s),
        ]
    if captions is not None:
        checks.append(
            Check(
                name="captions inside the safe zone and the file",
                passed=captions.passed,
                measured="; ".join(captions.problems) or f"{captions.events} captions",
                wanted="all of them",
            )
        )
    return QualityReport(
        checks=tuple(checks),
        duration_s=facts.duration_s,
        frames=facts.frames,
        integrated_lufs=None if sound is None or sound.is_silent else sound.integrated_lufs,
        true_peak_dbtp=None if sound is None or sound.is_silent else sound.true_peak_dbtp,
    )


@dataclass(frozen=True)
class _Streams:
    width: int
    height: int
    fps: float
    frames: int
    duration_s: float
    audio_s: float | None


def _read_streams(path: Path) -> _Streams:
    try:
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            audio = container.streams.audio[0] if container.streams.audio else None
            frames = sum(1 for packet in container.demux(video) if packet.size)
            rate = video.average_rate
            return _Streams(
                width=video.width,
                height=video.height,
                fps=float(rate) if rate else 0.0,
                frames=frames,
                duration_s=_stream_s(video),
                audio_s=_stream_s(audio) if audio else None,
            )
    except (av.error.FFmpegError, IndexError) as error:
        raise MediaToolFailed("checking the file", 1, f"{path.name} can't be read: {error}") from error


def _stream_s(stream: "av.video.stream.VideoStream | av.audio.stream.AudioStream") -> float:
    if stream.duration is None or stream.time_base is None:
        return 0.0
    return float(stream.duration * stream.time_base)


def _listen(path: Path, audio_s: float, *, timeout_s: float) -> tuple[loudness.Loudness, list[Span]]:
    """Loudness, peak and silent spans of a file's sound, in one pass."""
    sound = (
        ffmpeg.input(path.name)["a:0"]
        .filter("silencedetect", n=f"{_SILENT_DB}dB", d=_SILENT_S)
        .filter("ebur128", **loudness.METER)
    )
    arguments = sound.output("-", f="null").compile()[1:]
    lines: list[str] = []

    def process(meter: Callable[[str], bool]) -> None:
        def note(line: str) -> bool:
            lines.append(line)
            return meter(line)

        run(arguments, doing="checking the sound", timeout_s=timeout_s, cwd=path.parent, on_line=note)

    measured = loudness.read_log(process)
    return measured, _silent_spans("\n".join(lines), audio_s)


def _silent_spans(log: str, audio_s: float) -> list[Span]:
    """Spans from the detector's log; one that is still open at the end has a start only."""
    starts = [float(value) for value in re.findall(r"silence_start:\s*(-?[\d.]+)", log)]
    ends = [float(value) for value in re.findall(r"silence_end:\s*(-?[\d.]+)", log)]
    ends += [audio_s] * (len(starts) - len(ends))
    return [
        Span(start_s=max(0.0, start), end_s=end)
        for start, end in zip(starts, ends, strict=False)
        if end > start
    ]


def _as_spans(pairs: Sequence[tuple[float, float]]) -> list[Span]:
    return [Span(start_s=start_s, end_s=end_s) for start_s, end_s in pairs]


def _same(name: str, measured: str, wanted: str) -> Check:
    return Check(name=name, passed=measured == wanted, measured=measured, wanted=wanted)


def _loudness_checks(sound: loudness.Loudness, expected: Expected) -> list[Check]:
    preset = expected.preset
    off_lu = abs(sound.integrated_lufs - preset.integrated_lufs)
    wanted = f"{preset.integrated_lufs:g} ±{loudness.LOUDNESS_TOLERANCE_LU:g} LUFS"
    return [
        Check(
            name="loudness",
            passed=off_lu <= loudness.LOUDNESS_TOLERANCE_LU or not expected.has_target_loudness,
            measured="silence" if sound.is_silent else f"{sound.integrated_lufs:.1f} LUFS",
            wanted=wanted if expected.has_target_loudness else "what there is: nothing can be brought up",
        ),
        Check(
            name="true peak",
            passed=sound.true_peak_dbtp <= preset.true_peak_dbtp,
            measured=f"{sound.true_peak_dbtp:.1f} dBTP",
            wanted=f"at most {preset.true_peak_dbtp:g} dBTP",
        ),
    ]


def _unexplained(name: str, found: Sequence[Span], known: Sequence[Span], *, card: Span | None) -> Check:
    """Spans that neither the footage nor the end card can account for are faults of the render."""
    explained = [*known, card] if card else known
    bad = [span for span in found if _longest_beyond(span, explained) > _EDGE_S]
    told = f"{sum(span.end_s - span.start_s for span in found):.1f} s"
    if found and not bad:
        is_footage = all(_longest_beyond(span, known) <= _EDGE_S for span in found)
        told += ", as in the footage" if is_footage else ", with the end card"
    return Check(
        name=name,
        passed=not bad,
        measured=told,
        wanted="none that the footage and the end card do not have"
        if card
        else "none that the footage does not have",
        spans=tuple(found),
    )


def _longest_beyond(span: Span, known: Sequence[Span]) -> float:
    """The longest piece of a span that none of the known ones covers."""
    longest_s, at_s = 0.0, span.start_s
    for other in sorted(known, key=lambda other: other.start_s):
        longest_s = max(longest_s, min(other.start_s, span.end_s) - at_s)
        at_s = max(at_s, other.end_s)
    return max(longest_s, span.end_s - at_s)


def _voice_heard(silent: Sequence[Span], words: Sequence[Word], audio_s: float) -> Check:
    """A word that lies wholly in silence, or after the end, was lost on the way."""
    lost = [
        word
        for word in words
        if word.start_s >= audio_s
        or any(span.start_s <= word.start_s and word.end_s <= span.end_s for span in silent)
    ]
    told = [span for span in silent if span.end_s - span.start_s >= _TOLD_SILENCE_S]
    return Check(
        name="silence",
        passed=not lost,
        measured=(
            f"{sum(span.end_s - span.start_s for span in told):.1f} s silent, {len(lost)} words not heard"
        ),
        wanted="every word heard" if words else "told only",
        spans=tuple(told),
    )
