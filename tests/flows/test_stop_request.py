"""Stopping a run that a command runs in its own process: the wish is a file in its work dir."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from flows import stop_request
from flows.stop_request import ask_to_stop, stopping_when_asked
from models.settings import Settings
from models.work_dir import open_work_dir


@pytest.fixture(autouse=True)
def sigterm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt, as on the command line."""
    monkeypatch.setattr(stop_request, "_LOOK_EVERY_S", 0.02)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_run_that_is_asked_to_stop_ends(tmp_path: Path) -> None:
    settings, profile_id, run_id = Settings(home=tmp_path), uuid4(), uuid4()
    asked: list[bool] = []

    def work(folder: Path) -> None:
        with stopping_when_asked(folder):
            asker = threading.Thread(target=lambda: asked.append(ask_to_stop(settings, profile_id, run_id)))
            asker.start()
            time.sleep(30)

    with open_work_dir(settings, profile_id, run_id) as work_dir, pytest.raises(KeyboardInterrupt):
        work(work_dir.path)

    assert asked == [True]


def test_a_wish_meant_for_an_earlier_attempt_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / ".stop").touch()

    with stopping_when_asked(tmp_path):
        time.sleep(0.1)

    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_not_at_work_here_cannot_be_asked(tmp_path: Path) -> None:
    settings, profile_id, run_id = Settings(home=tmp_path), uuid4(), uuid4()
    dead = settings.work_dir / str(profile_id) / str(run_id)
    dead.mkdir(parents=True)

    assert not ask_to_stop(settings, profile_id, run_id)
    assert not ask_to_stop(settings, profile_id, uuid4())
    assert not (dead / ".stop").exists()
