"""What end-to-end tests share: films made on the spot, one Prefect server, the program as people start it."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from flows.embedded_server import PREFECT_ENVIRONMENT, prefect_server
from models.settings import Settings
from tasks.media.ffmpeg import stop_processes_on_exit
from tests.films import make_film
from tests.program import Reelflow

SAMPLE = Path(__file__).parents[1] / "tasks" / "media" / "assets" / "sample"

#: A home with everything in its name that breaks careless code. # pitfall 44
ODD_NAME = "it's a hömé – 100% #1"


def pytest_configure(config: pytest.Config) -> None:
    """Keeps Prefect, which reads its settings when it is imported, out of the developer's own home.

    Property tests are not timed, since machines are busy, and try the same examples each time.
    """
    settings.register_profile(
        "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("steady")
    folder = tempfile.mkdtemp(prefix="reelflow-prefect-")
    config.add_cleanup(lambda: shutil.rmtree(folder))
    os.environ.update({"PREFECT_HOME": folder, **PREFECT_ENVIRONMENT})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps together what shares a costly set-up when several processes test, the longest first."""
    for item in items:
        folder = item.path.parent
        item.add_marker(
            pytest.mark.xdist_group(str(folder if folder.name in ("browser", "panel") else item.path))
        )
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not {"ui", "flows"} & set(item.path.parts))


@pytest.fixture(autouse=True)
def _media_processes_allowed() -> None:
    """A run that failed in this process lets no process start any more, until the next run begins."""
    with stop_processes_on_exit():
        pass


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small real films with sound: two of four scenes, both called tea.mp4, and one of a single scene."""
    folder = tmp_path_factory.mktemp("films")
    return {
        "tea": make_film(folder / "shop" / "tea.mp4", scenes=(0, 1, 2, 3)),
        "other tea": make_film(folder / "rival" / "tea.mp4", scenes=(4, 5, 6, 7)),
        "cup": make_film(folder / "cup.mp4", scenes=(5,)),
    }


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Prefect server that all tests of a session report to; starting one takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PREFECT_")]:
            patch.delenv(name)
        with prefect_server(Settings(home=tmp_path_factory.mktemp("prefect"))) as url:
            # Prefect may have been imported already, and has then read its settings.
            from prefect.settings import PREFECT_API_URL, temporary_settings

            with temporary_settings({PREFECT_API_URL: url}):
                yield url


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ODD_NAME


@pytest.fixture
def reelflow(home: Path, prefect_api: str, monkeypatch: pytest.MonkeyPatch) -> Reelflow:
    """The program with an empty home of its own; `call` runs its flows in this process, seconds sooner."""
    for module in ("making", "clips", "footage", "generate"):
        monkeypatch.setattr(f"ui.commands.{module}.prefect_ready", lambda _: contextlib.nullcontext())
    return _in_this_process(Reelflow(home, prefect_api), monkeypatch)


@pytest.fixture
def quick(home: Path, monkeypatch: pytest.MonkeyPatch) -> Reelflow:
    """The same without a Prefect server, for commands that run no flow."""
    return _in_this_process(Reelflow(home, None), monkeypatch)


def _in_this_process(reelflow: Reelflow, monkeypatch: pytest.MonkeyPatch) -> Reelflow:
    monkeypatch.setenv("REELFLOW_HOME", str(reelflow.home))
    monkeypatch.delenv("REELFLOW_PROFILE", raising=False)
    return reelflow
