"""What is seen first: money, what runs, what needs a person, what is ready."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import delete

from models.clip import Clip, Export
from models.clip_edits import pick_clip, remove_cut
from models.dashboard import dashboard, dismiss_run
from models.errors import NotFound
from models.ledger import BudgetMonth
from models.run import Run, RunState
from models.session import Database
from tests.models.shelf import Shelf, add_export, stock

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def failed(**given: Any) -> Run:
    values = {"kind": "make_reels", "state": RunState.FAILED, "parameters": {"project": "Spring"}}
    return Run(**(values | {"created_at": AT - timedelta(hours=5)} | given))


def needs_you(shelf: Shelf) -> list[UUID]:
    with shelf.reading() as session:
        return [run.id for run in dashboard(session, at=AT).failed]


def test_the_month_with_its_budget_and_forecast(shelf: Shelf) -> None:
    with shelf.writing() as session:
        month = BudgetMonth(
            month="2026-11", limit_micro_usd=40_000_000, spent_micro_usd=12_000_000, reserved_micro_usd=500
        )
        session.add(month)

    with shelf.reading() as session:
        seen = dashboard(session, at=AT)

    assert (seen.month, seen.budget.limit_micro_usd, seen.budget.reserved_micro_usd) == (
        "2026-11",
        40_000_000,
        500,
    )
    assert (seen.forecast.expected_micro_usd, seen.forecast.days_begun) == (18_000_000, 20)


def test_an_empty_profile_needs_nothing(database: Database, shelf: Shelf) -> None:
    with shelf.writing() as session:
        session.delete(session.require(Run, shelf.run_id))
        pick_clip(session, shelf.clip_id)
        remove_cut(session, shelf.clip_id, 0)  # its only final is older than its edit now

    with shelf.reading() as session:
        seen = dashboard(session, at=AT)

    assert (seen.live, seen.failed, seen.picks, seen.ready) == ((), (), (), ())


def test_live_runs_are_those_that_wait_or_work(shelf: Shelf) -> None:
    with shelf.writing() as session:
        session.add_all(Run(kind="make_reels", state=state) for state in RunState)

    with shelf.reading() as session:
        assert {run.state for run in dashboard(session, at=AT).live} == {RunState.PENDING, RunState.RUNNING}


@pytest.mark.parametrize("state", RunState)
def test_a_failure_is_settled_once_the_same_was_asked_for_again(shelf: Shelf, state: RunState) -> None:
    first, again = failed(), failed(state=state, created_at=AT - timedelta(hours=1))
    with shelf.writing() as session:
        session.add(first)
    assert needs_you(shelf) == [first.id]

    with shelf.writing() as session:
        session.add(again)

    left = {RunState.CANCELLED: [first.id], RunState.FAILED: [again.id]}
    assert needs_you(shelf) == left.get(state, [])


@pytest.mark.parametrize(
    "other",
    [
        {"parameters": {"project": "Other"}},
        {"kind": "render_clip"},
        {"created_at": AT - timedelta(hours=9)},
    ],
)
def test_something_else_or_earlier_settles_nothing(shelf: Shelf, other: dict[str, Any]) -> None:
    run = failed()
    with shelf.writing() as session:
        session.add(run)
        session.add(failed(**({"state": RunState.COMPLETED} | other)))

    assert needs_you(shelf) == [run.id]


def test_a_failure_is_settled_by_its_resumption_and_by_a_person(shelf: Shelf) -> None:
    resumed, seen, old = (
        failed(),
        failed(parameters={"project": "Autumn"}),
        failed(created_at=AT - timedelta(days=31)),
    )
    with shelf.writing() as session:
        session.add_all([resumed, seen, old])
    assert set(needs_you(shelf)) == {resumed.id, seen.id}

    with shelf.writing() as session:
        session.add(Run(kind="make_reels", resumes_run_id=resumed.id, parameters={"changed": 1}))
        dismiss_run(session, seen.id)

    assert needs_you(shelf) == []


def test_a_run_that_goes_on_can_t_be_dismissed(shelf: Shelf) -> None:
    with shelf.writing() as session:
        run = Run(kind="make_reels", state=RunState.RUNNING)
        session.add(run)
        assert dismiss_run(session, run.id).dismissed_at is None
        with pytest.raises(NotFound):
            dismiss_run(session, UUID(int=1))


def test_clips_wait_for_a_pick_until_one_is_picked_or_exported(database: Database) -> None:
    shelf = stock(database)
    with shelf.writing() as session:
        session.exec(delete(Export))

    with shelf.reading() as session:
        (wait,) = dashboard(session, at=AT).picks
    assert (wait.name, wait.clips, wait.since.tzinfo) == ("Summer sale", 1, UTC)

    with shelf.writing() as session:
        pick_clip(session, shelf.clip_id)
    with shelf.reading() as session:
        assert dashboard(session, at=AT).picks == ()

    with shelf.writing() as session:
        pick_clip(session, shelf.clip_id, is_picked=False)
        add_export(session, shelf, shelf.edit())
    with shelf.reading() as session:
        assert dashboard(session, at=AT).picks == ()


def test_a_clip_that_was_planned_but_never_cut_waits_for_nobody(shelf: Shelf) -> None:
    # given a project whose last run failed before it cut what it had planned
    with shelf.writing() as session:
        session.exec(delete(Export))
        made = session.require(Clip, shelf.clip_id)
        planned = {"project_id": made.project_id, "run_id": made.run_id, "edit": made.edit, "seed": 1}
        session.add(Clip(variant=2, name="Variant 2", duration_s=made.duration_s, **planned))

    # then only the clip that can be looked at waits, and nobody when there is none
    with shelf.reading() as session:
        assert [wait.clips for wait in dashboard(session, at=AT).picks] == [1]
    with shelf.writing() as session:
        session.require(Clip, shelf.clip_id).draft_key = None
    with shelf.reading() as session:
        assert dashboard(session, at=AT).picks == ()


def test_what_is_ready_shows_the_clip_as_it_is_now(shelf: Shelf) -> None:
    with shelf.writing() as session:
        changed = remove_cut(session, shelf.clip_id, 0)
        newest = add_export(session, shelf, changed, preset="square")

    with shelf.reading() as session:
        (ready,) = dashboard(session, at=AT).ready

    assert (ready.final.id, ready.final.preset, ready.clip.id) == (newest, "square", shelf.clip_id)


def test_nothing_of_another_profile_is_seen(database: Database, shelf: Shelf) -> None:
    # pitfall 23
    theirs = stock(database, "Rival")
    with theirs.writing() as session:
        session.add(failed())
        session.add(Run(kind="make_reels", state=RunState.RUNNING))

    with shelf.reading() as session:
        seen = dashboard(session, at=AT)

    assert (seen.live, seen.failed) == ((), ())
    assert {ready.clip.id for ready in seen.ready} == {shelf.clip_id}
