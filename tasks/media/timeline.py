"""From an edit to exact frames: which frames of which source fill which frames of the output.

Everything that opens sources goes through here, so picture, sound, draft and final can't disagree
about what is shown when.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import ffmpeg

from models.edit import Crop, Cut, Edit
from models.errors import BadInput
from tasks.media.ffmpeg import SAFE_INPUT
from tasks.media.footage_info import FootageInfo

SAMPLE_RATE = 48_000

#: Decoding threads of one input. All inputs of a call are open at once, so the default (one per
#: core each) multiplies memory without being faster: decoding is a fifth of the work.
_INPUT_THREADS = 2

#: Read past the wanted end, so that rounding to source frames never leaves the last frame missing.
_READ_AHEAD_S = 0.5


@dataclass(frozen=True)
class SourceFile:
    """A footage file on this machine and what the probe found in it."""

    path: Path
    info: FootageInfo


@dataclass(frozen=True)
class PlacedCut:
    """One cut on the output's clock.

    Attributes:
        source: The file to read.
        start_s: Where to start in the file, on one of its frames.
        first_frame: Output frame at which the cut begins.
        frames: How many output frames it fills, at least 1.
        crop: How the picture fills the output.
    """

    source: SourceFile
    start_s: float
    first_frame: int
    frames: int
    crop: Crop


def place_cuts(edit: Edit, sources: Mapping[UUID, SourceFile], *, fps: int) -> tuple[PlacedCut, ...]:
    """Puts the edit's cuts on a frame grid.

    Boundaries are rounded from the running total, so the sum of all cuts is off by less than a
    frame however many there are.

    Raises:
        BadInput: a cut lies outside its footage, or is shorter than a frame.
    """
    placed: list[PlacedCut] = []
    elapsed_s = 0.0
    first = 0
    for number, cut in enumerate(edit.cuts, start=1):
        source = sources[cut.footage_id]
        _check_inside(number, cut, source.info)
        elapsed_s += cut.duration_s
        last = round(elapsed_s * fps)
        if last <= first:
            raise BadInput(f"Cut {number} lasts {cut.duration_s:.3f} s, which is less than one frame.")
        placed.append(PlacedCut(source, _on_frame(cut.start_s, source.info), first, last - first, cut.crop))
        first = last
    return tuple(placed)


def total_frames(placed: Sequence[PlacedCut]) -> int:
    """Frames of the whole output."""
    return placed[-1].first_frame + placed[-1].frames


def total_samples(placed: Sequence[PlacedCut], *, fps: int) -> int:
    """Audio samples of the whole output at 48 kHz, rounded to the frame grid."""
    return total_frames(placed) * SAMPLE_RATE // fps


def link_sources(placed: Sequence[PlacedCut], folder: Path) -> None:
    """Gives each cut's source a fixed name in `folder`.

    User-given paths then never reach a command line or a filter graph (pitfall 44), and two cuts of
    the same span are two different inputs, as the graph builder needs.
    """
    for index, cut in enumerate(placed):
        link = folder / cut_name(index)
        link.unlink(missing_ok=True)
        link.symlink_to(cut.source.path.resolve())


def cut_name(index: int) -> str:
    """The name that `link_sources` gave to the source of cut `index`."""
    return f"cut{index:03d}"


def open_cut(
    index: int, cut: PlacedCut, *, fps: int, **options: str | int | None
) -> "ffmpeg.nodes.FilterableStream":
    """One seeked input of a graph."""
    return ffmpeg.input(
        cut_name(index),
        threads=_INPUT_THREADS,
        ss=f"{cut.start_s:.6f}",
        t=f"{cut.frames / fps + _READ_AHEAD_S:.6f}",
        **SAFE_INPUT,
        **options,
    )


def _check_inside(number: int, cut: Cut, info: FootageInfo) -> None:
    # Half a source frame of tolerance: spans are set on a 30 fps grid, sources end on their own.
    if cut.end_s > info.duration_s + max(0.5 / info.fps, 1 / 30):
        raise BadInput(
            f"Cut {number} ends at {cut.end_s:.2f} s, but its footage lasts {info.duration_s:.2f} s."
        )


def _on_frame(start_s: float, info: FootageInfo) -> float:
    """The start of the source frame on screen at `start_s`.

    Starting between two frames would show the next one early. Variable rate has no grid to snap to.
    """
    if info.is_vfr:
        return start_s
    frame = math.floor(start_s * info.fps + 1e-3)
    return max(0.0, frame / info.fps)
