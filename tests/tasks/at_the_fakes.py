"""A run whose profile buys at fakes on this machine, with what it was charged and told."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from pydantic import SecretStr
from sqlmodel import col, select

from models.ledger import CostEntry
from models.provider_settings import provider_settings, store_provider_settings
from models.run import Run, RunEvent
from models.secrets import set_key
from tasks.run_context import RunContext, StagePlan
from tests.fakes import FakeServer

VOICE_ID = "21m00Tcm4TlvDq8ikWAM"


def buys_at(run: RunContext, server: FakeServer) -> None:
    """Gives the run's profile the fake's key and chooses the provider."""
    set_key(run.database, run.profile_id, server.name, SecretStr(server.key))
    choices: dict[str, dict[str, Any]] = {
        "elevenlabs": {"voice": "elevenlabs", "elevenlabs": {"voice_id": VOICE_ID}},
        "gemini": {"analyser": "gemini"},
    }
    choose(run, **choices[server.name])


def choose(run: RunContext, **changes: Any) -> None:
    """Changes the profile's provider settings."""
    with run.session() as session:
        store_provider_settings(session, provider_settings(session.profile).changed(**changes))


def another_run(run: RunContext) -> RunContext:
    """A second run of the same profile, at the same time."""
    run_id = uuid4()
    with run.session() as session:
        session.add(Run(profile_id=run.profile_id, id=run_id, kind="test", title="another test"))
    folder = run.folder("another", str(run_id))
    return RunContext(
        profile_id=run.profile_id,
        run_id=run_id,
        settings=run.settings,
        database=run.database,
        work_dir=folder,
        stages=StagePlan({"look": 1.0, "cut": 3.0}),
    )


def told(run: RunContext) -> dict[str, str]:
    """What the run said, by code."""
    of_run = select(RunEvent).where(RunEvent.run_id == run.run_id)
    with run.reading() as session:
        events = session.exec(of_run.order_by(col(RunEvent.created_at))).all()
    return {event.code: event.message for event in events}


def booked(run: RunContext) -> list[int]:
    """The amounts of the ledger's lines, in micro-USD."""
    return rows(run, CostEntry, lambda entry: entry.amount_micro_usd)


def rows(run: RunContext, model: type[Any], value: Callable[[Any], Any]) -> list[Any]:
    """Something of each row of a table, the oldest first."""
    with run.reading() as session:
        return [value(row) for row in session.exec(select(model).order_by(col(model.created_at)))]
