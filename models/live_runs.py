"""Runs that wait or work: which they are, what they are at work on, and how long they usually take.

What one of them is at work on is not changed or deleted under its hands.
"""

import json
from uuid import UUID

from sqlmodel import col, select

from models.clip import Clip
from models.errors import BadInput
from models.run import FINAL_STATES, Run, RunState
from models.session import ProfileSession

_LIVE_STATES = [state for state in RunState if state not in FINAL_STATES]


def live_runs(
    session: ProfileSession, *, project_id: UUID | None = None, most: int | None = None
) -> tuple[Run, ...]:
    """Runs that wait or work, the newest first; of one project when its id is given."""
    query = select(Run).where(col(Run.state).in_(_LIVE_STATES))
    if project_id is not None:
        query = query.where(Run.project_id == project_id)
    return tuple(session.exec(query.order_by(col(Run.created_at).desc(), col(Run.id)).limit(most)).all())


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


def live_run_on_project(session: ProfileSession, project_id: UUID) -> Run | None:
    """The oldest run that works on a project or was asked to."""
    runs = reversed(live_runs(session))
    return next((run for run in runs if run.project_id == project_id or _names(run, project_id)), None)


def live_run_on_clip(session: ProfileSession, clip: Clip) -> Run | None:
    """The oldest run that made a clip and is not done, or that was asked to work on it."""
    runs = reversed(live_runs(session))
    return next((run for run in runs if run.id == clip.run_id or _names(run, clip.id)), None)


def refuse_while_live(run: Run | None, name: str, *, then: str) -> None:
    """Says no while a run is at work.

    Args:
        run: From above; None lets it pass.
        name: What it works on, as the user knows it.
        then: What the user wants to do, as "delete it".

    Raises:
        BadInput: with what goes on, and what to do.
    """
    if run is None:
        return
    going_on = f"{run.title or run.kind}, {run.progress:.0%}"
    raise BadInput(f"A run is at work on {name!r} ({going_on}); wait for it or stop it, then {then}.")


def _names(run: Run, wanted: UUID) -> bool:
    """Whether a run's parameters hold an id, wherever in them."""
    return str(wanted) in json.dumps(run.parameters)
