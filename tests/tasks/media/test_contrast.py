"""Which captions can be read: by an outline of their own, or by what is behind them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.edit import CaptionStyle
from tasks.media.contrast import contrast_ratio, contrast_warnings, has_own_ground, rgb

WHITE, BLACK, GREY = (255, 255, 255), (0, 0, 0), (119, 119, 119)
COLOURS = st.tuples(*[st.integers(0, 255)] * 3)


def test_ratios_are_those_of_the_guideline() -> None:
    assert contrast_ratio(WHITE, BLACK) == pytest.approx(21)
    assert contrast_ratio(rgb("#767676"), WHITE) == pytest.approx(4.54, abs=0.01)  # WCAG's own example


@given(COLOURS, COLOURS)
def test_a_ratio_has_no_direction_and_stays_between_1_and_21(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    assert contrast_ratio(one, other) == contrast_ratio(other, one)
    assert 1 <= contrast_ratio(one, other) <= 21 + 1e-9


def test_a_dark_outline_makes_any_picture_fine() -> None:
    assert has_own_ground(CaptionStyle())
    assert contrast_warnings(CaptionStyle(), [WHITE]) == ()


def test_without_an_outline_the_picture_decides() -> None:
    style = CaptionStyle(outline=0.0, highlight_colour="#FFFFFF")
    assert contrast_warnings(style, [BLACK] * 10) == ()
    assert contrast_warnings(style, [BLACK] * 9 + [WHITE]) == ()  # a fleck of light hides no word
    text, spoken = contrast_warnings(style, [WHITE] * 5 + [BLACK] * 5)
    assert text.startswith("The text colour (#FFFFFF) is hard to read on 50% of the picture behind it")
    assert spoken.startswith("The spoken word's colour (#FFFFFF)")


def test_an_outline_like_the_letters_helps_nobody() -> None:
    style = CaptionStyle(text_colour="#111111", outline_colour="#000000")
    (warning,) = contrast_warnings(style, [BLACK])
    assert "The text colour (#111111)" in warning  # the yellow word has the outline


def test_a_thin_outline_does_not_count() -> None:
    assert contrast_warnings(CaptionStyle(outline=0.03), [WHITE])
    assert not contrast_warnings(CaptionStyle(outline=0.04), [WHITE])
    assert not contrast_warnings(CaptionStyle(outline=0.0, highlight_colour="#FFFFFF"), [GREY])
