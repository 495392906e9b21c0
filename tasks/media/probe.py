"""Looks at an uploaded file: facts for a usable one, a reason a store owner understands for any other.

Uses PyAV alone and decodes one picture, so it costs about the same for a clip and for an hour. Only
formats that can't name other files are opened, so a playlist under a video's name stays harmless.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from models.errors import UnusableFootage
from tasks.media import stream_facts as facts
from tasks.media.boxes import clean_aperture, is_without_index
from tasks.media.ffmpeg import SAFE_INPUT
from tasks.media.footage_extent import Extent, clock_zero_s, known_packets, measure_extent
from tasks.media.footage_info import AudioInfo, FootageInfo, display_size
from tasks.media.frame_rate import judge_rate
from tasks.media.signatures import HEAD_BYTES, recognise

__all__ = ["AudioInfo", "FootageInfo", "probe"]

MIN_DURATION_S = 0.2
MAX_DURATION_S = 6 * 3600.0
MIN_SIDE_PX = 16
MAX_PIXELS = 8192 * 4320

#: Packets tried for a first picture: recordings may start between two key frames.
_FIRST_PICTURE_PACKETS = 300

#: Streams that accompany a film and are no film.
_NOT_FOOTAGE = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image

_CUT_OFF = "it was cut off: the index at its end is missing, so the recording or the upload did not finish"
_NO_VIDEO = "it is not a video of a kind that can be read (MP4, MOV, MKV, WebM, AVI, MPEG, MXF, FLV, WMV)"
_SOUND_ONLY = "it holds only sound, no picture"
_DAMAGED = "it is damaged: no picture in it can be decoded"


def probe(path: Path, *, name: str | None = None) -> FootageInfo:
    """Looks at a file without changing or following anything.

    Args:
        path: The file.
        name: What the user calls it, for error messages; the file's name by default.

    Raises:
        UnusableFootage: it can't be made into reels, with the reason.
    """
    name = name or path.name
    size = _size(path, name)
    with _open(path, name) as container:
        stream = _choose_picture(container, name)
        _check_picture_size(stream, name)
        frame = _first_picture(container, stream, name)
        extent = measure_extent(container, stream, size=size, reopen=lambda: _open_container(path))
        if extent is None:
            raise UnusableFootage(name, _DAMAGED)
        seen = frame.width, frame.height
        if "mp4" in container.format.name:
            seen = clean_aperture(path, *seen)
        return _describe(container, stream, frame, extent, seen=seen, size=size, name=name)


def _size(path: Path, name: str) -> int:
    try:
        if path.is_dir():
            raise UnusableFootage(name, "it is a folder")
        if not path.exists():
            raise UnusableFootage(name, "there is no such file")
        if not path.is_file():
            raise UnusableFootage(name, "it is not an ordinary file")
        return path.stat().st_size
    except PermissionError:
        raise UnusableFootage(name, "reading it is not permitted") from None


@contextmanager
def _open(path: Path, name: str) -> Iterator[InputContainer]:
    """Opens a file, or says what it is instead of footage."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        if not head:
            raise UnusableFootage(name, "it is empty")
        if reason := recognise(head):
            raise UnusableFootage(name, reason)
        try:
            container = _open_container(path)
        except (av.error.FFmpegError, ValueError) as error:
            raise UnusableFootage(name, _CUT_OFF if is_without_index(path) else _NO_VIDEO) from error
    except PermissionError:
        raise UnusableFootage(name, "reading it is not permitted") from None
    except OSError as error:
        raise UnusableFootage(name, f"it can't be read ({error.strerror or error})") from error
    with container:
        yield container


def _open_container(path: Path) -> InputContainer:
    # An absolute path is never taken for a protocol or an option, whatever the name looks like.
    return av.open(str(path.absolute()), options=dict(SAFE_INPUT), metadata_errors="replace")


def _choose_picture(container: InputContainer, name: str) -> VideoStream:
    """The largest moving picture; covers, thumbnails and still pictures are none."""
    films = [stream for stream in container.streams.video if not stream.disposition & _NOT_FOOTAGE]
    if not films:
        reason = _SOUND_ONLY if container.streams.audio else "there is no video in it"
        raise UnusableFootage(name, reason)
    known = [stream for stream in films if _has_decoder(stream)]
    if not known:
        raise UnusableFootage(
            name, "its picture is stored in a way that can't be decoded here; export it as MP4"
        )
    return max(known, key=lambda stream: (stream.frames != 1, stream.width * stream.height))


