"""Prices: dated, rounded up per call, and an error before the call when there is none."""

import json
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BadInput
from models.prices import (
    PriceTable,
    elevenlabs_cost,
    gemini_cost,
    transcription_cost,
)

TABLE = PriceTable.load()
DAY = date(2026, 11, 20)


def document(**changes: Any) -> str:
    text = (files("models") / "assets" / "prices.json").read_text(encoding="utf-8")
    return json.dumps(json.loads(text) | changes)


@pytest.mark.parametrize(
    ("model", "last_old", "old_input", "new_input"),
    [
        ("gemini-3.8-flash", date(2026, 12, 31), 750_000, 1_500_000),
        ("gemini-4-argon", date(2026, 11, 30), 2_000_000, 4_000_000),
    ],
)
def test_a_price_changes_on_its_day(model: str, last_old: date, old_input: int, new_input: int) -> None:
    old = TABLE.price_for("gemini", model, last_old)
    new = TABLE.price_for("gemini", model, last_old + timedelta(days=1))

    assert (old.input, new.input) == (old_input, new_input)
    assert old.price_id != new.price_id
    assert TABLE.version in new.price_id


def test_an_unknown_model_is_named_with_the_known_ones() -> None:
    # pitfall 70
    with pytest.raises(BadInput, match=r"no price for gemini's 'gemini-9'; known are: gemini-2\.5-flash, "):
        TABLE.price_for("gemini", "gemini-9", DAY)
    with pytest.raises(BadInput, match=r"'gemini-2\.5-pro'; known are: eleven_flash_v2_5, "):
        TABLE.price_for("elevenlabs", "gemini-2.5-pro", DAY)
    with pytest.raises(BadInput, match="no prices for 'acme'; known are: elevenlabs, gemini"):
        TABLE.price_for("acme", "x", DAY)  # type: ignore[call-overload]  # what a setting may hold
    with pytest.raises(BadInput, match="'scribe_v9'; known are: scribe_v1, scribe_v2"):
        TABLE.transcription_price_for("scribe_v9", DAY)


def test_a_model_without_a_price_for_the_day_is_refused() -> None:
    with pytest.raises(BadInput, match=r"on 2026-09-01; its prices hold from 2026-09-02 to 2027-01-01, "):
        TABLE.price_for("gemini", "gemini-3.8-flash", date(2026, 9, 1))


def test_every_price_says_where_it_is_from_and_every_id_is_its_own() -> None:
    rows = [*TABLE.gemini, *TABLE.elevenlabs, *TABLE.transcription]

    assert all(row.source and row.confidence for row in rows)
    assert len({row.price_id for row in rows}) == len(rows)
    assert all(len(row.price_id) <= 160 for row in rows)
    assert all(price.output >= price.input for price in TABLE.gemini)


@pytest.mark.parametrize(
    ("tokens", "cost"),
    [
        ({"input_tokens": 0, "output_tokens": 0}, 0),
        ({"input_tokens": 1, "output_tokens": 0}, 2),  # 1.25 is rounded up
        ({"input_tokens": 1_000_000, "output_tokens": 0}, 2_500_000),
        ({"input_tokens": 200_000, "output_tokens": 100}, 251_000),
        ({"input_tokens": 200_001, "output_tokens": 100}, 501_503),  # all of it at the higher rate
        ({"input_tokens": 0, "output_tokens": 60, "thinking_tokens": 40}, 1_000),
    ],
)
def test_what_a_call_to_gemini_costs(tokens: dict[str, int], cost: int) -> None:
    # pitfall 71
    assert gemini_cost(TABLE.price_for("gemini", "gemini-2.5-pro", DAY), **tokens) == cost


def test_sound_in_a_prompt_has_its_own_rate() -> None:
    price = TABLE.price_for("gemini", "gemini-2.5-flash", DAY)

    assert gemini_cost(price, input_tokens=1_000_000, output_tokens=0, audio_input_tokens=500_000) == 650_000


def test_what_speech_costs() -> None:
    flash = TABLE.price_for("elevenlabs", "eleven_flash_v2_5", DAY)
    full = TABLE.price_for("elevenlabs", "eleven_multilingual_v2", DAY)

    assert elevenlabs_cost(full, characters=1_001) == 100_100
    assert elevenlabs_cost(flash, characters=1) == 50
    assert (flash.credits_per_character, full.credits_per_character) == (Decimal("0.5"), 1)
    hour = TABLE.transcription_price_for("scribe_v1", DAY)
    assert transcription_cost(hour, duration_s=3_600) == 400_000
    assert transcription_cost(hour, duration_s=0.001) == 1


@given(parts=st.lists(st.tuples(st.integers(0, 300_000), st.integers(0, 70_000)), max_size=5))
def test_calls_never_cost_less_than_their_sum(parts: list[tuple[int, int]]) -> None:
    price = TABLE.price_for("gemini", "gemini-3.5-flash", DAY)

    apart = sum(gemini_cost(price, input_tokens=i, output_tokens=o) for i, o in parts)
    together = gemini_cost(
        price, input_tokens=sum(i for i, _ in parts), output_tokens=sum(o for _, o in parts)
    )

    assert together <= apart <= together + len(parts)


def test_negative_units_are_a_fault() -> None:
    with pytest.raises(ValueError, match="below zero"):
        elevenlabs_cost(TABLE.price_for("elevenlabs", "eleven_v3", DAY), characters=-1)


@pytest.mark.parametrize(
    ("model", "size", "resolution", "tokens"),
    [
        ("gemini-3.8-flash", (1920, 1080), None, 1_120),
        ("gemini-3.8-flash", (1920, 1080), "low", 280),
        ("gemini-4-argon", (64, 64), "ultra_high", 2_240),
        ("gemini-2.5-flash", (384, 384), None, 258),
        ("gemini-2.5-flash", (960, 540), None, 6 * 258),
        ("gemini-2.5-flash", (1920, 1080), "low", 64),
        ("gemini-2.5-flash", (1, 2000), "high", 2_000 * 258),
    ],
)
def test_how_many_tokens_a_picture_is(
    model: str, size: tuple[int, int], resolution: Any, tokens: int
) -> None:
    assert TABLE.image_tokens(model, width_px=size[0], height_px=size[1], resolution=resolution) == tokens


def test_a_family_that_counts_in_an_unknown_way_is_refused() -> None:
    with pytest.raises(BadInput, match="known families are: gemini-3…, gemini-4…, gemini-2"):
        TABLE.image_tokens("gemini-1.5-pro", width_px=1, height_px=1, resolution=None)


ROW = {"model": "m", "input": 1, "output": 1, "source": "s", "confidence": "c"}


@pytest.mark.parametrize(
    "rows",
    [
        [ROW, ROW],
        [ROW | {"valid_to": "2026-02-01"}, ROW | {"valid_from": "2026-01-01"}],
        [ROW | {"valid_from": "2026-02-01", "valid_to": "2026-01-01"}],
        [ROW | {"input": -1}],
        [ROW | {"surprise": 1}],
    ],
    ids=["twice", "overlap", "ends first", "negative", "unknown field"],
)
def test_a_table_that_contradicts_itself_is_refused(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match=r"same day|ends before|greater than|Extra"):
        PriceTable.parse(document(gemini=rows))
