"""Cuts the pictures that an analyser looks at: a few moments of each segment as small JPEGs.

Which picture belongs to which moment is decided by what renders clips (`tasks.media.timeline`), on the
grid on which segments were found. So a still shows what the segment shows, never what is behind its cut.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

import ffmpeg

from models.edit import Crop
from models.errors import MediaToolFailed
from tasks.media.ffmpeg import run
from tasks.media.footage_info import FootageInfo
from tasks.media.picture import source_matrix, to_sdr
from tasks.media.timeline import FILE_CLOCK, PlacedCut, SourceFile, link_sources, open_picture

#: The grid on which segments begin and end.
FPS = 30

#: One tile of Gemini 2 and enough for product shots; Gemini 3 counts pictures by resolution setting.
LONG_SIDE_PX = 768

#: How many of each segment: its beginning, its middle, its end.
PER_SEGMENT = 3

#: ffmpeg's JPEG scale, 2 best to 31 worst: 40 to 90 kB a picture, no blocks that could pass for texture.
QUALITY = 4

#: The first frames of a shot are where a viewer decides, but encoders and dissolves soil the very first.
_INSET_S = 0.3
_INSET_SHARE = 0.1

#: Further apart than this, two moments are sought rather than played through: half of x264's default
#: distance between key frames (250 frames).
_SEEK_BEYOND_S = 4.0

#: Inputs of one call decode at the same time, each with up to 17 pictures in memory: 0.4 GB in all.
_PIXELS_AT_ONCE = 8 * 1920 * 1080
_MOST_INPUTS = 12

_TIMEOUT_FLOOR_S = 120.0
_TIMEOUT_PER_INPUT_S = 60.0


@dataclass(frozen=True, slots=True)
class _Take:
    """Moments of one segment that are read in one go."""

    segment: int
    """The segment's position."""
    number: int
    """Position of the first moment in the segment."""
    frames: tuple[int, ...]
    """The moments on the grid, rising."""


