"""A paid call waits for its turn, and is asked again when the provider is busy."""

import dataclasses
from collections.abc import Callable

import pytest

from models.errors import (
    NoFreeSlot,
    ProviderBusy,
)
from models.ledger import EntryKind, ReservationState
from tasks.paid_call import pay_once
from tasks.providers.ports import Usage
from tests.tasks.books import PARTLY, F, lines, states
from tests.tasks.paying import COST, Shop


class Turns:
    """A queue that writes down what is asked of it, and how the reservation stood then."""

    def __init__(self, shop: Shop, patience: int = 9) -> None:
        self.shop, self.patience, self.asked = shop, patience, list[tuple[str, list[ReservationState]]]()

    def wait(self) -> None:
        self.asked.append(("wait", states(self.shop)))

    def again(self, busy: ProviderBusy) -> None:
        self.asked.append(("again", states(self.shop)))
        self.patience -= 1
        if self.patience < 0:
            raise NoFreeSlot("waited long enough") from busy


def busy_times(count: int, shop: Shop, usage: Usage | None = None) -> Callable[[], bytes]:
    """A provider that is busy so often, then answers."""
    left = iter([True] * count)

    def call() -> bytes:
        if next(left, False):
            raise ProviderBusy("later", usage=usage)
        return shop.bill(F)

    return call


def test_a_call_waits_for_its_turn_while_nothing_is_sent(shop: Shop) -> None:
    turns = Turns(shop)

    pay_once(shop, dataclasses.replace(shop.purchase(F), turn=turns))

    assert turns.asked == [("wait", [ReservationState.HELD])]


def test_a_busy_provider_is_asked_again_with_a_reservation_of_its_own(shop: Shop) -> None:
    turns = Turns(shop)

    paid = pay_once(shop, dataclasses.replace(shop.purchase(F), turn=turns, call=busy_times(2, shop)))

    assert (paid.is_reused, paid.cost_micro_usd, shop.bills(F)) == (False, COST, 1)
    assert [name for name, _ in turns.asked] == ["wait", "again", "wait", "again", "wait"]
    assert turns.asked[1] == ("again", [ReservationState.RELEASED]), "no money is held through a pause"
    assert states(shop) == [ReservationState.RELEASED] * 2 + [ReservationState.SETTLED]
    assert lines(shop) == [(EntryKind.CHARGE, COST)]


def test_what_was_charged_before_a_busy_answer_is_part_of_the_cost(shop: Shop) -> None:
    call = busy_times(1, shop, usage=PARTLY)

    paid = pay_once(shop, dataclasses.replace(shop.purchase(F), turn=Turns(shop), call=call))

    assert paid.cost_micro_usd == 2 * COST
    assert lines(shop) == [(EntryKind.CHARGE, COST)] * 2


def test_a_queue_that_gives_up_ends_the_purchase(shop: Shop) -> None:
    call = busy_times(9, shop)

    with pytest.raises(NoFreeSlot):
        pay_once(shop, dataclasses.replace(shop.purchase(F), turn=Turns(shop, patience=2), call=call))

    assert (states(shop), lines(shop)) == ([ReservationState.RELEASED] * 3, [])
