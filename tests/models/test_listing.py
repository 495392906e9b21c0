"""Lists: pages without gaps or doubles, searches, filters, and the numbers on each line."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.clip import Clip
from models.clip_edits import pick_clip, remove_cut
from models.errors import BadInput
from models.footage import Segment
from models.ledger import CostEntry
from models.listing import (
    Page,
    list_clips,
    list_footage,
    list_projects,
    list_runs,
    list_segments,
)
from models.project import Project, ProjectState
from models.project_changes import unassign_footage
from models.run import EventLevel, Run, RunEvent, RunState
from models.segment_edits import set_favorite, set_skipped, set_tags
from models.session import Database, ProfileSession
from tests.models.shelf import Shelf, add_export, stock

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def spend(session: ProfileSession, key: str, amount: int, **spent_on: Any) -> None:
    session.add(
        CostEntry(
            idempotency_key=key,
            month="2026-11",
            provider="gemini",
            model="m",
            operation="analysis",
            amount_micro_usd=amount,
            **spent_on,
        )
    )


def names(page: Page[Any]) -> list[str]:
    return [line.name for line in page.items]


def test_pages_hold_every_line_once(shelf: Shelf) -> None:
    with shelf.writing() as session:
        session.add_all(
            Project(name=f"Project {n:02}", created_at=AT) for n in range(10)
        )  # all of one moment

    with shelf.reading() as session:
        pages = [list_projects(session, number=number, size=4) for number in (1, 2, 3)]
        beyond = list_projects(session, number=99, size=4)

    seen = [line.id for page in pages for line in page.items]
    assert (len(seen), len(set(seen)), pages[0].total, pages[0].pages) == (11, 11, 11, 3)
    assert (beyond.number, beyond.items) == (3, pages[2].items)
    assert [len(page.items) for page in pages] == [4, 4, 3]


@pytest.mark.parametrize(("number", "size"), [(0, 10), (-1, 10), (1, 0), (1, 201)])
def test_pages_that_can_t_be_are_refused(shelf: Shelf, number: int, size: int) -> None:
    with shelf.reading() as session, pytest.raises(BadInput, match="counted from 1"):
        list_projects(session, number=number, size=size)


def test_an_empty_list_has_one_page(shelf: Shelf) -> None:
    with shelf.reading() as session:
        page = list_projects(session, search="no such thing")

    assert (page.items, page.total, page.pages, page.number) == ((), 0, 1, 1)


def test_a_project_s_line_counts_what_is_in_it(shelf: Shelf, database: Database) -> None:
    with shelf.writing() as session:
        pick_clip(session, shelf.clip_id)
        spend(session, "a", 300, project_id=shelf.project_id)
        spend(session, "b", 4, project_id=shelf.project_id)
    stock(database, "Rival")

    with shelf.reading() as session:
        (line,) = list_projects(session).items

    assert (line.name, line.clips, line.picked, line.footage, line.cost_micro_usd) == (
        "Summer sale",
        1,
        1,
        2,
        304,
    )
    assert line.poster_key == shelf.storage.key_for("posters", shelf.clip_id, ".jpg")


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["100% off", "a\\b", "Ünder_water"]),
        ("  OFF  100% ", ["100% off"]),
        ("%", ["100% off"]),
        ("_", ["Ünder_water"]),
        ("\\", ["a\\b"]),
        ("ünder", ["Ünder_water"]),
        ("window", ["a\\b"]),  # its description
        ("' OR 1=1 --", []),
    ],
)
def test_a_search_finds_words_and_not_patterns(database: Database, search: str, found: list[str]) -> None:
    shelf = stock(database)
    with shelf.writing() as session:
        session.delete(session.require(Project, shelf.project_id))
        session.add(Project(name="100% off"))
        session.add(Project(name="Ünder_water"))
        session.add(Project(name="a\\b", description="For the window"))

    with shelf.reading() as session:
        assert sorted(names(list_projects(session, search=search))) == found


def test_a_search_has_a_limit(shelf: Shelf) -> None:
    with shelf.reading() as session, pytest.raises(BadInput, match="200 characters at most"):
        list_projects(session, search="x" * 201)


def test_projects_by_state_and_in_any_order(shelf: Shelf) -> None:
    with shelf.writing() as session:
        session.add(Project(name="autumn", created_at=AT - timedelta(days=9000)))

    with shelf.reading() as session:
        assert names(list_projects(session, states=[ProjectState.READY])) == ["Summer sale"]
        assert names(list_projects(session)) == ["Summer sale", "autumn"]
        assert names(list_projects(session, sort="oldest")) == ["autumn", "Summer sale"]
        assert names(list_projects(session, sort="name")) == ["autumn", "Summer sale"]


def test_a_clip_s_line_has_score_cost_and_what_is_stale(shelf: Shelf) -> None:
    with shelf.writing() as session:
        spend(session, "a", 300, clip_id=shelf.clip_id)
    with shelf.reading() as session:
        (line,) = list_clips(session).items
    assert (line.score, line.cost_micro_usd, line.project_name) == (51.5, 300, "Summer sale")
    assert (line.is_draft_stale, [final.is_older_than_edit for final in line.finals]) == (False, [False])

    with shelf.writing() as session:
        changed = remove_cut(session, shelf.clip_id, 0)
        add_export(session, shelf, changed, preset="square")
    with shelf.reading() as session:
        (line,) = list_clips(session).items
    assert (line.score, line.is_draft_stale) == (52.0, True)
    assert [(final.preset, final.is_older_than_edit) for final in line.finals] == [
        ("square", False),
        ("reels", True),
    ]


def test_clips_by_project_pick_and_name(shelf: Shelf) -> None:
    with shelf.reading() as session:
        first = session.require(Clip, shelf.clip_id)
        other = Clip(**first.model_dump(exclude={"id", "variant"}), variant=2)
    with shelf.writing() as session:
        session.add(other)
        session.flush()
        pick_clip(session, other.id)

    def found(**asked: Any) -> list[int]:
        with shelf.reading() as session:
            return [line.variant for line in list_clips(session, sort="variant", **asked).items]

    assert found() == found(project_id=shelf.project_id) == found(search="summer VARIANT") == [1, 2]
    assert found(project_id=UUID(int=1)) == found(search="winter") == []
    assert (found(is_picked=True), found(is_picked=False)) == ([2], [1])


def test_a_clip_whose_segments_are_gone_has_no_score(shelf: Shelf) -> None:
    with shelf.writing() as session:
        for segment_id in shelf.segment_ids:
            session.delete(session.require(Segment, segment_id))
    with shelf.reading() as session:
        assert list_clips(session).items[0].score is None


def test_runs_with_their_project_warnings_and_cost(shelf: Shelf) -> None:
    with shelf.writing() as session:
        run = session.require(Run, shelf.run_id)
        run.project_id = shelf.project_id
        run.error = "It rained."
        for level in (EventLevel.WARNING, EventLevel.WARNING, EventLevel.INFO):
            session.add(RunEvent(run_id=run.id, level=level, code="x", message="x"))
        spend(session, "a", 300, run_id=run.id)
        session.add(Run(kind="render_clip", title="render reels", project_id=UUID(int=1)))  # gone since

    with shelf.reading() as session:
        newest, line = list_runs(session).items
        assert [run.id for run in list_runs(session, search="RAINED").items] == [line.id]
        assert [run.id for run in list_runs(session, states=[RunState.PENDING]).items] == [newest.id]
        assert [run.id for run in list_runs(session, kinds=["make_reels"]).items] == [line.id]
        assert [run.id for run in list_runs(session, project_id=shelf.project_id).items] == [line.id]

    assert (line.project_name, line.warnings, line.cost_micro_usd) == ("Summer sale", 2, 300)
    assert (newest.title, newest.project_name, newest.cost_micro_usd) == ("render reels", None, 0)


def test_footage_says_whether_it_may_go(shelf: Shelf) -> None:
    with shelf.writing() as session:
        unassign_footage(session, shelf.project_id, shelf.footage_ids[1])

    with shelf.reading() as session:
        lines = {line.name: line for line in list_footage(session).items}
        inside = list_footage(session, project_id=shelf.project_id)

    assert (lines["mug 0.mp4"].projects, lines["mug 1.mp4"].projects) == (1, 0)
    assert (lines["mug 0.mp4"].segments, lines["mug 0.mp4"].is_analysed) == (4, False)
    assert names(inside) == ["mug 0.mp4"]


def test_segments_by_what_a_person_set(shelf: Shelf) -> None:
    with shelf.writing() as session:
        set_favorite(session, shelf.segment_ids[2])
        set_skipped(session, shelf.segment_ids[1])
        set_tags(session, shelf.segment_ids[3], ["ţară"])

    def found(**asked: Any) -> list[int]:
        with shelf.reading() as session:
            page = list_segments(session, footage_ids=shelf.footage_ids[:1], **asked)
            return [shelf.segment_ids.index(line.id) for line in page.items]

    assert found() == [0, 1, 2, 3]
    assert found(sort="score") == [3, 2, 1, 0]
    assert (found(is_favorite=True), found(is_skipped=False)) == ([2], [0, 2, 3])
    assert (found(search="Ţară"), found(search="mug sharp"), found(search="dull")) == ([3], [0, 1, 2, 3], [])


LISTS: dict[str, Callable[[ProfileSession, Shelf], Page[Any]]] = {
    "projects": lambda s, _: list_projects(s),
    "clips": lambda s, them: list_clips(s, project_id=them.project_id),
    "runs": lambda s, them: list_runs(s, project_id=them.project_id),
    "footage": lambda s, them: list_footage(s, project_id=them.project_id),
    "segments": lambda s, them: list_segments(s, footage_ids=them.footage_ids),
}


@pytest.mark.parametrize("read", LISTS.values(), ids=LISTS.keys())
def test_no_list_shows_another_profile_s_rows(
    database: Database, shelf: Shelf, read: Callable[[ProfileSession, Shelf], Page[Any]]
) -> None:
    # pitfall 23
    theirs = stock(database, "Rival")

    with shelf.reading() as session:
        page = read(session, theirs)

    with theirs.reading() as session:
        their_ids = {line.id for line in read(session, theirs).items}
    assert not {line.id for line in page.items} & their_ids
    assert page.total == len(page.items)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(search=st.text(max_size=30))
def test_any_search_is_answered(shelf: Shelf, search: str) -> None:
    with shelf.reading() as session:
        assert list_projects(session, search=search).total in (0, 1)
