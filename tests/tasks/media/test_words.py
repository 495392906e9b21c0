import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.edit import Word
from models.errors import BadInput
from tasks.media.words import (
    MIN_WORD_S,
    Span,
    WordEvent,
    remap,
    shift,
    tidy,
    words_from_characters,
    words_from_events,
)


def spoken(text: str, step_s: float = 0.5) -> tuple[Word, ...]:
    return tuple(
        Word(text=token, start_s=index * step_s, end_s=(index + 1) * step_s)
        for index, token in enumerate(text.split())
    )


def texts(words: tuple[Word, ...]) -> str:
    return " ".join(word.text for word in words)


def assert_in_order(words: tuple[Word, ...], duration_s: float) -> None:
    for word in words:
        assert word.end_s - word.start_s > 0
        assert word.end_s <= duration_s
    for word, following in itertools.pairwise(words):
        assert word.end_s <= following.start_s
        assert following.start_s - word.start_s >= MIN_WORD_S - 1e-3


def test_a_token_takes_its_first_event() -> None:
    events = [WordEvent(5, 0.4), WordEvent(6, 0.6), WordEvent(6, 0.9), WordEvent(0, 0.0)]
    words = words_from_events("only $9.99", events, duration_s=1.5)
    assert words == (
        Word(text="only", start_s=0, end_s=0.4),
        Word(text="$9.99", start_s=0.4, end_s=1.5),
    )


def test_unspoken_tokens_join_the_word_before_them() -> None:
    text = "— lamp - only 🎉 now"
    events = [WordEvent(text.index(word), start) for word, start in (("lamp", 0), ("only", 1), ("now", 2))]
    words = words_from_events(text, events, duration_s=3)
    assert [word.text for word in words] == ["— lamp -", "only 🎉", "now"]


def test_an_event_on_a_dash_belongs_to_the_word_after_it() -> None:
    words = words_from_events("lamp - only", [WordEvent(0, 0.0), WordEvent(5, 0.7)], duration_s=1.2)
    assert [(word.text, word.start_s) for word in words] == [("lamp -", 0.0), ("only", 0.7)]


def test_an_event_on_the_space_before_a_word_belongs_to_it() -> None:
    words = words_from_events("wool. soft", [WordEvent(0, 0.0), WordEvent(5, 0.7)], duration_s=1.2)
    assert [(word.text, word.start_s) for word in words] == [("wool.", 0.0), ("soft", 0.7)]


def test_words_leave_and_end_with_silences() -> None:
    # given a pause from 0.5 to 0.8 and a report that comes too early, at its beginning
    events = [WordEvent(0, 0.0), WordEvent(6, 0.49)]
    words = words_from_events("lamp. Only", events, duration_s=1.2, silences=[Span(0.5, 0.8), Span(1.1, 1.2)])
    assert [(word.start_s, word.end_s) for word in words] == [(0.0, 0.5), (0.8, 1.1)]


def test_characters_become_words_with_their_punctuation() -> None:
    text = "Hi,  you – there"
    starts = [index / 10 for index in range(len(text))]
    words = words_from_characters(text, starts, [start + 0.1 for start in starts])
    assert [word.text for word in words] == ["Hi,", "you –", "there"]
    assert words[0].start_s == 0
    assert words[0].end_s == pytest.approx(0.3)
    assert words[2].start_s == pytest.approx(1.1)


def test_an_uneven_alignment_is_refused() -> None:
    with pytest.raises(BadInput, match="2 characters, 1 starts"):
        words_from_characters("ab", [0.0], [0.1, 0.2])


def test_words_too_short_to_show_are_merged_and_not_dropped() -> None:  # pitfall 58
    words = words_from_characters(list("a b c"), [0.0, 0.0, 0.0, 0.0, 0.5], [0.0, 0.0, 0.0, 0.5, 0.5])
    assert [word.text for word in words] == ["a b", "c"]
    assert_in_order(words, 10)


def test_shift_moves_all_words_and_never_before_the_start() -> None:
    words = spoken("one two")
    assert shift(words, 0.25)[1] == Word(text="two", start_s=0.75, end_s=1.25)
    with pytest.raises(BadInput, match="can't be moved"):
        shift(words, -0.1)


def test_words_follow_the_audio_through_a_cut() -> None:  # pitfall 57
    # given words at 0, 0.5, 1.0, 1.5 and an edit that removes 0.4-1.2
    words = remap(spoken("one two three four"), [Span(0.0, 0.4), Span(1.2, 2.0)])
    assert words == (
        Word(text="one", start_s=0.0, end_s=0.4),
        Word(text="three", start_s=0.4, end_s=0.7),
        Word(text="four", start_s=0.7, end_s=1.2),
    )


def test_spans_out_of_order_are_refused() -> None:
    with pytest.raises(BadInput, match="in order"):
        remap(spoken("one"), [Span(1.0, 2.0), Span(0.0, 0.5)])


times = st.floats(min_value=0, max_value=20, allow_nan=False)


@given(st.lists(st.tuples(times, times), min_size=1, max_size=30), st.floats(min_value=0.5, max_value=25))
def test_every_word_survives_once_and_in_order(spans: list[tuple[float, float]], duration_s: float) -> None:
    words = tuple(
        Word(text=f"w{index}", start_s=start, end_s=start + length + 0.01)
        for index, (start, length) in enumerate(spans)
    )
    settled = tidy(words, duration_s=duration_s)
    assert texts(settled) == texts(words)
    assert_in_order(settled, duration_s)


@given(
    st.text(alphabet="ab .-—\n🎉é'", max_size=60),
    st.lists(st.tuples(st.integers(min_value=-2, max_value=70), times), max_size=30),
)
def test_events_of_any_kind_give_ordered_words(text: str, events: list[tuple[int, float]]) -> None:
    words = words_from_events(
        text, [WordEvent(*event) for event in events], duration_s=20, silences=[Span(3, 4), Span(9, 9.5)]
    )
    assert_in_order(words, 20)
    assert not words or texts(words) == " ".join(text.split())


@given(st.lists(st.floats(min_value=0.01, max_value=2), min_size=2, max_size=10), st.integers(1, 20))
def test_remapped_words_stay_in_the_shorter_audio(lengths: list[float], count: int) -> None:
    # given every second stretch of the audio is kept
    edges = [0.0]
    for length in lengths:
        edges.append(edges[-1] + length)
    kept = [Span(start, end) for start, end in list(itertools.pairwise(edges))[::2]]
    total_s = sum(span.end_s - span.start_s for span in kept)
    words = remap(spoken(" ".join(f"w{index}" for index in range(count)), 0.3), kept)
    if total_s >= MIN_WORD_S:
        assert_in_order(words, total_s + 1e-9)
    indices = [int(text[1:]) for text in texts(words).split()]
    assert indices == sorted(set(indices))
