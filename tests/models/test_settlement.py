"""Calls that end: the true cost is booked once, however late, and a crash loses nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from models.budget import (
    BudgetState,
)
from models.errors import Fault
from models.ledger import EntryKind, ReservationState
from models.profile import Profile
from models.session import Database, ProfileSession
from models.settlement import adjust, expire_reservations, mark_sent, release, settle
from tests.models.budgets import AT, LATER, MONTH, does, lines, state, take


@pytest.mark.parametrize("actual", [0, 20, 30, 500])
def test_the_true_cost_is_booked_even_above_the_estimate(
    database: Database, shop: Profile, actual: int
) -> None:
    reservation = take(database, shop, "a", 30, run_id=UUID(int=1), project_id=UUID(int=2))
    does(database, shop, lambda s: mark_sent(s, "a"))

    entry = does(database, shop, lambda s: settle(s, "a", actual, units={"input_tokens": 9}))

    assert state(database, shop) == BudgetState(actual, 0, 100)
    assert (entry.kind, entry.amount_micro_usd, entry.month) == (EntryKind.CHARGE, actual, MONTH)
    assert (entry.provider, entry.model, entry.operation) == ("gemini", "gemini-3.8-flash", "analysis")
    assert (entry.price_id, entry.units, entry.reservation_id) == ("p", {"input_tokens": 9}, reservation.id)
    assert (entry.run_id, entry.project_id) == (UUID(int=1), UUID(int=2))


def test_settling_twice_books_once(database: Database, shop: Profile) -> None:
    # pitfall 74
    take(database, shop, "a", 30)
    does(database, shop, lambda s: settle(s, "a", 20, units={}))

    assert does(database, shop, lambda s: settle(s, "a", 20, units={})) is None

    with pytest.raises(Fault, match="settled with another amount"):
        does(database, shop, lambda s: settle(s, "a", 21, units={}))
    assert lines(database, shop) == [(EntryKind.CHARGE, 20)]


def test_a_released_call_that_was_charged_after_all_is_booked(database: Database, shop: Profile) -> None:
    take(database, shop, "a", 30)
    assert does(database, shop, lambda s: release(s, "a")) is True
    assert does(database, shop, lambda s: release(s, "a")) is False
    assert state(database, shop) == BudgetState(0, 0, 100)

    does(database, shop, lambda s: settle(s, "a", 25, units={}))

    assert state(database, shop) == BudgetState(25, 0, 100)
    with pytest.raises(Fault, match="can't be given back"):
        does(database, shop, lambda s: release(s, "a"))


@pytest.mark.parametrize("end", [lambda s: release(s, "a"), lambda s: settle(s, "a", 1, units={})])
def test_nothing_is_sent_on_what_is_not_held(
    database: Database, shop: Profile, end: Callable[[ProfileSession], Any]
) -> None:
    take(database, shop, "a", 30)
    does(database, shop, end)

    with pytest.raises(Fault, match="nothing is sent on it"):
        does(database, shop, lambda s: mark_sent(s, "a"))


def test_never_sent_is_given_back_and_sent_is_booked_by_its_estimate(
    database: Database, shop: Profile
) -> None:
    # pitfall 69
    take(database, shop, "held", 10)
    take(database, shop, "sent", 20, units={"input_tokens": 5})
    does(database, shop, lambda s: mark_sent(s, "sent"))

    assert does(database, shop, lambda s: expire_reservations(s, AT + timedelta(minutes=29))) == []
    ended = does(database, shop, lambda s: expire_reservations(s, LATER))

    assert [(e.key, e.state, e.amount_micro_usd) for e in ended] == [
        ("held", ReservationState.RELEASED, 10),
        ("sent", ReservationState.ESTIMATED, 20),
    ]
    assert state(database, shop) == BudgetState(20, 0, 100)
    assert lines(database, shop) == [(EntryKind.ESTIMATE, 20)]
    assert does(database, shop, lambda s: expire_reservations(s, LATER)) == []


def test_the_late_truth_is_booked_as_a_difference(database: Database, shop: Profile) -> None:
    take(database, shop, "a", 20)
    does(database, shop, lambda s: mark_sent(s, "a"))
    does(database, shop, lambda s: expire_reservations(s, LATER))

    does(database, shop, lambda s: settle(s, "a", 12, units={"input_tokens": 3}))
    assert state(database, shop) == BudgetState(12, 0, 100)

    assert does(database, shop, lambda s: adjust(s, "a", 12, units={})) is None
    does(database, shop, lambda s: adjust(s, "a", 15, units={}))
    does(database, shop, lambda s: adjust(s, "a", 0, units={}))
    assert lines(database, shop) == [
        (EntryKind.ESTIMATE, 20),
        (EntryKind.ADJUST, -8),
        (EntryKind.ADJUST, 3),
        (EntryKind.ADJUST, -15),
    ]
    assert state(database, shop) == BudgetState(0, 0, 100)


def test_an_open_call_is_not_adjusted(database: Database, shop: Profile) -> None:
    take(database, shop, "a", 20)

    with pytest.raises(Fault, match="settle it"):
        does(database, shop, lambda s: adjust(s, "a", 12, units={}))
