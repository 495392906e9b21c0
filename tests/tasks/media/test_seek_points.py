"""Where reading may start, against what a reader of every packet finds."""

from pathlib import Path

import av
import pytest

from tasks.media import ffmpeg
from tasks.media.probe import probe
from tasks.media.seek_points import key_frames_s

SAMPLE = Path("tasks/media/assets/sample")


def _found_by_reading(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        zero_s = (container.start_time or 0) / av.time_base
        return [
            float(packet.pts * stream.time_base) - zero_s
            for packet in container.demux(stream)
            if packet.is_keyframe and packet.pts is not None
        ]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("b-frames.mp4", ["-c:v", "libx264", "-bf", "3", "-g", "12"]),
        ("none.mov", ["-c:v", "libx264", "-bf", "0", "-g", "12"]),
        ("late.mkv", ["-c:v", "libx264", "-bf", "2", "-g", "12", "-output_ts_offset", "2.5"]),
        ("vp8.webm", ["-c:v", "libvpx", "-g", "12", "-deadline", "realtime"]),
    ],
)
def test_key_frames_are_read_from_the_index(name: str, options: list[str], tmp_path: Path) -> None:
    # given three seconds with a key frame every half second
    path = tmp_path / name
    source = ["-f", "lavfi", "-i", "testsrc2=size=128x72:rate=24:duration=3"]
    ffmpeg.run(["-v", "error", *source, *options, str(path)], doing="making it", timeout_s=60)
    # when its index is read
    found = key_frames_s(path, stream_index=probe(path).video_index)
    # then that is what is in it
    assert found == pytest.approx(_found_by_reading(path), abs=1e-3)
    assert len(found) >= 6


def test_a_file_without_an_index_has_none(tmp_path: Path) -> None:
    # given a broadcast, of which a reader knows what it has passed and no more
    path = tmp_path / "broadcast.ts"
    source = ["-f", "lavfi", "-i", "testsrc2=size=128x72:rate=25:duration=2"]
    ffmpeg.run(["-v", "error", *source, "-c:v", "mpeg2video", str(path)], doing="making it", timeout_s=60)
    # then nothing is said of it
    assert key_frames_s(path, stream_index=0) == ()
