"""Pauses of a voice get shorter, its words move along, and nothing else is heard of it.  # pitfall 57"""

import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.edit import Word
from models.errors import BadInput, Fault
from tasks.media.pauses import PauseRule, Samples, find_pauses, join_spans, spans_to_keep, trim_pauses
from tasks.media.words import Span, remap
from tasks.providers.offline import OfflineVoice
from tasks.providers.ports import Speech, SpeechRequest

RATE = 24_000
RULE = PauseRule(longer_than_s=0.25, shortened_to_s=0.1)

#: How far a word may be from where it is heard.
TOLERANCE_S = 0.06

SCRIPT = "Fresh tea. It is here, today! For you: hand picked; slowly dried. Try a cup... and take two."


def tone(seconds: float, *, level: float = 0.3, hz: float = 220.0) -> Samples:
    time_s = np.arange(round(seconds * RATE)) / RATE
    return np.rint(np.sin(2 * np.pi * hz * time_s) * level * 32767).astype(np.int16)


def hiss(seconds: float, *, level: float = 0.0005) -> Samples:
    noise = np.random.default_rng(1).standard_normal(round(seconds * RATE))
    return np.rint(noise * level * 32767).astype(np.int16)


def write(path: Path, *parts: Samples) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.concatenate(parts).astype("<i2").tobytes())
    return path


