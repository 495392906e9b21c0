"""A run to call tasks in, without a Prefect server: `task.fn(run, ...)`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.profiles import create_profile
from models.session import open_database
from models.settings import Settings
from tasks.run_context import RunContext, StagePlan


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunContext]:
    from flows.run_life import live_run

    monkeypatch.setenv("REELFLOW_HOME", str(tmp_path / "home"))
    with open_database(Settings(home=tmp_path / "home")) as database:
        profile_id = create_profile(database, "Meadow").id
    with live_run(
        profile_id, kind="test", title="a test", stages=StagePlan({"look": 1.0, "cut": 3.0})
    ) as context:
        yield context
