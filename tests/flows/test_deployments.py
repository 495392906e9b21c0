"""What is registered in Prefect follows the profiles; what people have switched stays as they left it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId

import flows.deployments as deployments
from flows.deployment_plan import HOUSEKEEPING_QUEUE, POOL, PROFILE_LIMIT, queue_name
from flows.deployments import sync_deployments
from models.profiles import change_profile, create_profile, delete_profile
from models.session import Database
from tests.program import Reelflow

pytestmark = pytest.mark.slow


@pytest.fixture
def database(reelflow: Reelflow) -> Iterator[Database]:
    with reelflow.database() as opened:
        create_profile(opened, "Acme", timezone="Europe/Bucharest")
        create_profile(opened, "Globex")
        yield opened


@pytest.fixture
def client(prefect_api: str) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as opened:
        yield opened


def registered(client: SyncPrefectClient) -> dict[str, Any]:
    return {f"{each.entrypoint.split(':')[1]}/{each.name}": each for each in client.read_deployments()}


def test_schedules_follow_the_profiles_and_keep_what_people_chose(
    database: Database, client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = database.settings
    sync_deployments(database, settings)
    before = registered(client)

    assert {"make_reels/make_reels", "watch_inbox/acme", "clean_up/globex"} <= before.keys()
    watcher = before["watch_inbox/acme"]
    assert watcher.schedules[0].schedule.timezone == "Europe/Bucharest"
    queues = {queue.name: queue for queue in client.read_work_queues(work_pool_name=POOL)}
    assert queues[queue_name("acme")].concurrency_limit == PROFILE_LIMIT
    assert settings.inbox_dir("globex").is_dir()

    # A person switches the schedule off, and gives the inbox a limit of its own.
    client.update_deployment_schedule(watcher.id, watcher.schedules[0].id, active=False)
    own = {**watcher.parameters, "max_cost_micro_usd": 500_000}
    client.request("PATCH", "/deployments/{id}", path_params={"id": watcher.id}, json={"parameters": own})
    change_profile(database, "acme", name="Acme Tea", timezone="Asia/Tokyo")
    delete_profile(database, "globex")
    sync_deployments(database, settings)
    after = registered(client)

    assert not [name for name in after if name.endswith("/globex")]
    assert queue_name("globex") not in {q.name for q in client.read_work_queues(work_pool_name=POOL)}
    changed = after["watch_inbox/acme"]
    assert changed.id == watcher.id
    assert "Acme Tea" in changed.description
    assert [(each.schedule.timezone, each.active) for each in changed.schedules] == [("Asia/Tokyo", False)]
    assert changed.parameters == own
    assert after["clean_up/acme"].schedules[0].active

    # Nothing has changed since, so nothing is loaded or written.
    monkeypatch.setattr(deployments, "load_flow_from_entrypoint", lambda *_, **__: pytest.fail("registered"))
    sync_deployments(database, settings)
    assert {name: each.updated for name, each in registered(client).items()} == {
        name: each.updated for name, each in after.items()
    }


def test_another_profile_of_the_same_slug_starts_anew(database: Database, client: SyncPrefectClient) -> None:
    sync_deployments(database, database.settings)
    watcher = registered(client)["watch_inbox/globex"]
    client.update_deployment_schedule(watcher.id, watcher.schedules[0].id, active=False)
    delete_profile(database, "globex")
    again = create_profile(database, "Globex")

    sync_deployments(database, database.settings)

    now = registered(client)["watch_inbox/globex"]
    assert now.parameters == {"profile_id": str(again.id)}
    assert now.schedules[0].active


def test_the_server_makes_the_runs_that_schedules_ask_for(
    database: Database, client: SyncPrefectClient
) -> None:
    """Prefect's scheduler fails with SQLAlchemy 2.1, and says so in the server's log only."""
    sync_deployments(database, database.settings)
    watcher = registered(client)["watch_inbox/acme"]
    ours = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[watcher.id]))

    deadline = time.monotonic() + 90
    while not (runs := client.read_flow_runs(flow_run_filter=ours)):
        assert time.monotonic() < deadline, "nothing was scheduled"
        time.sleep(0.2)

    assert runs[0].auto_scheduled
    assert set(runs[0].tags) >= {"kind:watch_inbox", "profile:acme"}
    assert runs[0].work_queue_name == HOUSEKEEPING_QUEUE
