"""Reading the ledger: what a month or a run cost, by whom and for what, and whether the counters agree."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select

from models.budget import check_month
from models.ledger import OPEN_STATES, BudgetMonth, CostEntry, Reservation
from models.session import ProfileSession

Grouping = Literal["provider", "project", "run"]


@dataclass(frozen=True, slots=True)
class CostGroup:
    """One line of a breakdown."""

    key: str | UUID | None
    """The provider and model, or the id of a project or run; None for costs without one."""
    lines: int
    """Lines of the ledger in it."""
    amount_micro_usd: int
    """Their sum."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A counter of a month that is not what the lines and reservations say."""

    month: str
    """The month."""
    counter: Literal["spent", "reserved"]
    """Which counter."""
    counted_micro_usd: int
    """What it says."""
    true_micro_usd: int
    """What it should say."""


def cost_groups(session: ProfileSession, month: str, by: Grouping) -> list[CostGroup]:
    """A month's costs in groups, the dearest first.

    Raises:
        BadInput: not a month as "2026-11".
    """
    check_month(month)
    key: ColumnElement[Any] = col(CostEntry.provider) + " " + col(CostEntry.model)
    if by != "provider":
        key = cast("ColumnElement[Any]", CostEntry.project_id if by == "project" else CostEntry.run_id)
    rows = session.execute(
        select(key, func.count(), func.sum(CostEntry.amount_micro_usd))
        .where(CostEntry.month == month)
        .group_by(key)
    ).all()
    groups = [CostGroup(key, lines, int(amount)) for key, lines, amount in rows]
    return sorted(groups, key=lambda group: (-group.amount_micro_usd, str(group.key)))


def cost_entries(session: ProfileSession, month: str) -> list[CostEntry]:
    """A month's lines in the order they were written.

    Raises:
        BadInput: not a month as "2026-11".
    """
    check_month(month)
    lines = select(CostEntry).where(CostEntry.month == month)
    return list(session.exec(lines.order_by(col(CostEntry.created_at), col(CostEntry.idempotency_key))))


def run_costs(session: ProfileSession, run_ids: Collection[UUID]) -> dict[UUID, int]:
    """What each of some runs cost so far, in micro-USD; a run without a line is left out."""
    rows = session.execute(
        select(CostEntry.run_id, func.sum(CostEntry.amount_micro_usd))
        .where(col(CostEntry.run_id).in_(run_ids))
        .group_by(col(CostEntry.run_id))
    ).all()
    return {run_id: int(amount) for run_id, amount in rows}


def check_ledger(session: ProfileSession) -> list[Mismatch]:
    """Compares every month's counters with the ledger's lines and the open reservations; empty when sound."""
    spent = _sums(session, CostEntry)
    reserved = _sums(session, Reservation)
    months = {
        row.month: row for row in session.exec(select(BudgetMonth).execution_options(populate_existing=True))
    }
    wrong = []
    for month in sorted({*months, *spent, *reserved}):
        row = months.get(month)
        counted_spent, counted_reserved = (row.spent_micro_usd, row.reserved_micro_usd) if row else (0, 0)
        if counted_spent != spent.get(month, 0):
            wrong.append(Mismatch(month, "spent", counted_spent, spent.get(month, 0)))
        if counted_reserved != reserved.get(month, 0):
            wrong.append(Mismatch(month, "reserved", counted_reserved, reserved.get(month, 0)))
    return wrong


def _sums(session: ProfileSession, model: type[CostEntry] | type[Reservation]) -> dict[str, int]:
    query = select(model.month, func.sum(model.amount_micro_usd)).group_by(col(model.month))
    if model is Reservation:
        query = query.where(col(Reservation.state).in_(OPEN_STATES))
    return {month: int(total) for month, total in session.execute(query).all()}
