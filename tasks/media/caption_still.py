"""One frame of a clip with its captions, made by the same calls as the final: for looking at a style first.

In two steps, because a style is tried many times on one frame: the frame is cut once and kept as it is,
then captions are burned into it, which takes a fraction of a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import ffmpeg

from tasks.media.ffmpeg import run
from tasks.media.picture import CAPTIONS_NAME, FONTS_NAME, PictureJob, cut_picture
from tasks.media.presets import Preset
from tasks.media.subtitles import Captions, Page, write_ass
from tasks.media.text_layout import FONTS_DIR
from tasks.media.timeline import FILE_CLOCK, PlacedCut, link_sources

#: One frame: a second for the decoder to get there, and the rest for a machine that is busy.
_TIMEOUT_S = 60.0

_CUT = "cut.nut"

#: ffmpeg's JPEG scale: letters stay sharp.
_QUALITY = 2

#: What an app covers is shaded, and its edge drawn.
_SHADE = "black@0.55"
_EDGE = "white@0.85"
_EDGE_PX = 3

#: How finely the picture behind a caption is measured.
_SAMPLES = 24


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a frame in whole pixels."""

    left: int
    top: int
    width: int
    height: int


def cut_frame(placed: Sequence[PlacedCut], frame: int, preset: Preset, *, folder: Path) -> Path:
    """Cuts one frame of a clip, without captions and without loss, to `folder/cut.nut`.

    Args:
        placed: The clip's cuts on the preset's grid.
        frame: Which, counted from 0 on that grid.
        preset: Size and shape.
        folder: Scratch folder.

    Raises:
        MediaToolFailed, MediaToolTimedOut: from the media process.
    """
    cut = next(cut for cut in reversed(placed) if cut.first_frame <= frame)
    alone = replace(
        cut, start_s=cut.start_s + (frame - cut.first_frame) / preset.fps, first_frame=0, frames=1
    )
    link_sources([alone], folder)
    job = PictureJob(placed=(alone,), preset=preset, audio=folder, has_captions=False)
    written = cut_picture(0, alone, job).output(_CUT, **{"frames:v": 1, "c:v": "ffv1"}, f="nut")
    _run([*FILE_CLOCK, *written.overwrite_output().compile()[1:]], folder)
    return folder / _CUT


def burn_frame(
    frame_file: str,
    frame: int,
    captions: Captions | None,
    preset: Preset,
    name: str,
    *,
    folder: Path,
    has_zone: bool = False,
) -> Path:
    """Burns the captions of one moment into its frame: `folder/name`, a JPEG in the preset's size.

    Args:
        frame_file: Name of what `cut_frame` made, inside `folder`.
        frame: The same as there.
        captions: Of the whole clip; None for none.
        preset: The same as there.
        name: File name inside `folder`.
        folder: Scratch folder; the captions are left in it as `captions.ass`.
        has_zone: Whether what the app covers is shaded.

    Raises:
        MediaToolFailed, MediaToolTimedOut: from the media process.
    """
    # The frame is given its time in the clip, by which libass decides what is shown.
    picture = (
        ffmpeg.input(frame_file, f="nut").filter("settb", f"1/{preset.fps}").filter("setpts", str(frame))
    )
    if captions is not None:
        write_ass(captions, folder / CAPTIONS_NAME)
        fonts = folder / FONTS_NAME
        fonts.unlink(missing_ok=True)
        fonts.symlink_to(FONTS_DIR)
        picture = picture.filter("subtitles", CAPTIONS_NAME, fontsdir=FONTS_NAME)
    if has_zone:
        picture = _shade(picture, preset)
    written = (
        picture
        # JPEG knows one matrix and one range (JFIF 1.02).
        .filter("scale", in_color_matrix="bt709", out_color_matrix="bt601", out_range="pc")
        .filter("format", "yuvj420p")
        .output(name, **{"frames:v": 1, "q:v": _QUALITY, "update": 1}, f="image2")
    )
    _run(written.overwrite_output().compile()[1:], folder)
    return folder / name


def page_at(captions: Captions, at_s: float) -> Page | None:
    """The page that is on the screen at a moment of the clip."""
    return next((page for page in captions.pages if page.words[0].start_s <= at_s < page.end_s), None)


def page_box(page: Page, preset: Preset) -> Box:
    """The part of the frame that a page's letters lie on."""
    centre_x, centre_y = page.centre_px
    left = max(0, round(centre_x - page.block.width_px / 2))
    top = max(0, round(centre_y - page.block.height_px / 2))
    right = min(preset.width, round(centre_x + page.block.width_px / 2))
    bottom = min(preset.height, round(centre_y + page.block.height_px / 2))
    return Box(left, top, max(2, right - left), max(2, bottom - top))


def colours_in(frame_file: str, box: Box, *, folder: Path) -> list[tuple[int, int, int]]:
    """The colours behind a caption, evenly spread, as red, green, blue from 0 to 255.

    Raises:
        MediaToolFailed, MediaToolTimedOut: from the media process.
    """
    picture = (
        ffmpeg.input(frame_file, f="nut")
        .filter("crop", box.width, box.height, box.left, box.top)
        .filter("scale", _SAMPLES, _SAMPLES, flags="area", in_color_matrix="bt709")
        .filter("format", "rgb24")
    )
    raw = bytearray()
    arguments = picture.output("-", f="rawvideo", **{"frames:v": 1}).compile()[1:]
    run(
        ["-v", "warning", *arguments],
        doing="measuring a frame",
        timeout_s=_TIMEOUT_S,
        cwd=folder,
        on_output=raw.extend,
    )
    return [(raw[at], raw[at + 1], raw[at + 2]) for at in range(0, len(raw) - 2, 3)]


def _shade(picture: "ffmpeg.nodes.FilterableStream", preset: Preset) -> "ffmpeg.nodes.FilterableStream":
    zone = preset.safe_zone
    covered = (
        (0, 0, preset.width, zone.top),
        (0, zone.bottom, preset.width, preset.height - zone.bottom),
        (0, zone.top, zone.left, zone.height),
        (zone.right, zone.top, preset.width - zone.right, zone.height),
    )
    for x, y, width, height in covered:
        if width > 0 and height > 0:
            picture = picture.filter("drawbox", x, y, width, height, color=_SHADE, t="fill")
    return picture.filter("drawbox", zone.left, zone.top, zone.width, zone.height, color=_EDGE, t=_EDGE_PX)


def _run(arguments: Sequence[str], folder: Path) -> None:
    run(["-v", "warning", *arguments], doing="cutting a frame", timeout_s=_TIMEOUT_S, cwd=folder)
