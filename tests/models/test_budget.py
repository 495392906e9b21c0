"""The budget guard: what fits is granted, what does not is refused with the numbers, nothing is lost."""

import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import col, delete, select, update

from models.budget import (
    BudgetState,
    Purpose,
    budget_state,
    month_of,
    next_attempt_key,
    reserve,
    run_state,
    set_budget,
)
from models.costs import Mismatch, check_ledger, cost_groups, run_costs
from models.errors import BadInput, BudgetRefused, Fault, NotFound, PaymentUnderWay
from models.ledger import BudgetMonth, CostEntry, EntryKind, Reservation, ReservationState
from models.profile import Profile
from models.profiles import create_profile
from models.run import Run
from models.session import Database, ProfileSession
from models.settlement import adjust, expire_reservations, mark_sent, release, settle

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = AT + timedelta(hours=2)
MONTH = "2026-11"


def purpose(fingerprint: str = "f", **given: Any) -> Purpose:
    return Purpose(fingerprint, "gemini", "gemini-3.8-flash", "analysis", price_id="p", **given)


@pytest.fixture
def shop(database: Database) -> Profile:
    """A profile with a budget of 100 micro-USD."""
    profile = create_profile(database, "Mugs")
    set_budget(database, profile.id, 100, at=AT)
    return profile


def take(database: Database, shop: Profile, key: str, amount: int, **given: Any) -> Reservation:
    at = given.pop("at", AT)
    with database.profile_session(shop.id) as session:
        return reserve(session, key, amount, purpose(key, **given), at=at)


def does(database: Database, shop: Profile, action: Callable[[ProfileSession], Any]) -> Any:
    with database.profile_session(shop.id) as session:
        return action(session)


def state(database: Database, shop: Profile, month: str = MONTH) -> BudgetState:
    with database.profile_session(shop.id, read_only=True) as session:
        assert check_ledger(session) == []
        return budget_state(session, month)


def lines(database: Database, shop: Profile) -> list[tuple[EntryKind, int]]:
    with database.profile_session(shop.id, read_only=True) as session:
        entries = session.exec(select(CostEntry).order_by(col(CostEntry.created_at))).all()
    return [(entry.kind, entry.amount_micro_usd) for entry in entries]


# ------------------------------------------------------------------ reserving


def test_what_fits_is_granted_to_the_last_micro_dollar(database: Database, shop: Profile) -> None:
    # pitfall 68
    take(database, shop, "a", 60)
    take(database, shop, "b", 40)

    assert state(database, shop) == BudgetState(0, 100, 100)
    with pytest.raises(BudgetRefused):
        take(database, shop, "c", 1)
    take(database, shop, "free", 0)
    assert state(database, shop) == BudgetState(0, 100, 100)


def test_a_refusal_says_the_numbers_and_the_way_out(database: Database, shop: Profile) -> None:
    set_budget(database, shop.id, 5_000_000, at=AT)
    take(database, shop, "a", 4_000_000)
    does(database, shop, lambda s: settle(s, "a", 4_200_000, units={}))
    take(database, shop, "b", 750_000)

    with pytest.raises(BudgetRefused) as refused:
        take(database, shop, "c", 123_400)

    assert str(refused.value) == (
        "The call needs $0.1234, but Mugs's budget for November 2026 is $5.00: $4.20 are spent and $0.75 "
        "reserved. Nothing was sent; raise it with `reelflow profile set-budget mugs AMOUNT`, "
        "or wait for the next month."
    )
    assert refused.value.exit_code == 4
    copy = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 - our own bytes
    assert (str(copy), vars(copy)) == (str(refused.value), vars(refused.value))
    assert vars(copy) == {
        "spent_micro_usd": 4_200_000,
        "reserved_micro_usd": 750_000,
        "limit_micro_usd": 5_000_000,
        "needed_micro_usd": 123_400,
    }
    assert state(database, shop) == BudgetState(4_200_000, 750_000, 5_000_000)


def test_without_a_budget_there_is_no_limit(database: Database) -> None:
    profile = create_profile(database, "Mugs")

    take(database, profile, "a", 10**15)

    assert state(database, profile) == BudgetState(0, 10**15, None)
    assert state(database, profile).left_micro_usd is None


def test_one_profile_s_budget_is_not_another_s(database: Database, shop: Profile) -> None:
    other = create_profile(database, "Cups")
    take(database, shop, "a", 100)

    take(database, other, "a", 100)

    with pytest.raises(NotFound):
        does(database, create_profile(database, "Pots"), lambda s: settle(s, "a", 1, units={}))
    assert state(database, shop) == BudgetState(0, 100, 100)


def test_a_key_is_reserved_once(database: Database, shop: Profile) -> None:
    # pitfall 69
    take(database, shop, "a:1", 10)
    with pytest.raises(PaymentUnderWay, match="just begun to pay"):
        take(database, shop, "a:1", 10)

    assert state(database, shop) == BudgetState(0, 10, 100)


def test_attempts_are_counted_by_fingerprint(database: Database, shop: Profile) -> None:
    with database.profile_session(shop.id) as session:
        for attempt in (1, 2):
            key = next_attempt_key(session, "abc")
            assert key == f"abc:{attempt}"
            reserve(session, key, 1, purpose("abc"), at=AT)
        assert next_attempt_key(session, "abd") == "abd:1"


