"""The picture of a clip in one ffmpeg call: seeked sources in, one encode out.

Each pixel is decoded once and encoded once, and only the part that survives the crop is converted
and scaled. Draft and final use the same graph with different numbers, so they can't disagree.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from tasks.media.ffmpeg import run
from tasks.media.footage_info import FootageInfo
from tasks.media.on_top import NOTHING, OnTop, lay_on_top
from tasks.media.presets import Preset
from tasks.media.reframe import crop_window
from tasks.media.text_layout import FONTS_DIR
from tasks.media.timeline import FILE_CLOCK, PlacedCut, link_sources, open_picture, total_frames

#: Poster frames are taken this far into the clip, where the opening shot has settled.
_POSTER_AT_S = 0.8

#: A slow machine makes about one frame in 0.15 s at 1080x1920; ten times that means it hangs.
_TIMEOUT_PER_FRAME_S = 1.5
_TIMEOUT_FLOOR_S = 300.0

#: The blurred surround of a fitted picture is made at an eighth of the size: same look, a fraction
#: of the cost (1.48 instead of 2.12 times the decode).
_BLUR_SCALE = 8

#: Names of the matrices that zscale and ffmpeg's own scaler both know.
_ZSCALE_MATRIX = {"bt709": "709", "bt601": "170m", "bt2020": "2020_ncl"}

CAPTIONS_NAME = "captions.ass"
FONTS_NAME = "fonts"
SOUND_NAME = "sound"


@dataclass(frozen=True)
class PictureJob:
    """What to render.

    Attributes:
        placed: The cuts on the output's clock.
        preset: Size, rate and codec settings.
        audio: Mastered sound, copied into the file as it is.
        has_captions: Whether `captions.ass` in the scratch folder is burned in.
        is_draft: Quick decode and scaling for a preview.
        poster: Name of a JPEG to write from the same decode, or None.
        on_top: The brand's pictures in the scratch folder: above the footage, under the captions.
    """

    placed: Sequence[PlacedCut]
    preset: Preset
    audio: Path
    has_captions: bool
    is_draft: bool = False
    poster: str | None = None
    on_top: OnTop = NOTHING


def render_picture(
    job: PictureJob, name: str, *, folder: Path, on_progress: Callable[[float], None] | None = None
) -> Path:
    """Renders `folder/name` (MP4).

    Args:
        job: What to render.
        name: File name inside `folder`.
        folder: Scratch folder, with `captions.ass` if it is burned and what lies on top; becomes the
            working directory, so that no path reaches the graph.
        on_progress: Called with the seconds made so far.

    Returns:
        The finished file.

    Raises:
        MediaToolFailed, MediaToolTimedOut, RunStopped: from the media process.
    """
    link_sources(job.placed, folder)
    sound = folder / SOUND_NAME
    sound.unlink(missing_ok=True)
    sound.symlink_to(job.audio.resolve())
    if job.has_captions:
        fonts = folder / FONTS_NAME
        fonts.unlink(missing_ok=True)
        fonts.symlink_to(FONTS_DIR)
    frames = total_frames(job.placed)
    run(
        picture_arguments(job, name),
        doing=f"rendering {job.preset.name}",
        timeout_s=_TIMEOUT_FLOOR_S + _TIMEOUT_PER_FRAME_S * frames,
        cwd=folder,
        on_progress=on_progress,
    )
    return folder / name


def picture_arguments(job: PictureJob, name: str) -> list[str]:
    """The whole call, without the program's name."""
    preset = job.preset
    parts = [cut_picture(index, cut, job) for index, cut in enumerate(job.placed)]
    joined = ffmpeg.concat(*parts, v=1, a=0) if len(parts) > 1 else parts[0]
    outputs = []
    if job.poster:
        both = joined.filter_multi_output("split")
        joined = both[0]
        frame = min(round(_POSTER_AT_S * preset.fps), total_frames(job.placed) - 1)
        still = (
            both[1]
            .filter("trim", start_frame=frame, end_frame=frame + 1)
            # JPEG knows one matrix and one range (JFIF 1.02).
            .filter("scale", in_color_matrix="bt709", out_color_matrix="bt601", out_range="pc")
            .filter("format", "yuvj420p")
        )
        outputs.append(still.output(job.poster, **{"frames:v": 1, "q:v": 3, "update": 1, "f": "image2"}))
    joined = lay_on_top(joined, job.on_top, fps=preset.fps)
    if job.has_captions:
        joined = joined.filter("subtitles", CAPTIONS_NAME, fontsdir=FONTS_NAME)
    tagged = joined.filter(
        "setparams", range="tv", color_primaries="bt709", color_trc="bt709", colorspace="bt709"
    )
    sound = ffmpeg.input(SOUND_NAME)["a:0"]
    outputs.append(ffmpeg.output(tagged, sound, name, **_encoding(preset)))
    everything = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    return ["-v", "warning", *FILE_CLOCK, *everything.overwrite_output().compile()[1:]]


def _encoding(preset: Preset) -> dict[str, str | int]:
    return {
        "c:v": "libx264",
        "preset": preset.x264_preset,
        "crf": preset.crf,
        "profile:v": "high",
        "pix_fmt": "yuv420p",
        "g": round(preset.gop_s * preset.fps),
        "color_primaries": "bt709",
        "color_trc": "bt709",
        "colorspace": "bt709",
        "color_range": "tv",
        "fps_mode": "passthrough",
        "c:a": "copy",
        "map_metadata": -1,
        "map_chapters": -1,
        "movflags": "+faststart",
        "f": "mp4",
    }


