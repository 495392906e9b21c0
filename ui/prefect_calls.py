"""The gateway's calls to Prefect's server: each with a client of its own, each error as a sentence.

Apart from `ui.gateway`, because importing Prefect takes a second or two, and pages are shown before that.
"""

import contextlib
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterId,
    FlowRunFilterIdempotencyKey,
    FlowRunFilterNextScheduledStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.client.schemas.sorting import FlowRunSort, LogSort
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.settings import PREFECT_API_URL
from prefect.states import Cancelling

from flows.deployment_plan import PlannedDeployment
from flows.run_start import start_run
from models.errors import Fault
from models.profile import Profile
from models.redaction import redact
from models.run import Run
from models.session import Database
from models.settings import Settings
from models.tenant import now_utc
from ui.gateway import LogLine, Schedule


def submit(database: Database, profile: Profile, run: Run) -> None:
    """Has a worker carry out a pending run.

    Raises:
        Fault: Prefect does not answer, or refuses.
    """
    with _sentences():
        start_run(
            database,
            profile,
            run.kind,
            run.parameters,
            run_id=run.id,
            title=run.title,
            max_cost_micro_usd=run.max_cost_micro_usd,
        )


def register_all(database: Database, settings: Settings) -> None:
    """Registers what deployments are missing, as those of a new profile.

    Raises:
        Fault: Prefect does not answer, or refuses.
    """
    from flows.deployments import sync_deployments  # imports Prefect's worker: another second

    with _sentences():
        sync_deployments(database, settings)


def cancel_flow_run(run: Run) -> bool:
    """Asks Prefect to cancel a run; False for one that no worker can be told to stop.

    Raises:
        Fault: Prefect does not answer, or refuses.
    """
    with _sentences(), get_client(sync_client=True) as client:
        flow_run = _flow_run_of(client, run)
        if flow_run is None or flow_run.deployment_id is None:
            return False
        client.set_flow_run_state(flow_run.id, Cancelling(message="Cancelled in the control panel."))
    return True


def read_log(flow_run_id: UUID, limit: int) -> list[LogLine]:
    """The last lines of a flow run's log, oldest first, without secrets.

    Raises:
        Fault: Prefect does not answer, or refuses.
    """
    with _sentences(), get_client(sync_client=True) as client:
        lines = client.read_logs(
            LogFilter(flow_run_id=LogFilterFlowRunId(any_=[flow_run_id])),
            limit=limit,
            sort=LogSort.TIMESTAMP_DESC,
        )
    return [
        LogLine(line.timestamp, logging.getLevelName(line.level), redact(line.message))
        for line in reversed(lines)
    ]


def read_schedules(planned: Sequence[PlannedDeployment]) -> list[Schedule | None]:
    """How the schedules of some deployments stand; None for a deployment that is not registered.

    Raises:
        Fault: Prefect does not answer, or refuses.
    """
    with _sentences(), get_client(sync_client=True) as client:
        return [_schedule(client, each) for each in planned]


def switch_schedule(planned: PlannedDeployment, *, is_on: bool) -> bool:
    """Switches a deployment's schedule on or off; False when the deployment is not registered.

    Raises:
        Fault: Prefect does not answer, or refuses.
    """
    with _sentences(), get_client(sync_client=True) as client:
        deployment = _find(client, planned)
        if deployment is None:
            return False
        for schedule in deployment.schedules:
            client.update_deployment_schedule(deployment.id, schedule.id, active=is_on)
        if is_on and deployment.paused:  # by somebody in Prefect's own pages
            client.resume_deployment(deployment.id)
    return True


@contextlib.contextmanager
def _sentences() -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        url = PREFECT_API_URL.value()
        raise Fault(f"Prefect's server does not answer at {url}; is `reelflow up` still running?") from error
    except ObjectNotFound as error:
        raise Fault(
            "Prefect does not know this flow; start `reelflow up` anew, which registers all."
        ) from error
    except (httpx.HTTPError, PrefectException) as error:
        raise Fault(f"Prefect's server refused: {redact(str(error))[:500]}") from error


def _flow_run_of(client: SyncPrefectClient, run: Run) -> FlowRun | None:
    """Prefect's side of a run, also of one that was started this moment and does not know it yet."""
    if run.prefect_flow_run_id:
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=[run.prefect_flow_run_id]))
    else:
        wanted = FlowRunFilter(idempotency_key=FlowRunFilterIdempotencyKey(any_=[str(run.id)]))
    return next(iter(client.read_flow_runs(flow_run_filter=wanted, limit=1)), None)


def _find(client: SyncPrefectClient, planned: PlannedDeployment) -> DeploymentResponse | None:
    try:
        return client.read_deployment_by_name(f"{planned.flow_name}/{planned.name}")
    except ObjectNotFound:
        return None


def _schedule(client: SyncPrefectClient, planned: PlannedDeployment) -> Schedule | None:
    deployment = _find(client, planned)
    for times in deployment.schedules if deployment else ():
        if deployment and isinstance(times.schedule, CronSchedule):
            is_on = times.active and not deployment.paused
            return Schedule(
                name=planned.flow_name,
                what=planned.description,
                cron=times.schedule.cron,
                timezone=times.schedule.timezone or "UTC",
                is_on=is_on,
                next_run=_next_run(client, deployment.id) if is_on else None,
            )
    return None


def _next_run(client: SyncPrefectClient, deployment_id: UUID) -> datetime | None:
    planned = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=[deployment_id]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
            next_scheduled_start_time=FlowRunFilterNextScheduledStartTime.model_validate(
                {"after_": now_utc()}
            ),
        ),
        sort=FlowRunSort.NEXT_SCHEDULED_START_TIME_ASC,
        limit=1,
    )
    return planned[0].expected_start_time if planned else None
