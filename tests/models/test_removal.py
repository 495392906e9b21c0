"""Deleting: what would go is said before, all of it goes, and a crash in between forgets nothing."""

import pytest

from models.clip import Clip, Export
from models.errors import BadInput, NotFound
from models.footage import Footage, Segment
from models.project import Project
from models.project_changes import unassign_footage
from models.removal import (
    clip_removal,
    delete_clip,
    delete_project,
    footage_removal,
    project_removal,
    remove_clip,
    remove_footage,
    sweep_removed_files,
)
from models.removed_file import RemovedFile
from models.run import Run, RunState
from models.session import Database
from tests.models.shelf import Shelf, add_export, count, stock

#: A draft, a poster and the four files of a final, ten bytes each.
CLIP_FILES = 6


def files(shelf: Shelf) -> list[str]:
    return sorted(path.parent.name for path in shelf.storage._root.rglob("*.*") if path.is_file())


def test_a_project_goes_with_its_clips_and_files_and_its_footage_stays(shelf: Shelf) -> None:
    with shelf.reading() as session:
        going = project_removal(session, shelf.storage, shelf.project_id)

    removed = delete_project(shelf.database, shelf.storage, shelf.project_id)

    assert (going.name, going.clips, going.exports, going.files, going.bytes) == (
        "Summer sale",
        1,
        1,
        CLIP_FILES,
        10 * CLIP_FILES,
    )
    assert removed == going.files
    with shelf.reading() as session:
        assert [count(session, model) for model in (Project, Clip, Export, Footage, RemovedFile)] == [
            *(0, 0, 0),
            2,
            0,
        ]
    assert files(shelf) == ["filmstrips", "filmstrips", "footage", "footage", "posters", "posters"]


def test_a_clip_goes_alone(shelf: Shelf) -> None:
    with shelf.writing() as session:
        add_export(session, shelf, shelf.edit(), preset="square")
    with shelf.reading() as session:
        going = clip_removal(session, shelf.storage, shelf.clip_id)

    assert delete_clip(shelf.database, shelf.storage, shelf.clip_id) == going.files == CLIP_FILES + 4
    with shelf.reading() as session:
        assert count(session, Project) == 1


def test_files_of_a_deletion_that_was_cut_short_are_deleted_later(shelf: Shelf) -> None:
    with shelf.writing() as session:
        remove_clip(session, shelf.clip_id)  # and then the power goes

    swept = sweep_removed_files(shelf.database, shelf.storage)

    assert (swept.files, swept.bytes) == (CLIP_FILES, 10 * CLIP_FILES)
    assert sweep_removed_files(shelf.database, shelf.storage).files == 0


def test_a_deletion_that_is_taken_back_notes_nothing(shelf: Shelf) -> None:
    with shelf.writing() as session:
        remove_clip(session, shelf.clip_id)
        session.rollback()

    assert sweep_removed_files(shelf.database, shelf.storage).files == 0
    assert len(files(shelf)) == CLIP_FILES + 6


def test_footage_in_use_stays_and_says_where_it_is_used(shelf: Shelf) -> None:
    for change in (
        lambda s: remove_footage(s, shelf.footage_ids[1]),
        lambda s: footage_removal(s, shelf.storage, shelf.footage_ids[1]),
    ):
        with (
            pytest.raises(BadInput, match=r"'mug 1.mp4' is used by 'Summer sale'"),
            shelf.writing() as session,
        ):
            change(session)


def test_footage_that_nobody_uses_goes_with_poster_and_filmstrip(shelf: Shelf) -> None:
    with shelf.writing() as session:
        unassign_footage(session, shelf.project_id, shelf.footage_ids[1])
        going = footage_removal(session, shelf.storage, shelf.footage_ids[1])
        remove_footage(session, shelf.footage_ids[1])

    assert (going.segments, going.files) == (4, 3)
    assert sweep_removed_files(shelf.database, shelf.storage).files == 3
    with shelf.reading() as session:
        assert count(session, Segment) == 4


def test_a_project_under_a_run_stays(shelf: Shelf) -> None:
    with shelf.writing() as session:
        asked = {"project_id": str(shelf.project_id)}  # a run that was asked for and has not begun
        run = Run(kind="generate_clips", title="generate 3 clips", parameters=asked)
        session.add(run)

    with pytest.raises(BadInput, match="at work on 'Summer sale'"):
        delete_project(shelf.database, shelf.storage, shelf.project_id)

    with shelf.writing() as session:
        session.require(Run, run.id).state = RunState.CANCELLED
    assert delete_project(shelf.database, shelf.storage, shelf.project_id) == CLIP_FILES


def test_another_profile_s_things_are_not_found_and_stay(database: Database, shelf: Shelf) -> None:
    # pitfall 24
    theirs = stock(database, "Rival")
    for change in (
        lambda: delete_project(database, shelf.storage, theirs.project_id),
        lambda: delete_clip(database, shelf.storage, theirs.clip_id),
    ):
        with pytest.raises(NotFound):
            change()

    with shelf.writing() as session, pytest.raises(NotFound):
        remove_footage(session, theirs.footage_ids[0])
    assert len(files(theirs)) == 2 * (CLIP_FILES + 6)