def cut_picture(index: int, cut: PlacedCut, job: PictureJob) -> "ffmpeg.nodes.FilterableStream":
    """One source, normalised to the output's size, rate, colour and exact number of frames."""
    info, preset = cut.source.info, job.preset
    options = {"skip_loop_filter": "all"} if job.is_draft else {}
    # The rate comes first, so that frames which are not shown cost nothing further down.
    picture = open_picture(index, cut, fps=preset.fps, **options)
    if cut.crop.mode == "fill":
        window = crop_window(cut.crop, info.display_width, info.display_height, preset.width, preset.height)
        scale_x = info.frame_width / info.display_width
        if not window.is_whole:
            picture = picture.filter(
                "crop", round(window.width * scale_x), window.height, round(window.x * scale_x), window.y
            )
        picture = _resize(to_sdr(picture, info), info, preset.width, preset.height, is_draft=job.is_draft)
    else:
        picture = _fit(to_sdr(picture, info), info, preset, is_draft=job.is_draft)
    return (
        picture.filter("setsar", 1)
        .filter("format", "yuv420p")
        # A source that ends a frame early holds its last picture; the quality report tells.
        .filter("tpad", stop=-1, stop_mode="clone")
        .filter("trim", end_frame=cut.frames)
        .filter("setpts", "PTS-STARTPTS")
    )


def _fit(
    picture: "ffmpeg.nodes.FilterableStream", info: FootageInfo, preset: Preset, *, is_draft: bool
) -> "ffmpeg.nodes.FilterableStream":
    small_w, small_h = (side // _BLUR_SCALE // 2 * 2 for side in (preset.width, preset.height))
    scale = min(preset.width / info.display_width, preset.height / info.display_height)
    width, height = (
        max(2, round(side * scale / 2) * 2) for side in (info.display_width, info.display_height)
    )
    both = picture.filter_multi_output("split")
    surround = (
        both[0]
        .filter("scale", small_w, small_h, force_original_aspect_ratio="increase", flags="fast_bilinear")
        .filter("crop", small_w, small_h)
        .filter("gblur", sigma=6)
        .filter("scale", preset.width, preset.height, flags="bilinear", **_to_bt709(info))
        .filter("setsar", 1)
    )
    whole = _resize(both[1], info, width, height, is_draft=is_draft).filter("setsar", 1)
    return ffmpeg.filter([surround, whole], "overlay", "(W-w)/2", "(H-h)/2")


def to_sdr(picture: "ffmpeg.nodes.FilterableStream", info: FootageInfo) -> "ffmpeg.nodes.FilterableStream":
    """HDR to BT.709, after the crop: half the cost of doing it on the full picture."""
    if not info.is_hdr:
        return picture
    return (
        picture.filter("setparams", **_hdr_tags(info))
        .filter("zscale", t="linear", npl=100)
        .filter("format", "gbrpf32le")
        .filter("tonemap", "hable", desat=0)
        .filter("zscale", p="bt709", t="bt709", m="bt709", r="tv")
        .filter("format", "yuv420p")
    )


def _hdr_tags(info: FootageInfo) -> dict[str, str]:
    """What the source is, stated: phones and editors often tag the curve alone, which is not enough."""
    tags = {"color_trc": "smpte2084" if info.transfer == "pq" else "arib-std-b67"}
    if info.colour_range is None:
        tags["range"] = "tv"
    if info.colour_primaries is None:
        tags["color_primaries"] = "bt2020"
    if info.colour_matrix is None and not info.pix_fmt.startswith(("gbr", "rgb")):
        tags["colorspace"] = "bt2020nc"
    return tags


def source_matrix(info: FootageInfo) -> str:
    """Colour matrix of a picture that `to_sdr` has seen; an untagged one has what its size suggests."""
    if info.is_hdr:
        return "bt709"
    return info.colour_matrix or ("bt709" if info.frame_height >= 720 else "bt601")


def _resize(
    picture: "ffmpeg.nodes.FilterableStream", info: FootageInfo, width: int, height: int, *, is_draft: bool
) -> "ffmpeg.nodes.FilterableStream":
    """Another size, in BT.709 and video range.

    For what nearly all cameras write zscale does it, in a third of the time of ffmpeg's own scaler and with
    the same filter; that one takes everything.
    """
    matrix = source_matrix(info)
    is_plain = info.is_hdr or info.pix_fmt == "yuv420p"
    if not is_plain or matrix not in _ZSCALE_MATRIX or info.frame_width % 2 or info.frame_height % 2:
        flags = "fast_bilinear" if is_draft else "bicubic"
        return picture.filter("scale", width, height, flags=flags, **_to_bt709(info))
    is_full = info.colour_range == "pc" and not info.is_hdr
    source = {"min": _ZSCALE_MATRIX[matrix], "rin": "full" if is_full else "limited"}
    kernel = {"filter": "bilinear"} if is_draft else {"filter": "bicubic", "param_a": 0, "param_b": 0.6}
    return picture.filter("zscale", width, height, m="709", r="limited", **source, **kernel)


def _to_bt709(info: FootageInfo) -> dict[str, str]:
    """Scale options for the colour conversion.

    Without a range here, a JPEG poster from the same decode would make the video's range full as well.
    """
    return {"in_color_matrix": source_matrix(info), "out_color_matrix": "bt709", "out_range": "tv"}
