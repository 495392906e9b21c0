"""What end-to-end tests share: films made on the spot, one Prefect server, the program as people start it."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import models.session
from flows.embedded_server import PREFECT_ENVIRONMENT, prefect_server
from models.engine import database_url
from models.migrate import bring_up_to_date
from models.session import open_database
from models.settings import Settings
from tasks.media.ffmpeg import stop_processes_on_exit
from tests.films import make_film
from tests.groups import GroupScheduling, group_of, rank_of
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
    # pytest-xdist would hand out the groups with the most tests first, and the slowest have the fewest.
    config.option.loadscopereorder = False
    folder = tempfile.mkdtemp(prefix="reelflow-prefect-")
    config.add_cleanup(lambda: shutil.rmtree(folder))
    os.environ.update({"PREFECT_HOME": folder, **PREFECT_ENVIRONMENT})


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling | None:
    """Keeps together what shares a costly set-up when several processes test."""
    return GroupScheduling(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a process of several, what takes longest comes first."""
    if hasattr(config, "workerinput"):
        slow = {group_of(item.nodeid) for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: (rank_of(item.nodeid), group_of(item.nodeid) not in slow))


@pytest.fixture(autouse=True)
def _media_processes_allowed() -> Iterator[None]:
    """A run that failed in this process lets no process start any more, until the next run begins.

    Said after each test, since fixtures of a whole session are made before those of a test.
    """
    yield
    with stop_processes_on_exit():
        pass


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows; copying it is quicker than migrating for each test."""
    home = tmp_path_factory.mktemp("empty")
    open_database(Settings(home=home)).close()
    return home / "reelflow.db"


@pytest.fixture(autouse=True)
def _copied_tables(empty_database: Path) -> Iterator[None]:
    """Gives every new home in this process copied tables; who tests migrating overrides it."""

    def copy_and_look(settings: Settings) -> None:
        url = database_url(settings)
        if url.get_backend_name() == "sqlite" and url.database:
            with contextlib.suppress(OSError):  # what is wrong with the folder is told below
                _copy_new(empty_database, Path(url.database))
        bring_up_to_date(settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models.session, "bring_up_to_date", copy_and_look)
        yield


def _copy_new(source: Path, target: Path) -> None:
    """Copies a file where none is yet, whole or not at all, though several threads do it at once."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        os.link(shutil.copyfile(source, Path(folder) / "copy"), target)


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
