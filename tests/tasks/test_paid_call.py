"""Paying once: no cost is lost wherever it breaks off, and nothing that is there is bought again."""

import dataclasses
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from models.budget import BudgetState, budget_state, month_of, set_budget
from models.costs import check_ledger
from models.errors import (
    BadInput,
    BudgetRefused,
    ContentBlocked,
    Fault,
    NoFreeSlot,
    PaymentUnderWay,
    ProviderBusy,
    ProviderRefused,
    ProviderUnavailable,
)
from models.ledger import CostEntry, EntryKind, Reservation, ReservationState
from models.profiles import create_profile
from models.session import open_database
from models.settings import Settings
from models.settlement import expire_reservations
from models.storage import Storage
from models.tenant import now_utc
from models.voice import VoiceOver
from tasks.paid_call import pay_once
from tasks.providers.ports import Usage
from tests.tasks.paying import COST, ESTIMATE, PAID_TWICE, POINTS, Shop

CHECKOUT = Path(__file__).parents[2]
F = "f" * 64

#: A hundred are in `tests.bench.test_paid_call_crashes`.
KILLS_PER_POINT = 3


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_database(Settings(home=tmp_path / "home")) as database:
        profile = create_profile(database, "Mugs")
        set_budget(database, profile.id, 10_000)
        yield Shop(database, profile.id)


def state(shop: Shop) -> BudgetState:
    with shop.database.profile_session(shop.profile_id, read_only=True) as session:
        assert check_ledger(session) == []
        return budget_state(session, month_of(session.profile, now_utc()))


def lines(shop: Shop, fingerprint: str = F) -> list[tuple[EntryKind, int]]:
    """The ledger's lines for a fingerprint in the order of its attempts."""
    with shop.database.profile_session(shop.profile_id, read_only=True) as session:
        entries = session.exec(
            select(CostEntry)
            .join(Reservation, col(Reservation.id) == col(CostEntry.reservation_id))
            .where(Reservation.fingerprint == fingerprint)
            .order_by(col(CostEntry.idempotency_key))
        ).all()
    return [(entry.kind, entry.amount_micro_usd) for entry in entries]


def states(shop: Shop, fingerprint: str = F) -> list[ReservationState]:
    with shop.database.profile_session(shop.profile_id, read_only=True) as session:
        return list(
            session.exec(
                select(Reservation.state)
                .where(Reservation.fingerprint == fingerprint)
                .order_by(col(Reservation.idempotency_key))
            )
        )


def half_an_hour_later(shop: Shop) -> None:
    with shop.database.profile_session(shop.profile_id) as session:
        expire_reservations(session, now_utc() + timedelta(hours=1))


