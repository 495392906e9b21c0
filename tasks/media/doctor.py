"""Whether this machine can do the work: ffmpeg with all that is needed, fonts, a voice."""

from dataclasses import dataclass

from models.edit import CaptionStyle
from models.errors import ReelflowError
from tasks.media.ffmpeg import ffmpeg_path, ffmpeg_version, run
from tasks.media.text_layout import load_font

_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, whether it is well, and what to do if not."""

    name: str
    is_well: bool
    detail: str


def examine_ffmpeg() -> Finding:
    """Encodes one frame with everything a render uses: a listed encoder may still not work."""
    try:
        _encode_one_frame()
    except ReelflowError as error:
        return Finding("ffmpeg", False, f"{ffmpeg_path()}: {error}")
    return Finding("ffmpeg", True, f"{ffmpeg_version()} at {ffmpeg_path()}")


def _encode_one_frame() -> None:
    graph = (
        "color=c=gray:s=64x64:r=30:d=0.2,format=yuv420p10le,"
        "setparams=range=tv:color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc,"
        "zscale=t=linear:npl=100,format=gbrpf32le,tonemap=hable,zscale=t=bt709:m=bt709:p=bt709:r=tv,"
        "bwdif,format=yuv420p[v];"
        "sine=d=0.2:r=48000,asplit[s][t];[s][t]sidechaincompress,alimiter,silencedetect,ebur128=peak=true[a]"
    )
    run(
        [
            *("-v", "error", "-filter_complex", graph, "-map", "[v]", "-map", "[a]"),
            *("-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", "-f", "null", "-"),
        ],
        doing="encoding a test frame",
        timeout_s=_TIMEOUT_S,
    )


def examine_font() -> Finding:
    """Without a font ffmpeg draws no captions and reports no error."""
    family = CaptionStyle().font_family
    try:
        load_font(family)
    except ReelflowError as error:
        return Finding("captions font", False, str(error))
    return Finding("captions font", True, family)
