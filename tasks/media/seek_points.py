"""Where to start reading a file so that a moment in it can be shown whole.

Most containers hold an index and are started at the key frame before the moment by themselves. Program
and transport streams (camcorders, broadcast) have none: ffmpeg starts them anywhere, and shows nothing
whole until the next key frame comes.
"""

from pathlib import Path

import av

from tasks.media.ffmpeg import SAFE_INPUT

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
