"""Starts a user-facing flow as a run of its own, for flows that start others: the inbox watcher.

The run's row comes first and the flow run second, both under the same id, so that asking again after a
crash in between finds what is there.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client

from flows.deployment_plan import queue_name
from models.profile import Profile
from models.run import FINAL_STATES, Run
from models.session import Database


def start_run(
    database: Database,
    profile: Profile,
    kind: str,
    parameters: Mapping[str, Any],
    *,
    run_id: UUID,
    title: str,
    max_cost_micro_usd: int | None = None,
) -> None:
    """Has a worker run a deployment for a profile, in the profile's own queue.

    Args:
        database: Where the run's row is written.
        profile: Whose run.
        kind: The flow, as "make_reels".
        parameters: What the flow is given besides profile, run id and limit; fit for JSON.
        run_id: The same id starts the same run, however often it is asked for.
        title: What a person calls the run.
        max_cost_micro_usd: Most that it may cost; the month's budget alone decides when None.
    """
    with database.profile_session(profile.id) as session:
        run = session.get(Run, (profile.id, run_id))
        if run is None:
            run = Run(profile_id=profile.id, id=run_id, kind=kind, title=title, parameters=dict(parameters))
            run.max_cost_micro_usd = max_cost_micro_usd
            session.add(run)
        if run.state in FINAL_STATES:
            return
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(f"{kind}/{kind}")
        flow_run = client.create_flow_run_from_deployment(
            deployment.id,
            parameters={
                **parameters,
                "profile_id": str(profile.id),
                "run_id": str(run_id),
                "max_cost_micro_usd": max_cost_micro_usd,
            },
            tags=[f"profile:{profile.slug}", f"kind:{kind}"],
            work_queue_name=queue_name(profile.slug),
            idempotency_key=str(run_id),
        )
    with database.profile_session(profile.id) as session:
        session.require(Run, run_id).prefect_flow_run_id = flow_run.id
