"""Projects: made, changed, given footage."""

from typing import Any

import pytest
from sqlmodel import select

from models.errors import BadInput, NotFound
from models.project import Project, ProjectFootage, ProjectState
from models.project_changes import assign_footage, change_project, create_project, unassign_footage
from models.run import Run, RunState
from models.session import Database
from tests.models.shelf import Shelf, stock


def footage_of(shelf: Shelf, project: Project) -> list[int]:
    with shelf.reading() as session:
        rows = session.exec(select(ProjectFootage).where(ProjectFootage.project_id == project.id)).all()
        return [shelf.footage_ids.index(row.footage_id) for row in sorted(rows, key=lambda row: row.position)]


def test_a_project_is_made_with_its_footage_in_order(shelf: Shelf) -> None:
    with shelf.writing() as session:
        project = create_project(
            session,
            "  Winter   sale ",
            description="For the window",
            context="Mugs",
            target_duration_s=21,
            footage_ids=[shelf.footage_ids[1], shelf.footage_ids[0], shelf.footage_ids[1]],
        )

    assert (project.name, project.state, project.target_duration_s) == ("Winter sale", ProjectState.DRAFT, 21)
    assert footage_of(shelf, project) == [1, 0]


def test_only_what_is_given_changes(shelf: Shelf) -> None:
    with shelf.writing() as session:
        change_project(session, shelf.project_id, description="new", target_duration_s=12)
        change_project(session, shelf.project_id, context="Mugs")
        project = change_project(session, shelf.project_id, name="Summer sale")  # its own name

    assert (project.name, project.description, project.context) == ("Summer sale", "new", "Mugs")
    assert (project.target_duration_s, project.state) == (12, ProjectState.READY)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": ""}, "1 to 200"),
        ({"name": "x" * 201}, "1 to 200"),
        ({"name": "Taken"}, "'Taken' already"),
        ({"description": "x" * 2001}, "2001 characters; 2000"),
        ({"context": "x" * 8001}, "8001 characters; 8000"),
        ({"target_duration_s": 0.5}, "0.5 s can't be made"),
    ],
)
def test_what_can_t_be_is_refused(shelf: Shelf, values: dict[str, Any], said: str) -> None:
    with shelf.writing() as session:
        create_project(session, "Taken")
    with pytest.raises(BadInput, match=said), shelf.writing() as session:
        change_project(session, shelf.project_id, **values)
    with pytest.raises(BadInput, match=said), shelf.writing() as session:
        create_project(session, **({"name": "New"} | values))


def test_footage_is_added_once_and_at_the_end(shelf: Shelf) -> None:
    with shelf.writing() as session:
        project = create_project(session, "Winter", footage_ids=shelf.footage_ids[1:])
        assert assign_footage(session, project.id, shelf.footage_ids) == 1
        assert assign_footage(session, project.id, shelf.footage_ids) == 0

    assert footage_of(shelf, project) == [1, 0]


def test_footage_that_clips_show_stays_in_the_project(shelf: Shelf) -> None:
    with pytest.raises(BadInput, match="1 clip of 'Summer sale' show"), shelf.writing() as session:
        unassign_footage(session, shelf.project_id, shelf.footage_ids[0])
    with shelf.writing() as session:
        unassign_footage(session, shelf.project_id, shelf.footage_ids[1])
    with pytest.raises(BadInput, match=r"'mug 1\.mp4' is not in"), shelf.writing() as session:
        unassign_footage(session, shelf.project_id, shelf.footage_ids[1])


def test_footage_stays_while_a_run_works_on_the_project(shelf: Shelf) -> None:
    with shelf.writing() as session:
        session.add(Run(kind="generate_clips", state=RunState.RUNNING, project_id=shelf.project_id))

    with pytest.raises(BadInput, match="at work"), shelf.writing() as session:
        unassign_footage(session, shelf.project_id, shelf.footage_ids[1])


def test_another_profile_s_project_and_footage_are_not_found(database: Database, shelf: Shelf) -> None:
    # pitfall 24
    theirs = stock(database, "Rival")
    for change in (
        lambda s: change_project(s, theirs.project_id, name="Mine"),
        lambda s: assign_footage(s, theirs.project_id, []),
        lambda s: assign_footage(s, shelf.project_id, theirs.footage_ids),
        lambda s: unassign_footage(s, shelf.project_id, theirs.footage_ids[0]),
        lambda s: create_project(s, "Spring", footage_ids=theirs.footage_ids),
    ):
        with pytest.raises(NotFound), shelf.writing() as session:
            change(session)
