"""How a reservation ends: booked by the true cost, given back, or booked by its estimate after a crash.

Every function here works inside the caller's transaction, may be called again after a crash, and moves
the month's counters together with the line it writes in the ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlmodel import col, func, select

from models.errors import Fault, NotFound
from models.ledger import OPEN_STATES, BudgetMonth, CostEntry, EntryKind, Reservation, ReservationState
from models.session import ProfileSession


@dataclass(frozen=True, slots=True)
class Expired:
    """A reservation that nobody came back to."""

    key: str
    """Its idempotency key."""
    state: ReservationState
    """What became of it: released or estimated."""
    amount_micro_usd: int
    """What was held."""


def mark_sent(session: ProfileSession, key: str) -> None:
    """Says that the request goes out next; committed before it does.

    Raises:
        NotFound: there is no such reservation.
        Fault: it is no longer held, so nothing may be sent on it.
    """
    reservation = find_reservation(session, key)
    if reservation.state is not ReservationState.HELD:
        raise Fault(f"The reservation {key} is {reservation.state.value}; nothing is sent on it.")
    reservation.state = ReservationState.SENT


def settle(
    session: ProfileSession,
    key: str,
    actual_micro_usd: int,
    *,
    units: Mapping[str, Any],
    price_id: str | None = None,
) -> CostEntry | None:
    """Books what a call really cost, to the month it was reserved in; late, or above its estimate, too.

    Args:
        session: A writing one.
        key: The reservation's idempotency key.
        actual_micro_usd: By the provider's own numbers.
        units: Those numbers.
        price_id: The price they were counted with; the reservation's when None.

    Returns:
        The new line; None when it is booked already.

    Raises:
        NotFound: there is no such reservation.
        Fault: it is settled with another amount; that is for `adjust`.
    """
    if actual_micro_usd < 0:
        raise ValueError("a call can't cost less than nothing")
    reservation = find_reservation(session, key)
    state, booked = reservation.state, _booked(session, reservation)
    if state is ReservationState.ESTIMATED:
        return adjust(session, key, actual_micro_usd, units=units, price_id=price_id)
    if state is ReservationState.SETTLED:
        if booked != actual_micro_usd:
            raise Fault(f"The reservation {key} is settled with another amount already.")
        return None
    held = reservation.amount_micro_usd if state in OPEN_STATES else 0
    entry = _book(
        session,
        reservation,
        EntryKind.CHARGE,
        actual_micro_usd,
        units=units,
        price_id=price_id,
        released=held,
    )
    reservation.state = ReservationState.SETTLED
    return entry


def release(session: ProfileSession, key: str) -> bool:
    """Gives a reservation back: nothing was sent, or the provider certainly charges nothing.

    Returns:
        Whether there was anything to give back.

    Raises:
        NotFound: there is no such reservation.
        Fault: a cost is booked on it.
    """
    reservation = find_reservation(session, key)
    if reservation.state is ReservationState.RELEASED:
        return False
    if reservation.state not in OPEN_STATES:
        raise Fault(f"The reservation {key} is {reservation.state.value}; its cost can't be given back.")
    _move(session, reservation.month, reserved=-reservation.amount_micro_usd)
    reservation.state = ReservationState.RELEASED
    return True


def expire_reservations(session: ProfileSession, at: datetime) -> list[Expired]:
    """Ends what nobody came back to: never sent is given back, sent is booked by its estimate.

    A call that was sent may have been charged, so it counts as charged until somebody knows better.
    """
    # All rows before any month, and none that another transaction is ending: no two wait for each other.
    overdue = session.exec(
        select(Reservation)
        .where(col(Reservation.state).in_(OPEN_STATES), col(Reservation.expires_at) <= at)
        .order_by(col(Reservation.month), col(Reservation.idempotency_key))
        .with_for_update(skip_locked=True)
    ).all()
    ended = []
    for reservation in overdue:
        held = reservation.amount_micro_usd
        if reservation.state is ReservationState.HELD:
            _move(session, reservation.month, reserved=-held)
            reservation.state = ReservationState.RELEASED
        else:
            _book(session, reservation, EntryKind.ESTIMATE, held, units=reservation.units, released=held)
            reservation.state = ReservationState.ESTIMATED
        ended.append(Expired(reservation.idempotency_key, reservation.state, held))
    return ended


def adjust(
    session: ProfileSession,
    key: str,
    actual_micro_usd: int,
    *,
    units: Mapping[str, Any],
    price_id: str | None = None,
) -> CostEntry | None:
    """Books the difference to the truth, once it is known: after an estimate, or when a bill disagrees.

    Args:
        session: A writing one.
        key: The reservation's idempotency key.
        actual_micro_usd: All that the call cost.
        units: By the provider's own numbers.
        price_id: The price they were counted with; the reservation's when None.

    Returns:
        The new line; None when the ledger says so already.

    Raises:
        NotFound: there is no such reservation.
        Fault: it is still open; that is for `settle`.
    """
    if actual_micro_usd < 0:
        raise ValueError("a call can't cost less than nothing")
    reservation = find_reservation(session, key)
    if reservation.state in OPEN_STATES:
        raise Fault(f"The reservation {key} is {reservation.state.value}; settle it, there is no line yet.")
    difference = actual_micro_usd - _booked(session, reservation)
    reservation.state = ReservationState.SETTLED
    if not difference:
        return None
    return _book(session, reservation, EntryKind.ADJUST, difference, units=units, price_id=price_id)


def find_reservation(session: ProfileSession, key: str) -> Reservation:
    """The reservation of a key as it is now, locked where the database locks rows.

    Raises:
        NotFound: the profile has none.
    """
    reservation = session.exec(
        select(Reservation)
        .where(Reservation.idempotency_key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if reservation is None:
        raise NotFound("reservation", key)
    return reservation


def _booked(session: ProfileSession, reservation: Reservation) -> int:
    total = session.exec(
        select(func.coalesce(func.sum(CostEntry.amount_micro_usd), 0)).where(
            CostEntry.reservation_id == reservation.id
        )
    ).one()
    return int(total)  # PostgreSQL adds big integers up to a Decimal


def _book(
    session: ProfileSession,
    reservation: Reservation,
    kind: EntryKind,
    amount: int,
    *,
    units: Mapping[str, Any],
    price_id: str | None = None,
    released: int = 0,
) -> CostEntry:
    """Writes a line, and moves the month's counters by it."""
    lines = session.exec(
        select(func.count()).select_from(CostEntry).where(CostEntry.reservation_id == reservation.id)
    ).one()
    entry = CostEntry(
        profile_id=session.profile_id,
        idempotency_key=f"{reservation.idempotency_key}/{kind.value}-{lines + 1}",
        kind=kind,
        month=reservation.month,
        reservation_id=reservation.id,
        run_id=reservation.run_id,
        project_id=reservation.project_id,
        clip_id=reservation.clip_id,
        provider=reservation.provider,
        model=reservation.model,
        operation=reservation.operation,
        price_id=price_id or reservation.price_id,
        units=dict(units),
        amount_micro_usd=amount,
    )
    session.add(entry)
    session.flush()
    _move(session, reservation.month, reserved=-released, spent=amount)
    return entry


def _move(session: ProfileSession, month: str, *, reserved: int = 0, spent: int = 0) -> None:
    """Moves a month's counters by amounts, never to values that were read before."""
    moved = cast(
        "CursorResult[Any]",
        session.execute(
            update(BudgetMonth)
            .where(col(BudgetMonth.month) == month)
            .values(
                reserved_micro_usd=col(BudgetMonth.reserved_micro_usd) + reserved,
                spent_micro_usd=col(BudgetMonth.spent_micro_usd) + spent,
            )
            .execution_options(synchronize_session=False)
        ),
    )
    if moved.rowcount != 1:
        raise Fault(f"The budget has no month {month} to book to.")
