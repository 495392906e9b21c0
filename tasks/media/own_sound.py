"""The footage's own sound as a file to be listened to: one channel, on the footage's clock."""

import math
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.edit import Crop
from tasks.media.ffmpeg import run
from tasks.media.timeline import FILE_CLOCK, PlacedCut, SourceFile, link_sources, open_sound

#: What speech recognition works with; more is only more to send.
RATE = 16_000

#: Sound that never gets louder than -60 dBFS: nobody speaks in it, so nobody has to be paid to find out.
_SILENT_PEAK = 33

_FPS = 30
_TIMEOUT_FLOOR_S = 120.0
_BLOCK = 60 * RATE


@dataclass(frozen=True, slots=True)
class OwnSound:
    """The sound of one footage."""

    path: Path
    """WAV: one channel, 16 bit, `RATE`. Its first sample is heard at 0 s of the footage's clock."""
    duration_s: float
    """Its length; never longer than the picture."""
    is_silent: bool
    """There is nothing to hear in it."""


def extract_sound(source: SourceFile, folder: Path) -> OwnSound:
    """Writes `folder/sound.wav`; sound that begins late has silence before it, holes stay holes.

    Args:
        source: Footage with sound.
        folder: A scratch folder for this footage alone.

    Raises:
        MediaToolFailed, MediaToolTimedOut, RunStopped: from the media process.
    """
    length_s = source.info.duration_s
    whole = PlacedCut(source, 0.0, 0, math.ceil(length_s * _FPS), Crop())
    link_sources([whole], folder)
    sound = (
        open_sound(0, whole, fps=_FPS)
        .filter("aresample", RATE)
        .filter("aformat", sample_fmts="s16", channel_layouts="mono")
        .filter("atrim", end_sample=round(length_s * RATE))
        .output("sound.wav", acodec="pcm_s16le", f="wav")
    )
    run(
        [*FILE_CLOCK, *sound.overwrite_output().compile()[1:]],
        doing="reading the footage's sound",
        timeout_s=_TIMEOUT_FLOOR_S + length_s,
        cwd=folder,
    )
    path = folder / "sound.wav"
    samples, peak = _measure(path)
    return OwnSound(path, samples / RATE, is_silent=peak <= _SILENT_PEAK)


def _measure(path: Path) -> tuple[int, int]:
    """Samples and peak."""
    with wave.open(str(path), "rb") as file:
        peak = 0
        while block := file.readframes(_BLOCK):
            peak = max(peak, int(np.abs(np.frombuffer(block, "<i2").astype(np.int32)).max()))
        return file.getnframes(), peak
