import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.edit import CaptionStyle
from models.errors import BadInput
from tasks.media.text_layout import (
    FONTS_DIR,
    MIN_SCALE,
    Block,
    drawable,
    fit,
    line_width,
    load_font,
    missing_glyphs,
)

FONT = load_font("Inter")


def lines(block: Block) -> list[str]:
    return [" ".join(piece.text for piece in line) for line in block.lines]


def set_into(words: list[str], *, width_px: float = 800, height_px: float = 1000) -> Block:
    return fit(words, FONT, em_px=84, width_px=width_px, height_px=height_px, max_lines=2, margin_em=0.12)


def test_the_default_style_has_its_font_and_licence() -> None:
    assert load_font(CaptionStyle().font_family) == FONT
    assert FONT.path.parent == FONTS_DIR
    assert "SIL OPEN FONT LICENSE" in (FONTS_DIR.parent / "OFL.txt").read_text()


def test_an_unknown_font_names_the_choices() -> None:
    with pytest.raises(BadInput, match=r"'Comic Sans'.*Inter"):
        load_font("Comic Sans")


def test_latin_greek_and_cyrillic_are_there_and_the_rest_is_named() -> None:
    assert missing_glyphs("Ça coûte 5 €, Łódź! Ωραία Привет “ё”… \u200b", FONT) == ()
    assert missing_glyphs("日本 🎉 日", FONT) == ("日", "本", "🎉")


def test_emoji_go_and_letters_stay() -> None:
    assert drawable("New 👩‍👩‍👧 in\nstore ✨️ 日本", FONT) == "New in store 日本"
    assert drawable("🎉", FONT) == ""


def test_width_grows_with_size_and_counts_kerning() -> None:
    assert line_width("Lamp", FONT, 100) == pytest.approx(2 * line_width("Lamp", FONT, 50))
    assert line_width("AV", FONT, 100) < line_width("A", FONT, 100) + line_width("V", FONT, 100)


def test_words_that_fit_stay_as_large_as_wanted() -> None:
    block = set_into(["Only", "$49.99!"])
    assert lines(block) == ["Only $49.99!"]
    assert block.em_px == 84


def test_two_lines_are_even() -> None:
    assert lines(set_into(["Wonderfully", "soft", "and", "washable"])) == ["Wonderfully soft", "and washable"]


def test_a_long_word_makes_the_letters_smaller() -> None:
    block = set_into(["Donaudampfschifffahrt"])
    assert lines(block) == ["Donaudampfschifffahrt"]
    assert 84 * MIN_SCALE <= block.em_px < 84


def test_a_word_wider_than_the_box_is_broken_evenly() -> None:
    block = set_into(["x" * 40])
    first, second = lines(block)
    assert first + second == "x" * 40
    assert abs(len(first) - len(second)) <= 4
    assert block.is_complete


def test_a_mark_stays_with_its_letter() -> None:
    block = set_into(["e\u0301" * 60])
    assert all(line.startswith("e") for line in lines(block))


def test_what_never_fits_ends_in_an_ellipsis() -> None:
    block = set_into(["x" * 4000])
    assert not block.is_complete
    assert lines(block)[-1].endswith("…")


@example(["Wa", ".", "W"], 120, 90)
@given(
    st.lists(st.text(alphabet="aWi.Åy—é日", min_size=1, max_size=40), min_size=1, max_size=6),
    st.integers(min_value=120, max_value=1700),
    st.integers(min_value=90, max_value=1300),
)
def test_a_block_never_exceeds_its_box(words: list[str], width_px: int, height_px: int) -> None:
    block = set_into(words, width_px=width_px, height_px=height_px)
    margin_px = 2 * 0.12 * block.em_px
    assert block.width_px + margin_px <= width_px + 0.01
    assert block.height_px + margin_px <= height_px + 0.01
    if block.is_complete:
        assert "".join(lines(block)).replace(" ", "") == "".join(words)
