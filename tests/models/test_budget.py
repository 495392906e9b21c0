"""The budget guard: what fits is granted, and what does not is refused with the numbers."""

import pickle
from datetime import timedelta
from uuid import uuid4

import pytest

from models.budget import (
    BudgetState,
    next_attempt_key,
    reserve,
    run_state,
    set_budget,
)
from models.errors import BudgetRefused, NotFound, PaymentUnderWay
from models.profile import Profile
from models.profiles import create_profile
from models.run import Run
from models.session import Database
from models.settlement import settle
from tests.models.budgets import AT, LATER, does, purpose, state, take


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
