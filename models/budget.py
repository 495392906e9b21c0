"""The budget guard: no reservation, no call.

Whether a call still fits is decided by one statement that also takes the money, so that any number of
processes can ask at once and the limit is met to the micro-dollar.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, CursorResult, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel, col, func, select

from models.errors import BadInput, BudgetRefused, PaymentUnderWay
from models.ledger import OPEN_STATES, BudgetMonth, CostEntry, Reservation
from models.money import dollars
from models.profile import Profile
from models.run import Run
from models.session import Database, ProfileSession
from models.settlement import expire_reservations
from models.tenant import now_utc

#: After this long, whoever made a reservation is taken for dead. Longer than any call's own time limit.
LIFETIME_S = 1_800.0

#: Spelled out, because the machine's locale must not decide what a sentence says.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What money is set aside for: all that the ledger will say about it."""

    fingerprint: str
    """Of all inputs of what is bought; the same inputs give the same."""
    provider: str
    """As in the price table."""
    model: str
    """As the provider spells it."""
    operation: str
    """What is done: "speech", "analysis", "transcription"."""
    price_id: str | None = None
    """The row of the price table that the estimate was made with."""
    units: Mapping[str, Any] = field(default_factory=dict)
    """The estimate's units."""
    run_id: UUID | None = None
    """The run that asks; its own limit counts too."""
    project_id: UUID | None = None
    """The project it is for."""
    clip_id: UUID | None = None
    """The clip it is for."""


@dataclass(frozen=True, slots=True)
class BudgetState:
    """Where a month, or a run, stands."""

    spent_micro_usd: int
    """Booked in the ledger."""
    reserved_micro_usd: int
    """Held by calls under way."""
    limit_micro_usd: int | None
    """Most that may be spent; None for no limit."""

    @property
    def left_micro_usd(self) -> int | None:
        """What a call may still take, never below zero; None for no limit."""
        if self.limit_micro_usd is None:
            return None
        return max(0, self.limit_micro_usd - self.spent_micro_usd - self.reserved_micro_usd)


def month_of(profile: Profile, at: datetime) -> str:
    """The month of a moment as the store's own calendar has it, such as "2026-11"."""
    return at.astimezone(ZoneInfo(profile.timezone)).strftime("%Y-%m")


def reserve(
    session: ProfileSession,
    key: str,
    amount_micro_usd: int,
    purpose: Purpose,
    *,
    at: datetime | None = None,
    lifetime_s: float = LIFETIME_S,
) -> Reservation:
    """Sets money aside for one attempt at one call; committed by the caller before anything is sent.

    What has expired by now is ended first, so that nothing dead stands in the way.

    Args:
        session: A writing one, used for nothing slow.
        key: Names the attempt, such as "<fingerprint>:<attempt>"; see `next_attempt_key`.
        amount_micro_usd: Most that the call is expected to cost.
        purpose: What it is for.
        at: The moment, which decides the month it is booked to; now when None.
        lifetime_s: After this long it is taken for abandoned.

    Raises:
        BudgetRefused: it does not fit the month's or the run's limit; nothing was reserved.
        PaymentUnderWay: another process took the same key a moment ago.
    """
    if amount_micro_usd < 0:
        raise ValueError("an amount to reserve can't be below zero")
    at = at or now_utc()
    expire_reservations(session, at)
    month = month_of(session.profile, at)
    _ensure_month(session, month)
    run_limit = _lock_run(session, purpose.run_id)
    session.flush()
    while not _take(session, month, amount_micro_usd, purpose.run_id, run_limit):
        _refuse(session, month, amount_micro_usd, purpose.run_id)  # returns if money came back meanwhile
    reservation = {
        **{name: getattr(purpose, name) for name in Purpose.__slots__},
        "units": dict(purpose.units),
        "idempotency_key": key,
        "month": month,
        "amount_micro_usd": amount_micro_usd,
        "created_at": at,
        "expires_at": at + timedelta(seconds=lifetime_s),
    }
    if not _insert_new(session, Reservation, ["profile_id", "idempotency_key"], reservation):
        raise PaymentUnderWay("Another process has just begun to pay for the same thing; try again.")
    return session.exec(select(Reservation).where(Reservation.idempotency_key == key)).one()


def next_attempt_key(session: ProfileSession, fingerprint: str) -> str:
    """The idempotency key of the next attempt at something: "<fingerprint>:<attempt>"."""
    attempts = session.exec(
        select(func.count()).select_from(Reservation).where(Reservation.fingerprint == fingerprint)
    ).one()
    return f"{fingerprint}:{attempts + 1}"


def budget_state(session: ProfileSession, month: str) -> BudgetState:
    """Where a month stands; a month without any call has the profile's limit.

    Raises:
        BadInput: not a month as "2026-11".
    """
    check_month(month)
    row = session.exec(
        select(BudgetMonth).where(BudgetMonth.month == month).execution_options(populate_existing=True)
    ).first()
    if row is None:
        return BudgetState(0, 0, session.profile.monthly_budget_micro_usd)
    return BudgetState(row.spent_micro_usd, row.reserved_micro_usd, row.limit_micro_usd)


def run_state(session: ProfileSession, run_id: UUID) -> BudgetState:
    """Where a run stands against its own limit, whatever months its calls fell in."""
    run = session.get(Run, (session.profile_id, run_id))
    spent, reserved = session.execute(select(_run_spent(run_id), _run_reserved(run_id))).one()
    return BudgetState(int(spent), int(reserved), run.max_cost_micro_usd if run else None)


