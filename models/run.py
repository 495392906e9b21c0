"""A run is one flow run started by somebody or a schedule; its events are what happened on the way."""

import enum
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from models.tenant import TenantModel, UTCDateTime, belongs_to, enum_column, json_field


class RunState(enum.StrEnum):
    """Life of a run; the last three are final and never left again."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_STATES = frozenset({RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED})


class EventLevel(enum.StrEnum):
    """How much an event matters to the user."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Run(TenantModel, table=True):
    """One flow run. `progress` is a share from 0 to 1 that never goes back.

    `project_id` carries no reference: the story of a run outlives its project.
    """

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint("progress >= 0 AND progress <= 1", name="progress"),
        CheckConstraint("max_cost_micro_usd >= 0", name="max_cost"),
        Index("ix_run_state", "profile_id", "state", "created_at"),
        Index("ix_run_created", "profile_id", "created_at"),
        Index("ix_run_project", "profile_id", "project_id", "created_at"),
        Index("ix_run_kind", "profile_id", "kind", "state", "finished_at"),
        Index("ix_run_resumes", "profile_id", "resumes_run_id"),
    )

    kind: str = Field(max_length=64)
    title: str = Field(default="", max_length=300)
    state: RunState = Field(default=RunState.PENDING, sa_type=enum_column(RunState))
    stage: str = Field(default="", max_length=64)
    progress: float = 0.0
    planned_stages: list[str] = json_field(default_factory=list)
    """All stages of this kind of run, in their usual order; a run need not enter each."""
    entered_stages: list[dict[str, Any]] = json_field(default_factory=list)
    """What it has begun, in order: `stage` and `at`, an ISO time in UTC."""
    project_id: UUID | None = None
    resumes_run_id: UUID | None = None
    """The failed or stopped run whose parameters this one takes up again."""
    dismissed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a person said that its failure needs nothing more."""
    prefect_flow_run_id: UUID | None = None
    parameters: dict[str, Any] = json_field(default_factory=dict)
    max_cost_micro_usd: int | None = Field(default=None, sa_type=BigInteger)
    """Most that this run may cost, whatever its month still has; None for no limit of its own."""
    error: str | None = Field(default=None, max_length=2000)
    started_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class RunEvent(TenantModel, table=True):
    """Something the user should be able to read later: a warning, a fallback, a finished stage."""

    __tablename__ = "run_event"
    __table_args__ = (
        belongs_to("run", "run_id"),
        Index("ix_run_event_run", "profile_id", "run_id", "created_at"),
    )

    run_id: UUID
    level: EventLevel = Field(sa_type=enum_column(EventLevel))
    stage: str = Field(default="", max_length=64)
    """During which stage it happened; empty before the first."""
    code: str = Field(max_length=64)
    message: str = Field(max_length=2000)
    numbers: dict[str, Any] = json_field(default_factory=dict)
