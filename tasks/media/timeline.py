"""From an edit to exact frames: which frames of which source fill which frames of the output.

Everything that opens sources goes through here, so picture, sound, draft and final can't disagree
about what is shown when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import ffmpeg

from models.edit import Crop, Cut, Edit
from models.errors import BadInput
from tasks.media.ffmpeg import SAFE_INPUT
from tasks.media.footage_info import FootageInfo
from tasks.media.seek_points import before_key_frame

SAMPLE_RATE = 48_000

#: Decoding threads of one input. All inputs of a call are open at once, so the default (one per
#: core each) multiplies memory without being faster: decoding is a fifth of the work.
_INPUT_THREADS = 2

#: Sound is read past the wanted end, because packets of sound don't end on frames.
_READ_AHEAD_S = 0.5

#: Sound that is away from its picture by more than this is moved back at once, less than a frame.
_HOLE_S = 0.03

#: Options of every call that uses `open_picture` or `open_sound`: times stay on the file's clock. Moving
#: them to zero instead would round them to the stream's own ticks, which may be as long as a frame.
FILE_CLOCK = ("-copyts", "-start_at_zero")

#: Up to here a file is read from its beginning: some containers (AVI, FLV) seek past the first key frame when
#: asked for a moment so near to it.
_NO_SEEK_S = 1.0

#: Headers of these say all that decoding needs to know. Looking into the streams as well, as ffmpeg does by
#: itself, decodes some ten pictures of each input: half a second for a call with ten cuts of 1080p.
_SELF_DESCRIBING = ("mp4", "mov")

#: In these ffmpeg counts from the first stream that is used, not from the first stream there is. They
#: have no index either.
_TRANSPORT = ("mpegts", "mpeg")


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
        start_s: Where to start in the file, on the output's frame grid.
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
        placed.append(PlacedCut(source, round(cut.start_s * fps) / fps, first, last - first, cut.crop))
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


def open_picture(
    index: int, cut: PlacedCut, *, fps: int, **options: str | int | None
) -> "ffmpeg.nodes.FilterableStream":
    """The picture of a cut from its first frame on, at the output's rate; it goes on after its last.

    Frame `i` is the one that a pass over the whole file at this rate shows at `start_s + i / fps`. So a
    cut begins and ends exactly where analysis saw a shot begin and end, at any rate of the source, fixed
    or varying. For that the frame before `start_s` has to be read, which an accurate seek leaves out.
    """
    info = cut.source.info
    if info.container in _TRANSPORT:
        options["itsoffset"] = f"{info.start_s:.6f}"
    if cut.start_s > info.start_s + _NO_SEEK_S:
        options["noaccurate_seek"] = None
        options["ss"] = f"{_seek_point(cut):.6f}"
    if info.container in _SELF_DESCRIBING and info.codec == "h264":
        # What that look is for: how far pictures are out of order. Held to the standard, the decoder goes by
        # what the stream says, or by the most that its level allows.
        options |= {"nofind_stream_info": None, "strict": "strict"}
    opened = ffmpeg.input(cut_name(index), threads=_INPUT_THREADS, an=None, **SAFE_INPUT, **options)
    picture = opened[str(info.video_index)]
    if info.is_interlaced:
        picture = picture.filter("bwdif", mode="send_frame", deint="interlaced")
    # Rounded to the grid before `fps`, which would round its start to the stream's ticks.
    return picture.filter("settb", f"1/{fps}").filter("fps", fps, start_time=f"{cut.start_s:.6f}")


def _seek_point(cut: PlacedCut) -> float:
    if cut.source.info.container not in _TRANSPORT:
        return cut.start_s
    return before_key_frame(cut.source.path, stream_index=cut.source.info.video_index, at_s=cut.start_s)


def open_sound(index: int, cut: PlacedCut, *, fps: int) -> "ffmpeg.nodes.FilterableStream":
    """The sound of a cut from `start_s` on: what begins late stays late, and holes stay holes.

    The source must have sound. The stream may end early and may go on a little.
    """
    audio = cut.source.info.audio
    if audio is None:
        raise ValueError(f"{cut.source.path.name} has no sound")
    options: dict[str, str | None] = {"vn": None}
    if cut.source.info.container in _TRANSPORT:
        options["itsoffset"] = f"{audio.start_s:.6f}"
    first = round(cut.start_s * SAMPLE_RATE)
    begins = 0
    if cut.start_s > audio.start_s + _NO_SEEK_S:
        options["ss"] = f"{cut.start_s:.6f}"
        begins = first
    if cut.source.info.container in _SELF_DESCRIBING:
        options["nofind_stream_info"] = None
    options["t"] = f"{(first - begins) / SAMPLE_RATE + cut.frames / fps + _READ_AHEAD_S:.6f}"
    opened = ffmpeg.input(cut_name(index), **SAFE_INPUT, **options)
    sound = opened[f"a:{audio.index}"].filter(
        "aresample", SAMPLE_RATE, **{"async": 1, "min_hard_comp": _HOLE_S, "first_pts": begins}
    )
    return sound.filter("atrim", start_pts=first)


def _check_inside(number: int, cut: Cut, info: FootageInfo) -> None:
    # Half a source frame of tolerance: spans are set on a 30 fps grid, sources end on their own.
    if cut.end_s > info.duration_s + max(0.5 / info.fps, 1 / 30):
        raise BadInput(
            f"Cut {number} ends at {cut.end_s:.2f} s, but its footage lasts {info.duration_s:.2f} s."
        )