def set_budget(
    database: Database, profile_id: UUID, limit_micro_usd: int | None, *, at: datetime | None = None
) -> str:
    """Changes what a profile's months may cost, from the current one on; earlier months keep their limit.

    A limit below what is spent already is allowed: it stops all further calls.

    Args:
        database: Where.
        profile_id: Whose budget.
        limit_micro_usd: None for no limit.
        at: The moment; now when None.

    Returns:
        The first month it holds for.

    Raises:
        NotFound: there is no such profile.
    """
    if limit_micro_usd is not None and limit_micro_usd < 0:
        raise ValueError("a budget can't be below zero")
    with database.profile_session(profile_id) as session:
        month = month_of(session.profile, at or now_utc())
        session.profile.monthly_budget_micro_usd = limit_micro_usd
        session.flush()
        session.execute(
            update(BudgetMonth)
            .where(col(BudgetMonth.month) >= month)
            .values(limit_micro_usd=limit_micro_usd)
            .execution_options(synchronize_session=False)
        )
    return month


def check_month(month: str) -> str:
    """The month itself, when it is one.

    Raises:
        BadInput: not a month as "2026-11".
    """
    try:
        is_month = date.fromisoformat(f"{month}-01").strftime("%Y-%m") == month
    except ValueError:
        is_month = False
    if not is_month:
        raise BadInput(f"{month!r} is no month; write it as 2026-11.")
    return month


def month_name(month: str) -> str:
    """A month for a sentence: "November 2026"."""
    first_day = date.fromisoformat(f"{month}-01")
    return f"{_MONTHS[first_day.month - 1]} {first_day.year}"


# ------------------------------------------------------------------ the statement that decides


def _take(
    session: ProfileSession, month: str, amount: int, run_id: UUID | None, run_limit: int | None
) -> bool:
    """Takes the amount from the month if it fits both limits: one statement, so nobody comes in between."""
    spent, reserved = col(BudgetMonth.spent_micro_usd), col(BudgetMonth.reserved_micro_usd)
    limit = col(BudgetMonth.limit_micro_usd)
    statement = (
        update(BudgetMonth)
        .where(col(BudgetMonth.month) == month, or_(limit.is_(None), spent + reserved + amount <= limit))
        .values(reserved_micro_usd=reserved + amount)
        .execution_options(synchronize_session=False)
    )
    if run_id is not None and run_limit is not None:
        statement = statement.where(_run_spent(run_id) + _run_reserved(run_id) + amount <= run_limit)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def _run_spent(run_id: UUID) -> ColumnElement[int]:
    total = func.coalesce(func.sum(CostEntry.amount_micro_usd), 0)
    return select(total).where(CostEntry.run_id == run_id).scalar_subquery()


def _run_reserved(run_id: UUID) -> ColumnElement[int]:
    total = func.coalesce(func.sum(Reservation.amount_micro_usd), 0)
    is_open = col(Reservation.state).in_(OPEN_STATES)
    return select(total).where(Reservation.run_id == run_id, is_open).scalar_subquery()


def _ensure_month(session: ProfileSession, month: str) -> None:
    """Makes the month's row, with the limit that the profile has now."""
    if session.exec(select(BudgetMonth.id).where(BudgetMonth.month == month)).first():
        return
    # Locked where the database locks rows: a budget that is being changed reaches the new month too.
    limit = session.exec(select(Profile.monthly_budget_micro_usd).with_for_update(read=True)).one()
    _insert_new(session, BudgetMonth, ["profile_id", "month"], {"month": month, "limit_micro_usd": limit})


def _lock_run(session: ProfileSession, run_id: UUID | None) -> int | None:
    """The run's own limit; locked, so that two calls of one run are weighed one after the other."""
    if run_id is None:
        return None
    return session.exec(select(Run.max_cost_micro_usd).where(Run.id == run_id).with_for_update()).first()


def _insert_new(
    session: ProfileSession, model: type[SQLModel], unique: list[str], values: Mapping[str, Any]
) -> bool:
    """Inserts a row unless one with the same unique columns is there; whether it did."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    # What came back is asked for, not counted: psycopg counts -1 rows for such a statement.
    statement = (
        dialect.insert(model)
        .values(**values)
        .on_conflict_do_nothing(index_elements=unique)
        .returning(model.id)  # type: ignore[attr-defined]  # every tenant table's
    )
    return session.execute(statement).first() is not None


# ------------------------------------------------------------------ the sentence that refuses


def _refuse(session: ProfileSession, month: str, needed: int, run_id: UUID | None) -> None:
    profile = session.profile
    _refuse_beyond(
        budget_state(session, month),
        needed,
        whose=f"{profile.name}'s budget for {month_name(month)}",
        way_out=f"raise it with `reelflow profile set-budget {profile.slug} AMOUNT`, "
        "or wait for the next month",
    )
    if run_id is not None:
        _refuse_beyond(
            run_state(session, run_id),
            needed,
            whose="this run's own limit",
            way_out="start it again with a higher --max-cost",
        )


def _refuse_beyond(state: BudgetState, needed: int, *, whose: str, way_out: str) -> None:
    spent, reserved, limit = state.spent_micro_usd, state.reserved_micro_usd, state.limit_micro_usd
    if limit is None or spent + reserved + needed <= limit:
        return
    raise BudgetRefused(
        f"The call needs {dollars(needed)}, but {whose} is {dollars(limit)}: {dollars(spent)} are spent and "
        f"{dollars(reserved)} reserved. Nothing was sent; {way_out}.",
        spent_micro_usd=spent,
        reserved_micro_usd=reserved,
        limit_micro_usd=limit,
        needed_micro_usd=needed,
    )
