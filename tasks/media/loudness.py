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

#: Below this integrated loudness there is nothing to bring up but noise.
SILENCE_LUFS = -55.0

#: How near the master must be to its target. Checks allow 0.5 LU; this leaves room for another meter.
_CLOSE_ENOUGH_LU = 0.2
_ROUNDS = 6

#: Options of the ebur128 filter wherever something is measured.
METER = {"peak": "true", "framelog": "quiet"}

#: The limiter works on 192 kHz, which catches nearly all peaks between samples.
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
    """Measures an audio file, or the first audio stream of a video."""
    stream = ffmpeg.input(str(path))["a:0"].filter("ebur128", **METER)
    arguments = stream.output("-", f="null").compile()[1:]
    return read_log(
        lambda watch: run(arguments, doing="measuring loudness", timeout_s=timeout_s, cwd=cwd, on_line=watch)
    )


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

    Gain and limiter are corrected until the encoded file, not the mix, is right. A silent mix is
    encoded as it is.

    Args:
        mix: Stereo WAV in the folder of `into`.
        into: The AAC file to write (MP4 container).
        measured: Loudness of `mix`.
        target_lufs: Integrated loudness wanted.
        ceiling_dbtp: Highest true peak allowed.
        bitrate: Of the AAC stream, as "192k".
        timeout_s: For each process.

    Raises:
        Fault: the target could not be met within a few rounds.
    """
    gain_db = 0.0 if measured.is_silent else target_lufs - measured.integrated_lufs
    # AAC moves peaks by some tenths of a dB, so the limiter aims lower from the start.
    limit_dbtp = ceiling_dbtp - 0.7
    for _ in range(_ROUNDS):
        stream = ffmpeg.input(mix.name).filter("volume", f"{gain_db:.3f}dB")
        if measured.true_peak_dbtp + gain_db > limit_dbtp - 0.3:
            stream = _limit(stream, limit_dbtp)
        output = stream.output(into.name, acodec="aac", audio_bitrate=bitrate, ar=SAMPLE_RATE, f="mp4")
        run(
            output.overwrite_output().compile()[1:],
            doing="mastering the sound",
            timeout_s=timeout_s,
            cwd=into.parent,
        )
        result = measure(Path(into.name), cwd=into.parent, timeout_s=timeout_s)
        if measured.is_silent:
            return result
        off_lu = target_lufs - result.integrated_lufs
        over_db = result.true_peak_dbtp - ceiling_dbtp
        if abs(off_lu) <= _CLOSE_ENOUGH_LU and over_db <= 0:
            return result
        gain_db += off_lu
        if over_db > 0:
            limit_dbtp -= over_db + 0.1
    raise Fault(
        f"the sound could not be brought to {target_lufs:g} LUFS below {ceiling_dbtp:g} dBTP: "
        f"it measures {result.integrated_lufs:.1f} LUFS and {result.true_peak_dbtp:.1f} dBTP"
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


def _limit(stream: "ffmpeg.nodes.FilterableStream", limit_dbtp: float) -> "ffmpeg.nodes.FilterableStream":
    return (
        stream.filter("aresample", _LIMITER_RATE)
        .filter("alimiter", limit=f"{10 ** (limit_dbtp / 20):.5f}", attack=5, release=60, level=0, latency=1)
        .filter("aresample", SAMPLE_RATE)
        .filter("aformat", channel_layouts="stereo")
    )
