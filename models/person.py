"""People who sign in, and which profiles they may enter.

Both tables are about the installation and not inside any profile: a profile's session can't reach them,
so nothing in one profile can tell who works in another. With sign-in off they stay empty.
"""

import enum
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.tenant import UTCDateTime, enum_column, now_utc


class Role(enum.StrEnum):
    """What a member of a profile may do; each role includes the ones after it."""

    OWNER = "owner"
    """Everything, also budget, keys, members and deletion."""
    EDITOR = "editor"
    """Makes and changes reels."""
    VIEWER = "viewer"
    """Looks and downloads."""

    def includes(self, other: "Role") -> bool:
        """Whether somebody with this role may do what `other` may."""
        order = list(Role)
        return order.index(self) <= order.index(other)


class Person(SQLModel, table=True):
    """Somebody known by a provider's issuer and subject, or only invited by e-mail so far.

    Both `issuer` and `subject` are empty until the invited person signs in for the first time. Never
    the e-mail address decides who somebody is: addresses are given to other people.
    """

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        Index(
            "uq_person_invited_email",
            "email",
            unique=True,
            sqlite_where=text("subject IS NULL"),
            postgresql_where=text("subject IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    issuer: str | None = Field(default=None, max_length=500)
    subject: str | None = Field(default=None, max_length=255)
    email: str = Field(max_length=254)
    """In lower case; for an invited person the address that has to sign in."""
    name: str = Field(default="", max_length=200)
    created_at: datetime = Field(default_factory=now_utc, sa_type=UTCDateTime, nullable=False)


class Membership(SQLModel, table=True):
    """One person in one profile; goes with either."""

    __tablename__ = "membership"
    __table_args__ = (Index("ix_membership_person_id", "person_id"),)

    profile_id: UUID = Field(primary_key=True, foreign_key="profile.id", ondelete="CASCADE")
    person_id: UUID = Field(primary_key=True, foreign_key="person.id", ondelete="CASCADE")
    role: Role = Field(sa_type=enum_column(Role))
    created_at: datetime = Field(default_factory=now_utc, sa_type=UTCDateTime, nullable=False)