def run_paying(*arguments: str) -> dict[str, Any]:
    child = subprocess.run(
        [sys.executable, "-m", "tests.tasks.paying", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=CHECKOUT,
        timeout=120,
    )
    assert child.returncode == 0, child.stderr
    told: dict[str, Any] = json.loads(child.stdout)
    return told


# ------------------------------------------------------------------ the usual way


def test_bought_once_and_reused_ever_after(shop: Shop) -> None:
    # pitfall 67
    first, second = shop.pay(F), shop.pay(F)

    assert (first.is_reused, first.cost_micro_usd) == (False, COST)
    assert (second.is_reused, second.cost_micro_usd) == (True, 0)
    assert second.artefact.id == first.artefact.id
    assert shop.bills(F) == 1
    assert lines(shop) == [(EntryKind.CHARGE, COST)]
    assert state(shop) == BudgetState(COST, 0, 10_000)


def test_the_line_says_what_was_used_and_at_which_price(shop: Shop) -> None:
    shop.pay(F)

    with shop.database.profile_session(shop.profile_id, read_only=True) as session:
        entry = session.exec(select(CostEntry)).one()
    assert (entry.provider, entry.model, entry.operation, entry.price_id) == (
        "elevenlabs",
        "m",
        "speech",
        "p",
    )
    assert entry.units == {"characters": 64}


def test_another_profile_pays_for_itself(shop: Shop) -> None:
    # pitfall 27
    shop.pay(F)
    other = Shop(shop.database, create_profile(shop.database, "Cups").id)

    assert other.pay(F).is_reused is False
    assert (lines(shop), lines(other)) == ([(EntryKind.CHARGE, COST)], [(EntryKind.CHARGE, COST)])


def test_without_budget_nothing_is_sent(shop: Shop) -> None:
    # pitfall 68
    set_budget(shop.database, shop.profile_id, ESTIMATE - 1)

    with pytest.raises(BudgetRefused, match=r"Mugs's budget for .* is <\$0\.0001"):
        shop.pay(F)

    assert (shop.bills(F), states(shop)) == (0, [])
    set_budget(shop.database, shop.profile_id, ESTIMATE)
    shop.pay(F)
    set_budget(shop.database, shop.profile_id, 0)
    assert shop.pay(F).is_reused is True  # what is there needs no budget


# ------------------------------------------------------------------ calls that fail


def unbilled(message: str, **given: Any) -> ProviderUnavailable:
    error = ProviderUnavailable(message, **given)
    error.never_billed = True
    return error


PARTLY = Usage(characters=9, requests=1)

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


# ------------------------------------------------------------------ in turn


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


# ------------------------------------------------------------------ at the same moment


def test_threads_that_want_the_same_thing_pay_once(shop: Shop) -> None:
    # pitfall 14
    shops = [Shop(shop.database, shop.profile_id, slowness_s=0.2) for _ in range(4)]
    reused: list[bool] = []
    threads = [
        threading.Thread(target=lambda each=each: reused.append(each.pay(F).is_reused)) for each in shops
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(reused) == [False, True, True, True]
    assert shop.bills(F) == 1


def test_who_waits_too_long_is_told(shop: Shop) -> None:
    def ask_again() -> bytes:
        with pytest.raises(PaymentUnderWay, match="paying for the same speech for 0 s"):
            pay_once(Shop(shop.database, shop.profile_id), shop.purchase(F), wait_s=0)
        return b"answer"

    thread_errors: list[BaseException] = []

    def in_a_thread() -> bytes:
        thread = threading.Thread(target=lambda: thread_errors.append(_outcome(ask_again)))
        thread.start()
        thread.join()
        return b"answer"

    pay_once(shop, dataclasses.replace(shop.purchase(F), call=in_a_thread))

    assert thread_errors == [None]


def _outcome(action: Callable[[], Any]) -> Any:
    try:
        action()
    except BaseException as error:
        return error
    return None


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_processes_that_want_the_same_thing_pay_once(shop: Shop) -> None:
    # pitfall 14
    told = run_paying("race", str(shop.settings.home_dir), str(shop.profile_id), F, "4")

    assert told["exits"] == [0] * 4
    assert sorted(told["answers"]) == [[False, COST], [True, 0], [True, 0], [True, 0]]
    assert shop.bills(F) == 1
    assert lines(shop) == [(EntryKind.CHARGE, COST)]


# ------------------------------------------------------------------ killed


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks and SIGKILL")
def test_killed_anywhere_no_cost_is_lost(shop: Shop) -> None:
    # pitfall 69
    check_kills(shop, {f"{number:064x}": point for number, point in enumerate(POINTS * KILLS_PER_POINT)})


def check_kills(shop: Shop, kills: dict[str, str]) -> None:
    """Pays for each fingerprint in a process killed at its point, then again, and looks at the books."""
    place = (str(shop.settings.home_dir), str(shop.profile_id))
    killed = run_paying("crash", *place, *(word for pair in kills.items() for word in pair))
    again = run_paying("crash", *place, *(word for fingerprint in kills for word in (fingerprint, "")))
    half_an_hour_later(shop)

    assert killed["exits"] == [-9] * len(kills)
    assert again["exits"] == [0] * len(kills)
    assert (state(shop).reserved_micro_usd, check_open(shop)) == (0, 0)
    storage = Storage(shop.settings.storage_dir, shop.profile_id)
    for fingerprint, point in kills.items():
        bills, booked = shop.bills(fingerprint), [amount for _, amount in lines(shop, fingerprint)]
        stored = shop.find(fingerprint)
        assert stored is not None
        assert storage.path(stored.storage_key).read_bytes() == fingerprint.encode(), point
        assert bills == (2 if point in PAID_TWICE else 1), point
        assert sum(booked) >= bills * COST, point  # nothing is lost
        # A call killed between its mark and its sending is booked too: nobody can tell the difference.
        assert len(booked) == bills + (point == "after commit 2"), point


def check_open(shop: Shop) -> int:
    with shop.database.profile_session(shop.profile_id, read_only=True) as session:
        return len(
            session.exec(
                select(Reservation).where(
                    col(Reservation.state).in_([ReservationState.HELD, ReservationState.SENT])
                )
            ).all()
        )
