"""A project is one campaign or product inside a profile."""

import enum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.tenant import TenantModel, belongs_to, enum_column


class ProjectState(enum.StrEnum):
    """Where a project stands; only runs move it."""

    DRAFT = "draft"
    GENERATING = "generating"
    READY = "ready"
    FAILED = "failed"


class Project(TenantModel, table=True):
    """One campaign or product."""

    __tablename__ = "project"
    __table_args__ = (
        UniqueConstraint("profile_id", "name"),
        CheckConstraint("target_duration_s > 0", name="target_duration"),
        Index("ix_project_created", "profile_id", "created_at"),
        Index("ix_project_state", "profile_id", "state", "created_at"),
    )

    name: str = Field(max_length=200)
    description: str = Field(default="", max_length=2000)
    context: str = Field(default="", max_length=8000)
    target_duration_s: float = 30.0
    state: ProjectState = Field(default=ProjectState.DRAFT, sa_type=enum_column(ProjectState))


class ProjectFootage(TenantModel, table=True):
    """Footage chosen for a project, in the order given; footage in use can't be deleted."""

    __tablename__ = "project_footage"
    __table_args__ = (
        belongs_to("project", "project_id"),
        # Not RESTRICT, which is checked row by row and would stop the cascade of a profile's deletion.
        belongs_to("footage", "footage_id", ondelete="NO ACTION"),
        UniqueConstraint("profile_id", "project_id", "footage_id"),
        Index("ix_project_footage_footage", "profile_id", "footage_id"),
    )

    project_id: UUID
    footage_id: UUID
    position: int = 0
