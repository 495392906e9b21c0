"""A worker started anywhere runs what `prefect deploy --all` registered; each end is told in one way only."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, StateType
from prefect.states import Cancelling

from flows.deployment_plan import POOL, WORKER_LIMIT
from flows.deployments import sync_deployments
from flows.reconciliation import reconcile_all
from flows.run_start import start_run
from models.profile import Profile
from models.profiles import create_profile
from models.run import FINAL_STATES, Run, RunState
from models.session import Database
from tests.program import Reelflow

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
_PATIENCE_S = 150.0


@pytest.fixture
def database(reelflow: Reelflow) -> Iterator[Database]:
    with reelflow.database() as opened:
        yield opened


@pytest.fixture
def acme(database: Database) -> Profile:
    return create_profile(database, "Acme")


@pytest.fixture
def worker(
    reelflow: Reelflow, database: Database, acme: Profile, tmp_path: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """Prefect's own worker, started in an empty folder, with nothing said about where the code is."""
    sync_deployments(database, database.settings)  # makes the pool
    environment = {k: v for k, v in reelflow.environment.items() if k != "PYTHONPATH"}
    environment |= {"PREFECT_HOME": str(tmp_path / "prefect"), "PREFECT_WORKER_QUERY_SECONDS": "1"}
    prefect = (sys.executable, "-m", "prefect")
    deploy = subprocess.run(
        [*prefect, "--no-prompt", "deploy", "--all"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
    )
    assert deploy.returncode == 0, deploy.stdout + deploy.stderr
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [*prefect, "worker", "start", "--pool", POOL, "--type", "process", "--limit", str(WORKER_LIMIT)],
            cwd=elsewhere,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    yield process
    kill(process)


def kill(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def wait_for(what: Callable[[], bool], saying: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, f"in vain: {saying}"
        time.sleep(0.1)


def start(database: Database, acme: Profile, film: Path, project: str) -> UUID:
    """A run that takes a while: several long finals."""
    run_id = uuid4()
    wishes = {
        "files": [str(film)],
        "project": project,
        "variants": 3,
        "duration_s": 8.0,
        "presets": ["reels", "youtube", "feed", "square"],
    }
    start_run(database, acme, "make_reels", wishes, run_id=run_id, title="make 3 reels")
    return run_id


def row(database: Database, acme: Profile, run_id: UUID) -> Run:
    with database.profile_session(acme.id, read_only=True) as session:
        return session.require(Run, run_id)


def prefect_state(run: Run) -> State[object]:
    assert run.prefect_flow_run_id
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(run.prefect_flow_run_id).state
    assert state
    return state


def kill_flow_processes(database: Database) -> None:
    """Kills every flow of an installation, scheduled ones too, as the machine's end would."""
    home = f"REELFLOW_HOME={database.settings.home}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
            if home in environment and any(one.startswith(b"PREFECT__FLOW_RUN_ID=") for one in environment):
                os.kill(int(entry.name), signal.SIGKILL)
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue


def test_cancelled_and_killed_runs_end_the_same_on_both_sides(
    database: Database, acme: Profile, worker: "subprocess.Popen[bytes]", films: dict[str, Path]
) -> None:
    cancelled = start(database, acme, films["tea"], "Cancelled")
    killed = start(database, acme, films["other tea"], "Killed")
    never_begun = start(database, acme, films["cup"], "Never begun")  # the queue takes two at once

    def at_work(run_id: UUID) -> Callable[[], bool]:
        return lambda: bool(row(database, acme, run_id).stage)

    wait_for(at_work(cancelled), "the first run to be at work")
    wait_for(at_work(killed), "the second run to be at work")
    with get_client(sync_client=True) as client:
        for run_id in (never_begun, cancelled):
            flow_run_id = row(database, acme, run_id).prefect_flow_run_id
            assert flow_run_id
            name = client.read_flow_run(flow_run_id).name
            client.set_flow_run_state(flow_run_id, Cancelling())
    assert name == "Acme · Cancelled · make 3 reels"

    def is_cancelled() -> bool:
        run = row(database, acme, cancelled)
        return run.state is RunState.CANCELLED and prefect_state(run).type is StateType.CANCELLED

    wait_for(is_cancelled, "both sides to say cancelled")

    # The worker dies with the run, so that there is nobody left to tell Prefect.
    kill(worker)
    kill_flow_processes(database)
    assert row(database, acme, killed).state is RunState.RUNNING
    assert prefect_state(row(database, acme, killed)).type is StateType.RUNNING

    # What never began may have an end already, from a worker that was quicker than its own death.
    still_open = {
        run_id for run_id in (killed, never_begun) if row(database, acme, run_id).state not in FINAL_STATES
    }
    assert killed in still_open

    done = reconcile_all(database, is_alone=True)

    assert set(done.ended) == still_open
    run = row(database, acme, killed)
    assert (run.state, prefect_state(run).type) == (RunState.FAILED, StateType.CRASHED)
    assert "killed" in (run.error or "")
    run = row(database, acme, never_begun)
    assert (run.state, prefect_state(run).type) == (RunState.CANCELLED, StateType.CANCELLED)
    assert "before it began" in (run.error or "")
    assert not list(database.settings.work_dir.glob(f"{acme.id}/*-*")), "what they left is cleared away"
    again = reconcile_all(database, is_alone=True)
    assert (again.ended, again.corrected) == ((), ())
