"""One pass measures any footage on one timeline."""

import threading
from pathlib import Path

import numpy as np
import pytest

from models.errors import Fault, MediaToolFailed, MediaToolTimedOut, UnusableFootage
from tasks.media import ffmpeg
from tasks.media.features import FPS, STILL_LONG_SIDE_PX, FrameFeatures, measure_footage

SAMPLE = Path(__file__).resolve().parents[3] / "tasks/media/assets/sample"


def make(path: Path, *arguments: str) -> Path:
    ffmpeg.run(["-v", "error", *arguments, "-y", str(path)], doing="making footage", timeout_s=60)
    return path


def picture(size: str = "320x180", rate: str = "30", seconds: float = 1.0) -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}"]


X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]


def measure(path: Path, *, has_audio: bool = False, duration_s: float = 1.0) -> FrameFeatures:
    return measure_footage(path, has_audio=has_audio, duration_s=duration_s, timeout_s=60)


@pytest.mark.parametrize("rate", ["12", "24000/1001", "25", "30000/1001", "60", "240"])
def test_every_frame_rate_lands_on_the_same_timeline(tmp_path: Path, rate: str) -> None:
    # given two seconds, black first and white from the middle on
    source = make(
        tmp_path / "source.mp4",
        *("-f", "lavfi", "-i", f"color=black:size=160x90:rate={rate}:duration=2"),
        *("-vf", "drawbox=color=white:t=fill:enable='gte(t,0.999)'", *X264),
    )
    # when measured
    features = measure(source, duration_s=2.0)
    # then index / 30 is the time
    assert features.frame_count == pytest.approx(2 * FPS, abs=2)
    first_white = int(np.argmax(features.brightness > 128))
    assert first_white / FPS == pytest.approx(1.0, abs=0.06)


def test_variable_frame_rate_keeps_its_times(tmp_path: Path) -> None:
    # given footage whose second half has a fifth of the frames, and a white box from 1.5 s on
    source = make(
        tmp_path / "source.mkv",
        *("-f", "lavfi", "-i", "color=black:size=160x90:rate=30:duration=2"),
        *("-vf", "drawbox=color=white:t=fill:enable='gte(t,1.5)',select='lt(t,1)+not(mod(n,5))'"),
        *("-fps_mode", "vfr", *X264),
    )
    # when measured
    features = measure(source, duration_s=2.0)
    # then the change is still where it is shown
    assert int(np.argmax(features.brightness > 128)) == pytest.approx(45, abs=1)


def test_a_late_picture_keeps_its_place_in_the_file(tmp_path: Path) -> None:
    # given sound from 0 s and picture from 0.5 s
    source = make(
        tmp_path / "source.mkv",
        *("-f", "lavfi", "-i", "sine=duration=1.5", "-itsoffset", "0.5", *picture(seconds=1.0), *X264),
    )
    # when measured, then the timeline covers both
    features = measure(source, has_audio=True, duration_s=1.5)
    assert features.frame_count == pytest.approx(45, abs=1)
    assert features.audio_rms is not None
    assert len(features.audio_rms) == pytest.approx(75, abs=2)
    # and nothing moves until the picture begins
    assert features.motion[:15].max() < 0.1 < features.motion[16:].mean()


@pytest.mark.parametrize(
    ("size", "still"),
    [("320x180", (180, 320)), ("180x320", (320, 180)), ("322x242", (242, 322)), ("1280x540", (270, 640))],
)
def test_stills_keep_the_shape_of_the_footage(tmp_path: Path, size: str, still: tuple[int, int]) -> None:
    features = measure(make(tmp_path / "source.mp4", *picture(size), *X264))
    assert features.stills.shape == (1, *still)
    assert max(still) <= STILL_LONG_SIDE_PX
    assert features.thumbs.shape == (30, 45, 80)


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_rotated_footage_is_measured_upright(tmp_path: Path, angle: int) -> None:  # pitfall 46
    # given a picture whose upper left quarter is white, and the same stored turned
    upright = make(
        tmp_path / "upright.mp4",
        *("-f", "lavfi", "-i", "color=black:size=180x320:rate=30:duration=0.5"),
        *("-vf", "drawbox=w=iw/2:h=ih/2:color=white:t=fill", *X264),
    )
    turns = {90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}
    stored = make(tmp_path / "stored.mp4", "-i", str(upright), "-vf", turns[angle], *X264)
    turned = make(tmp_path / "turned.mp4", "-display_rotation", str(angle), "-i", str(stored), "-c", "copy")
    # when measured, then it looks upright
    features, expected = measure(turned, duration_s=0.5), measure(upright, duration_s=0.5)
    assert features.stills.shape == expected.stills.shape == (1, 320, 180)
    np.testing.assert_allclose(features.thumbs[5].astype(int), expected.thumbs[5].astype(int), atol=12)


