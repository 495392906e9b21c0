"""What the control panel asks of Prefect: start, cancel and resume runs, read their logs, switch schedules.

The panel's only way to it: pages know nothing of Prefect. Every call first checks the member's role by the
database. What talks to Prefect is in `ui.prefect_calls`, which is imported when it is first needed, because
Prefect's import takes a second or two.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlmodel import col, select

from flows.deployment_plan import profile_deployments
from flows.embedded_server import is_healthy
from flows.stop_request import ask_to_stop
from models.access import Member, Role
from models.errors import BadInput, Fault, NotFound, ReelflowError
from models.limits import check_max_cost
from models.run import FINAL_STATES, Run, RunState
from models.settings import Settings
from tasks.run_end import end_run

#: Prefect hands out at most this many log lines at once.
MAX_LOG_LINES = 200

_UP_TIMEOUT_S = 1.0
_CANCELLED = "Cancelled before it began."


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a run's log."""

    at: datetime
    """When; aware, in UTC."""
    level: str
    """As "INFO"."""
    text: str
    """Without secrets."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something that happens by itself in a profile."""

    name: str
    """The flow, as "watch_inbox"; unique in the profile."""
    what: str
    """What it does, as a sentence."""
    cron: str
    """Minute, hour, day, month, weekday."""
    timezone: str
    """The IANA name of the zone that `cron` is read in."""
    is_on: bool
    """Whether it happens."""
    next_run: datetime | None
    """When next, as far as Prefect has planned; None while it is off, and for a minute after."""


