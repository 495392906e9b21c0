"""Money as people read and write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BadInput
from models.money import dollars, parse_usd, usd


@pytest.mark.parametrize(
    ("micro", "text"),
    [
        (0, "$0.00"),
        (7, "<$0.0001"),
        (4_200, "$0.0042"),
        (4_900_000, "$4.90"),
        (1_234_567_890, "$1,234.5679"),
        (-50_000, "-$0.05"),
    ],
)
def test_two_decimals_up_to_four(micro: int, text: str) -> None:
    assert dollars(micro) == text


@pytest.mark.parametrize(("text", "micro"), [("25", 25_000_000), (" $7.50 ", 7_500_000), ("0.000001", 1)])
def test_dollars_as_typed(text: str, micro: int) -> None:
    assert parse_usd(text) == micro


@pytest.mark.parametrize("text", ["", "ten", "-1", "nan", "inf", "1e400", "1000001", "0.0000001", "1,5"])
def test_no_amount(text: str) -> None:
    with pytest.raises(BadInput, match=r"no amount of dollars; write it as 25 or 7\.50"):
        parse_usd(text)


@given(st.integers(0, 10**12))
def test_nothing_is_lost_on_the_way(micro: int) -> None:
    assert parse_usd(str(usd(micro))) == micro