def test_sound_is_measured_every_20_ms(tmp_path: Path) -> None:
    # given half a second of a full-scale tone, then silence
    source = make(
        tmp_path / "source.mkv",
        *picture(),
        *(
            "-f",
            "lavfi",
            "-i",
            "aevalsrc='lt(t,0.5)*sin(2*PI*440*t)':s=48000:d=1",
            *X264,
            "-c:a",
            "pcm_s16le",
        ),
    )
    # when measured
    features = measure(source, has_audio=True)
    # then the envelope says so
    assert features.audio_rms is not None
    assert len(features.audio_rms) == pytest.approx(50, abs=4)
    assert features.audio_rms[3:22] == pytest.approx(0.707, abs=0.05)
    assert features.audio_rms[28:48].max() < 0.01


def test_measures_tell_sharp_from_blurred_dark_from_bright_and_left_from_right(tmp_path: Path) -> None:
    sharp = measure(make(tmp_path / "sharp.mp4", *picture(), *X264))
    blurred = measure(make(tmp_path / "blurred.mp4", *picture(), "-vf", "gblur=sigma=4", *X264))
    assert blurred.sharpness.mean() < 0.5 * sharp.sharpness.mean()

    def moving(name: str, x: str) -> FrameFeatures:
        box = "color=black:size=320x180:rate=30:duration=1[b];color=white:size=20x40:rate=30:duration=1"
        graph = f"{box},format=yuv420p[w];[b][w]overlay=x={x}:y='50+60*t'"
        return measure(make(tmp_path / f"{name}.mp4", "-f", "lavfi", "-i", graph, *X264))

    left, right = moving("left", "10"), moving("right", "280")
    assert left.motion_x[5:].mean() < 0.15
    assert right.motion_x[5:].mean() > 0.85
    assert left.dark_share.min() > 0.9
    assert left.motion[0] == 0


def test_footage_of_two_frames_is_enough(tmp_path: Path) -> None:  # pitfall 55
    features = measure(make(tmp_path / "source.mp4", *picture(seconds=0.07), *X264), duration_s=0.07)
    assert 1 <= features.frame_count <= 3
    assert len(features.stills) == len(features.still_times_s) == 1


def test_stills_are_one_a_second() -> None:
    features = measure(SAMPLE / "box.mp4", duration_s=15.2)
    assert features.still_times_s.tolist() == list(range(16))
    # and they show what the thumbs of their time show
    still = features.stills[8].reshape(-1)
    assert float(still.mean()) == pytest.approx(float(features.brightness[240]), abs=25)


def test_stills_of_long_footage_are_further_apart() -> None:
    # given footage said to be 40 minutes long, when measured, then one still in four seconds is kept
    features = measure(SAMPLE / "cup.mp4", duration_s=2400.0)
    assert features.still_times_s.tolist() == [0.0, 4.0, 8.0]


def test_progress_rises_to_one_and_no_further(tmp_path: Path) -> None:  # pitfall 6
    # given footage that is longer than the prober said
    source = make(tmp_path / "source.mp4", *picture(seconds=4.0), *X264)
    shares: list[float] = []
    measure_footage(source, has_audio=False, duration_s=3.0, timeout_s=60, on_progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_measurements_survive_storing(tmp_path: Path) -> None:
    # given measurements with and without sound
    for name in ("cup.mp4", "meadow.webm"):
        measured = measure(SAMPLE / name, duration_s=8.0)
        # when stored and read
        measured.save(tmp_path / "features.npz")
        read = FrameFeatures.load(tmp_path / "features.npz")
        # then nothing changed and nothing else is left in the folder
        assert read.audio_rms is None
        np.testing.assert_array_equal(read.thumbs, measured.thumbs)
        np.testing.assert_array_equal(read.stills, measured.stills)
        np.testing.assert_array_equal(read.dhash, measured.dhash)
        assert [path.name for path in tmp_path.iterdir()] == ["features.npz"]


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_damaged_measurements_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "features.npz").write_bytes(content)
    with pytest.raises(Fault, match="measure again"):
        FrameFeatures.load(tmp_path / "features.npz")


def test_a_hostile_name_is_only_a_name(tmp_path: Path) -> None:  # pitfall 44
    folder = tmp_path / "it's [0:v];a=b,c:d %d"
    folder.mkdir()
    source = make(tmp_path / "source.mp4", *picture(), *X264).rename(folder / "-i 'x'.mp4")
    assert measure(source).frame_count == 30


def test_what_is_no_footage_is_refused_and_leaves_no_thread(tmp_path: Path) -> None:
    threads = set(threading.enumerate())
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(MediaToolFailed):
        measure(tmp_path / "text.mp4")
    sound = make(tmp_path / "sound.m4a", "-f", "lavfi", "-i", "sine=duration=1")
    with pytest.raises((MediaToolFailed, UnusableFootage)):
        measure(sound, has_audio=True)
    assert set(threading.enumerate()) <= threads


def test_a_time_out_ends_the_pass(tmp_path: Path) -> None:
    source = make(tmp_path / "source.mp4", *picture("1280x720", seconds=8), *X264)
    with pytest.raises(MediaToolTimedOut):
        measure_footage(source, has_audio=False, duration_s=8, timeout_s=0.01)
