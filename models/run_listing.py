"""Runs as lines of a list: with their project, their warnings and their cost."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func
from sqlmodel import col

from models.ledger import CostEntry
from models.paging import Page, choose, line_of, matches, read_page
from models.project import Project
from models.run import EventLevel, Run, RunEvent, RunState
from models.session import ProfileSession


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run in a list."""

    id: UUID
    kind: str
    title: str
    state: RunState
    stage: str
    progress: float
    """From 0 to 1."""
    project_id: UUID | None
    project_name: str | None
    """None without a project, or when it is gone."""
    error: str | None
    warnings: int
    """How many things it had to warn of."""
    cost_micro_usd: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def list_runs(
    session: ProfileSession,
    *,
    project_id: UUID | None = None,
    search: str = "",
    states: Collection[RunState] = (),
    kinds: Collection[str] = (),
    number: int = 1,
    size: int = 25,
) -> Page[RunLine]:
    """Runs, the newest first; `search` looks into title, kind and error.

    Raises:
        BadInput: no such page, or a search that is too long.
    """
    is_wanted = [matches(search, col(Run.title), col(Run.kind), func.coalesce(Run.error, ""))]
    if project_id is not None:
        is_wanted.append(col(Run.project_id) == project_id)
    if states:
        is_wanted.append(col(Run.state).in_(states))
    if kinds:
        is_wanted.append(col(Run.kind).in_(kinds))
    page = read_page(
        session,
        run_rows().where(*is_wanted).order_by(col(Run.created_at).desc(), col(Run.id)),
        choose(func.count()).select_from(Run).where(*is_wanted),
        number=number,
        size=size,
    )
    return page.of(run_lines(page.items))


def run_rows() -> Select[Any]:
    """A query for what `run_lines` makes lines of."""
    warnings = choose(func.count()).where(
        col(RunEvent.run_id) == Run.id, col(RunEvent.level) == EventLevel.WARNING
    )
    cost = choose(func.coalesce(func.sum(CostEntry.amount_micro_usd), 0)).where(
        col(CostEntry.run_id) == Run.id
    )
    query = choose(Run, Project.name, warnings.scalar_subquery(), cost.scalar_subquery())
    return query.outerjoin(Project, col(Project.id) == col(Run.project_id))


def run_lines(rows: Sequence[Any]) -> list[RunLine]:
    """Lines of runs out of rows of `run_rows`."""
    return [
        line_of(RunLine, row, project_name=project_name, warnings=warnings, cost_micro_usd=int(cost))
        for row, project_name, warnings, cost in rows
    ]
