"""The ledger's tables: what was spent, what may be spent in a month, and what is held by calls under way.

The lines of the ledger are the truth. A month's counters repeat them so that one statement can decide
whether another call fits; `models.costs.check_ledger` holds the two together.
"""

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.tenant import TenantModel, UTCDateTime, belongs_to, enum_column, json_field


class EntryKind(enum.StrEnum):
    """Why a line is in the ledger."""

    CHARGE = "charge"
    """A call that came back, by the provider's own numbers."""
    ESTIMATE = "estimate"
    """A call that was sent and whose end nobody saw."""
    ADJUST = "adjust"
    """The difference to an earlier line, once the truth was known; may be negative."""


class ReservationState(enum.StrEnum):
    """Life of a reservation."""

    HELD = "held"
    """Money is set aside; nothing was sent."""
    SENT = "sent"
    """The call is under way, or was when its process ended."""
    SETTLED = "settled"
    """Booked by the provider's numbers."""
    RELEASED = "released"
    """Given back: the call was not made, or certainly not charged."""
    ESTIMATED = "estimated"
    """Booked by its estimate, because nobody saw the call's end."""


OPEN_STATES = (ReservationState.HELD, ReservationState.SENT)


class BudgetMonth(TenantModel, table=True):
    """One month of one profile, in the profile's own time zone."""

    __tablename__ = "budget_month"
    __table_args__ = (
        UniqueConstraint("profile_id", "month"),
        CheckConstraint("limit_micro_usd >= 0", name="limit"),
        CheckConstraint("reserved_micro_usd >= 0", name="reserved"),
        CheckConstraint("spent_micro_usd >= 0", name="spent"),
    )

    month: str = Field(min_length=7, max_length=7)
    limit_micro_usd: int | None = Field(default=None, sa_type=BigInteger)
    """The profile's budget when the month began, or as changed since; None for no limit."""
    reserved_micro_usd: int = Field(default=0, sa_type=BigInteger)
    """Sum of the month's open reservations."""
    spent_micro_usd: int = Field(default=0, sa_type=BigInteger)
    """Sum of the month's lines in the ledger."""


class Reservation(TenantModel, table=True):
    """Money set aside for one attempt at one paid call.

    It knows all that its line in the ledger will need, because whoever books an estimate after a crash
    knows nothing else.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        UniqueConstraint("profile_id", "idempotency_key"),
        ForeignKeyConstraint(
            ["profile_id", "month"],
            ["budget_month.profile_id", "budget_month.month"],
            ondelete="CASCADE",
        ),
        CheckConstraint("amount_micro_usd >= 0", name="amount"),
        Index("ix_reservation_state", "profile_id", "state", "expires_at"),
        Index("ix_reservation_fingerprint", "profile_id", "fingerprint"),
        Index("ix_reservation_run", "profile_id", "run_id"),
    )

    idempotency_key: str = Field(max_length=180)
    fingerprint: str = Field(max_length=128)
    month: str = Field(min_length=7, max_length=7)
    state: ReservationState = Field(default=ReservationState.HELD, sa_type=enum_column(ReservationState))
    amount_micro_usd: int = Field(sa_type=BigInteger)
    """The estimate, never below what the call is expected to cost."""
    expires_at: datetime = Field(sa_type=UTCDateTime)
    run_id: UUID | None = None
    project_id: UUID | None = None
    clip_id: UUID | None = None
    provider: str = Field(max_length=32)
    model: str = Field(max_length=100)
    operation: str = Field(max_length=64)
    price_id: str | None = Field(default=None, max_length=160)
    units: dict[str, Any] = json_field(default_factory=dict)


class CostEntry(TenantModel, table=True):
    """One line of the ledger; the database refuses to change it, or to remove it on its own.

    Run, project and clip are plain ids without a reference: a line outlives what it was spent on. It
    goes only with its whole profile.
    """

    __tablename__ = "cost_entry"
    __table_args__ = (
        UniqueConstraint("profile_id", "idempotency_key"),
        belongs_to("reservation", "reservation_id"),
        # Each ends with the amount, so that sums are read from the index alone.
        Index(
            "ix_cost_entry_month",
            *("profile_id", "month", "created_at", "provider", "model", "amount_micro_usd"),
        ),
        Index("ix_cost_entry_run", "profile_id", "run_id", "month", "amount_micro_usd"),
        Index("ix_cost_entry_project", "profile_id", "project_id", "month", "amount_micro_usd"),
        Index("ix_cost_entry_clip", "profile_id", "clip_id", "month", "amount_micro_usd"),
        Index("ix_cost_entry_reservation", "profile_id", "reservation_id"),
    )

    idempotency_key: str = Field(max_length=200)
    kind: EntryKind = Field(default=EntryKind.CHARGE, sa_type=enum_column(EntryKind))
    month: str = Field(min_length=7, max_length=7)
    reservation_id: UUID | None = None
    run_id: UUID | None = None
    project_id: UUID | None = None
    clip_id: UUID | None = None
    provider: str = Field(max_length=32)
    model: str = Field(max_length=100)
    operation: str = Field(max_length=64)
    price_id: str | None = Field(default=None, max_length=160)
    """The row of the price table that `units` were counted with; None for costs without one."""
    units: dict[str, Any] = json_field(default_factory=dict)
    """What the provider counts: tokens, characters, seconds."""
    amount_micro_usd: int = Field(sa_type=BigInteger)
