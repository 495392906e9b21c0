"""The sound that is sent away to be heard lies on the clock by which films are cut."""

import wave
from pathlib import Path

import numpy as np
import pytest

from tasks.media import ffmpeg
from tasks.media.own_sound import RATE, OwnSound, extract_sound
from tasks.media.probe import probe
from tasks.media.timeline import SourceFile

#: When something is heard in the test sound, each for 0.25 s.
BEEPS_S = (0.5, 2.0, 3.5)
_BEEPS = "+".join(f"between(t,{start_s},{start_s + 0.25})" for start_s in BEEPS_S)
SOUND = f"aevalsrc='0.4*sin(2*PI*600*t)*({_BEEPS})':s=44100:d=4"


def film(path: Path, *, sound: str | None = SOUND, late_s: float = 0.0, audio: str = "aac") -> Path:
    """Five seconds of pictures; the sound may begin later."""
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=64x36:r=25:d=5"]
    if sound:
        inputs += ["-itsoffset", str(late_s), "-f", "lavfi", "-i", sound]
    arguments = ["-v", "error", "-y", *inputs, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", audio]
    ffmpeg.run([*arguments, path.name], doing="making a film", timeout_s=60, cwd=path.parent)
    return path


def extracted(path: Path, folder: Path) -> OwnSound:
    folder.mkdir()
    return extract_sound(SourceFile(path, probe(path)), folder)


def onsets_s(path: Path) -> list[float]:
    """When it gets loud after it was quiet for a moment."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 3000)
    first = np.concatenate([[True], np.diff(loud) > RATE // 5])
    return [float(moment) / RATE for moment in loud[first]]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize("late_s", [0.0, 0.7])
def test_what_is_heard_keeps_its_time(name: str, late_s: float, tmp_path: Path) -> None:
    sound = extracted(film(tmp_path / name, late_s=late_s), tmp_path / "scratch")

    assert onsets_s(sound.path) == pytest.approx([start_s + late_s for start_s in BEEPS_S], abs=0.03)
    assert sound.duration_s == pytest.approx(4 + late_s, abs=0.06)
    assert not sound.is_silent


def test_sound_after_the_last_picture_is_left_out(tmp_path: Path) -> None:
    sound = extracted(film(tmp_path / "a.mp4", late_s=3.2), tmp_path / "scratch")

    assert sound.duration_s == pytest.approx(5.0, abs=0.01)
    assert onsets_s(sound.path) == pytest.approx([3.7], abs=0.02)


def test_silence_is_told_from_a_whisper(tmp_path: Path) -> None:
    silent = film(tmp_path / "a.mp4", sound="anullsrc=d=4")
    whisper = film(tmp_path / "b.mp4", sound="sine=f=400:d=4,volume=-30dB")

    assert extracted(silent, tmp_path / "one").is_silent
    assert not extracted(whisper, tmp_path / "two").is_silent
