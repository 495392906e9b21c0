"""Brings Prefect's work pool, queues and deployments in line with the plan; what is so already is left alone.

What people change in Prefect or in the panel stays: whether a schedule is on, and the parameters that a
profile's scheduled runs are started with.
"""

from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.filters import WorkPoolFilter, WorkPoolFilterName
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema
from prefect.workers.process import ProcessWorker

from flows.deployment_plan import (
    HOUSEKEEPING_LIMIT,
    HOUSEKEEPING_QUEUE,
    POOL,
    PROFILE_ENTRYPOINTS,
    PROFILE_LIMIT,
    WORKER_LIMIT,
    PlannedDeployment,
    planned_deployments,
    planned_profile_id,
    queue_name,
)
from models.profiles import list_profiles
from models.session import Database
from models.settings import Settings

__all__ = ["POOL", "WORKER_LIMIT", "queue_name", "sync_deployments"]

_PAGE = 200
_PROFILE_QUEUE = queue_name("")


def sync_deployments(database: Database, settings: Settings) -> None:
    """Registers what is missing or has changed, and removes what belonged to profiles that are gone.

    Needs a Prefect server at `PREFECT_API_URL`, one that serves no other installation. May be called at any
    time and by several processes; about a tenth of a second when nothing has changed.

    Args:
        database: Whose profiles.
        settings: Whose inboxes are made when they are missing.
    """
    profiles = list_profiles(database)
    for profile in profiles:
        settings.inbox_dir(profile.slug).mkdir(parents=True, exist_ok=True)
    plan = planned_deployments(profiles)
    limits = {HOUSEKEEPING_QUEUE: HOUSEKEEPING_LIMIT}
    limits |= {queue_name(profile.slug): PROFILE_LIMIT for profile in profiles}
    with get_client(sync_client=True) as client:
        _ensure_pool(client)
        _sync_queues(client, limits)
        there = {(known.entrypoint, known.name): known for known in _registered(client)}
        for planned in plan:
            known = there.get(planned.key)
            if known is None or known.version != planned.version:
                _register(client, planned, known)
        wanted = {planned.key for planned in plan}
        for key, known in there.items():
            if known.entrypoint in PROFILE_ENTRYPOINTS and key not in wanted:
                client.delete_deployment(known.id)


def _ensure_pool(client: SyncPrefectClient) -> None:
    try:
        client.read_work_pool(POOL)
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        try:
            client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template))
        except ObjectAlreadyExists:
            return  # another process was as quick


def _sync_queues(client: SyncPrefectClient, limits: dict[str, int]) -> None:
    """Makes missing queues; a limit that somebody has set in Prefect stays."""
    there = {queue.name: queue for queue in client.read_work_queues(work_pool_name=POOL)}
    for name, limit in limits.items():
        queue = there.get(name)
        if queue is None:
            client.create_work_queue(name, concurrency_limit=limit, work_pool_name=POOL)
        elif queue.concurrency_limit is None:  # Prefect made it by itself, for a run that named it
            client.update_work_queue(queue.id, concurrency_limit=limit)
    for name, queue in there.items():
        if name.startswith(_PROFILE_QUEUE) and name not in limits:
            client.delete_work_queue_by_id(queue.id)


def _registered(client: SyncPrefectClient) -> list[DeploymentResponse]:
    ours = WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL]))
    found: list[DeploymentResponse] = []
    while True:
        page = client.read_deployments(work_pool_filter=ours, limit=_PAGE, offset=len(found))
        found += page
        if len(page) < _PAGE:
            return found


def _register(
    client: SyncPrefectClient, planned: PlannedDeployment, known: DeploymentResponse | None
) -> None:
    flow: Flow[..., Any] = load_flow_from_entrypoint(planned.entrypoint, use_placeholder_flow=False)
    parameters = dict(planned.parameters or {})
    if known and planned_profile_id(known.parameters) != planned_profile_id(parameters):
        known = None  # another profile's, with the same slug: what was chosen for it ends with it
    schedules = []
    if planned.timetable:
        times = planned.timetable
        schedules = [
            DeploymentScheduleCreate(
                schedule=CronSchedule(cron=times.cron, timezone=times.timezone),
                active=_is_on(known),
                slug=times.slug,
            )
        ]
    client.create_deployment(
        flow_id=client.create_flow_from_name(flow.name),
        name=planned.name,
        version=planned.version,
        entrypoint=planned.entrypoint,
        description=planned.description,
        tags=list(planned.tags),
        work_pool_name=POOL,
        work_queue_name=planned.queue,
        concurrency_limit=planned.limit,
        concurrency_options=ConcurrencyOptions(
            collision_strategy=ConcurrencyLimitStrategy(planned.collision)
        ),
        parameters={**parameters, **(known.parameters if known else {})},
        parameter_openapi_schema=parameter_schema(flow).model_dump(exclude_unset=True),
        enforce_parameter_schema=True,
        schedules=schedules,
        paused=known.paused if known else False,
        pull_steps=[],
    )


def _is_on(known: DeploymentResponse | None) -> bool:
    """A schedule is on until somebody switches it off."""
    return all(schedule.active for schedule in known.schedules) if known else True
