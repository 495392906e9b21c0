"""The runs that a store waits for, and how long such runs usually take."""

from uuid import UUID

from sqlmodel import col, select

from models.run import FINAL_STATES, Run, RunState
from models.session import ProfileSession

_LIVE_STATES = [state for state in RunState if state not in FINAL_STATES]


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