def test_what_nobody_came_back_to_does_not_stand_in_the_way(database: Database, shop: Profile) -> None:
    take(database, shop, "dead", 100)

    take(database, shop, "alive", 100, at=LATER)

    assert state(database, shop) == BudgetState(0, 100, 100)


# ------------------------------------------------------------------ the run's own limit


def test_a_run_has_a_limit_of_its_own(database: Database, shop: Profile) -> None:
    run = Run(profile_id=shop.id, kind="make_reels", max_cost_micro_usd=50)
    does(database, shop, lambda s: s.add(run))
    take(database, shop, "a", 30, run_id=run.id)
    does(database, shop, lambda s: settle(s, "a", 35, units={}))
    take(database, shop, "b", 10, run_id=run.id)

    with pytest.raises(BudgetRefused, match=r"this run's own limit is \$0\.0001: .* higher --max-cost"):
        take(database, shop, "c", 6, run_id=run.id)

    take(database, shop, "d", 5, run_id=run.id)
    take(database, shop, "e", 50, run_id=uuid4())  # another run, without a limit
    assert does(database, shop, lambda s: run_state(s, run.id)) == BudgetState(35, 15, 50)


def test_a_run_s_limit_holds_across_months(database: Database, shop: Profile) -> None:
    run = Run(profile_id=shop.id, kind="make_reels", max_cost_micro_usd=50)
    does(database, shop, lambda s: s.add(run))
    take(database, shop, "a", 30, run_id=run.id)
    does(database, shop, lambda s: settle(s, "a", 30, units={}))

    with pytest.raises(BudgetRefused, match="this run's own limit"):
        take(database, shop, "b", 21, run_id=run.id, at=AT + timedelta(days=15))


# ------------------------------------------------------------------ settling


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


# ------------------------------------------------------------------ after a crash


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


# ------------------------------------------------------------------ months


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


# ------------------------------------------------------------------ what the database itself holds


def test_a_booked_line_never_changes(database: Database, shop: Profile) -> None:
    take(database, shop, "a", 10)
    does(database, shop, lambda s: settle(s, "a", 10, units={}))

    for statement in (
        update(CostEntry).values(amount_micro_usd=0),
        delete(CostEntry),
        delete(Reservation),  # its line would go with it
        delete(BudgetMonth),
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            does(database, shop, lambda s, statement=statement: s.execute(statement))
    assert lines(database, shop) == [(EntryKind.CHARGE, 10)]


@pytest.mark.parametrize(
    "values", [{"reserved_micro_usd": -1}, {"spent_micro_usd": -1}, {"limit_micro_usd": -1}]
)
def test_counters_never_go_below_zero(database: Database, shop: Profile, values: dict[str, int]) -> None:
    take(database, shop, "a", 10)

    with pytest.raises(IntegrityError, match="ck_budget_month"):
        does(database, shop, lambda s: s.execute(update(BudgetMonth).values(**values)))


@pytest.mark.parametrize(
    "call",
    [
        lambda s: reserve(s, "b", -1, purpose()),
        lambda s: settle(s, "a", -1, units={}),
        lambda s: adjust(s, "a", -1, units={}),
    ],
)
def test_no_amount_is_below_zero(
    database: Database, shop: Profile, call: Callable[[ProfileSession], Any]
) -> None:
    take(database, shop, "a", 10)

    with pytest.raises(ValueError, match=r"below zero|less than nothing"):
        does(database, shop, call)
    with pytest.raises(ValueError, match="below zero"):
        set_budget(database, shop.id, -1)


def test_a_counter_that_lies_is_found(database: Database, shop: Profile) -> None:
    take(database, shop, "a", 10)
    does(database, shop, lambda s: s.execute(update(BudgetMonth).values(reserved_micro_usd=3)))
    does(database, shop, lambda s: s.execute(update(BudgetMonth).values(spent_micro_usd=4)))

    assert does(database, shop, check_ledger) == [
        Mismatch(MONTH, "spent", 4, 0),
        Mismatch(MONTH, "reserved", 3, 10),
    ]


# ------------------------------------------------------------------ reading


def test_costs_by_provider_project_and_run(database: Database, shop: Profile) -> None:
    run, project = uuid4(), uuid4()
    for key, amount, given in (
        ("a", 10, {"run_id": run, "project_id": project}),
        ("b", 5, {"run_id": run}),
        ("c", 1, {}),
    ):
        take(database, shop, key, amount, **given)
        does(database, shop, lambda s, key=key, amount=amount: settle(s, key, amount, units={}))

    def groups(by: Any) -> list[tuple[Any, int, int]]:
        found = does(database, shop, lambda s: cost_groups(s, MONTH, by))
        return [(group.key, group.lines, group.amount_micro_usd) for group in found]

    assert groups("provider") == [("gemini gemini-3.8-flash", 3, 16)]
    assert groups("project") == [(project, 1, 10), (None, 2, 6)]
    assert groups("run") == [(run, 2, 15), (None, 1, 1)]
    assert does(database, shop, lambda s: run_costs(s, [run, uuid4()])) == {run: 15}
    assert does(database, shop, lambda s: run_costs(s, [])) == {}
