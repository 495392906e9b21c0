"""Pictures of a whole footage, for choosing it: a poster, and a filmstrip to glance through it.

Both are stills as `tasks.media.stills` cuts them: upright, in true colours, without places and dates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from PIL import Image

from models.errors import MediaToolFailed
from tasks.media.footage_info import FootageInfo
from tasks.media.stills import FPS, QUALITY, cut_stills

#: Width of a poster in pixels; smaller footage is not enlarged.
POSTER_WIDTH = 320

#: When the poster is taken: recordings begin with a shaky moment.
_POSTER_AT_S = 1.0

#: Pictures of a filmstrip, side by side in one file.
FILMSTRIP_FRAMES = 10

#: Longer side of each.
_FRAME_PX = 160

#: The strip's pictures are JPEG twice: the first time, nearly nothing may be lost (ffmpeg's scale).
_FINE = 2

#: Pillow's JPEG scale, 0 to 95: near ffmpeg's 4.
_STRIP_QUALITY = 82


@dataclass(frozen=True)
class Previews:
    """The files; None for what could not be decoded."""

    poster: Path | None
    filmstrip: Path | None


def cut_previews(source: Path, info: FootageInfo, *, folder: Path) -> Previews:
    """Cuts a footage's poster and its filmstrip, as far as its pictures can be decoded.

    Args:
        source: The footage file.
        info: What the prober found in it.
        folder: A scratch folder of its own.

    Raises:
        MediaToolTimedOut, RunStopped: from the media process.
    """
    end_s = max(info.duration_s, info.start_s + 1 / FPS)
    at_s = min(info.start_s + _POSTER_AT_S, (info.start_s + end_s) / 2)
    poster_px = ceil(POSTER_WIDTH * max(1.0, info.display_height / info.display_width))

    def cut(name: str, span: tuple[float, float], pictures: int, side_px: int, quality: int) -> list[Path]:
        scratch = folder / name
        scratch.mkdir(parents=True, exist_ok=True)
        try:
            (files,) = cut_stills(
                source,
                info,
                [span],
                folder=scratch,
                per_segment=pictures,
                long_side_px=side_px,
                quality=quality,
            )
        except MediaToolFailed:  # not one picture of the span can be read
            return []
        return list(files)

    poster = cut("poster", (at_s, at_s + 1 / FPS), 1, poster_px, QUALITY)
    frames = cut("strip", (info.start_s, end_s), FILMSTRIP_FRAMES, _FRAME_PX, _FINE)
    return Previews(
        poster=poster[0] if poster else None,
        filmstrip=_join(frames, folder / "filmstrip.jpg") if frames else None,
    )


def spread(available: int, wanted: int) -> list[int]:
    """Which of the available pictures fill so many places, in order; some twice where they are too few."""
    return [round(place * (available - 1) / max(1, wanted - 1)) for place in range(wanted)]


def _join(frames: Sequence[Path], path: Path) -> Path:
    """One row of `FILMSTRIP_FRAMES` equal pictures, however many could be decoded."""
    pictures = []
    for frame in frames:
        with Image.open(frame) as opened:
            pictures.append(opened.convert("RGB"))
    width, height = pictures[0].size
    strip = Image.new("RGB", (width * FILMSTRIP_FRAMES, height))
    for place, index in enumerate(spread(len(pictures), FILMSTRIP_FRAMES)):
        strip.paste(pictures[index], (place * width, 0))
    strip.save(path, quality=_STRIP_QUALITY)
    return path
