"""What every table has in common: the profile in front of its key, column types, and time in UTC.

A tenant table's primary key is `(profile_id, id)` and its references carry `profile_id` too, so a
row can't even point at another profile's row.
"""

import enum
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, DateTime, Dialect, Enum, ForeignKeyConstraint, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

#: Names for constraints, so that a migration can address each of them on every database.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

#: JSON on SQLite, JSONB on PostgreSQL.
JsonColumn = JSON().with_variant(JSONB(), "postgresql")


def now_utc() -> datetime:
    """The present moment; the only clock that rows are stamped with."""
    return datetime.now(UTC)


class UTCDateTime(TypeDecorator[datetime]):
    """Stores aware datetimes as UTC and returns them aware; naive ones are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Python to database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone can't be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Database to Python; SQLite hands back naive values."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_column(kind: type[enum.StrEnum]) -> Enum:
    """A text column that the database itself holds to `kind`'s values."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


def belongs_to(table: str, column: str, *, ondelete: str = "CASCADE") -> ForeignKeyConstraint:
    """A reference from `column` to another tenant table inside the same profile."""
    return ForeignKeyConstraint(
        ["profile_id", column], [f"{table}.profile_id", f"{table}.id"], ondelete=ondelete
    )


class TenantModel(SQLModel):
    """Base of every table that belongs to a profile."""

    profile_id: UUID = Field(primary_key=True, foreign_key="profile.id", ondelete="CASCADE")
    id: UUID = Field(default_factory=uuid4, primary_key=True)
    created_at: datetime = Field(default_factory=now_utc, sa_type=UTCDateTime, nullable=False)


def json_field(**kwargs: Any) -> Any:
    """A column holding a JSON document or list."""
    return Field(sa_type=JsonColumn, nullable=False, **kwargs)
