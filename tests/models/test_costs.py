"""The ledger in charts: per clip, per day of the store's own calendar, and where the month is going."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.costs import CostGroup, cost_by_day, cost_groups, forecast, group_names
from models.errors import BadInput
from models.ledger import CostEntry
from models.profiles import change_profile
from models.session import Database
from tests.models.shelf import Shelf, stock


def spend(shelf: Shelf, amount: int, at: str = "2026-11-20T12:00", **given: Any) -> None:
    values = {"month": "2026-11", "provider": "gemini", "model": "m", "operation": "analysis"} | given
    with shelf.writing() as session:
        session.add(
            CostEntry(
                idempotency_key=f"{at} {amount} {given}",
                amount_micro_usd=amount,
                created_at=datetime.fromisoformat(at).replace(tzinfo=UTC),
                **values,
            )
        )


def test_costs_by_clip_have_names(shelf: Shelf) -> None:
    spend(shelf, 100, clip_id=shelf.clip_id)
    spend(shelf, 20, clip_id=shelf.clip_id)
    spend(shelf, 3)

    with shelf.reading() as session:
        groups = cost_groups(session, "2026-11", "clip")
        names = group_names(session, groups, "clip")

    assert groups == [CostGroup(shelf.clip_id, 2, 120), CostGroup(None, 1, 3)]
    assert names == {shelf.clip_id: "Summer sale · Variant 1"}


def test_names_of_projects_runs_and_providers(shelf: Shelf) -> None:
    spend(shelf, 100, project_id=shelf.project_id, run_id=shelf.run_id)

    with shelf.reading() as session:
        named = {
            by: group_names(session, cost_groups(session, "2026-11", by), by)
            for by in ("project", "run", "provider")
        }
        assert cost_groups(session, "2026-11", "provider") == [CostGroup("gemini m", 1, 100)]

    assert named == {
        "project": {shelf.project_id: "Summer sale"},
        "run": {shelf.run_id: "make 1 reels"},
        "provider": {},
    }


def test_days_are_the_store_s_own_and_add_up_to_the_month(shelf: Shelf, database: Database) -> None:
    change_profile(database, shelf.profile_id, timezone="Europe/Bucharest")  # two hours ahead in November
    spend(shelf, 1, "2026-10-31T22:00")  # midnight there
    spend(shelf, 20, "2026-11-19T21:59")
    spend(shelf, 300, "2026-11-19T22:00")
    spend(shelf, 4000, "2026-12-02T09:00")  # of a call that was reserved in November
    spend(shelf, 50000, "2026-12-02T09:00", month="2026-12")
    spend(stock(database, "Rival"), 600000)

    with shelf.reading() as session:
        days = cost_by_day(session, "2026-11")

    assert len(days) == 30
    assert {day.day.day: day.amount_micro_usd for day in days if day.lines} == {
        1: 1,
        19: 20,
        20: 300,
        30: 4000,
    }
    assert sum(day.amount_micro_usd for day in days) == 4321


def test_a_day_that_the_clocks_make_longer_is_one_day(shelf: Shelf, database: Database) -> None:
    change_profile(database, shelf.profile_id, timezone="Europe/Bucharest")
    spend(shelf, 1, "2026-10-24T20:59", month="2026-10")
    spend(shelf, 20, "2026-10-24T21:00", month="2026-10")  # midnight, three hours ahead
    spend(shelf, 300, "2026-10-25T21:59", month="2026-10")  # the last minute, two hours ahead

    with shelf.reading() as session:
        days = {day.day.day: day.amount_micro_usd for day in cost_by_day(session, "2026-10") if day.lines}

    assert days == {24: 1, 25: 320}


@pytest.mark.parametrize(
    ("spent", "today", "expected"),
    [
        (12_000_000, date(2026, 11, 20), 18_000_000),
        (100, date(2026, 11, 1), 3000),
        (7, date(2026, 11, 30), 7),
        (7, date(2026, 12, 5), 7),  # a month that is over
        (1, date(2026, 11, 29), 2),  # rounded up
        (0, date(2026, 11, 20), 0),
        (5, date(2026, 10, 31), 5),  # not begun
    ],
)
def test_the_forecast_is_linear_by_day(spent: int, today: date, expected: int) -> None:
    assert forecast(spent, "2026-11", today).expected_micro_usd == expected


@given(spent=st.integers(0, 10**12), today=st.dates(date(2026, 10, 1), date(2026, 12, 31)))
def test_no_month_is_forecast_below_what_it_cost(spent: int, today: date) -> None:
    told = forecast(spent, "2026-11", today)

    assert told.expected_micro_usd >= told.spent_micro_usd == spent
    assert 0 <= told.days_begun <= told.days == 30


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "", "november"])
def test_what_is_no_month_is_refused(shelf: Shelf, month: str) -> None:
    with shelf.reading() as session, pytest.raises(BadInput, match="no month"):
        cost_by_day(session, month)
    with pytest.raises(BadInput, match="no month"):
        forecast(1, month, date(2026, 11, 1))
