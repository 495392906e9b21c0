import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BadInput
from tasks.providers.sentences import split_text

TEXT = "One lamp. Two lamps, made by hand! Is it new? Yes."


def test_what_fits_stays_whole() -> None:
    assert split_text(TEXT, len(TEXT)) == (TEXT,)
    assert split_text("", 5) == ("",)


@pytest.mark.parametrize(
    ("limit", "parts"),
    [
        (45, ("One lamp. Two lamps, made by hand! ", "Is it new? Yes.")),
        (36, ("One lamp. Two lamps, made by hand! ", "Is it new? Yes.")),
        (26, ("One lamp. ", "Two lamps, made by hand! ", "Is it new? Yes.")),
        (20, ("One lamp. ", "Two lamps, ", "made by hand! ", "Is it new? Yes.")),
        (
            5,
            (
                "One ",
                "lamp. ",
                "Two ",
                "lamps",
                ", ",
                "made ",
                "by ",
                "hand!",
                " Is ",
                "it ",
                "new? ",
                "Yes.",
            ),
        ),
    ],
)
def test_it_is_split_at_the_best_pause_that_fits(limit: int, parts: tuple[str, ...]) -> None:
    assert "".join(split_text(TEXT, limit)) == TEXT
    if limit > 5:
        assert split_text(TEXT, limit) == parts


def test_paragraphs_come_before_sentences() -> None:
    text = "A lamp. It is new.\n\nCome in. Take it."
    assert split_text(text, 30) == ("A lamp. It is new.\n\n", "Come in. Take it.")


def test_abbreviations_and_prices_are_not_torn() -> None:
    assert split_text("It costs 49.99 today. Come in.", 24) == ("It costs 49.99 today. ", "Come in.")


def test_scripts_without_spaces_are_split_at_their_own_stops() -> None:
    assert split_text("新しいランプです。手作りです。", 10) == ("新しいランプです。", "手作りです。")


@given(st.text(alphabet="ab .,!?\n。é🎉", max_size=200), st.integers(1, 60))
def test_nothing_is_lost_and_no_part_is_too_long(text: str, limit: int) -> None:
    parts = split_text(text.strip(), limit)
    assert "".join(parts) == text.strip()
    assert all(len(part) <= limit for part in parts)


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(BadInput):
        split_text("Hello", 0)
