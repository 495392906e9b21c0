"""What tests about the footage's own speech share: choosing providers, taking films in, reading rows."""

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.provider_settings import provider_settings, store_provider_settings
from models.run import RunEvent
from tasks.probing import import_footage, probe_footage
from tasks.run_context import RunContext


def choose(run: RunContext, **changes: Any) -> None:
    """Changes the profile's providers."""
    with run.session() as session:
        store_provider_settings(session, provider_settings(session.profile).changed(**changes))


def taken_in(run: RunContext, film: Path) -> UUID:
    """A film's footage id."""
    return import_footage.fn(run, film, probe_footage.fn(run, film))


def rows(run: RunContext, model: type[Any]) -> list[Any]:
    """All rows of a table, the oldest first."""
    with run.reading() as session:
        return list(session.exec(select(model).order_by(col(model.created_at))).all())


def told(run: RunContext) -> list[str]:
    """Codes of the run's events, in order."""
    return [event.code for event in rows(run, RunEvent) if event.run_id == run.run_id]
