"""Archives are found by the run that packed them, in their own profile only."""

from uuid import uuid4

import pytest

from models.deliveries import DELIVERY_READY, find_delivery, list_deliveries
from models.errors import NotFound
from models.run import EventLevel, Run, RunEvent
from models.session import Database
from tests.models.shelf import Shelf, stock


def pack(shelf: Shelf, name: str) -> Run:
    with shelf.writing() as session:
        run = Run(kind="export_clips", project_id=shelf.project_id)
        session.add(run)
        session.flush()
        key = shelf.storage.key_for("deliveries", run.id, ".zip")
        numbers = {"key": key, "name": name, "bytes": 7, "files": 3}
        session.add(
            RunEvent(
                run_id=run.id, level=EventLevel.INFO, code=DELIVERY_READY, message="Ready.", numbers=numbers
            )
        )
    return run


def test_the_newest_archive_comes_first(shelf: Shelf) -> None:
    first, second = pack(shelf, "first.zip"), pack(shelf, "second.zip")
    with shelf.reading() as session:
        found = list_deliveries(session, shelf.project_id)
        alone = find_delivery(session, first.id)
    assert [archive.name for archive in found] == ["second.zip", "first.zip"]
    assert [archive.run_id for archive in found] == [second.id, first.id]
    assert (alone.name, alone.bytes, alone.files) == ("first.zip", 7, 3)
    assert (alone.kept_until - alone.created_at).days == 30


def test_what_was_not_packed_and_what_is_somebody_elses_are_not_found(
    shelf: Shelf, database: Database
) -> None:
    theirs = pack(stock(database, "Rival"), "theirs.zip")
    with shelf.reading() as session:
        assert list_deliveries(session, shelf.project_id) == ()
        for run_id in (shelf.run_id, theirs.id, uuid4()):
            with pytest.raises(NotFound):
                find_delivery(session, run_id)
