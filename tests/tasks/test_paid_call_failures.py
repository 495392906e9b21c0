"""Paid calls that fail: what is given back, what is booked, and what stays open."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from models.budget import BudgetState
from models.errors import (
    BadInput,
    ContentBlocked,
    Fault,
    ProviderBusy,
    ProviderRefused,
    ProviderUnavailable,
)
from models.ledger import EntryKind, ReservationState
from models.voice import VoiceOver
from tasks.paid_call import pay_once
from tests.tasks.books import PARTLY, F, half_an_hour_later, lines, state, states
from tests.tasks.paying import COST, ESTIMATE, Shop


def unbilled(message: str, **given: Any) -> ProviderUnavailable:
    error = ProviderUnavailable(message, **given)
    error.never_billed = True
    return error


FAILURES: dict[str, tuple[Callable[[], Exception], ReservationState, list[tuple[EntryKind, int]]]] = {
    "bad input": (lambda: BadInput("no"), ReservationState.RELEASED, []),
    "refused": (lambda: ProviderRefused("no"), ReservationState.RELEASED, []),
    "busy": (lambda: ProviderBusy("later"), ReservationState.RELEASED, []),
    "certainly not charged": (lambda: unbilled("429"), ReservationState.RELEASED, []),
    "refused after a first part": (
        lambda: ProviderRefused("quota", usage=PARTLY),
        ReservationState.SETTLED,
        [(EntryKind.CHARGE, COST)],
    ),
    "busy after a first part": (
        lambda: ProviderBusy("later", usage=PARTLY),
        ReservationState.SETTLED,
        [(EntryKind.CHARGE, COST)],
    ),
    "blocked with its numbers": (
        lambda: ContentBlocked("no", usage=PARTLY),
        ReservationState.SETTLED,
        [(EntryKind.CHARGE, COST)],
    ),
    "blocked without numbers": (
        lambda: ContentBlocked("no"),
        ReservationState.ESTIMATED,
        [(EntryKind.ESTIMATE, ESTIMATE)],
    ),
    "timed out": (
        lambda: ProviderUnavailable("no answer"),
        ReservationState.ESTIMATED,
        [(EntryKind.ESTIMATE, ESTIMATE)],
    ),
    "timed out after a first part": (
        lambda: ProviderUnavailable("no answer", usage=PARTLY),
        ReservationState.ESTIMATED,
        [(EntryKind.ESTIMATE, ESTIMATE)],
    ),
    "a fault of ours": (
        lambda: TypeError("oops"),
        ReservationState.ESTIMATED,
        [(EntryKind.ESTIMATE, ESTIMATE)],
    ),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_how_a_failed_call_is_booked(shop: Shop, failure: Any) -> None:
    # pitfall 69
    make, ends_as, booked = failure
    error = make()

    def fail() -> bytes:
        raise error

    with pytest.raises(type(error)) as raised:
        pay_once(shop, dataclasses.replace(shop.purchase(F), call=fail))
    half_an_hour_later(shop)

    assert raised.value is error
    assert states(shop) == [ends_as]
    assert lines(shop) == booked
    assert state(shop).reserved_micro_usd == 0
    assert shop.pay(F).is_reused is False  # the next attempt has a reservation of its own
    assert len(states(shop)) == 2


def test_a_call_whose_end_is_unknown_holds_its_money_until_it_expires(shop: Shop) -> None:
    def drop() -> bytes:
        raise ProviderUnavailable("dropped")

    with pytest.raises(ProviderUnavailable):
        pay_once(shop, dataclasses.replace(shop.purchase(F), call=drop))

    assert state(shop) == BudgetState(0, ESTIMATE, 10_000)
    half_an_hour_later(shop)
    assert state(shop) == BudgetState(ESTIMATE, 0, 10_000)


def test_what_was_charged_is_booked_even_if_it_can_t_be_stored(shop: Shop) -> None:
    def fail(_answer: bytes) -> VoiceOver:
        raise Fault("the disk is full")

    with pytest.raises(Fault, match="disk is full"):
        pay_once(shop, dataclasses.replace(shop.purchase(F), store=fail))

    assert lines(shop) == [(EntryKind.CHARGE, COST)]


@pytest.mark.parametrize(
    ("point", "ends_as", "bills"),
    [
        ("before commit 1", [], 0),
        ("before commit 2", [ReservationState.RELEASED], 0),
        ("after commit 2", [ReservationState.RELEASED], 0),
        ("billed", [ReservationState.SENT], 1),
        ("answered", [ReservationState.SETTLED], 1),
        ("row stored", [ReservationState.SETTLED], 1),
    ],
)
def test_a_person_who_stops_it_loses_nothing(
    shop: Shop, point: str, ends_as: list[ReservationState], bills: int
) -> None:
    def stop(reached: str) -> None:
        if reached == point:
            raise KeyboardInterrupt

    shop.reach = stop
    with pytest.raises(KeyboardInterrupt):
        shop.pay(F)

    assert (states(shop), shop.bills(F)) == (ends_as, bills)


def test_a_reservation_that_can_t_be_ended_stays_open_and_the_error_says_so(shop: Shop) -> None:
    def fail() -> bytes:
        shop.reach = lambda point: (
            (_ for _ in ()).throw(Fault("busy")) if point == "before commit 3" else None
        )
        raise ProviderRefused("no")

    with pytest.raises(ProviderRefused) as refused:
        pay_once(shop, dataclasses.replace(shop.purchase(F), call=fail))

    assert refused.value.__notes__ == [f"The reservation {F}:1 stays open until it expires: busy"]
    assert states(shop) == [ReservationState.SENT]
