"""A wish to stop reaches the run from wherever Python would swallow it."""

import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from prefect.exceptions import TerminationSignal

from flows.run_life import live_run
from models.profiles import create_profile
from models.run import Run, RunState
from tasks.run_context import StagePlan
from tests.program import Reelflow


@pytest.fixture(autouse=True)
def _signal_as_in_a_flow() -> Iterator[None]:
    def stop(number: int, _frame: object) -> None:
        raise TerminationSignal(signal=number)

    before = signal.signal(signal.SIGTERM, stop)
    yield
    signal.signal(signal.SIGTERM, before)


class Dropped:
    """Is told to stop while it is finalized."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


def stop_in_a_callback() -> None:
    """The signal comes while SQLite asks Python something: what is raised is an error of SQLite's."""
    with sqlite3.connect(":memory:") as connection:
        connection.create_function("ask", 0, lambda: signal.raise_signal(signal.SIGTERM))
        connection.execute("SELECT ask()")


def stop_in_a_finalizer() -> None:
    """The signal comes while something is thrown away: nothing is raised at all, and the work goes on."""
    Dropped()
    time.sleep(60)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("stopped", [stop_in_a_callback, stop_in_a_finalizer])
def test_a_run_that_was_stopped_where_nobody_hears_is_cancelled(reelflow: Reelflow, stopped: object) -> None:
    assert callable(stopped)
    run_id, hook = uuid4(), sys.unraisablehook
    with reelflow.database() as database:
        profile_id: UUID = create_profile(database, "Acme").id

    with (
        pytest.raises(TerminationSignal),
        live_run(profile_id, kind="test", title="test", stages=StagePlan({"a": 1.0}), run_id=run_id),
    ):
        stopped()

    with reelflow.database() as database, database.profile_session(profile_id, read_only=True) as session:
        run = session.require(Run, run_id)
        assert (run.state, run.error) == (RunState.CANCELLED, "The run was stopped.")
    assert sys.unraisablehook is hook
