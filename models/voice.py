"""A voice-over is a script spoken once, kept for ever under the fingerprint of all its inputs."""

from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from models.tenant import TenantModel, json_field


class VoiceOver(TenantModel, table=True):
    """Spoken script: audio, word timings, characters."""

    __tablename__ = "voice_over"
    __table_args__ = (
        UniqueConstraint("profile_id", "fingerprint"),
        Index("ix_voice_over_created", "profile_id", "created_at"),
    )

    fingerprint: str = Field(min_length=64, max_length=64)
    provider: str = Field(max_length=32)
    model: str = Field(max_length=100)
    voice: str = Field(max_length=100)
    text: str
    characters: int
    storage_key: str = Field(max_length=255)
    duration_s: float
    words: list[dict[str, Any]] = json_field()
