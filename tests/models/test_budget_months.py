"""A budget's months: the store's own, and a changed budget holds from the current one on."""

from datetime import UTC, datetime

import pytest

from models.budget import (
    BudgetState,
    month_of,
    set_budget,
)
from models.errors import BadInput, BudgetRefused
from models.profile import Profile
from models.session import Database
from models.settlement import settle
from tests.models.budgets import AT, MONTH, does, state, take


@pytest.mark.parametrize(
    ("timezone", "at", "month"),
    [
        ("UTC", "2026-11-30T23:59:59+00:00", "2026-11"),
        ("Pacific/Kiritimati", "2026-11-30T09:59:59+00:00", "2026-11"),
        ("Pacific/Kiritimati", "2026-11-30T10:00:00+00:00", "2026-12"),
        ("America/Los_Angeles", "2026-12-01T07:59:59+00:00", "2026-11"),
        ("America/Los_Angeles", "2026-12-01T08:00:00+00:00", "2026-12"),
        ("America/Los_Angeles", "2027-01-01T02:00:00+01:00", "2026-12"),
    ],
)
def test_a_month_is_the_store_s_own(timezone: str, at: str, month: str) -> None:
    assert month_of(Profile(slug="s", name="S", timezone=timezone), datetime.fromisoformat(at)) == month


def test_a_call_is_booked_to_the_month_it_was_reserved_in(database: Database, shop: Profile) -> None:
    take(database, shop, "a", 60, at=datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    take(database, shop, "b", 70, at=datetime(2026, 12, 1, 0, 1, tzinfo=UTC))  # a new month, a new budget

    does(database, shop, lambda s: settle(s, "a", 55, units={}))

    assert state(database, shop, "2026-11") == BudgetState(55, 0, 100)
    assert state(database, shop, "2026-12") == BudgetState(0, 70, 100)
    assert state(database, shop, "2027-01") == BudgetState(0, 0, 100)


def test_a_changed_budget_holds_from_the_current_month_on(database: Database, shop: Profile) -> None:
    take(database, shop, "a", 10, at=datetime(2026, 10, 5, tzinfo=UTC))
    take(database, shop, "b", 10)

    assert set_budget(database, shop.id, 5, at=AT) == MONTH

    assert state(database, shop, "2026-10").limit_micro_usd == 100
    assert state(database, shop) == BudgetState(0, 10, 5)
    assert state(database, shop).left_micro_usd == 0
    assert state(database, shop, "2026-12").limit_micro_usd == 5
    with pytest.raises(BudgetRefused):
        take(database, shop, "c", 1)
    set_budget(database, shop.id, None, at=AT)
    take(database, shop, "c", 10**9)


@pytest.mark.parametrize("month", ["", "2026", "2026-13", "2026-1", "26-11", "2026-11-01", "2026-W1"])
def test_what_is_no_month_is_refused(database: Database, shop: Profile, month: str) -> None:
    with pytest.raises(BadInput, match="is no month; write it as 2026-11"):
        state(database, shop, month)
