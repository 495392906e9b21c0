import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.edit import Word
from tasks.media.heard_words import HeardCut, breaks_between, words_in_cuts
from tasks.media.words import MIN_WORD_S, tidy

FPS = 30


def spoken(text: str, step_s: float = 0.5) -> tuple[Word, ...]:
    """A word every half second, half as long."""
    return tuple(
        Word(text=token, start_s=index * step_s, end_s=(index + 0.5) * step_s)
        for index, token in enumerate(text.split())
    )


def clip(*cuts: tuple[tuple[Word, ...], float, float]) -> list[HeardCut]:
    """Cuts of footage with these words, from and to, one after the other."""
    placed, begins_s = [], 0.0
    for words, start_s, end_s in cuts:
        placed.append(HeardCut(words, start_s, end_s - start_s, begins_s))
        begins_s += end_s - start_s
    return placed


def told(words: tuple[Word, ...]) -> list[tuple[str, float, float]]:
    return [(word.text, word.start_s, word.end_s) for word in words]


def test_words_move_with_the_cut_that_shows_them() -> None:
    words = spoken("one two three four five six")

    heard = words_in_cuts(clip((words, 2.0, 3.0), (words, 0.4, 1.0)))

    assert told(heard) == [("five", 0.0, 0.25), ("six", 0.5, 0.75), ("two", 1.1, 1.35)]


def test_a_word_belongs_to_the_cut_that_holds_its_middle_and_ends_with_it() -> None:
    words = (Word(text="hello", start_s=1.0, end_s=2.0),)

    assert told(words_in_cuts(clip((words, 0.0, 1.6)))) == [("hello", 1.0, 1.6)]
    assert told(words_in_cuts(clip((words, 1.4, 3.0)))) == [("hello", 0.0, 0.6)]
    assert words_in_cuts(clip((words, 0.0, 1.5))) == ()
    assert words_in_cuts(clip((words, 1.6, 3.0))) == ()


def test_footage_that_is_shown_twice_is_heard_twice() -> None:
    words = spoken("one two")

    heard = words_in_cuts(clip((words, 0.0, 1.0), (words, 0.0, 1.0)))

    assert [word.text for word in heard] == ["one", "two", "one", "two"]
    assert [word.start_s for word in heard] == [0.0, 0.5, 1.0, 1.5]


def test_footage_divided_between_two_cuts_loses_no_word() -> None:
    words = spoken("one two three four")

    heard = words_in_cuts(clip((words, 0.0, 0.6), (words, 0.6, 2.0)))

    assert [word.text for word in heard] == ["one", "two", "three", "four"]


def test_silent_footage_between_is_a_gap() -> None:
    words = spoken("one two")

    heard = words_in_cuts(clip((words, 0.0, 1.0), ((), 0.0, 2.0), (words, 0.0, 1.0)))

    assert [word.start_s for word in heard] == [0.0, 0.5, 3.0, 3.5]
    assert words_in_cuts(clip(((), 0.0, 2.0))) == words_in_cuts([]) == ()


def test_speech_jumps_where_footage_does_not_go_on() -> None:
    ours, theirs = spoken("one two"), spoken("three four")

    cuts = clip((ours, 0.0, 1.0), (ours, 1.0, 2.0), (ours, 5.0, 6.0), (theirs, 6.0, 7.0))

    assert breaks_between(cuts) == (2.0, 3.0)
    assert breaks_between(cuts[:1]) == breaks_between([]) == ()


@st.composite
def transcripts(draw: st.DrawFn) -> tuple[Word, ...]:
    gaps = draw(st.lists(st.tuples(st.floats(0, 2), st.floats(0.001, 2)), max_size=12))
    words, at_s = [], 0.0
    for number, (pause_s, length_s) in enumerate(gaps):
        words.append(Word(text=f"w{number}", start_s=at_s + pause_s, end_s=at_s + pause_s + length_s))
        at_s = words[-1].end_s
    return tidy(words)


@st.composite
def clips(draw: st.DrawFn) -> list[HeardCut]:
    """Cuts on the frame grid, of two films, in any order, repeated or not."""
    films = [draw(transcripts()), draw(transcripts())]
    frames = draw(
        st.lists(
            st.tuples(st.integers(0, 1), st.integers(0, 600), st.integers(1, 150)), min_size=1, max_size=8
        )
    )
    cuts, first = [], 0
    for film, start, length in frames:
        cuts.append(HeardCut(films[film], start / FPS, length / FPS, first / FPS))
        first += length
    return cuts


@given(clips())
def test_words_never_overlap_and_stay_inside_the_clip(cuts: list[HeardCut]) -> None:
    duration_s = cuts[-1].begins_s + cuts[-1].duration_s

    heard = words_in_cuts(cuts)

    for word in heard:
        assert 0 <= word.start_s < word.end_s <= duration_s + 1e-9
    for word, following in itertools.pairwise(heard):
        assert word.end_s <= following.start_s


@given(clips())
def test_every_word_whose_middle_is_shown_is_there_once_per_cut_and_in_order(cuts: list[HeardCut]) -> None:
    expected = [
        token
        for cut in cuts
        for word in cut.words
        if cut.start_s <= (word.start_s + word.end_s) / 2 < cut.end_s
        for token in word.text.split()
    ]

    assert " ".join(word.text for word in words_in_cuts(cuts)).split() == expected


@given(transcripts(), st.integers(0, 200), st.integers(3, 300))
def test_a_word_is_shown_where_it_is_heard(words: tuple[Word, ...], start: int, length: int) -> None:
    cut = HeardCut(words, start / FPS, length / FPS, 7.0)
    by_token = {word.text.split()[0]: word for word in words}

    for word in words_in_cuts([cut]):
        first = by_token[word.text.split()[0]]
        wanted_s = max(first.start_s, cut.start_s) - cut.start_s + cut.begins_s
        # The last word of all may begin too late to be seen and is then brought forward.
        latest_s = cut.begins_s + cut.duration_s - MIN_WORD_S
        assert math.isclose(word.start_s, min(wanted_s, latest_s), abs_tol=2e-4)


@pytest.mark.parametrize("words", [spoken("a b"), ()])
def test_nothing_is_made_of_nothing(words: tuple[Word, ...]) -> None:
    assert words_in_cuts([HeardCut(words, 100.0, 5.0, 0.0)]) == ()
