"""The ledger: append-only lines of what was spent, in integer micro-USD."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from models.tenant import TenantModel, json_field

MICRO_PER_USD = 1_000_000


def usd(micro_usd: int) -> Decimal:
    """Micro-USD as dollars, exactly."""
    return Decimal(int(micro_usd)) / MICRO_PER_USD


class CostEntry(TenantModel, table=True):
    """One line of the ledger; the database refuses to change it, or to remove it on its own.

    Run, project and clip are plain ids without a reference: a line outlives what it was spent on. It
    goes only with its whole profile.
    """

    __tablename__ = "cost_entry"
    __table_args__ = (
        UniqueConstraint("profile_id", "idempotency_key"),
        Index("ix_cost_entry_month", "profile_id", "month", "created_at"),
        Index("ix_cost_entry_run", "profile_id", "run_id"),
    )

    idempotency_key: str = Field(max_length=200)
    month: str = Field(min_length=7, max_length=7)
    run_id: UUID | None = None
    project_id: UUID | None = None
    clip_id: UUID | None = None
    provider: str = Field(max_length=32)
    model: str = Field(max_length=100)
    operation: str = Field(max_length=64)
    units: dict[str, Any] = json_field(default_factory=dict)
    amount_micro_usd: int = Field(sa_type=BigInteger)
