"""The mix: the footage's own sound in its place, ducked under a voice that is never lost."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.edit import AudioLevels
from tasks.media import ffmpeg
from tasks.media.mix import VoiceFile, mix_sound
from tests.tasks.media.coded import FPS, RATE, lengths, place, read_sound, render, write_wav

#: Words of the spoken test voice: when each begins and ends.
WORDS = ((0.0, 0.5), (0.7, 1.0), (1.9, 2.4), (2.5, 2.9), (3.3, 3.6))


def footage(path: Path, sound: str | None, *, seconds: float = 5, options: str = "") -> Path:
    """A plain picture with a sound described for ffmpeg."""
    inputs = ["-f", "lavfi", "-i", f"testsrc2=s=64x36:r=30:d={seconds}"]
    if sound:
        inputs += [*options.split(), "-f", "lavfi", "-i", sound]
    ffmpeg.run(
        [
            *("-v", "error", "-y", *inputs, "-c:v", "libx264", "-preset", "ultrafast", "-g", "30"),
            *("-c:a", "aac", "-b:a", "192k", str(path)),
        ],
        doing=f"making {path.name}",
        timeout_s=60,
    )
    return path


def voice(path: Path, words: Sequence[tuple[float, float]] = WORDS, *, level: float = 0.2) -> Path:
    """Hisses above 2 kHz where a word is spoken, silence between."""
    sound = np.zeros(int(words[-1][1] * RATE))
    hiss = np.random.default_rng(5).normal(0, level, len(sound))
    spectrum = np.fft.rfft(hiss)
    spectrum[np.fft.rfftfreq(len(hiss), 1 / RATE) < 2000] = 0
    hiss = np.fft.irfft(spectrum, len(hiss))
    for start_s, end_s in words:
        sound[int(start_s * RATE) : int(end_s * RATE)] = hiss[int(start_s * RATE) : int(end_s * RATE)]
    return write_wav(path, sound)


def tone_db(sound: NDArray[np.float32], start_s: float, end_s: float, *, hertz: float = 440) -> float:
    """Level of one pitch in a stretch of sound."""
    part = sound[int(start_s * RATE) : int(end_s * RATE)]
    turned = part * np.exp(-2j * np.pi * hertz * np.arange(len(part)) / RATE) * np.hanning(len(part))
    return float(20 * np.log10(abs(turned.sum()) / np.hanning(len(part)).sum() * 2 + 1e-9))


def level_db(sound: NDArray[np.float32], start_s: float, end_s: float) -> float:
    part = sound[int(start_s * RATE) : int(end_s * RATE)]
    return float(20 * np.log10(np.sqrt(np.mean(np.square(part, dtype=float))) + 1e-9))


def mixed(
    cuts: list[tuple[Path, float, float]],
    folder: Path,
    *,
    spoken: VoiceFile | None = None,
    levels: AudioLevels | None = None,
) -> NDArray[np.float32]:
    """The mix of some cuts, one channel."""
    folder.mkdir(exist_ok=True)
    mix = mix_sound(place(cuts), fps=FPS, voice=spoken, levels=levels or AudioLevels(), folder=folder)
    return read_sound(mix.path)


TONE = "sine=440:r=48000:d=5"


# pitfall 51, 59
@pytest.mark.parametrize("frames", [31, 77, 100])
@pytest.mark.parametrize("has_voice", [True, False])
def test_sound_is_as_long_as_the_picture_to_the_sample(frames: int, has_voice: bool, tmp_path: Path) -> None:
    source = footage(tmp_path / "a.mp4", TONE)
    spoken = VoiceFile(voice(tmp_path / "voice.wav"), 0.2) if has_voice else None

    sound = mixed([(source, 0.0, frames / FPS), (source, 1.0, 1.0 + 50 / FPS)], tmp_path / "w", spoken=spoken)

    assert len(sound) == (frames + 50) * RATE // FPS


@pytest.mark.parametrize(
    "sound", ["sine=440:r=8000:d=5", "anoisesrc=r=96000:d=5:a=.1,pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0"]
)
def test_any_rate_and_channels_become_the_same(sound: str, tmp_path: Path) -> None:
    source = footage(tmp_path / "a.mp4", sound)

    made = mixed([(source, 0.5, 1.5)], tmp_path / "w")

    assert len(made) == RATE
    assert level_db(made, 0.1, 0.9) > -40


# pitfall 60, 64
@pytest.mark.parametrize(("start_s", "begins_s"), [(0.0, 0.7), (0.4, 0.3), (1.0, 0.0)])
def test_sound_that_begins_late_stays_late(start_s: float, begins_s: float, tmp_path: Path) -> None:
    source = footage(tmp_path / "a.mp4", "sine=440:r=48000:d=4", options="-itsoffset 0.7")

    made = mixed([(source, start_s, start_s + 2)], tmp_path / "w")

    heard = np.flatnonzero(np.abs(made) > 0.02)
    assert heard[0] / RATE == pytest.approx(begins_s, abs=0.03)


def test_sound_that_ends_early_is_followed_by_silence_and_the_next_cut_is_in_time(tmp_path: Path) -> None:
    source = footage(tmp_path / "a.mp4", "sine=440:r=48000:d=1.5")

    made = mixed([(source, 1.0, 2.0), (source, 2.0, 3.0), (source, 0.5, 1.0)], tmp_path / "w")

    assert level_db(made, 0.05, 0.4) > -40
    assert level_db(made, 0.6, 1.95) < -80
    assert level_db(made, 2.05, 2.45) > -40


def test_footage_without_sound_and_without_a_voice_is_silent(tmp_path: Path) -> None:
    source = footage(tmp_path / "a.mp4", None)

    # given cuts of the same length, which must stay inputs of their own
    mix = mix_sound(
        place([(source, 0.0, 1.0), (source, 2.0, 3.0)]),
        fps=FPS,
        voice=None,
        levels=AudioLevels(),
        folder=tmp_path,
    )

    assert mix.loudness.is_silent
    assert not read_sound(mix.path).any()


def test_cuts_with_and_without_sound_go_together(tmp_path: Path) -> None:
    silent, loud = footage(tmp_path / "a.mp4", None), footage(tmp_path / "b.mp4", TONE)

    made = mixed([(silent, 0, 1), (loud, 1, 2), (silent, 0, 1), (loud, 1, 2)], tmp_path / "w")

    assert [level_db(made, second + 0.05, second + 0.95) > -60 for second in range(4)] == [False, True] * 2
    assert tone_db(made, 1.1, 1.9) == pytest.approx(tone_db(made, 3.1, 3.9), abs=0.5)


def test_the_level_of_footage_without_a_voice_is_the_edits(tmp_path: Path) -> None:
    source = footage(tmp_path / "a.mp4", TONE)
    plain = mixed([(source, 0, 2)], tmp_path / "w")

    quieter = mixed([(source, 0, 2)], tmp_path / "w", levels=AudioLevels(original_db=-12))

    assert tone_db(quieter, 0.5, 1.5) == pytest.approx(tone_db(plain, 0.5, 1.5) - 12, abs=0.3)


# pitfall 49
@pytest.mark.parametrize("bed_db", [-30, -12, 0])
def test_the_footage_is_ducked_under_the_voice_and_heard_in_its_pauses(bed_db: int, tmp_path: Path) -> None:
    # given footage that hums, quietly or loudly, and a voice that pauses for 0.9 s and ends early
    source = footage(tmp_path / "a.mp4", f"sine=440:r=48000:d=5,volume={bed_db + 18}dB")
    spoken = VoiceFile(voice(tmp_path / "voice.wav"), 0.2)

    made = mixed([(source, 0, 5)], tmp_path / "w", spoken=spoken)

    # then the hum is pushed down while words are heard, comes back in the pause and at the end
    under = [
        tone_db(made, 0.2 + start_s + 0.15, 0.2 + end_s) for start_s, end_s in WORDS if end_s - start_s > 0.4
    ]
    pause, end = tone_db(made, 1.75, 2.05), tone_db(made, 4.5, 5.0)
    assert max(under) < end - 9
    assert max(under) < pause - 6
    assert end > -50
    # and whatever it was in the footage, it ends up well below the voice
    assert -17 < level_db(made, 4.5, 5.0) - level_db(made, 0.25, 0.65) < -5


def test_levels_of_the_edit_move_the_footage_under_the_voice(tmp_path: Path) -> None:
    source = footage(tmp_path / "a.mp4", TONE)
    spoken = VoiceFile(voice(tmp_path / "voice.wav"), 0.2)

    ends = [
        tone_db(
            mixed(
                [(source, 0, 5)],
                tmp_path / "w",
                spoken=spoken,
                levels=AudioLevels(original_under_voice_db=db),
            ),
            4.5,
            5.0,
        )
        for db in (-6, -20)
    ]

    assert ends[0] - ends[1] == pytest.approx(14, abs=0.5)


def test_a_voice_is_equally_loud_however_it_was_recorded(tmp_path: Path) -> None:
    # given a voice recorded far too quietly, well, too loudly, and on two channels
    source = footage(tmp_path / "a.mp4", None)
    recordings = [voice(tmp_path / f"{level}.wav", level=level) for level in (0.004, 0.05, 0.3)]
    stereo = read_sound(recordings[1]).astype(float)
    recordings.append(write_wav(tmp_path / "stereo.wav", np.stack([stereo, stereo], 1)))

    levels = [
        level_db(mixed([(source, 0, 4)], tmp_path / "w", spoken=VoiceFile(recording, 0.2)), 0.25, 0.65)
        for recording in recordings
    ]

    assert max(levels) - min(levels) < 0.5
    assert -26 < levels[0] < -18


# pitfall 49, 57, 59
@pytest.mark.parametrize("sound", [None, TONE, "anoisesrc=r=48000:d=5:a=.4"])
def test_words_are_where_they_belong_in_the_finished_file(sound: str | None, tmp_path: Path) -> None:
    # given a voice that speaks to the very last moment of the picture
    source = footage(tmp_path / "a.mp4", sound)
    spoken = VoiceFile(voice(tmp_path / "voice.wav"), 0.4)

    made = render([(source, 0, 1.5), (source, 2, 3), (source, 3.5, 5)], tmp_path / "w", voice=spoken)

    # then each word rises within 60 ms of its time and is heard to its end, the last one too
    frames, picture_s, _ = lengths(made.path)
    assert picture_s == frames / FPS == 4.0
    finished = read_sound(made.path)
    for start_s, end_s in WORDS:
        rise_s = rise_near(finished, 0.4 + start_s)
        assert rise_s == pytest.approx(0.4 + start_s, abs=0.06)
        assert high_db(finished, 0.4 + end_s - 0.08, 0.4 + end_s - 0.01) > -30


def rise_near(sound: NDArray[np.float32], near_s: float) -> float:
    """When the energy above 2 kHz rises most within 0.2 s of a time."""
    hop = RATE // 200
    steps = np.arange(near_s - 0.2, near_s + 0.2, hop / RATE)
    levels = np.array([high_db(sound, time_s, time_s + hop / RATE) for time_s in steps])
    levels = np.maximum(levels, -60)
    rises = [
        levels[index : index + 4].mean() - levels[index - 4 : index].mean()
        for index in range(4, len(levels) - 4)
    ]
    return float(steps[4 + int(np.argmax(rises))])


def high_db(sound: NDArray[np.float32], start_s: float, end_s: float) -> float:
    """Level above 2 kHz."""
    part = sound[max(0, int(start_s * RATE)) : int(end_s * RATE)]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
    high = spectrum[np.fft.rfftfreq(len(part), 1 / RATE) > 2000]
    return float(10 * np.log10(high.sum() * 16 / 3 / len(part) ** 2 + 1e-12))


def test_a_second_attempt_in_the_same_folder_gives_the_same(tmp_path: Path) -> None:
    source = footage(tmp_path / "a.mp4", TONE)
    spoken = VoiceFile(voice(tmp_path / "voice.wav"), 0.2)

    first = mixed([(source, 0, 4)], tmp_path / "w", spoken=spoken)
    second = mixed([(source, 0, 4)], tmp_path / "w", spoken=spoken)

    assert np.array_equal(first, second)
