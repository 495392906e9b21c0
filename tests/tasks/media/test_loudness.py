"""Mastering: every kind of sound meets the target and the ceiling, in the encoded file."""

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import Fault
from tasks.media.loudness import Loudness, master, measure, read_log
from tests.tasks.media.coded import RATE, clicks, read_sound, write_wav

TARGET_LUFS, CEILING_DBTP = -14.0, -1.0

_SECONDS = 6
_T = np.arange(_SECONDS * RATE) / RATE


def noise(level: float, seconds: float = _SECONDS) -> NDArray[np.float64]:
    return np.random.default_rng(2).normal(0, level, int(seconds * RATE))


def speech(seconds: float = _SECONDS, *, gaps: bool = False) -> NDArray[np.float64]:
    """A buzz at 120 Hz in syllables, four in a second; with gaps, a second of silence after every second."""
    t = np.arange(int(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 120 * k * t) / k for k in range(1, 25))
    syllables = np.clip(np.sin(2 * np.pi * 4 * t), 0, 1) ** 0.5
    voice = 0.12 * np.asarray(buzz) * syllables
    return voice * (t % 2 < 1) if gaps else voice


def beats(floor: float) -> NDArray[np.float64]:
    """Two lone drum beats a second."""
    sound = noise(floor)
    for start in range(0, len(sound), RATE // 2):
        beat = np.arange(min(4000, len(sound) - start))
        sound[start : start + len(beat)] += 0.9 * np.exp(-beat / 400) * np.sin(2 * np.pi * 150 * beat / RATE)
    return sound


SOUNDS = {
    "speech": speech(),
    "speech with pauses": speech(gaps=True),
    "two seconds of speech": speech(2.0),
    "quiet speech": speech() * 0.03,
    "quiet noise": noise(0.003),
    "beats over quiet noise": beats(0.002),
    "clicks over noise": clicks(_SECONDS),
    "loud music": np.clip(0.8 * np.sin(2 * np.pi * 220 * _T) + noise(0.4), -0.99, 0.99),
    "square at full scale": 0.99 * np.sign(np.sin(2 * np.pi * 100 * _T)),
    "deep bass": 0.5 * np.sin(2 * np.pi * 45 * _T),
    "speech over loud music": 0.5 * speech() + np.clip(noise(0.25), -0.7, 0.7),
}


def mastered(sound: NDArray[np.float64], folder: Path) -> tuple[Loudness, Loudness]:
    """The loudness that `master` reports and what the file measures."""
    stereo = np.stack([sound, sound], 1)
    mix = write_wav(folder / "mix.wav", stereo)
    reported = master(
        mix,
        folder / "sound.m4a",
        measured=measure(Path("mix.wav"), cwd=folder, timeout_s=60),
        target_lufs=TARGET_LUFS,
        ceiling_dbtp=CEILING_DBTP,
        bitrate="192k",
        timeout_s=60,
    )
    return reported, measure(Path("sound.m4a"), cwd=folder, timeout_s=60)


@pytest.mark.parametrize("name", SOUNDS)
def test_target_and_ceiling_are_met(name: str, tmp_path: Path) -> None:
    reported, measured = mastered(SOUNDS[name], tmp_path)

    assert reported == measured
    assert measured.integrated_lufs == pytest.approx(TARGET_LUFS, abs=0.5)
    assert measured.true_peak_dbtp <= CEILING_DBTP


def test_length_is_kept(tmp_path: Path) -> None:
    sound = speech(2.0)

    mastered(sound, tmp_path)

    assert len(read_sound(tmp_path / "sound.m4a")) == pytest.approx(len(sound), abs=1024)


@pytest.mark.parametrize("level", [0.0, 0.0003])
def test_silence_stays_silent(level: float, tmp_path: Path) -> None:
    reported, _ = mastered(noise(level), tmp_path)

    assert reported.is_silent
    assert np.abs(read_sound(tmp_path / "sound.m4a")).max() < 0.01


def test_lone_knocks_in_silence_are_as_loud_as_can_be_and_not_over_the_ceiling(tmp_path: Path) -> None:
    # given two short knocks in digital silence, of which no gain makes -14 LUFS
    sound = np.zeros(_SECONDS * RATE)
    for start in (RATE, 3 * RATE):
        sound[start : start + 400] = 0.3 * np.sin(2 * np.pi * 800 * np.arange(400) / RATE)

    reported, _ = mastered(sound, tmp_path)

    assert reported.integrated_lufs < TARGET_LUFS
    assert -3 < reported.true_peak_dbtp <= CEILING_DBTP


def test_nothing_is_limited_where_there_is_headroom(tmp_path: Path) -> None:
    # given a steady tone that only has to be made quieter
    tone = 0.5 * np.sin(2 * np.pi * 440 * _T)

    mastered(tone, tmp_path)

    # then it is the same tone: what is left after subtracting it is next to nothing
    sound = read_sound(tmp_path / "sound.m4a")[RATE : 3 * RATE]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert spectrum.argmax() * RATE / len(sound) == pytest.approx(440, abs=1)
    others = np.delete(spectrum, range(spectrum.argmax() - 8, spectrum.argmax() + 9))
    assert others.max() < spectrum.max() * 0.003


@pytest.mark.parametrize(
    ("lufs", "is_silent"), [(-math.inf, True), (-70.0, True), (-55.1, True), (-54.9, False), (-14.0, False)]
)
def test_what_counts_as_silent(lufs: float, is_silent: bool) -> None:
    assert Loudness(lufs, -10).is_silent == is_silent


def test_the_meter_is_read() -> None:
    lines = [
        "  Integrated loudness:",
        "    I:         -23.4 LUFS",
        "  True peak:",
        "    Peak:       -inf dBFS",
    ]

    found = read_log(lambda watch: [watch(line) for line in lines])

    assert found == Loudness(-23.4, -math.inf)


def test_a_silent_meter_is_a_fault() -> None:
    with pytest.raises(Fault, match="the loudness meter said nothing"):
        read_log(lambda watch: watch("no numbers here"))
