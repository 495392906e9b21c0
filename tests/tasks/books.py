"""What the ledger says of a call that was paid, or not."""

from datetime import timedelta

from sqlmodel import col, select

from models.budget import BudgetState, budget_state, month_of
from models.costs import check_ledger
from models.ledger import CostEntry, EntryKind, Reservation, ReservationState
from models.settlement import expire_reservations
from models.tenant import now_utc
from tasks.providers.ports import Usage
from tests.tasks.paying import Shop

#: The fingerprint of what is bought.
F = "f" * 64

#: What a call had used before it broke off.
PARTLY = Usage(characters=9, requests=1)


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