def _has_decoder(stream: Stream) -> bool:
    return stream.codec_context is not None


def _check_picture_size(stream: VideoStream, name: str) -> None:
    width, height = stream.width, stream.height
    if min(width, height) < MIN_SIDE_PX:
        size = f"{width}x{height}"
        raise UnusableFootage(name, f"its picture is too small ({size})" if width and height else _DAMAGED)
    if width * height > MAX_PIXELS:
        raise UnusableFootage(
            name, f"its picture is too large ({width}x{height}; up to 8192x4320 can be used)"
        )


def _first_picture(container: InputContainer, stream: VideoStream, name: str) -> VideoFrame:
    """Decodes one picture: only that tells size, rotation and field order for certain."""
    packets = islice(known_packets(container, stream), _FIRST_PICTURE_PACKETS)
    try:
        for packet in packets:
            with suppress(av.error.FFmpegError):  # damaged; a later one may be whole
                for frame in packet.decode():
                    if isinstance(frame, VideoFrame):
                        return frame
    except av.error.FFmpegError as error:
        raise UnusableFootage(name, _DAMAGED) from error
    raise UnusableFootage(name, _DAMAGED)


def _describe(
    container: InputContainer,
    stream: VideoStream,
    frame: VideoFrame,
    extent: Extent,
    *,
    seen: tuple[int, int],
    size: int,
    name: str,
) -> FootageInfo:
    zero_s = clock_zero_s(container)
    tick_s = float(stream.time_base or 0)
    start_s = max(0.0, (stream.start_time or 0) * tick_s - zero_s)
    length_s = extent.end_s - start_s
    rate = judge_rate(
        extent.runs,
        stated=[rate for rate in (stream.base_rate, stream.average_rate) if rate],
        tick_s=tick_s,
        mean_fps=extent.frames / length_s if extent.frames and length_s > 0 else None,
    )
    if rate is None:
        raise UnusableFootage(name, _DAMAGED)
    end_s = extent.end_s if extent.end_s > extent.last_s else extent.last_s + 1 / rate.fps
    _check_duration(max(0.0, end_s - start_s), name)
    sar, sar_warnings = facts.pixel_shape(stream)
    rotation, rotation_warnings = facts.rotation(frame)
    warnings = (*sar_warnings, *rotation_warnings)
    if extent.promised_s is not None:
        warnings += (f"It breaks off after {end_s:.1f} s of {extent.promised_s:.1f} s; the rest is missing.",)
    width, height = display_size(*seen, rotation=rotation, sar=sar)
    return FootageInfo(
        container=facts.container_name(container),
        bytes=size,
        video_index=stream.index,
        codec=stream.codec_context.codec.canonical_name,
        pix_fmt=frame.format.name,
        coded_width=seen[0],
        coded_height=seen[1],
        rotation=rotation,
        sar=f"{sar.numerator}:{sar.denominator}",
        display_width=width,
        display_height=height,
        fps=rate.fps,
        rate=str(rate.rate),
        is_vfr=rate.is_vfr,
        start_s=round(start_s, 6),
        duration_s=round(end_s, 6),
        frames=extent.frames,
        is_interlaced=facts.is_interlaced(stream, frame),
        transfer=facts.transfer(stream, frame),
        colour_range=facts.colour_range(stream, frame),
        colour_primaries=facts.colour_primaries(stream, frame),
        colour_matrix=facts.colour_matrix(stream, frame),
        is_truncated=extent.promised_s is not None,
        audio=facts.best_audio(container, zero_s=zero_s),
        warnings=warnings,
    )


def _check_duration(duration_s: float, name: str) -> None:
    if duration_s < MIN_DURATION_S:
        raise UnusableFootage(
            name, f"it is too short ({duration_s:.2f} s; at least {MIN_DURATION_S} s are needed)"
        )
    if duration_s > MAX_DURATION_S:
        hours = f"{duration_s / 3600:.1f} hours; up to {MAX_DURATION_S / 3600:.0f}"
        raise UnusableFootage(name, f"it is too long ({hours} can be used)")
