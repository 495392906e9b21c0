"""How much of a footage file is really there: where its picture ends and how regular it is.

Headers are promises; an upload that broke off keeps them. MP4 and AVI carry an index of every
picture, which is compared with the file's size without reading the pictures. Other files are read at
their end, and from start to end only where even that tells nothing.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

#: Index entries looked at one by one; 0.2 us each. Longer files are sampled at three places.
_WHOLE_INDEX = 100_000
_INDEX_RUN = 5_000

#: Packets at the start that are looked at in files without an index: two to three seconds.
_HEAD_PACKETS = 90

#: Pictures are stored in another order than shown, by at most this many (H.264, H.265: 16).
_REORDER = 16

#: Seconds before the promised end from which the end is read.
_TAIL_S = 0.5

#: A header may promise this much more than is there: sound that is padded, rounded lengths.
_PROMISE_SLACK_S = 0.5


@dataclass(frozen=True)
class Extent:
    """What a file holds of its picture.

    Attributes:
        end_s: When the last usable picture ends, on the file's clock.
        last_s: When the last usable picture begins; the same as `end_s` where its length is not told.
        promised_s: Length by the header, where that is more than the file holds.
        frames: Usable pictures, if they were counted.
        runs: Times of neighbouring pictures at several places.
    """

    end_s: float
    last_s: float
    promised_s: float | None
    frames: int | None
    runs: tuple[Sequence[float], ...]


def clock_zero_s(container: InputContainer) -> float:
    """Where the file's clock starts in the container's own time."""
    return (container.start_time or 0) / av.time_base


def known_packets(container: InputContainer, *streams: Stream) -> Iterator["Packet[Stream]"]:
    """Packets of the given streams, or of all, that were there when the file was opened.

    FLV and MPEG files may begin further streams on the way. PyAV 18 then ends reading everything with
    an `IndexError`, after the last packet.

    Raises:
        av.error.FFmpegError: the file can't be read any further.
    """
    with suppress(IndexError):
        yield from container.demux(*(streams or container.streams))


def measure_extent(
    container: InputContainer, stream: VideoStream, *, size: int, reopen: Callable[[], InputContainer]
) -> Extent | None:
    """Finds out how much of the picture is in the file.

    Args:
        container: The open file; its read position is moved.
        stream: The picture.
        size: Bytes in the file.
        reopen: Opens the file anew, for reading it from the start.

    Returns:
        None when no picture was found.

    Raises:
        av.error.FFmpegError: the file can't be opened again.
    """
    indexed = _from_index(container, stream, size)
    if indexed is not None:
        return indexed
    promised_s = _promised_s(container, stream)
    head = _read(container, stream, limit=_HEAD_PACKETS, from_s=0.0)
    tail = None
    if promised_s is not None:
        tail = _read(container, stream, from_s=max(0.0, promised_s - _TAIL_S))
    frames = None
    if tail is None or tail.picture_end_s is None:
        with reopen() as fresh:
            tail = _read(fresh, fresh.streams.video[_position(container, stream)], from_s=None)
            frames = tail.pictures
    if tail.picture_end_s is None:
        return None
    is_short = promised_s is not None and tail.end_s < promised_s - _PROMISE_SLACK_S
    return Extent(
        end_s=tail.picture_end_s,
        last_s=max(tail.times),
        promised_s=promised_s if is_short else None,
        frames=frames,
        # Next to where reading began or ended, pictures that are stored elsewhere leave holes.
        runs=tuple(sorted(reading.times)[_REORDER:-_REORDER] for reading in (head, tail)),
    )


def _from_index(container: InputContainer, stream: VideoStream, size: int) -> Extent | None:
    """Reads the file's own list of all pictures; None if it has none, or one that is not complete."""
    index, tick = stream.index_entries, stream.time_base
    count = len(index)
    if count < 2 or tick is None or not stream.duration:
        return None
    if not any(kind in container.format.name for kind in ("mp4", "avi")):
        return None  # Matroska's lists only key frames
    zero_s = clock_zero_s(container)
    first, last = (float(index[at].timestamp * tick) - zero_s for at in (0, count - 1))
    header_end_s = float(((stream.start_time or 0) + stream.duration) * tick) - zero_s
    if last < header_end_s - max(_PROMISE_SLACK_S, 2 * (last - first) / (count - 1)):
        return None  # grows while a fragmented or broken file is read
    present = bisect_left(range(count), True, key=lambda at: index[at].pos + index[at].size > size)
    if present == 0:
        return None
    is_whole = present == count
    return Extent(
        end_s=header_end_s if is_whole else float(index[present].timestamp * tick) - zero_s,
        last_s=float(index[present - 1].timestamp * tick) - zero_s,
        promised_s=None if is_whole else header_end_s,
        frames=present,
        runs=tuple(
            [float(entry.timestamp * tick) - zero_s for entry in index[start:stop]]
            for start, stop in _places(present)
        ),
    )


def _places(count: int) -> list[tuple[int, int]]:
    if count <= _WHOLE_INDEX:
        return [(0, count)]
    middle = count // 2
    return [(0, _INDEX_RUN), (middle, middle + _INDEX_RUN), (count - _INDEX_RUN, count)]


def _promised_s(container: InputContainer, stream: VideoStream) -> float | None:
    lengths = []
    if container.duration:
        lengths.append(container.duration / av.time_base)
    # AVI states how many pictures it was meant to have.
    if stream.frames and stream.average_rate and container.format.name == "avi":
        lengths.append(float(stream.frames / stream.average_rate))
    return max(lengths, default=None)


@dataclass
class _Reading:
    """Times met while reading packets."""

    times: deque[float]
    pictures: int = 0
    picture_end_s: float | None = None
    end_s: float = 0.0


def _read(
    container: InputContainer, stream: VideoStream, *, from_s: float | None, limit: int | None = None
) -> _Reading:
    """Reads packets without decoding, from the key frame before `from_s` to the end, or `limit` pictures."""
    zero_s = clock_zero_s(container)
    met = _Reading(deque(maxlen=None if limit else 4 * _HEAD_PACKETS))
    for packet in _packets(container, None if from_s is None else from_s + zero_s):
        if packet.pts is None:
            continue
        start_s = float(packet.pts * packet.time_base) - zero_s
        end_s = start_s + float((packet.duration or 0) * packet.time_base)
        met.end_s = max(met.end_s, end_s)
        if packet.stream_index == stream.index:
            met.pictures += 1
            met.times.append(start_s)
            met.picture_end_s = max(met.picture_end_s or 0.0, end_s)
        if limit is not None and met.pictures >= limit:
            break
    return met


def _packets(
    container: InputContainer, from_s: float | None
) -> Iterator["Packet[Stream]"]:  # generic for type checkers only
    """Packets of all streams up to the end, or up to where the file can't be read any more."""
    try:
        if from_s is not None:
            container.seek(round(from_s * av.time_base))
        yield from known_packets(container)
    except av.error.FFmpegError:
        return


def _position(container: InputContainer, stream: VideoStream) -> int:
    """Where the picture is among the file's video streams."""
    return [other.index for other in container.streams.video].index(stream.index)
