"""`reelflow up` as people run it: a server, a worker and the panel, and nothing of them afterwards."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from flows.embedded_server import is_healthy, running_server
from models.access import LOCAL, Member, join
from models.profiles import ensure_default
from models.run import Run, RunState
from models.settings import CHECKOUT
from tests.flows.sleeper import ENTRYPOINT
from tests.program import Reelflow, finish
from tests.ui.product import PATIENCE_S, processes_of, said, wait_for
from ui.gateway import Gateway
from ui.standing import take_place

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="asks /proc who is alive"),
]


@pytest.fixture
def installation(home: Path) -> Iterator[Reelflow]:
    """One with a Prefect server of its own; whatever a failing test leaves is ended."""
    reelflow = Reelflow(home, None)
    reelflow.environment["PYTHONPATH"] = str(CHECKOUT)  # the worker runs a flow of the tests
    started: list[subprocess.Popen[str]] = []
    start = reelflow.start

    def start_and_remember(*arguments: object) -> "subprocess.Popen[str]":
        started.append(start(*arguments))
        return started[-1]

    reelflow.start = start_and_remember  # type: ignore[method-assign]
    yield reelflow
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=PATIENCE_S)


def bring_up(reelflow: Reelflow) -> tuple["subprocess.Popen[str]", dict[str, Any]]:
    process = reelflow.start("up", "--panel-port", 0, "--prefect-port", 0, "--json")
    return process, said(process)


@contextlib.contextmanager
def reporting_to(api: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    monkeypatch.setenv("PREFECT_API_URL", api)
    with temporary_settings({PREFECT_API_URL: api}):
        yield


def start_sleeping(reelflow: Reelflow, member: Member) -> Run:
    """A run that a worker is at."""
    from prefect.client.orchestration import get_client

    from flows.deployments import POOL

    with get_client(sync_client=True) as client:
        client.create_deployment(
            flow_id=client.create_flow_from_name("sleeper"),
            name="sleeper",
            entrypoint=ENTRYPOINT,
            work_pool_name=POOL,
            pull_steps=[],
        )
    run_id = Gateway(reelflow.settings).start(member, "sleeper", {}, title="sleep")

    def row() -> Run:
        with member.reading() as session:
            return session.require(Run, run_id)

    wait_for(lambda: row().stage == "sleep", "the run's begin")
    return row()


def test_what_is_up_answers_is_not_started_twice_and_ends_with_its_runs(
    installation: Reelflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given
    process, addresses = bring_up(installation)
    api = f"{addresses['prefect']}/api"

    # Then everything answers, and commands of this home use the same server
    with urlopen(f"{addresses['panel']}/_stcore/health") as answer:  # noqa: S310 - our own
        assert answer.status == 200
    with urlopen(addresses["prefect"]) as answer:  # noqa: S310 - our own
        assert b"<html" in answer.read().lower(), "Prefect's own pages"
    with urlopen(f"{addresses['prefect']}/ui-settings") as answer:  # noqa: S310 - our own
        assert json.load(answer)["api_url"] == "/api", "they ask the server that they come from"
    assert running_server(installation.settings) == api

    # When it is started again, then that is said, with the addresses
    again = installation.run("up", "--json")
    assert (again.code, again.document) == (0, {**addresses, "was_up": True})

    # When it is told to stop with a run under way
    with installation.database() as database, reporting_to(api, monkeypatch):
        member = join(database, LOCAL, ensure_default(database).slug)
        run = start_sleeping(installation, member)
        process.send_signal(signal.SIGTERM)
        ended = finish(process)

        # Then the run has an honest end, and nothing is left
        assert (ended.code, ended.out) == (0, "")
        with member.reading() as session:
            assert session.require(Run, run.id).state is RunState.CANCELLED
    assert not is_healthy(api)
    assert processes_of(installation.home) == []
    assert not (installation.home / "up.json").exists()


def test_nothing_is_left_of_what_was_killed(installation: Reelflow) -> None:
    process, _ = bring_up(installation)
    assert len(processes_of(installation.home)) >= 4

    os.kill(process.pid, signal.SIGKILL)
    finish(process)

    wait_for(lambda: processes_of(installation.home) == [], "the end of all parts")
    with take_place(installation.settings) as place:
        assert place, "the next one finds nobody there"


def test_an_open_panel_without_sign_in_is_refused(quick: Reelflow) -> None:
    ended = quick.call("up", "--host", "0.0.0.0")  # noqa: S104 - the point

    assert ended.code == 2
    assert "Without sign-in the control panel serves this machine only" in ended.sentence


def test_a_server_of_ones_own_is_not_given_a_port(quick: Reelflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "https://prefect.example/api")

    ended = quick.call("up", "--prefect-port", 4200)

    assert ended.code == 2
    assert "https://prefect.example/api" in ended.sentence
