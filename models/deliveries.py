"""Archives that were packed for people: where they are, told by the event of the run that packed them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import col, select

from models.errors import NotFound
from models.run import Run, RunEvent
from models.session import ProfileSession

#: The event that says where an archive is; its numbers are `key`, `name`, `bytes` and `files`.
DELIVERY_READY = "delivery_ready"

#: How long an archive is kept. It holds finals a second time, and can be packed again from them.
KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One archive."""

    run_id: UUID
    """The run that packed it; its id among deliveries."""
    key: str
    """In the library."""
    name: str
    """What it is called when it is downloaded."""
    bytes: int
    files: int
    """How many are in it."""
    created_at: datetime

    @property
    def kept_until(self) -> datetime:
        """From when on the nightly cleaning deletes its file."""
        return self.created_at + KEPT


def find_delivery(session: ProfileSession, run_id: UUID) -> Delivery:
    """The archive that a run packed.

    Raises:
        NotFound: the profile has no such run, or it packed nothing.
    """
    event = session.exec(
        select(RunEvent).where(RunEvent.run_id == run_id, RunEvent.code == DELIVERY_READY)
    ).first()
    if event is None:
        raise NotFound("delivery", run_id)
    return _delivery(event)


def list_deliveries(session: ProfileSession, project_id: UUID, *, most: int = 10) -> tuple[Delivery, ...]:
    """The archives of a project's clips, the newest first."""
    events = session.exec(
        select(RunEvent)
        .join(Run, col(Run.id) == col(RunEvent.run_id))
        .where(Run.project_id == project_id, RunEvent.code == DELIVERY_READY)
        .order_by(col(RunEvent.created_at).desc(), col(RunEvent.id))
        .limit(most)
    )
    return tuple(_delivery(event) for event in events)


def _delivery(event: RunEvent) -> Delivery:
    told = event.numbers
    return Delivery(
        run_id=event.run_id,
        key=told["key"],
        name=told["name"],
        bytes=told["bytes"],
        files=told["files"],
        created_at=event.created_at,
    )
