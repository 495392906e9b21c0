"""The words that a style is tried on: heard ones where there are any, else the script's, else a sample."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.caption_words import spread_words


@given(
    st.lists(st.text(st.characters(categories=["L"]), min_size=1, max_size=12), min_size=1, max_size=60),
    st.floats(0.5, 120),
)
def test_words_of_a_script_follow_each_other_inside_the_clip(words: list[str], duration_s: float) -> None:
    spread = spread_words(" ".join(words), duration_s)
    assert [word.text for word in spread] == " ".join(words).split()
    assert spread[0].start_s >= 0
    assert spread[-1].end_s <= duration_s
    assert all(one.end_s == after.start_s for one, after in pairwise(spread))


def test_a_longer_word_takes_longer() -> None:
    short, long = spread_words("a wonderful", 4.0)
    assert long.end_s - long.start_s > 2 * (short.end_s - short.start_s)
    assert spread_words("", 4.0) == ()
    assert short.start_s == pytest.approx(0.2)
