"""Runs at work: which are listed, what they hold on to, and how long their kind usually takes."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from models.clip import Clip
from models.errors import BadInput
from models.live_runs import (
    live_run_on_clip,
    live_run_on_project,
    live_runs,
    refuse_while_live,
    usual_duration_s,
)
from models.run import Run, RunState
from models.tenant import now_utc
from tests.models.shelf import Shelf

NOW = now_utc()


def add_run(shelf: Shelf, *, minutes_ago: float = 0.0, **given: Any) -> UUID:
    values = {"kind": "make_reels", "created_at": NOW - timedelta(minutes=minutes_ago)} | given
    with shelf.writing() as session:
        run = Run(**values)
        session.add(run)
        return run.id


def test_the_newest_come_first_of_all_projects_or_of_one(shelf: Shelf) -> None:
    old = add_run(shelf, minutes_ago=9, state=RunState.RUNNING)
    here = add_run(shelf, minutes_ago=5, state=RunState.PENDING, project_id=shelf.project_id)
    for state in (RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED):
        add_run(shelf, state=state, project_id=shelf.project_id)

    with shelf.reading() as session:
        assert [run.id for run in live_runs(session)] == [here, old]
        assert [run.id for run in live_runs(session, project_id=shelf.project_id)] == [here]
        assert [run.id for run in live_runs(session, most=1)] == [here]


def test_a_project_and_a_clip_are_held_by_who_works_on_them_or_was_asked_to(shelf: Shelf) -> None:
    def held_by() -> tuple[UUID | None, UUID | None]:
        with shelf.reading() as session:
            clip = session.require(Clip, shelf.clip_id)
            runs = live_run_on_project(session, shelf.project_id), live_run_on_clip(session, clip)
            return tuple(run.id if run else None for run in runs)  # type: ignore[return-value]  # two of them

    add_run(shelf, parameters={"clip_ids": [str(shelf.run_id)]}, state=RunState.RUNNING)
    assert held_by() == (None, None)

    newer = add_run(shelf, minutes_ago=1, state=RunState.RUNNING, project_id=shelf.project_id)
    on_clip = add_run(shelf, minutes_ago=2, parameters={"clip_ids": [str(shelf.clip_id)]})
    assert held_by() == (newer, on_clip)

    older = add_run(shelf, minutes_ago=3, parameters={"project_id": str(shelf.project_id)})
    assert held_by() == (older, on_clip)  # the oldest: the others wait for it too


def test_what_is_held_is_refused_with_what_goes_on(shelf: Shelf) -> None:
    refuse_while_live(None, "Summer sale", then="delete it")

    run = Run(kind="make_reels", title="make 3 reels", progress=0.3)
    with pytest.raises(BadInput, match=r"at work on 'Summer sale' \(make 3 reels, 30%\).*then delete it"):
        refuse_while_live(run, "Summer sale", then="delete it")


def test_a_kind_usually_takes_the_median_of_its_last_runs(shelf: Shelf) -> None:
    def ended(lasted_s: float, *, minutes_ago: float, **given: Any) -> None:
        end = NOW - timedelta(minutes=minutes_ago)
        start = end - timedelta(seconds=lasted_s)
        values = {"kind": "render_clip", "state": RunState.COMPLETED} | given
        add_run(shelf, started_at=start, finished_at=end, **values)

    for number, lasted_s in enumerate((40.0, 20.0, 30.0)):
        ended(lasted_s, minutes_ago=number)
    ended(900.0, minutes_ago=0, state=RunState.FAILED)
    ended(900.0, minutes_ago=99)

    with shelf.reading() as session:
        assert usual_duration_s(session, "render_clip", last=3) == 30.0
        assert usual_duration_s(session, "voice_over") is None
