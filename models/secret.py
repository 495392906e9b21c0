"""A secret of a profile, such as its key for a provider: stored only as what its key ring sealed."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.tenant import TenantModel, UTCDateTime, now_utc


class ProfileSecret(TenantModel, table=True):
    """One sealed value; it opens only for its own profile and name (`models.key_ring`)."""

    __tablename__ = "profile_secret"
    __table_args__ = (UniqueConstraint("profile_id", "name"),)

    name: str = Field(max_length=64)
    sealed: str
    changed_at: datetime = Field(default_factory=now_utc, sa_type=UTCDateTime, nullable=False)
