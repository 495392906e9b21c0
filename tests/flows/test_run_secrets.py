"""A run that meets a key everywhere leaves it nowhere: not in events, errors, logs or files."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlmodel import select

from flows.run_life import live_run
from models.errors import Fault, ProviderRefused, ReelflowError
from models.profiles import ensure_default
from models.run import Run, RunEvent, RunState
from models.secrets import key_for, set_key
from models.session import open_database
from models.settings import load_settings
from tasks.media.ffmpeg import stop_processes_on_exit
from tasks.run_context import RunContext, StagePlan
from tests.secret_hunt import hunt

KEY = "an-opened-key/without+any=shape-0123"


class ApiError(Exception):
    """As a provider's library raises it: the request's headers are part of its text."""

    def __str__(self) -> str:
        return f"status 401, headers {{'xi-api-key': '{KEY}'}}"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home whose only profile has a key, and a log file in it."""
    monkeypatch.setenv("REELFLOW_HOME", str(tmp_path))
    with open_database(load_settings()) as database:
        set_key(database, ensure_default(database).id, "elevenlabs", SecretStr(KEY))
    yield tmp_path
    with stop_processes_on_exit():  # a failed run stops media processes until the next run begins
        pass


def fail_in_a_run(home: Path, error: Exception) -> tuple[Run, list[RunEvent], BaseException]:
    """Runs a body that opens the key, tells it to everybody, and fails."""
    run_id = uuid4()
    handler = logging.FileHandler(home / "run.log")
    logging.getLogger("reelflow").addHandler(handler)
    with open_database(load_settings()) as database:
        profile_id = ensure_default(database).id
        with pytest.raises((ReelflowError, RuntimeError)) as caught:
            body(profile_id, run_id, database, error)
        with database.profile_session(profile_id, read_only=True) as session:
            run = session.require(Run, run_id)
            events = list(session.exec(select(RunEvent)).all())
    logging.getLogger("reelflow").removeHandler(handler)
    handler.close()
    return run, events, caught.value


def body(profile_id: UUID, run_id: UUID, database: Any, error: Exception) -> None:
    with live_run(profile_id, kind="test", title="tell", stages=StagePlan({"a": 1}), run_id=run_id) as run:
        tell_everybody(run, key_for(database, profile_id, "elevenlabs").get_secret_value())
        raise error


def tell_everybody(run: RunContext, key: str) -> None:
    run.tell("key_used", f"Used {key} for it.", headers={"xi-api-key": key}, list=[key])
    run.warn("key_failed", f"The key {key} failed.", **{key: 1})
    run.log.warning("sent %s", {"xi-api-key": key})
    try:
        raise ApiError
    except ApiError:
        run.log.exception("call failed")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ProviderRefused(f"ElevenLabs refused the key {KEY}."), "ElevenLabs refused the key ***."),
        (RuntimeError(f"no idea what {KEY} is"), "Unexpected RuntimeError: no idea what *** is"),
        (ApiError(), "Unexpected ApiError: status 401, headers {'xi-api-key': '***'}"),
    ],
)
def test_a_key_told_to_everybody_is_found_nowhere(home: Path, error: Exception, sentence: str) -> None:
    run, events, raised = fail_in_a_run(home, error)

    assert (run.state, run.error) == (RunState.FAILED, sentence)
    assert {event.message for event in events} >= {"Used *** for it.", "The key *** failed.", sentence}
    assert {"xi-api-key": "***"} in [event.numbers.get("headers") for event in events]
    # what goes on to Prefect, which stores it, says nothing either
    assert KEY not in f"{raised}{raised!r}"
    assert isinstance(raised, Fault if isinstance(error, ApiError) else type(error))
    # and the log did get its lines
    log = (home / "run.log").read_text()
    assert "sent {'xi-api-key': '***'}" in log
    assert "call failed" in log
    assert hunt(home, {"key": KEY}) == []
