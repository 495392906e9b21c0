"""What a store's dashboard shows: what runs, what failed, what waits for a choice, what is ready to post."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import col, func, select

from models.clip import Clip, Export
from models.project import Project, ProjectState
from models.run import FINAL_STATES, Run, RunState
from models.session import ProfileSession

#: A failure that nobody has dealt with for so long needs nobody any more.
_NEWS_DAYS = 14
_LIVE_STATES = [state for state in RunState if state not in FINAL_STATES]


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run that ended in an error and was neither resumed nor dismissed."""

    run: Run
    project_name: str | None
    """None when it had no project, or the project is gone."""


@dataclass(frozen=True, slots=True)
class WaitingProject:
    """A project whose clips are there and of which none is picked."""

    project_id: UUID
    name: str
    clips: int


@dataclass(frozen=True, slots=True)
class ReadyReel:
    """The newest final of a clip."""

    export: Export
    clip: Clip
    project_name: str


@dataclass(frozen=True, slots=True)
class Overview:
    """One look at a store."""

    live: tuple[Run, ...]
    """Waiting and running, the newest first."""
    failed: tuple[FailedRun, ...]
    """The newest first."""
    waiting: tuple[WaitingProject, ...]
    """The newest first."""
    ready: tuple[ReadyReel, ...]
    """The newest first, each clip once."""

    @property
    def needs_you(self) -> int:
        """How many things wait for a person."""
        return len(self.failed) + len(self.waiting)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show at all."""
        return not (self.live or self.failed or self.waiting or self.ready)


def store_overview(session: ProfileSession, now: datetime, *, most: int = 6) -> Overview:
    """Looks at a store.

    Args:
        session: A reading one.
        now: Older failures than two weeks before this are no news.
        most: Of each kind.
    """
    return Overview(
        live=live_runs(session, most=most),
        failed=_failed(session, now - timedelta(days=_NEWS_DAYS), most),
        waiting=_waiting(session, most),
        ready=_ready(session, most),
    )


def live_runs(session: ProfileSession, *, project_id: UUID | None = None, most: int = 6) -> tuple[Run, ...]:
    """Runs that wait or work, the newest first; of one project when its id is given."""
    query = select(Run).where(col(Run.state).in_(_LIVE_STATES))
    if project_id is not None:
        query = query.where(Run.project_id == project_id)
    return tuple(session.exec(query.order_by(col(Run.created_at).desc()).limit(most)).all())


def usual_duration_s(session: ProfileSession, kind: str, *, last: int = 10) -> float | None:
    """How long runs of a kind took lately, as their median; None before the first has ended."""
    times = session.exec(
        select(Run.started_at, Run.finished_at)
        .where(Run.kind == kind, Run.state == RunState.COMPLETED)
        .order_by(col(Run.finished_at).desc())
        .limit(last)
    ).all()
    lengths = sorted((end - start).total_seconds() for start, end in times if start and end)
    return lengths[len(lengths) // 2] if lengths else None


def _failed(session: ProfileSession, since: datetime, most: int) -> tuple[FailedRun, ...]:
    later = aliased(Run)
    is_resumed = select(later.id).where(later.resumes_run_id == Run.id).exists()
    rows = session.exec(
        select(Run, Project.name)
        .outerjoin(Project, col(Project.id) == col(Run.project_id))
        .where(
            Run.state == RunState.FAILED,
            col(Run.created_at) >= since,
            col(Run.dismissed_at).is_(None),
            ~is_resumed,
        )
        .order_by(col(Run.created_at).desc())
        .limit(most)
    ).all()
    return tuple(FailedRun(run, name) for run, name in rows)


def _waiting(session: ProfileSession, most: int) -> tuple[WaitingProject, ...]:
    any_clip, picked = aliased(Clip), aliased(Clip)
    rows = session.exec(
        select(Project.id, Project.name)
        .where(
            Project.state == ProjectState.READY,
            select(any_clip.id).where(any_clip.project_id == Project.id).exists(),
            ~select(picked.id).where(picked.project_id == Project.id, picked.is_picked).exists(),
        )
        .order_by(col(Project.created_at).desc())
        .limit(most)
    ).all()
    counted = session.exec(
        select(Clip.project_id, func.count())
        .where(col(Clip.project_id).in_([project_id for project_id, _ in rows]))
        .group_by(col(Clip.project_id))
    ).all()
    counts = {project_id: int(clips) for project_id, clips in counted}
    return tuple(WaitingProject(project_id, name, counts.get(project_id, 0)) for project_id, name in rows)


def _ready(session: ProfileSession, most: int) -> tuple[ReadyReel, ...]:
    rows = session.exec(
        select(Export, Clip, Project.name)
        .join(Clip, col(Clip.id) == col(Export.clip_id))
        .join(Project, col(Project.id) == col(Clip.project_id))
        .order_by(col(Export.created_at).desc())
        .limit(most * 4)  # a clip has a final for each preset, and is shown once
    ).all()
    newest = {clip.id: ReadyReel(export, clip, name) for export, clip, name in reversed(rows)}
    return tuple(sorted(newest.values(), key=lambda reel: reel.export.created_at, reverse=True)[:most])
