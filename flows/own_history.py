"""What a scheduled flow that runs every few minutes does about its own runs in Prefect, first of all.

While the machine was off or busy its runs have piled up: one makes up for all of them. And thousands of
finished ones would bury what people started.
"""

from datetime import timedelta

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterEndTime,
    FlowRunFilterNextScheduledStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound
from prefect.runtime import deployment

from models.tenant import now_utc

#: Finished runs that went well stay this long, to show that the schedule works.
KEPT_S = 6 * 3_600.0

#: Each run forgets a few, so that none of them takes long.
_AT_ONCE = 50


def tidy_own_runs() -> int:
    """Deletes the running deployment's missed runs and its old successful ones; returns how many.

    Does nothing for a flow that was started without a deployment.
    """
    if not deployment.id:
        return 0
    now = now_utc()
    own = FlowRunFilterDeploymentId(any_=[deployment.id])
    missed = FlowRunFilter(
        deployment_id=own,
        state=_in_state(StateType.SCHEDULED),
        next_scheduled_start_time=FlowRunFilterNextScheduledStartTime.model_validate({"before_": now}),
    )
    old = FlowRunFilter(
        deployment_id=own,
        state=_in_state(StateType.COMPLETED, StateType.CANCELLED),
        end_time=FlowRunFilterEndTime.model_validate({"before_": now - timedelta(seconds=KEPT_S)}),
    )
    with get_client(sync_client=True) as client:
        late = [run for run in _find(client, missed) if run.auto_scheduled]
        return sum(_delete(client, run) for run in (*late, *_find(client, old)))


def _in_state(*kinds: StateType) -> FlowRunFilterState:
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=list(kinds)))


def _find(client: SyncPrefectClient, wanted: FlowRunFilter) -> list[FlowRun]:
    return client.read_flow_runs(flow_run_filter=wanted, limit=_AT_ONCE)


def _delete(client: SyncPrefectClient, run: FlowRun) -> int:
    try:
        client.delete_flow_run(run.id)
    except ObjectNotFound:  # another run of the same deployment was as quick
        return 0
    return 1
