"""What tests of the panel's flows share: a profile, and questions to its database."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlmodel import select

from models.run import RunEvent
from models.session import ProfileSession
from tests.program import Reelflow


def look(reelflow: Reelflow, profile_id: UUID, question: Callable[[ProfileSession], Any]) -> Any:
    """Asks a profile's session one thing."""
    with reelflow.database() as database, database.profile_session(profile_id, read_only=True) as session:
        return question(session)


def change(reelflow: Reelflow, profile_id: UUID, act: Callable[[ProfileSession], None]) -> None:
    """Changes something as a person at the panel would."""
    with reelflow.database() as database, database.profile_session(profile_id) as session:
        act(session)


def events(reelflow: Reelflow, profile_id: UUID, run_id: UUID) -> dict[str, RunEvent]:
    """The events of a run by their code."""
    found = look(
        reelflow, profile_id, lambda s: s.exec(select(RunEvent).where(RunEvent.run_id == run_id)).all()
    )
    return {event.code: event for event in found}
