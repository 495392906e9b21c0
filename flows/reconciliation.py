"""Puts right what killed processes left behind, in our database and in Prefect.

Asks both, and the work dirs, about every run that has not ended or has ended lately, and carries out what
`flows.run_verdict` says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterIdempotencyKey,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run as current_flow_run
from sqlmodel import col, or_, select

from flows.deployment_plan import POOL
from flows.run_verdict import Place, Sight, Verdict, judge
from models.profile import Profile
from models.profiles import list_profiles
from models.redaction import redact
from models.run import FINAL_STATES, Run, RunState
from models.session import Database
from models.tenant import now_utc
from models.work_dir import look_at_work_dirs
from tasks.run_context import profile_log
from tasks.run_end import end_killed_runs, end_run

_Key = TypeVar("_Key")

#: Runs that ended this long ago agree, or nobody will look at them again.
_LOOK_BACK_S = 86_400.0

_UNDER_WAY = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a look at all runs has changed."""

    ended: tuple[UUID, ...] = ()
    """Runs whose rows were ended."""
    corrected: tuple[UUID, ...] = ()
    """Flow runs that Prefect calls something else now."""


def reconcile_all(database: Database, *, is_alone: bool = False) -> Reconciled:
    """Makes the rows of all profiles and Prefect's states agree; needs a Prefect server.

    Args:
        database: Whose profiles.
        is_alone: No worker of this installation runs anywhere, as when it is about to be started: whatever
            holds no work dir is dead.
    """
    ended: list[UUID] = []
    corrected: list[UUID] = []
    with get_client(sync_client=True) as client:
        known: set[UUID] = set()
        for profile in list_profiles(database):
            rows = _rows(database, profile)
            places = look_at_work_dirs(database.settings, profile.id)
            flow_runs = _flow_runs_of(client, rows)
            for row in rows:
                flow_run = flow_runs.get(row.id)
                if flow_run:
                    known.add(flow_run.id)
                verdict = judge(_sight(row, flow_run, places), is_alone=is_alone)
                if verdict.row and not _end_row(database, row, verdict, flow_run):
                    continue  # it has ended by itself since
                ended += [row.id] if verdict.row else []
                corrected += _correct(client, flow_run, verdict)
            ended += end_killed_runs(database, profile.id)
        for flow_run in _under_way(client):
            if flow_run.id not in known and str(flow_run.id) != current_flow_run.id:
                corrected += _correct(client, flow_run, judge(_sight(None, flow_run, {}), is_alone=is_alone))
    return Reconciled(tuple(ended), tuple(corrected))


def _rows(database: Database, profile: Profile) -> list[Run]:
    lately = now_utc() - timedelta(seconds=_LOOK_BACK_S)
    with database.profile_session(profile.id, read_only=True) as session:
        open_or_recent = or_(col(Run.state).not_in(FINAL_STATES), col(Run.finished_at) > lately)
        return list(session.exec(select(Run).where(open_or_recent).order_by(col(Run.created_at))))


def _flow_runs_of(client: SyncPrefectClient, rows: Sequence[Run]) -> dict[UUID, FlowRun]:
    """Prefect's side of some rows, by the row's id; a row may not yet know its flow run."""
    by_flow_run = {row.prefect_flow_run_id: row.id for row in rows if row.prefect_flow_run_id}
    by_key = {str(row.id): row.id for row in rows if not row.prefect_flow_run_id}
    found: dict[UUID, FlowRun] = {}
    for ids in _batches(list(by_flow_run)):
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=ids))
        found |= {by_flow_run[run.id]: run for run in client.read_flow_runs(flow_run_filter=wanted)}
    for keys in _batches(list(by_key)):
        wanted = FlowRunFilter(idempotency_key=FlowRunFilterIdempotencyKey(any_=keys))
        for run in client.read_flow_runs(flow_run_filter=wanted):
            found[by_key[str(run.idempotency_key)]] = run
    return found


def _batches(items: list[_Key]) -> Iterator[list[_Key]]:
    for start in range(0, len(items), _PAGE):
        yield items[start : start + _PAGE]


def _under_way(client: SyncPrefectClient) -> list[FlowRun]:
    """What Prefect calls begun and not ended, of our pool."""
    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(_UNDER_WAY)))
        ),
        work_pool_filter=WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL])),
        limit=_PAGE,
    )


def _sight(row: Run | None, flow_run: FlowRun | None, places: dict[UUID, bool]) -> Sight:
    state = flow_run.state if flow_run else None
    place = Place.NONE
    if row and row.id in places:
        place = Place.HELD if places[row.id] else Place.LEFT
    since = (row.finished_at or row.started_at or row.created_at) if row else None
    return Sight(
        row=row.state if row else None,
        row_age_s=_age_s(since),
        prefect=state.type if state else None,
        prefect_age_s=_age_s(state.timestamp if state else None),
        place=place,
    )


def _age_s(since: datetime | None) -> float:
    return (now_utc() - since).total_seconds() if since else 0.0


def _end_row(database: Database, row: Run, verdict: Verdict, flow_run: FlowRun | None) -> bool:
    """Whether the row was still without its last state, and has it now."""
    assert verdict.row is not None  # noqa: S101 - for the type checker
    why = verdict.why
    state = flow_run.state if flow_run else None
    if row.state is RunState.PENDING and state and state.type is StateType.FAILED and state.message:
        why = redact(f"The run could not begin: {state.message}")[:2000]
    with database.profile_session(row.profile_id) as session:
        now = session.require(Run, row.id)
        if now.state is not row.state:
            return False
        end_run(session, now, verdict.row, why)
    profile_log(row.profile_id).warning("run %s is %s: %s", row.id, verdict.row.value, why)
    return True


def _correct(client: SyncPrefectClient, flow_run: FlowRun | None, verdict: Verdict) -> list[UUID]:
    if flow_run is None or verdict.prefect is None:
        return []
    state: State[None] = State(
        type=verdict.prefect, name=verdict.prefect.value.capitalize(), message=verdict.why
    )
    try:
        client.set_flow_run_state(flow_run.id, state, force=True)
    except ObjectNotFound:  # deleted meanwhile
        return []
    return [flow_run.id]
