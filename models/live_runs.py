"""Which runs are at work on a thing, so that nobody changes or deletes it under their hands."""

import json
from collections.abc import Iterable
from uuid import UUID

from sqlmodel import col, select

from models.clip import Clip
from models.errors import BadInput
from models.run import FINAL_STATES, Run
from models.session import ProfileSession


def live_runs(session: ProfileSession) -> list[Run]:
    """The profile's runs that wait or work, oldest first."""
    live = select(Run).where(col(Run.state).not_in(FINAL_STATES))
    return list(session.exec(live.order_by(col(Run.created_at), col(Run.id))).all())


def live_run_on_project(session: ProfileSession, project_id: UUID) -> Run | None:
    """A run that works on a project or was asked to."""
    return next(
        (run for run in live_runs(session) if run.project_id == project_id or _names(run, [project_id])), None
    )


def live_run_on_clip(session: ProfileSession, clip: Clip) -> Run | None:
    """A run that made a clip and is not done, or that was asked to work on it."""
    return next((run for run in live_runs(session) if run.id == clip.run_id or _names(run, [clip.id])), None)


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


def _names(run: Run, ids: Iterable[UUID]) -> bool:
    """Whether a run's parameters hold one of these ids, wherever in them."""
    asked = json.dumps(run.parameters)
    return any(str(wanted) in asked for wanted in ids)
