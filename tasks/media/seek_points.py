"""Where to start reading a file so that a moment in it can be shown whole.

Most containers hold an index and are started at the key frame before the moment by themselves: what lies
between is decoded for nothing, so cuts had better begin on one. Program and transport streams
(camcorders, broadcast) have no index: ffmpeg starts them anywhere, and shows nothing whole until the next
key frame comes.
"""

import contextlib
from pathlib import Path

import av
from av.video.stream import VideoStream

from tasks.media.ffmpeg import SAFE_INPUT

_WITHOUT_INDEX = ("mpegts", "mpeg")

#: How far back the first look for a key frame begins; doubled until one is found.
_FIRST_REACH_S = 1.0

#: Read from this long before the key frame: its packets are stored before it is shown.
_MARGIN_S = 0.5


def before_key_frame(path: Path, *, stream_index: int, at_s: float) -> float:
    """A time from which the picture at `at_s` can be decoded, on the file's clock.

    Args:
        path: A file without an index.
        stream_index: Position of the picture among all streams.
        at_s: The moment, in seconds on the file's clock.
    """
    with av.open(str(path.absolute()), options=dict(SAFE_INPUT), metadata_errors="replace") as container:
        stream = container.streams[stream_index]
        zero_s = (container.start_time or 0) / av.time_base
        tick_s = float(stream.time_base or 0)
        reach_s = _FIRST_REACH_S
        while reach_s < at_s:
            container.seek(round((at_s - reach_s + zero_s) * av.time_base))
            found_s = None
            for packet in container.demux(stream):
                if packet.dts is None or packet.pts is None:
                    continue
                if packet.dts * tick_s - zero_s > at_s:
                    break
                if packet.is_keyframe and packet.pts * tick_s - zero_s <= at_s:
                    found_s = packet.pts * tick_s - zero_s
            if found_s is not None:
                return max(0.0, found_s - _MARGIN_S)
            reach_s *= 2
    return 0.0


def key_frames_s(path: Path, *, stream_index: int) -> tuple[float, ...]:
    """When the key frames of a picture are shown, on the file's clock; none when the file has no index.

    Takes no reading of the pictures themselves. An index that holds decoding times is moved by the delay
    of the first picture, which is that of all pictures in what common encoders write.

    Args:
        path: The file.
        stream_index: Position of the picture among all streams.
    """
    with av.open(str(path.absolute()), options=dict(SAFE_INPUT), metadata_errors="replace") as container:
        stream = container.streams[stream_index]
        has_index = container.format.name not in _WITHOUT_INDEX
        if not has_index or not isinstance(stream, VideoStream) or not stream.time_base:
            return ()
        zero_s = (container.start_time or 0) / av.time_base
        # Matroska and WebM read their index when it is first needed.
        with contextlib.suppress(av.FFmpegError):
            container.seek(container.duration or 0)
        entries = [(entry.timestamp, entry.is_keyframe) for entry in stream.index_entries]
        if not entries:
            return ()
        delay = (stream.start_time or 0) - entries[0][0]
        tick_s = float(stream.time_base)
        return tuple((at + delay) * tick_s - zero_s for at, is_key in entries if is_key)
