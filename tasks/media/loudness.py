"""Loudness after ITU-R BS.1770 / EBU R128: measuring it, and mastering a mix to a target.

A measured gain and a limiter, corrected on the encoded file, are used instead of ffmpeg's loudnorm:
that falls back to dynamic compression whenever the peak would pass the ceiling, and then misses the
target by up to a LU.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from models.errors import Fault
from tasks.media.ffmpeg import run
from tasks.media.timeline import SAMPLE_RATE

#: How far from its target a finished file may be.
LOUDNESS_TOLERANCE_LU = 0.5

#: Below this integrated loudness there is nothing to bring up but noise.
SILENCE_LUFS = -55.0

#: How near the master must be to its target. Checks allow 0.5 LU; this leaves room for another meter.
_CLOSE_ENOUGH_LU = 0.2
_SEARCH_ROUNDS = 8
_ENCODE_ROUNDS = 6
_SAFETY_DB = 1.0

#: Of each dB of gain added the search expects the limiter to leave at least this much.
_LEAST_KEPT = 0.25

#: Peaks are pressed down by no more than this; lone beats over quiet noise need 25 dB.
_MOST_LIMITING_DB = 40.0

#: Options of the ebur128 filter wherever something is measured.
METER = {"peak": "true", "framelog": "quiet"}

#: The limiter works on 192 kHz, which catches nearly all peaks between samples; while the gain is searched
#: it does not have to.
_LIMITER_RATE = 192_000


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS and true peak in dBTP; minus infinity for digital silence."""

    integrated_lufs: float
    true_peak_dbtp: float

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing worth bringing up."""
        return self.integrated_lufs < SILENCE_LUFS


def measure(path: Path, *, cwd: Path, timeout_s: float) -> Loudness:
    """Measures an audio file, or the first audio stream of a video, as it is heard in stereo.

    One channel alone measures 3 LU less than the same on two.
    """
    heard = ffmpeg.input(str(path))["a:0"].filter("aformat", channel_layouts="stereo")
    return _measure(heard, cwd=cwd, timeout_s=timeout_s, doing="measuring loudness")


def master(
    mix: Path,
    into: Path,
    *,
    measured: Loudness,
    target_lufs: float,
    ceiling_dbtp: float,
    bitrate: str,
    timeout_s: float,
) -> Loudness:
    """Encodes a mix to AAC at the target loudness; returns what the encoded file measures.

    The gain is found on the limited mix, which costs a quarter of encoding it, then gain and limiter are
    corrected until the encoded file is right. A silent mix is encoded as it is; one of nothing but a few
    short sounds in silence stays below the target, as loud as can be without crushing them.

    Args:
        mix: Stereo WAV in the folder of `into`.
        into: The AAC file to write (MP4 container).
        measured: Loudness of `mix`.
        target_lufs: Integrated loudness wanted.
        ceiling_dbtp: Highest true peak allowed.
        bitrate: Of the AAC stream, as "192k".
        timeout_s: For each process.
    """
    folder = into.parent
    if measured.is_silent:
        _encode(ffmpeg.input(mix.name), into, bitrate=bitrate, timeout_s=timeout_s)
        return measure(Path(into.name), cwd=folder, timeout_s=timeout_s)
    # AAC moves peaks by some tenths of a dB, so the limiter aims lower from the start.
    limit_dbtp = ceiling_dbtp - 0.7
    gain = _GainSearch(
        target_lufs,
        target_lufs - measured.integrated_lufs,
        most_db=limit_dbtp - measured.true_peak_dbtp + _MOST_LIMITING_DB,
    )

    def mastered(limiter_rate: int) -> "ffmpeg.nodes.FilterableStream":
        louder = ffmpeg.input(mix.name).filter("volume", f"{gain.db:.3f}dB")
        is_limited = measured.true_peak_dbtp + gain.db > limit_dbtp - 0.3
        return _limit(louder, limit_dbtp, limiter_rate) if is_limited else louder

    if measured.true_peak_dbtp + gain.db > limit_dbtp:
        for _ in range(_SEARCH_ROUNDS):
            limited = _measure(
                mastered(SAMPLE_RATE), cwd=folder, timeout_s=timeout_s, doing="finding the gain"
            )
            if gain.correct(limited.integrated_lufs):
                break
    for _ in range(_ENCODE_ROUNDS):
        _encode(mastered(_LIMITER_RATE), into, bitrate=bitrate, timeout_s=timeout_s)
        result = measure(Path(into.name), cwd=folder, timeout_s=timeout_s)
        over_db = result.true_peak_dbtp - ceiling_dbtp
        if gain.correct(result.integrated_lufs) and over_db <= 0:
            return result
        if over_db > 0:
            limit_dbtp -= over_db + 0.1
    # Not met after all: as loud as it is without passing the ceiling; the caller sees what was reached.
    gain.db -= max(0.0, over_db) + _SAFETY_DB
    _encode(mastered(_LIMITER_RATE), into, bitrate=bitrate, timeout_s=timeout_s)
    return measure(Path(into.name), cwd=folder, timeout_s=timeout_s)


class _GainSearch:
    """Finds the gain that gives a loudness, though a limiter takes back a part of what is added."""

    def __init__(self, target_lufs: float, first_db: float, *, most_db: float) -> None:
        self._target_lufs = target_lufs
        self._most_db = most_db
        self.db = min(first_db, most_db)
        self._before: tuple[float, float] | None = None

    def correct(self, measured_lufs: float) -> bool:
        """Whether the loudness is as near as it gets; if not, `db` is the next gain to try."""
        off_lu = self._target_lufs - measured_lufs
        if abs(off_lu) <= _CLOSE_ENOUGH_LU or (off_lu > 0 and self.db >= self._most_db):
            return True
        kept = 1.0
        if self._before is not None and abs(self.db - self._before[0]) > _CLOSE_ENOUGH_LU:
            kept = (measured_lufs - self._before[1]) / (self.db - self._before[0])
        self._before = self.db, measured_lufs
        self.db = min(self._most_db, self.db + off_lu / min(1.0, max(_LEAST_KEPT, kept)))
        return False


def _measure(stream: "ffmpeg.nodes.FilterableStream", *, cwd: Path, timeout_s: float, doing: str) -> Loudness:
    arguments = stream.filter("ebur128", **METER).output("-", f="null").compile()[1:]
    return read_log(lambda watch: run(arguments, doing=doing, timeout_s=timeout_s, cwd=cwd, on_line=watch))


def _encode(stream: "ffmpeg.nodes.FilterableStream", into: Path, *, bitrate: str, timeout_s: float) -> None:
    # Without perceptual noise substitution: it replaces noise by other noise, whose peaks the limiter
    # never saw (+3.7 dBTP instead of -1.6 on a clipped microphone).
    output = stream.output(into.name, acodec="aac", audio_bitrate=bitrate, ar=SAMPLE_RATE, f="mp4", aac_pns=0)
    run(
        output.overwrite_output().compile()[1:],
        doing="mastering the sound",
        timeout_s=timeout_s,
        cwd=into.parent,
    )


def read_log(process: Callable[[Callable[[str], bool]], object]) -> Loudness:
    """Runs a process whose graph holds `ebur128` with the options `METER`, and reads its summary."""
    lines: list[str] = []

    def watch(line: str) -> bool:
        lines.append(line)
        return False

    process(watch)
    text = "\n".join(lines)
    integrated = re.search(r"^\s*I:\s+(-?[\d.]+|-inf|nan)", text, re.MULTILINE)
    peak = re.search(r"^\s*Peak:\s+(-?[\d.]+|-inf|nan)", text, re.MULTILINE)
    if integrated is None or peak is None:
        raise Fault(f"the loudness meter said nothing; its log ends: {text[-300:]}")
    return Loudness(_number(integrated[1]), _number(peak[1]))


def _number(text: str) -> float:
    value = float(text)
    return -math.inf if math.isnan(value) else value


def _limit(
    stream: "ffmpeg.nodes.FilterableStream", limit_dbtp: float, rate: int
) -> "ffmpeg.nodes.FilterableStream":
    return (
        stream.filter("aresample", rate)
        .filter("alimiter", limit=f"{10 ** (limit_dbtp / 20):.5f}", attack=5, release=60, level=0, latency=1)
        .filter("aresample", SAMPLE_RATE)
        .filter("aformat", channel_layouts="stereo")
    )
