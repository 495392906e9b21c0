"""A profile is one store brand: the tenant that everything else belongs to."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from models.tenant import UTCDateTime, json_field, now_utc


class Profile(SQLModel, table=True):
    """One store brand."""

    __tablename__ = "profile"
    __table_args__ = (
        # At most one default, held by the database and not by the code that changes it.
        Index(
            "uq_profile_one_default",
            "is_default",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
        CheckConstraint("monthly_budget_micro_usd >= 0", name="monthly_budget"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    slug: str = Field(max_length=63, unique=True)
    name: str = Field(max_length=200)
    timezone: str = Field(default="UTC", max_length=64)
    is_default: bool = False
    voice: str = Field(default="en-us", max_length=100)
    monthly_budget_micro_usd: int | None = Field(default=None, sa_type=BigInteger)
    """Most that a month may cost; None for no limit. Changed by `models.budget.set_budget` only."""
    providers: dict[str, Any] = json_field(default_factory=dict)
    """A `models.provider_settings.ProviderSettings`; what is missing has its default."""
    caption_style: dict[str, Any] = json_field(default_factory=dict)
    brand: dict[str, Any] = json_field(default_factory=dict)
    """A `models.brand.Brand`; what is missing has its default."""
    created_at: datetime = Field(default_factory=now_utc, sa_type=UTCDateTime, nullable=False)
