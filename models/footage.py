"""Footage is one source video of a profile; segments are the spans of it worth using."""

import enum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.tenant import TenantModel, belongs_to, enum_column, json_field


class Footage(TenantModel, table=True):
    """One source video, identified inside its profile by the hash of its bytes."""

    __tablename__ = "footage"
    __table_args__ = (
        UniqueConstraint("profile_id", "sha256"),
        CheckConstraint("duration_s > 0 AND bytes > 0 AND width > 0 AND height > 0", name="measures"),
        Index("ix_footage_created", "profile_id", "created_at"),
    )

    name: str = Field(max_length=255)
    sha256: str = Field(min_length=64, max_length=64)
    storage_key: str = Field(max_length=255)
    bytes: int = Field(sa_type=BigInteger)
    duration_s: float
    width: int
    height: int
    fps: float
    has_audio: bool
    probe: dict[str, Any] = json_field()
    poster_key: str | None = Field(default=None, max_length=255)
    filmstrip_key: str | None = Field(default=None, max_length=255)
    analysed_with: str | None = Field(default=None, max_length=64)


class SegmentOrigin(enum.StrEnum):
    """Who set a segment's bounds."""

    DETECTED = "detected"
    MANUAL = "manual"


class Segment(TenantModel, table=True):
    """A span `[start_s, end_s)` of one footage with its score and the reason for it."""

    __tablename__ = "segment"
    __table_args__ = (
        belongs_to("footage", "footage_id"),
        CheckConstraint("end_s > start_s AND start_s >= 0", name="bounds"),
        CheckConstraint("score >= 0 AND score <= 100", name="score"),
        Index("ix_segment_footage", "profile_id", "footage_id", "start_s"),
    )

    footage_id: UUID
    start_s: float
    end_s: float
    origin: SegmentOrigin = Field(default=SegmentOrigin.DETECTED, sa_type=enum_column(SegmentOrigin))
    shot: int = 0
    score: float = 0.0
    reason: str = Field(default="", max_length=500)
    description: str = Field(default="", max_length=1000)
    highlights: list[str] = json_field(default_factory=list)
    tags: list[str] = json_field(default_factory=list)
    features: dict[str, Any] = json_field(default_factory=dict)
    is_favorite: bool = False
    is_skipped: bool = False
