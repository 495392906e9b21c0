"""The life of a run: its row, work dir, lock and guard, and one honest last state whatever happens."""

import contextlib
import logging
import time
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

from prefect.client.orchestration import get_client
from prefect.exceptions import TerminationSignal
from prefect.runtime import flow_run
from sqlalchemy.exc import OperationalError

from flows.cancelled_state import agree_on_cancelled
from flows.run_artifacts import progress_artifact, show_outcome
from flows.stop_request import stopping_when_asked
from flows.swallowed_stop import swallowed_stop
from models.clip import Clip
from models.errors import NotFound, ReelflowError, RunStopped
from models.limits import check_max_cost
from models.project import Project
from models.redaction import errors_redacted, install_redaction, redact
from models.run import Run, RunState
from models.session import Database, open_database
from models.settings import load_settings
from models.tenant import now_utc
from models.work_dir import open_work_dir
from tasks.media.ffmpeg import stop_processes_on_exit
from tasks.run_context import RunContext, StagePlan, profile_log
from tasks.run_end import end_run

#: The last state is written again after these pauses if the database is busy or away.
_LAST_WORD_PAUSES_S = (0.5, 2.0, 5.0, 10.0)

_STOPS = (KeyboardInterrupt, TerminationSignal, RunStopped)


@contextlib.contextmanager
def live_run(
    profile_id: UUID,
    *,
    kind: str,
    title: str,
    stages: StagePlan,
    run_id: UUID | None = None,
    parameters: Mapping[str, Any] | None = None,
    max_cost_micro_usd: int | None = None,
) -> Iterator[RunContext]:
    """Wraps a flow's body.

    The run's row says running from here on, its work dir is made and locked, every media process
    dies with the body, and the row ends as completed, cancelled or failed.

    Args:
        profile_id: Whose run it is.
        kind: The flow, as "make_reels".
        title: What a person calls it, as "make 3 reels".
        stages: Stages and weights for the progress.
        run_id: Given by who started the flow and wants to follow it; new when None.
        parameters: What was asked for, without secrets.
        max_cost_micro_usd: Most that the run may cost; the month's budget alone decides when None.

    Raises:
        BadInput: no such amount.
        NotFound: there is no such profile.
        WorkDirBusy: the run is already going on.
    """
    settings = load_settings()
    install_redaction()
    logging.getLogger("reelflow").setLevel(logging.INFO)  # a worker's runs would log warnings only
    check_max_cost(max_cost_micro_usd)
    run_id = run_id or uuid4()
    with (
        errors_redacted(),
        open_database(settings) as database,
        open_work_dir(settings, profile_id, run_id) as work_dir,
        swallowed_stop() as swallowed,
    ):
        slug = _begin(database, profile_id, run_id, kind, title, parameters or {}, max_cost_micro_usd)
        _tag_flow_run(slug, kind)
        try:
            with progress_artifact(_flow_run_id(), run_id) as shown:
                context = RunContext(
                    profile_id=profile_id,
                    run_id=run_id,
                    settings=settings,
                    database=database,
                    work_dir=work_dir.path,
                    stages=stages,
                    on_progress=shown.tell if shown else None,
                )
                with stop_processes_on_exit(), stopping_when_asked(work_dir.path):
                    yield context
                if shown:
                    shown.tell("done", 1.0)
        except BaseException as error:
            swallowed.drop()
            stop = error if isinstance(error, _STOPS) else swallowed.error
            if stop is None:
                profile_log(profile_id).error("%s", error)
                _end(database, profile_id, run_id, RunState.FAILED, _sentence(error))
                raise
            _end(database, profile_id, run_id, RunState.CANCELLED, "The run was stopped.")
            if not isinstance(stop, RunStopped):
                agree_on_cancelled()
            raise stop from None
        else:
            _end(database, profile_id, run_id, RunState.COMPLETED, None)
            context.log.info("%s is done", title)
        finally:
            show_outcome(database, profile_id, run_id, _flow_run_id())


def run_name(
    profile_id: UUID | str,
    *parts: str,
    project_id: UUID | str | None = None,
    clip_id: UUID | str | None = None,
) -> str:
    """A name that a person recognises in Prefect's list: "Acme · Summer sale · make 3 reels".

    Args:
        profile_id: Whose run.
        parts: What comes after the profile's name.
        project_id: Its name goes in front of the parts; left out when there is no such project, which the
            run itself will say.
        clip_id: Of a clip whose project it is, instead of `project_id`.

    Raises:
        NotFound: there is no such profile.
    """
    with (
        open_database(load_settings()) as database,
        database.profile_session(UUID(str(profile_id)), read_only=True) as session,
    ):
        names = [session.profile.name]
        with contextlib.suppress(NotFound):
            if clip_id:
                project_id = session.require(Clip, clip_id).project_id
            if project_id:
                names.append(session.require(Project, project_id).name)
        return " · ".join([*names, *parts])


def _begin(
    database: Database,
    profile_id: UUID,
    run_id: UUID,
    kind: str,
    title: str,
    parameters: Mapping[str, Any],
    max_cost_micro_usd: int | None,
) -> str:
    with database.profile_session(profile_id) as session:
        run = session.get(Run, (profile_id, run_id))
        if run is None:
            run = Run(profile_id=profile_id, id=run_id, kind=kind)
            session.add(run)
        if run.state is RunState.CANCELLED and run.started_at is None:
            raise RunStopped("The run was cancelled before it began.")
        run.title = run.title or title  # whoever asked for it may have said more
        run.parameters = dict(parameters)
        if max_cost_micro_usd is not None:  # one that whoever made the row set is kept
            run.max_cost_micro_usd = max_cost_micro_usd
        run.state = RunState.RUNNING
        run.error = None
        run.progress = 0.0
        run.prefect_flow_run_id = _flow_run_id()
        run.started_at = now_utc()
        run.finished_at = None
        return session.profile.slug


def _tag_flow_run(slug: str, kind: str) -> None:
    """Tags the flow run, not its tasks: a tagged task asks Prefect for a concurrency slot each time."""
    if not flow_run.id:
        return
    with get_client(sync_client=True) as client:
        tags = {*(flow_run.tags or ()), f"profile:{slug}", f"kind:{kind}"}
        client.update_flow_run(UUID(str(flow_run.id)), tags=sorted(tags))


def _flow_run_id() -> UUID | None:
    return UUID(str(flow_run.id)) if flow_run.id else None


def _end(database: Database, profile_id: UUID, run_id: UUID, state: RunState, error: str | None) -> None:
    """Writes the last state, which is never overwritten by a later one (pitfalls 11 and 15)."""
    for pause_s in (*_LAST_WORD_PAUSES_S, None):
        try:
            with database.profile_session(profile_id) as session:
                end_run(session, session.require(Run, run_id), state, error)
            return
        except OperationalError:
            if pause_s is None:
                raise
            time.sleep(pause_s)


def _sentence(error: BaseException) -> str:
    text = str(error) if isinstance(error, ReelflowError) else f"Unexpected {type(error).__name__}: {error}"
    return redact(text)[:2000]
