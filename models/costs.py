"""Reading the ledger: what a month or a run cost, by whom and for what, and whether the counters agree."""

from calendar import monthrange
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import literal, union_all
from sqlmodel import col, func, select

from models.budget import check_month
from models.clip import Clip
from models.ledger import OPEN_STATES, BudgetMonth, CostEntry, Reservation
from models.paging import choose
from models.project import Project
from models.run import Run
from models.session import ProfileSession

Grouping = Literal["provider", "project", "run", "clip"]

_KEYS: dict[Grouping, tuple[Any, ...]] = {
    "provider": (CostEntry.provider, CostEntry.model),
    "project": (CostEntry.project_id,),
    "run": (CostEntry.run_id,),
    "clip": (CostEntry.clip_id,),
}


@dataclass(frozen=True, slots=True)
class CostGroup:
    """One line of a breakdown."""

    key: str | UUID | None
    """The provider and model, or the id of a project, run or clip; None for costs without one."""
    lines: int
    """Lines of the ledger in it."""
    amount_micro_usd: int
    """Their sum."""


@dataclass(frozen=True, slots=True)
class DayCost:
    """What one day of the store's own calendar cost."""

    day: date
    """The day."""
    lines: int
    """Lines of the ledger in it."""
    amount_micro_usd: int
    """Their sum."""


@dataclass(frozen=True, slots=True)
class ProviderDay:
    """What one provider charged on one day of the store's own calendar."""

    day: date
    """The day."""
    provider: str
    """As in the ledger."""
    amount_micro_usd: int
    """The sum of its lines."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a month will cost if each day costs what the days so far did on average."""

    spent_micro_usd: int
    """Booked so far."""
    expected_micro_usd: int
    """`spent` by the days that have begun, times the month's days, rounded up."""
    days_begun: int
    """How many days of the month have begun, today included."""
    days: int
    """How many days the month has."""


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
    keys = _KEYS[by]
    rows = session.execute(
        choose(func.count(), func.sum(CostEntry.amount_micro_usd), *keys)
        .where(col(CostEntry.month) == month)
        .group_by(*keys)
    ).all()
    groups = [
        CostGroup(key[0] if len(key) == 1 else " ".join(key), lines, int(amount))
        for lines, amount, *key in rows
    ]
    return sorted(groups, key=lambda group: (-group.amount_micro_usd, str(group.key)))


def group_names(session: ProfileSession, groups: Collection[CostGroup], by: Grouping) -> dict[UUID, str]:
    """Names for the keys of a breakdown; what was deleted since is left out."""
    ids = [group.key for group in groups if isinstance(group.key, UUID)]
    if by == "project":
        query = select(Project.id, Project.name).where(col(Project.id).in_(ids))
    elif by == "run":
        query = select(Run.id, Run.title).where(col(Run.id).in_(ids))
    elif by == "clip":
        name = col(Project.name) + " · " + col(Clip.name)
        joined = select(Clip.id, name).join(Project, col(Project.id) == col(Clip.project_id))
        query = joined.where(col(Clip.id).in_(ids))
    else:
        return {}
    return dict(session.exec(query).all())


def cost_by_day(session: ProfileSession, month: str) -> list[DayCost]:
    """Every day of a month in the profile's time zone, also those that cost nothing.

    A line belongs to the month that its reservation was made in; one that was written after the month's
    end is counted on its last day, so that the days add up to the month.

    Raises:
        BadInput: not a month as "2026-11".
    """
    days = _days(month)
    parts = [
        select(
            literal(number).label("number"),
            func.count().label("lines"),
            func.coalesce(func.sum(CostEntry.amount_micro_usd), 0).label("amount"),
        ).where(*is_that_day)
        for number, is_that_day in enumerate(_on_each(session, month, days))
    ]
    rows = {row.number: row for row in session.execute(union_all(*parts)).all()}
    return [DayCost(day, rows[number].lines, int(rows[number].amount)) for number, day in enumerate(days)]


def provider_days(session: ProfileSession, month: str) -> list[ProviderDay]:
    """A month's costs by day and provider, in that order; days as in `cost_by_day`, without the empty ones.

    Raises:
        BadInput: not a month as "2026-11".
    """
    days = _days(month)
    parts = [
        choose(
            literal(number).label("number"),
            CostEntry.provider,
            func.sum(CostEntry.amount_micro_usd).label("amount"),
        )
        .where(*is_that_day)
        .group_by(col(CostEntry.provider))
        for number, is_that_day in enumerate(_on_each(session, month, days))
    ]
    rows = session.execute(union_all(*parts)).all()
    found = [ProviderDay(days[number], provider, int(amount)) for number, provider, amount in rows]
    return sorted(found, key=lambda cost: (cost.day, cost.provider))


def cost_months(session: ProfileSession) -> list[str]:
    """The months in which anything was paid or reserved, the latest first."""
    months = select(BudgetMonth.month).order_by(col(BudgetMonth.month).desc())
    return list(session.exec(months).all())


def forecast(spent_micro_usd: int, month: str, today: date) -> Forecast:
    """What a month will cost, linear by day: pure arithmetic in whole micro-USD.

    Args:
        spent_micro_usd: Booked in the month so far.
        month: As "2026-11".
        today: In the store's own calendar.

    Raises:
        BadInput: not a month as "2026-11".
    """
    first = date.fromisoformat(f"{check_month(month)}-01")
    days = monthrange(first.year, first.month)[1]
    begun = min(days, max(0, (today - first).days + 1))
    expected = -(-spent_micro_usd * days // begun) if begun else spent_micro_usd
    return Forecast(spent_micro_usd, expected, begun, days)


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


def fingerprint_cost(session: ProfileSession, fingerprint: str) -> int:
    """What the thing of a fingerprint cost when it was bought, in micro-USD, whichever run paid."""
    total = session.exec(
        select(func.coalesce(func.sum(CostEntry.amount_micro_usd), 0))
        .join(Reservation, col(Reservation.id) == col(CostEntry.reservation_id))
        .where(Reservation.fingerprint == fingerprint)
    ).one()
    return int(total)


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


def _days(month: str) -> list[date]:
    first = date.fromisoformat(f"{check_month(month)}-01")
    return [first + timedelta(days=number) for number in range(monthrange(first.year, first.month)[1])]


def _on_each(session: ProfileSession, month: str, days: Sequence[date]) -> Iterator[list[Any]]:
    """For each day what makes a line one of it: a range of an index, since databases know no time zones."""
    zone = ZoneInfo(session.profile.timezone)
    written = col(CostEntry.created_at)
    for number, day in enumerate(days):
        is_that_day: list[Any] = [col(CostEntry.month) == month]
        if number > 0:
            is_that_day.append(written >= _midnight(day, zone))
        if number < len(days) - 1:
            is_that_day.append(written < _midnight(day + timedelta(days=1), zone))
        yield is_that_day


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _sums(session: ProfileSession, model: type[CostEntry] | type[Reservation]) -> dict[str, int]:
    query = select(model.month, func.sum(model.amount_micro_usd)).group_by(col(model.month))
    if model is Reservation:
        query = query.where(col(Reservation.state).in_(OPEN_STATES))
    return {month: int(total) for month, total in session.execute(query).all()}
