"""What the database itself holds to: booked lines never change, and a counter that lies is found."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import delete, update

from models.budget import (
    reserve,
    set_budget,
)
from models.costs import Mismatch, check_ledger, cost_groups, run_costs
from models.ledger import BudgetMonth, CostEntry, EntryKind, Reservation
from models.profile import Profile
from models.session import Database, ProfileSession
from models.settlement import adjust, settle
from tests.models.budgets import MONTH, does, lines, purpose, take


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
