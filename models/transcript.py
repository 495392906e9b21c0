"""What is said in a footage, word by word, kept under the fingerprint of all that decided the answer."""

from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from models.tenant import TenantModel, json_field


class StoredTranscript(TenantModel, table=True):
    """The words of one footage's own sound, on the footage's clock.

    It names the footage by its content, without a reference: footage that is deleted and taken in again
    is not paid for again.
    """

    __tablename__ = "transcript"
    __table_args__ = (
        UniqueConstraint("profile_id", "fingerprint"),
        Index("ix_transcript_footage", "profile_id", "footage_sha256"),
    )

    fingerprint: str = Field(min_length=64, max_length=64)
    footage_sha256: str = Field(min_length=64, max_length=64)
    provider: str = Field(max_length=32)
    model: str = Field(max_length=100)
    language: str = Field(default="", max_length=16)
    """As the service found it; empty when it did not say."""
    audio_s: float
    """Seconds of sound that were listened to."""
    words: list[dict[str, Any]] = json_field(default_factory=list)
