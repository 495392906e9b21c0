"""How a run ends: its last state, and what becomes of its project, in one transaction.

Without Prefect, so that every command can put right what a killed run left behind: a run that never
said its last word would otherwise keep its project generating, and undeletable, for ever.
"""

from uuid import UUID

from sqlmodel import col, func, select

from models.clip import Clip
from models.project import Project, ProjectState
from models.run import FINAL_STATES, EventLevel, Run, RunEvent, RunState
from models.session import Database, ProfileSession
from models.tenant import now_utc
from models.work_dir import clean_work_dirs

_KILLED = "The run was killed: its process ended without a word. Start it again."


def end_run(session: ProfileSession, run: Run, state: RunState, error: str | None) -> None:
    """Gives a run its last state, unless it has one, and settles the project it worked on.

    Args:
        session: A writing one.
        run: The run's row.
        state: A final state.
        error: What a person is told; None for a completed run.
    """
    if run.state in FINAL_STATES:
        return
    run.state = state
    run.finished_at = now_utc()
    run.error = error
    if state is RunState.COMPLETED:
        run.progress = 1.0
    elif error:
        session.add(
            RunEvent(
                profile_id=run.profile_id,
                run_id=run.id,
                level=EventLevel.ERROR,
                stage=run.stage,
                code=state.value,
                message=error,
            )
        )
    if run.project_id:
        _settle_project(session, run.project_id, failed=state is RunState.FAILED)


def end_killed_runs(database: Database, profile_id: UUID) -> list[UUID]:
    """Ends the runs of a profile whose process was killed on this machine; returns their ids.

    The sign of death is a work dir that nobody holds. It is removed here, so a dead run is found once.
    """
    dead = []
    for run_id in clean_work_dirs(database.settings, profile_id):
        with database.profile_session(profile_id) as session:
            run = session.get(Run, (profile_id, run_id))
            if run is None or run.state in FINAL_STATES:
                continue
            end_run(session, run, RunState.FAILED, _KILLED)
            dead.append(run_id)
    return dead


def _settle_project(session: ProfileSession, project_id: UUID, *, failed: bool) -> None:
    """A project with a draft is ready whatever happened to its last run; the last of several decides."""
    session.flush()
    # Locked where the database can: of two runs that end at the same moment, one must see the other.
    project = session.get(Project, (session.profile_id, project_id), with_for_update=True)
    if project is None:
        return
    others = session.exec(
        select(func.count())
        .select_from(Run)
        .where(Run.project_id == project_id, col(Run.state).not_in(FINAL_STATES))
    ).one()
    if others:
        return
    has_draft = (Clip.project_id == project_id, col(Clip.draft_key).is_not(None))
    if session.exec(select(Clip.id).where(*has_draft).limit(1)).first():
        project.state = ProjectState.READY
    else:
        project.state = ProjectState.FAILED if failed else ProjectState.DRAFT
