"""A flow that does nothing for as long as it is let; for tests of workers, which import it by name."""

import time
from uuid import UUID

from prefect import flow

from flows.run_life import live_run
from tasks.run_context import StagePlan

ENTRYPOINT = "tests.flows.sleeper:sleeper"


@flow(name="sleeper")
def sleeper(profile_id: UUID, run_id: UUID, max_cost_micro_usd: int | None = None) -> None:
    with live_run(
        profile_id,
        kind="sleeper",
        title="sleep",
        stages=StagePlan({"sleep": 1.0}),
        run_id=run_id,
        max_cost_micro_usd=max_cost_micro_usd,
    ) as run:
        run.enter("sleep")
        while True:
            time.sleep(0.1)