class Gateway:
    """The panel's Prefect client; one per process, safe to share between threads.

    The server is the one that `PREFECT_API_URL` names when Prefect is first used.

    Args:
        settings: The installation's.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def is_up(self) -> bool:
        """Whether Prefect's server answers, within a second."""
        url = _api_url()
        return url is not None and is_healthy(url, timeout_s=_UP_TIMEOUT_S)

    def run_url(self, run: Run) -> str | None:
        """The run's page in Prefect; None for a run that Prefect has not heard of."""
        url = _api_url()
        if url is None or run.prefect_flow_run_id is None:
            return None
        pages = os.environ.get("PREFECT_UI_URL") or url.removesuffix("/api")
        return f"{pages.rstrip('/')}/runs/flow-run/{run.prefect_flow_run_id}"

    def start(
        self,
        member: Member,
        kind: str,
        parameters: Mapping[str, Any],
        *,
        title: str,
        project_id: UUID | None = None,
        max_cost_micro_usd: int | None = None,
    ) -> UUID:
        """Has a worker run a flow for a profile.

        Args:
            member: Who asks, and for which profile.
            kind: The flow, as "make_reels".
            parameters: What it is given, besides profile, run id and limit.
            title: What a person calls the run, as "make 3 reels".
            project_id: The project it works on, if it is there already.
            max_cost_micro_usd: Most that the run may cost; the month's budget alone decides when None.

        Returns:
            The run's id. Its row is there at once, as pending.

        Raises:
            Forbidden: the member may only look.
            BadInput: no such amount.
            Fault: Prefect does not answer, or refuses; the row says so too, as failed.
        """
        check_max_cost(max_cost_micro_usd)
        run = Run(
            profile_id=member.profile.id,
            kind=kind,
            title=title,
            project_id=project_id,
            parameters=to_jsonable_python(dict(parameters)),
            max_cost_micro_usd=max_cost_micro_usd,
        )
        with member.writing() as session:
            session.add(run)
        self._submit(member, run)
        return run.id

    def resume(self, member: Member, run_id: UUID, *, max_cost_micro_usd: int | None = None) -> UUID:
        """Starts a failed or cancelled run again, as a new one; what it has made or paid for is reused.

        Args:
            member: Who asks, and for which profile.
            run_id: The run that ended.
            max_cost_micro_usd: Most that going on may cost; as much as the ended run might when None.

        Returns:
            The new run's id.

        Raises:
            NotFound: the profile has no such run.
            Forbidden: the member may only look.
            BadInput: the run goes on, is done, or is being resumed already; or no such amount.
            Fault: as in `start`.
        """
        check_max_cost(max_cost_micro_usd)
        with member.writing() as session:
            old = session.require(Run, run_id)
            _check_resumable(old)
            again = select(Run.id).where(
                Run.resumes_run_id == old.id, col(Run.state).not_in([RunState.FAILED, RunState.CANCELLED])
            )
            if session.exec(again).first():
                raise BadInput(f"{_named(old)} was resumed already; look for it among the newer runs.")
            run = Run(
                profile_id=old.profile_id,
                kind=old.kind,
                title=old.title,
                project_id=old.project_id,
                parameters=old.parameters,
                max_cost_micro_usd=(
                    old.max_cost_micro_usd if max_cost_micro_usd is None else max_cost_micro_usd
                ),
                resumes_run_id=old.id,
            )
            session.add(run)
        self._submit(member, run)
        return run.id

    def cancel(self, member: Member, run_id: UUID) -> None:
        """Stops a run: at once if it has not begun, else its row says so when its process has ended.

        Cancelling a cancelled run changes nothing.

        Raises:
            NotFound: the profile has no such run.
            Forbidden: the member may only look.
            BadInput: the run has ended, or goes on where nobody can be told to stop it.
            Fault: Prefect does not answer.
        """
        with member.writing() as session:
            run = session.require(Run, run_id)
        if run.state is RunState.CANCELLED:
            return
        if run.state in FINAL_STATES:
            raise BadInput(f"{_named(run)} has ended before it could be cancelled.")
        _check_server_is_known()
        from ui.prefect_calls import cancel_flow_run

        is_seen_to = cancel_flow_run(run)
        if run.state is RunState.PENDING and self._end_unbegun(member, run, RunState.CANCELLED, _CANCELLED):
            return
        if not is_seen_to and not self._stop_here(run):
            raise BadInput(
                f"{_named(run)} goes on where this panel can't reach it: "
                "stop it with Ctrl-C in the terminal in which it was started."
            )

    def log_tail(self, member: Member, run_id: UUID, limit: int = MAX_LOG_LINES) -> list[LogLine]:
        """The last lines of a run's log, oldest first; none for a run that Prefect has not heard of.

        Raises:
            NotFound: the profile has no such run.
            Fault: Prefect does not answer.
        """
        with member.reading() as session:
            flow_run_id = session.require(Run, run_id).prefect_flow_run_id
        if flow_run_id is None:
            return []
        _check_server_is_known()
        from ui.prefect_calls import read_log

        return read_log(flow_run_id, min(limit, MAX_LOG_LINES))

    def schedules(self, member: Member) -> list[Schedule]:
        """What happens by itself in the profile; registered first where it is not yet, as in a new profile.

        Raises:
            NotFound: they are no member any more.
            Fault: Prefect does not answer.
        """
        member.require(Role.VIEWER)
        _check_server_is_known()
        from ui.prefect_calls import read_schedules, register_all

        planned = profile_deployments(member.profile)
        found = read_schedules(planned)
        if None in found:
            register_all(member.database, self._settings)
            found = read_schedules(planned)
        return [schedule for schedule in found if schedule]

    def set_schedule(self, member: Member, name: str, *, is_on: bool) -> None:
        """Switches something that happens by itself on or off.

        Args:
            member: Who asks, and for which profile.
            name: A `Schedule.name`.
            is_on: Whether it is to happen from now on.

        Raises:
            NotFound: the profile has no such schedule.
            Forbidden: the member may only look.
            Fault: Prefect does not answer.
        """
        member.require(Role.EDITOR)
        _check_server_is_known()
        from ui.prefect_calls import switch_schedule

        planned = next((each for each in profile_deployments(member.profile) if each.flow_name == name), None)
        if planned is None or not switch_schedule(planned, is_on=is_on):
            raise NotFound("schedule", name)

    def _submit(self, member: Member, run: Run) -> None:
        """Hands a pending run to Prefect; where that fails, the row ends as failed with the reason."""
        try:
            _check_server_is_known()
            from ui.prefect_calls import submit

            submit(member.database, member.profile, run)
        except ReelflowError as error:
            self._end_unbegun(member, run, RunState.FAILED, f"The run could not be started: {error}")
            raise

    def _end_unbegun(self, member: Member, run: Run, state: RunState, why: str) -> bool:
        """Ends a run's row, unless the run has begun meanwhile."""
        with member.database.profile_session(run.profile_id) as session:
            now = session.require(Run, run.id)
            if now.state is not RunState.PENDING:
                return False
            end_run(session, now, state, why)
        return True

    def _stop_here(self, run: Run) -> bool:
        return ask_to_stop(self._settings, run.profile_id, run.id)


def _check_resumable(run: Run) -> None:
    if run.state not in FINAL_STATES:
        raise BadInput(f"{_named(run)} is still going on; cancel it first, or wait for its end.")
    if run.state is RunState.COMPLETED:
        raise BadInput(f"{_named(run)} is done, so there is nothing to resume.")


def _named(run: Run) -> str:
    return repr(run.title or run.kind)


def _api_url() -> str | None:
    return os.environ.get("PREFECT_API_URL")


def _check_server_is_known() -> None:
    if _api_url() is None:
        raise Fault("No Prefect server is known; start Reelflow with `reelflow up`, or set PREFECT_API_URL.")