def read(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def bounds(spans: tuple[Span, ...]) -> list[tuple[float, float]]:
    return [(span.start_s, span.end_s) for span in spans]


# ------------------------------------------------------------------ what is a pause


def test_pauses_are_found_to_a_block_whether_silent_or_hissing() -> None:
    sound = np.concatenate([tone(0.5), hiss(0.4), tone(0.3), np.zeros(RATE // 2, np.int16)])

    found = find_pauses(sound, RATE)

    np.testing.assert_allclose(bounds(found), [(0.5, 0.9), (1.2, 1.7)], atol=0.011)


def test_a_quiet_consonant_is_no_pause() -> None:
    sound = np.concatenate([tone(0.5), tone(0.4, level=0.3 * 10 ** (-28 / 20), hz=4000), tone(0.5)])

    assert find_pauses(sound, RATE) == ()


@pytest.mark.parametrize("sound", [np.zeros(RATE, np.int16), hiss(1.0), np.zeros(0, np.int16), tone(1.0)])
def test_a_sound_without_any_contrast_has_none(sound: Samples) -> None:
    assert find_pauses(sound, RATE) == ()


# ------------------------------------------------------------------ what is kept


@pytest.mark.parametrize(
    ("pauses", "kept"),
    [
        ([], [(0, 4)]),
        ([(1.0, 1.25)], [(0, 4)]),
        ([(1.0, 2.0)], [(0, 1.05), (1.95, 4)]),
        ([(0.0, 1.0)], [(0.9, 4)]),
        ([(3.0, 4.0)], [(0, 3.1)]),
        ([(0.0, 4.0)], [(0, 4)]),
        ([(0.0, 1.0), (1.5, 2.0), (3.0, 4.0)], [(0.9, 1.55), (1.95, 3.1)]),
    ],
)
def test_of_a_long_pause_only_its_edges_are_kept(
    pauses: list[tuple[float, float]], kept: list[tuple[float, float]]
) -> None:
    spans = spans_to_keep([Span(*pause) for pause in pauses], 4.0, RULE)

    np.testing.assert_allclose(bounds(spans), kept, atol=1e-9)


lengths = st.lists(st.floats(0.02, 2.0), min_size=1, max_size=12)


@settings(max_examples=40)
@given(lengths, st.booleans(), st.floats(0.1, 1.0), st.floats(0.05, 0.95))
def test_what_is_kept_is_in_order_and_words_stay_in_order(
    parts: list[float], starts_silent: bool, longer_than_s: float, share: float
) -> None:
    # given sound and silence in turns, and a word for each sound
    rule = PauseRule(longer_than_s, longer_than_s * share)
    pauses, words, at_s = [], [], 0.0
    for number, length_s in enumerate(parts):
        if (number % 2 == 0) == starts_silent:
            pauses.append(Span(at_s, at_s + length_s))
        else:
            words.append(Word(text=f"w{number}", start_s=at_s, end_s=at_s + length_s))
        at_s += length_s

    kept = spans_to_keep(pauses, at_s, rule)
    moved = remap(words, kept)

    # then nothing overlaps, nothing gets longer, and no pause is longer than allowed
    times = [time for span in kept for time in (span.start_s, span.end_s)]
    assert times == sorted(times)
    total_s = sum(span.end_s - span.start_s for span in kept)
    shortened = sum(
        p.end_s - p.start_s - rule.shortened_to_s
        for p in pauses
        if p.end_s - p.start_s > longer_than_s and words
    )
    assert total_s == pytest.approx(at_s - shortened, abs=1e-6)
    starts = [word.start_s for word in moved]
    assert starts == sorted(starts)
    assert all(before.end_s <= after.start_s + 1e-6 for before, after in pairwise(moved))
    assert all(0 <= word.start_s < word.end_s <= total_s + 1e-6 for word in moved)
    assert " ".join(word.text for word in moved) == " ".join(word.text for word in words)


# ------------------------------------------------------------------ how it is cut


def test_a_seam_is_as_long_as_its_parts_and_does_not_click() -> None:
    # given a cut from one phase of a loud tone to the opposite one
    sound = tone(1.0, level=0.9, hz=100.0)
    spans = [(0, round(0.3025 * RATE)), (round(0.6075 * RATE), RATE)]

    plain, faded = (join_spans(sound, spans, fade=fade) for fade in (0, round(0.01 * RATE)))

    assert len(faded) == len(plain) == sum(end - start for start, end in spans)
    steepest = np.abs(np.diff(sound.astype(int))).max()
    assert np.abs(np.diff(plain.astype(int))).max() > 10 * steepest
    assert np.abs(np.diff(faded.astype(int))).max() < 2 * steepest
    # and nothing but the seam is touched
    half = round(0.005 * RATE)
    seam = spans[0][1]
    np.testing.assert_array_equal(
        np.delete(faded, slice(seam - half, seam + half)), np.delete(plain, slice(seam - half, seam + half))
    )


def test_a_sound_without_long_pauses_stays_as_it_is(tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", tone(0.5), hiss(0.2), tone(0.5))

    assert trim_pauses(source, tmp_path / "b.wav", RULE) is None
    assert not (tmp_path / "b.wav").exists()


def test_the_file_is_as_long_as_what_was_kept_to_the_sample(tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", tone(0.5), hiss(0.7), tone(0.5), hiss(0.5), tone(0.2))

    trimmed = trim_pauses(source, tmp_path / "b.wav", RULE)

    assert trimmed is not None
    assert trimmed.cuts == 2
    assert len(read(tmp_path / "b.wav")) == round(trimmed.duration_s * RATE)
    assert trimmed.duration_s == pytest.approx(1.4, abs=0.03)
    again = find_pauses(read(tmp_path / "b.wav"), RATE)
    np.testing.assert_allclose([span.end_s - span.start_s for span in again], 0.1, atol=0.021)


@pytest.mark.parametrize(("longer_than_s", "shortened_to_s"), [(0.2, 0.2), (0.2, 0.3), (0.2, 0.0)])
def test_a_rule_that_lengthens_is_refused(
    tmp_path: Path, longer_than_s: float, shortened_to_s: float
) -> None:
    source = write(tmp_path / "a.wav", tone(0.5))

    with pytest.raises(BadInput, match="choose a shorter length"):
        trim_pauses(source, tmp_path / "b.wav", PauseRule(longer_than_s, shortened_to_s))


@pytest.mark.parametrize("content", [None, b"", b"RIFF no sound"])
def test_what_is_no_sound_is_a_fault(tmp_path: Path, content: bytes | None) -> None:
    source = tmp_path / "a.wav"
    if content is not None:
        source.write_bytes(content)

    with pytest.raises(Fault, match=r"a\.wav can't be read"):
        trim_pauses(source, tmp_path / "b.wav", RULE)


# ------------------------------------------------------------------ real speech


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    folder = tmp_path_factory.mktemp("speech")
    return OfflineVoice().speak(SpeechRequest(SCRIPT, "en-us"), folder, timeout_s=60)


@pytest.mark.parametrize("rule", [RULE, PauseRule(0.12, 0.03), PauseRule(0.3, 0.2)])
def test_words_of_trimmed_speech_start_where_they_are_heard(
    speech: Speech, tmp_path: Path, rule: PauseRule
) -> None:
    trimmed = trim_pauses(speech.audio, tmp_path / "b.wav", rule)

    assert trimmed is not None
    assert trimmed.duration_s < speech.duration_s - 0.3
    moved = remap(speech.words, trimmed.kept)
    assert [word.text for word in moved] == [word.text for word in speech.words]
    # Each word after a pause begins where sound begins again, measured in the trimmed sound itself.
    sound, rate = read(tmp_path / "b.wav"), trimmed.sample_rate
    onsets = np.array(
        [pause.end_s for pause in find_pauses(sound, rate) if pause.end_s - pause.start_s > 0.025]
    )
    after_pause = [
        new.start_s
        for old, new in zip(speech.words, moved, strict=True)
        if any(span.start_s <= old.start_s <= span.start_s + rule.shortened_to_s for span in trimmed.kept[1:])
    ]
    assert len(after_pause) == trimmed.cuts
    assert max(np.abs(onsets - start_s).min() for start_s in after_pause) < TOLERANCE_S
    # And every word is where the same sound was before: found by what surrounds it, not by our own sums.
    before = read(speech.audio)
    for old, new in zip(speech.words, moved, strict=True):
        assert _distance_s(before, old.start_s, sound, new.start_s, rate) < TOLERANCE_S, old.text


def _distance_s(before: Samples, old_s: float, after: Samples, new_s: float, rate: int) -> float:
    """How far from `new_s` the sound that follows `old_s` is really found."""
    begin = round(old_s * rate) + rate // 50
    needle = before[begin : begin + rate // 10].astype(np.float64)
    wanted = round(new_s * rate) + rate // 50
    start = max(0, wanted - rate // 5)
    stack = after[start : wanted + rate // 5 + len(needle)].astype(np.float64)
    match = np.correlate(stack, needle, "valid")
    energy = np.sqrt(np.convolve(stack**2, np.ones(len(needle)), "valid") + 1.0)
    return abs(start + int(np.argmax(match / energy)) - wanted) / rate
