from datetime import UTC, datetime, timedelta

import pytest

from ui.components.dialogs import Price, PriceLine, price_sentence
from ui.components.wording import age, clock, count, data_size, day, escape, money, span
from ui.web.file_names import clean_file_name

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=40), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=2), "2 h ago"),
        (timedelta(hours=4), "yesterday"),  # in Bucharest it is three in the morning
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=12), "8 Nov"),
        (timedelta(days=400), "16 Oct 2025"),
    ],
)
def test_ages(ago: timedelta, said: str) -> None:
    assert age(NOW - ago, NOW, "Europe/Bucharest") == said


def test_days_to_come_are_those_of_the_profile() -> None:
    assert day(NOW + timedelta(days=30, hours=22), NOW, "Europe/Bucharest") == "21 Dec"
    assert day(NOW + timedelta(days=60), NOW, "Europe/Bucharest") == "19 Jan 2027"


def test_numbers() -> None:
    assert (clock(21.4), clock(3727)) == ("0:21", "1:02:07")
    assert (span(8.2), span(240), span(4800)) == ("8 s", "4 min", "1 h 20 min")
    assert (money(4_900_000), money(0), money(400), money(-1_500_000)) == (
        "$4.90",
        "$0.00",
        "<$0.01",
        "-$1.50",
    )
    assert (data_size(812_000), data_size(1_400_000_000), data_size(12)) == ("812 kB", "1.4 GB", "12 B")
    assert (count(1, "clip"), count(1204, "clip")) == ("1 clip", "1,204 clips")


def test_a_users_text_means_nothing_in_markdown() -> None:
    assert escape("**x** :red[y]\n$1$") == r"\*\*x\*\* \:red\[y\] \$1\$"


def test_a_quote_as_a_sentence() -> None:
    lines = (PriceLine("Analysis by Gemini", 40_000), PriceLine("Voice by ElevenLabs", 190_000))
    price = Price(lines, 350_000, 1_000_000)
    assert price_sentence("3 variants, 30 s each.", price) == (
        "3 variants, 30 s each. Analysis by Gemini $0.04, voice by ElevenLabs $0.19: about $0.23, "
        "never more than $0.35."
    )
    assert price.fits
    assert not Price(price.lines, 350_000, 349_999).fits


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("../../etc/passwd", "_._etc_passwd"),
        ("a\\b:c?.mp4", "a_b_c_.mp4"),
        ("", "file"),
        ("...", "file"),
        ("con.mp4", "file con.mp4"),
        ("Zoë ☕.mp4", "Zoë ☕.mp4"),
        ("x" * 300 + ".mp4", "x" * 176 + ".mp4"),
    ],
)
def test_names_of_files(given: str, cleaned: str) -> None:
    assert clean_file_name(given) == cleaned
