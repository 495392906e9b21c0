"""Translates what PyAV says about streams and pictures into our words.

Each function reads one fact; none moves the file's read position.
"""

from fractions import Fraction
from typing import Literal, cast

from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tasks.media.footage_info import AudioInfo, Matrix, Rotation, Transfer

#: Pixels further from square than this are damage, not an anamorphic format (the widest in use is 2:1).
_MAX_SAR = 4

#: `AVFieldOrder` up to here means unknown or progressive.
_PROGRESSIVE = 1

# Code points of ITU-T H.273, tables 2 to 4; 2 means unspecified.
_UNSPECIFIED = 2
_PRIMARIES = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    9: "bt2020",
    11: "dci-p3",
    12: "display-p3",
}
_TRANSFERS: dict[int, Transfer] = {16: "pq", 18: "hlg"}
_MATRICES: dict[int, Matrix] = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020"}


def container_name(container: InputContainer) -> str:
    """A short name of the kind of file."""
    name = container.format.name
    if "mp4" not in name:
        return name.partition(",")[0]
    return "mov" if container.metadata.get("major_brand", "qt").startswith("qt") else "mp4"


def rotation(frame: VideoFrame) -> tuple[Rotation, tuple[str, ...]]:
    """Degrees clockwise that players turn the picture, and a warning for an angle that is not upright.

    The decoded picture carries the display matrix, the same source that ffmpeg turns by.
    """
    clockwise = -frame.rotation % 360
    quarter = round(clockwise / 90) * 90 % 360
    if min(abs(clockwise - quarter), abs(clockwise - quarter - 360)) > 1:
        return 0, (f"Its rotation of {clockwise} degrees is not a right angle.",)
    return cast("Rotation", quarter), ()


def pixel_shape(stream: VideoStream) -> tuple[Fraction, tuple[str, ...]]:
    """Width by height of a stored pixel, and a warning where a nonsensical value was ignored."""
    stated = stream.sample_aspect_ratio
    if not stated or stated <= 0:
        return Fraction(1), ()
    if not 1 / _MAX_SAR <= stated <= _MAX_SAR:
        return Fraction(1), (f"Its pixel shape of {stated.numerator}:{stated.denominator} was ignored.",)
    return stated, ()


def is_interlaced(stream: VideoStream, frame: VideoFrame) -> bool:
    """Whether pictures are made of two fields, by the picture itself or by the stream."""
    return frame.interlaced_frame or stream.codec_context.field_order > _PROGRESSIVE


def transfer(stream: VideoStream, frame: VideoFrame) -> Transfer | None:
    """The HDR transfer curve, None for standard range."""
    return _TRANSFERS.get(_stated(frame.color_trc, stream.codec_context.color_trc))


def colour_primaries(stream: VideoStream, frame: VideoFrame) -> str | None:
    """The colours' primaries, None when untagged."""
    return _PRIMARIES.get(_stated(frame.color_primaries, stream.codec_context.color_primaries))


def colour_matrix(stream: VideoStream, frame: VideoFrame) -> Matrix | None:
    """The YCbCr matrix, None when untagged or RGB."""
    return _MATRICES.get(_stated(frame.colorspace, stream.codec_context.colorspace))


def colour_range(stream: VideoStream, frame: VideoFrame) -> Literal["tv", "pc"] | None:
    """Whether black is 16 ("tv") or 0 ("pc"), None when untagged."""
    tags: dict[int, Literal["tv", "pc"]] = {1: "tv", 2: "pc"}
    return tags.get(int(frame.color_range) or int(stream.codec_context.color_range))


def best_audio(container: InputContainer, *, zero_s: float) -> AudioInfo | None:
    """The sound to use: the default one, else the first that can be decoded.

    Args:
        container: The open file.
        zero_s: Where the file's clock starts in the container's time.
    """
    best: AudioInfo | None = None
    for index, stream in enumerate(container.streams.audio):
        context = stream.codec_context
        # PyAV gives None for a codec without a decoder, such as the second track of new iPhones.
        if context is None or not context.sample_rate or not context.channels:
            continue
        is_default = bool(stream.disposition & Disposition.default)
        if best is not None and not is_default:
            continue
        tick = stream.time_base or Fraction(0)
        best = AudioInfo(
            index=index,
            codec=context.codec.canonical_name,
            rate=context.sample_rate,
            channels=context.channels,
            start_s=round(max(0.0, float((stream.start_time or 0) * tick) - zero_s), 6),
            duration_s=round(float(stream.duration * tick), 6) if stream.duration else None,
        )
        if is_default:
            break
    return best


def _stated(of_picture: int, of_stream: int) -> int:
    """The picture's own tag, else the container's."""
    return int(of_stream) if int(of_picture) == _UNSPECIFIED else int(of_picture)
