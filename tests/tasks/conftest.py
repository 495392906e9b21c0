"""A run to call tasks in, without a Prefect server: `task.fn(run, ...)`."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.budget import set_budget
from models.profiles import create_profile
from models.session import open_database
from models.settings import Settings
from tasks.run_context import RunContext, StagePlan
from tests.fakes.elevenlabs import FakeElevenLabs
from tests.fakes.elevenlabs_wire import VOICES
from tests.films import make_film
from tests.tasks.hearing import choose
from tests.tasks.paying import Shop


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunContext]:
    monkeypatch.setenv("REELFLOW_HOME", str(tmp_path / "home"))
    with _first_run(tmp_path / "home", StagePlan({"look": 1.0, "cut": 3.0})) as context:
        yield context


@contextlib.contextmanager
def _first_run(home: Path, stages: StagePlan) -> Iterator[RunContext]:
    """A run of the profile "Meadow" in a new home."""
    from flows.run_life import live_run

    with open_database(Settings(home=home)) as database:
        profile_id = create_profile(database, "Meadow").id
    with live_run(profile_id, kind="test", title="a test", stages=stages) as context:
        yield context


@pytest.fixture
def eleven(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeElevenLabs]:
    """ElevenLabs' stand-in, whose key the installation has."""
    with FakeElevenLabs() as server:
        monkeypatch.setenv("REELFLOW_ELEVENLABS_BASE_URL", server.base_url)
        monkeypatch.setenv("REELFLOW_ELEVENLABS_API_KEY", server.key)
        yield server


@pytest.fixture
def customer(eleven: FakeElevenLabs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunContext]:
    """A run of a profile with an ElevenLabs voice; the fake comes first, as the run reads its address."""
    monkeypatch.setenv("REELFLOW_HOME", str(tmp_path / "home"))
    with _first_run(tmp_path / "home", StagePlan({"hear speech": 1.0})) as context:
        choose(context, voice="elevenlabs", elevenlabs={"voice_id": next(iter(VOICES))})
        yield context


@pytest.fixture(scope="session")
def talking(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Films of 2.5 s: two in which something beeps at 0.5 and 1.75 s for 0.3 s, and a silent one."""
    folder = tmp_path_factory.mktemp("talking")
    beeps = "aevalsrc='0.4*between(mod(t,1.25),0.5,0.8)*sin(2*PI*t*600)':s=48000"
    return {
        "beeps": make_film(folder / "beeps.mp4", scenes=(0,), sound=beeps),
        "more": make_film(folder / "more.mp4", scenes=(2,), sound=beeps),
        "silence": make_film(folder / "silence.mp4", scenes=(1,), sound="anullsrc=r=48000"),
    }


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A profile with a budget of one cent that pays at a provider of its own."""
    with open_database(Settings(home=tmp_path / "home")) as database:
        profile = create_profile(database, "Mugs")
        set_budget(database, profile.id, 10_000)
        yield Shop(database, profile.id)