def cut_stills(
    source: Path,
    info: FootageInfo,
    spans: Sequence[tuple[float, float]],
    *,
    folder: Path,
    per_segment: int = PER_SEGMENT,
    long_side_px: int = LONG_SIDE_PX,
    quality: int = QUALITY,
) -> tuple[tuple[Path, ...], ...]:
    """Cuts stills of every segment: near its start, in between, near its end.

    They are upright, in square pixels, in standard range, in time order, and without the footage's
    metadata (places and dates stay here).

    Args:
        source: The footage file.
        info: What the prober found in it.
        spans: Start and end of each segment in seconds.
        folder: An existing scratch folder; the files are `0007-1.jpg`: segment by position, then moment.
        per_segment: Stills of each segment; a segment shorter than that many frames has fewer.
        long_side_px: Longer side of a still; smaller footage is not enlarged.
        quality: ffmpeg's JPEG scale, 2 to 31; smaller is better.

    Returns:
        The files of each segment, in the order of `spans`. One that could not be decoded is missing, so a
        segment in a damaged part may have none.

    Raises:
        MediaToolFailed, MediaToolTimedOut, RunStopped: from the media process.
    """
    chosen = [still_frames(start_s, end_s, per_segment) for start_s, end_s in spans]
    wanted = [
        [folder / f"{segment:04d}-{number}.jpg" for number in range(len(frames))]
        for segment, frames in enumerate(chosen)
    ]
    for path in chain.from_iterable(wanted):
        path.unlink(missing_ok=True)
    takes = [take for segment, frames in enumerate(chosen) for take in _takes(segment, frames)]
    at_once = max(1, min(_MOST_INPUTS, _PIXELS_AT_ONCE // (info.coded_width * info.coded_height)))
    size = still_size(info, long_side_px)
    for first in range(0, len(takes), at_once):
        some = takes[first : first + at_once]
        _cut_what_can_be_read(SourceFile(source, info), some, size=size, quality=quality, folder=folder)
    return tuple(tuple(path for path in paths if path.is_file()) for paths in wanted)


def still_frames(start_s: float, end_s: float, count: int) -> tuple[int, ...]:
    """Frames at 30 fps, inside `[start_s, end_s)`, that show a segment best: evenly spread, each once.

    The first and the last keep a little distance from the cuts where the segment is long enough.
    """
    first = round(start_s * FPS)
    last = max(first, round(end_s * FPS) - 1)
    inset = min(round(_INSET_S * FPS), int((last - first) * _INSET_SHARE))
    from_, to = first + inset, last - inset
    if count == 1:
        return ((from_ + to) // 2,)
    return tuple(sorted({from_ + round((to - from_) * step / (count - 1)) for step in range(count)}))


def still_size(info: FootageInfo, long_side_px: int = LONG_SIDE_PX) -> tuple[int, int]:
    """Width and height of a footage's stills; smaller footage is not enlarged."""
    scale = min(1.0, long_side_px / max(info.display_width, info.display_height))
    width, height = (
        max(2, round(side * scale / 2) * 2) for side in (info.display_width, info.display_height)
    )
    return width, height


def _takes(segment: int, frames: Sequence[int]) -> list[_Take]:
    """Splits the moments of one segment where seeking is cheaper than playing on."""
    gaps = [number for number, (a, b) in enumerate(pairwise(frames), 1) if b - a > _SEEK_BEYOND_S * FPS]
    edges = pairwise([0, *gaps, len(frames)])
    return [_Take(segment, start, tuple(frames[start:end])) for start, end in edges]


def _cut_what_can_be_read(
    source: SourceFile, takes: Sequence[_Take], *, size: tuple[int, int], quality: int, folder: Path
) -> None:
    """One input without a picture fails its whole call; the others are then cut on their own.

    Raises:
        MediaToolFailed: not one of them can be read.
    """
    try:
        _cut(source, takes, size=size, quality=quality, folder=folder)
    except MediaToolFailed:
        readable = 0
        for take in takes if len(takes) > 1 else ():
            with contextlib.suppress(MediaToolFailed):
                _cut(source, [take], size=size, quality=quality, folder=folder)
                readable += 1
        if not readable:
            raise


def _cut(
    source: SourceFile, takes: Sequence[_Take], *, size: tuple[int, int], quality: int, folder: Path
) -> None:
    placed = [
        PlacedCut(source, take.frames[0] / FPS, 0, take.frames[-1] - take.frames[0] + 1, Crop())
        for take in takes
    ]
    link_sources(placed, folder)
    outputs = []
    for index, (take, cut) in enumerate(zip(takes, placed, strict=True)):
        wanted = "+".join(f"eq(n,{frame - take.frames[0]})" for frame in take.frames)
        # The trim ends decoding: otherwise every input is read until the slowest of them is done.
        picture = open_picture(index, cut, fps=FPS).filter("trim", end_frame=cut.frames)
        stills = _to_jpeg(picture.filter("select", wanted), source.info, size)
        outputs.append(
            stills.output(
                f"{take.segment:04d}-%d.jpg",
                **{"frames:v": len(take.frames), "start_number": take.number, "q:v": quality},
                f="image2",
                fps_mode="passthrough",
                map_metadata=-1,
            )
        )
    everything = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    run(
        ["-v", "warning", *FILE_CLOCK, *everything.overwrite_output().compile()[1:]],
        doing="cutting stills",
        timeout_s=_TIMEOUT_FLOOR_S + _TIMEOUT_PER_INPUT_S * len(takes),
        cwd=folder,
    )


def _to_jpeg(
    picture: "ffmpeg.nodes.FilterableStream", info: FootageInfo, size: tuple[int, int]
) -> "ffmpeg.nodes.FilterableStream":
    """Small first, for tone mapping is dear; JPEG means full range and the BT.601 matrix."""
    width, height = size
    if info.is_hdr:
        picture = to_sdr(picture.filter("scale", width, height, flags="bicubic"), info)
    return (
        picture.filter(
            "scale",
            width,
            height,
            flags="bicubic",
            in_color_matrix=source_matrix(info),
            out_color_matrix="bt601",
            out_range="pc",
        )
        .filter("setsar", 1)
        .filter("format", "yuv420p")
    )
