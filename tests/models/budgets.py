"""Taking from a budget of 100 micro-dollars, and what is left of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from models.budget import (
    BudgetState,
    Purpose,
    budget_state,
    reserve,
)
from models.costs import check_ledger
from models.ledger import CostEntry, EntryKind, Reservation
from models.profile import Profile
from models.session import Database, ProfileSession

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = AT + timedelta(hours=2)
MONTH = "2026-11"


def purpose(fingerprint: str = "f", **given: Any) -> Purpose:
    return Purpose(fingerprint, "gemini", "gemini-3.8-flash", "analysis", price_id="p", **given)


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
