"""A clip is one variant of a project; an export is a finished file of a clip for one preset."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.tenant import TenantModel, belongs_to, json_field

#: What lies in the library under an export's id: the video and what belongs beside it.
EXPORT_SUFFIXES = (".mp4", ".srt", ".vtt", ".manifest.json")


class Clip(TenantModel, table=True):
    """One variant: its edit, draft, poster, and whether the user picked it."""

    __tablename__ = "clip"
    __table_args__ = (
        belongs_to("project", "project_id"),
        UniqueConstraint("profile_id", "project_id", "variant"),
        CheckConstraint("variant >= 1", name="variant"),
        CheckConstraint("duration_s > 0", name="duration"),
        Index("ix_clip_created", "profile_id", "created_at"),
        Index("ix_clip_picked", "profile_id", "project_id", "is_picked"),
    )

    project_id: UUID
    run_id: UUID
    variant: int
    name: str = Field(max_length=200)
    edit: dict[str, Any] = json_field()
    duration_s: float
    seed: int = Field(sa_type=BigInteger)
    draft_key: str | None = Field(default=None, max_length=255)
    draft_fingerprint: str | None = Field(default=None, max_length=64)
    """`Edit.fingerprint` of the edit that the draft shows; another one than the edit's now: it is stale."""
    poster_key: str | None = Field(default=None, max_length=255)
    is_picked: bool = False


class Export(TenantModel, table=True):
    """A finished file with its quality report; the row exists only once the file does."""

    __tablename__ = "export"
    __table_args__ = (
        belongs_to("clip", "clip_id"),
        UniqueConstraint("profile_id", "clip_id", "preset", "fingerprint"),
        Index("ix_export_created", "profile_id", "created_at"),
    )

    clip_id: UUID
    run_id: UUID
    preset: str = Field(max_length=32)
    fingerprint: str = Field(min_length=64, max_length=64)
    """Of all that the file was made of and with; see `tasks.export`."""
    edit_fingerprint: str | None = Field(default=None, max_length=64)
    """`Edit.fingerprint` of the edit that it shows; another one than the clip's now: it is older."""
    storage_key: str = Field(max_length=255)
    bytes: int = Field(sa_type=BigInteger)
    width: int
    height: int
    fps: float
    duration_s: float
    integrated_lufs: float | None
    true_peak_dbtp: float | None
    quality: dict[str, Any] = json_field()
    manifest: dict[str, Any] = json_field()
