"""What an analyser said about a batch of segments, kept under the fingerprint of all its inputs."""

from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.tenant import TenantModel, json_field


class StoredAnalysis(TenantModel, table=True):
    """The verdicts of one paid call, in the order of its segments."""

    __tablename__ = "analysis"
    __table_args__ = (UniqueConstraint("profile_id", "fingerprint"),)

    fingerprint: str = Field(min_length=64, max_length=64)
    provider: str = Field(max_length=32)
    model: str = Field(max_length=100)
    verdicts: list[dict[str, Any]] = json_field()
    problems: list[dict[str, Any]] = json_field(default_factory=list)
