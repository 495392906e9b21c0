"""A run told stage by stage, and how long it may still take."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import NotFound
from models.ledger import CostEntry
from models.run import EventLevel, Run, RunEvent, RunState
from models.run_story import estimate_left_s, run_story, tell_stages
from models.session import Database
from tests.models.shelf import Shelf, stock

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLAN = ["import footage", "find segments", "score segments", "cut drafts"]


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def run_of(
    *entered: tuple[str, float], state: RunState = RunState.RUNNING, end_s: float | None = None
) -> Run:
    return Run(
        profile_id=uuid4(),
        kind="make_reels",
        state=state,
        started_at=START,
        finished_at=None if end_s is None else at(end_s),
        planned_stages=PLAN,
        entered_stages=[{"stage": stage, "at": at(seconds).isoformat()} for stage, seconds in entered],
    )


def event(stage: str, code: str, level: EventLevel = EventLevel.INFO, **numbers: Any) -> RunEvent:
    return RunEvent(
        profile_id=uuid4(), run_id=uuid4(), level=level, stage=stage, code=code, message=code, numbers=numbers
    )


def outcomes(run: Run, *events: RunEvent, costs: list[tuple[datetime, int]] | None = None) -> dict[str, str]:
    return {stage.name: stage.outcome for stage in tell_stages(run, events, costs or [], at=at(60))}


def test_a_run_under_way_has_stages_behind_and_before_it() -> None:
    run = run_of((PLAN[0], 0), (PLAN[2], 10))

    stages = tell_stages(run, [], [], at=at(25))

    assert [(stage.name, stage.outcome, stage.duration_s) for stage in stages] == [
        (PLAN[0], "done", 10.0),
        (PLAN[2], "running", 15.0),
        (PLAN[1], "skipped", None),
        (PLAN[3], "waiting", None),
    ]


@pytest.mark.parametrize(
    ("state", "last"),
    [(RunState.COMPLETED, "done"), (RunState.FAILED, "failed"), (RunState.CANCELLED, "stopped")],
)
def test_the_last_stage_ends_as_the_run_does(state: RunState, last: str) -> None:
    run = run_of((PLAN[0], 0), (PLAN[1], 10), state=state, end_s=30)

    assert outcomes(run) == {PLAN[0]: "done", PLAN[1]: last, PLAN[2]: "skipped", PLAN[3]: "skipped"}


def test_what_was_paid_for_and_what_was_there_already() -> None:
    run = run_of(
        (PLAN[0], 0), (PLAN[1], 10), (PLAN[2], 20), (PLAN[3], 30), state=RunState.COMPLETED, end_s=40
    )
    told = [
        event(PLAN[0], "footage_known"),
        event(PLAN[0], "footage_damaged", EventLevel.WARNING),
        event(PLAN[1], "analysis_done", reused=4, cost_micro_usd=0),
        event(PLAN[0], "duration_from_voice"),
        event(PLAN[2], "voice_reused"),
        event(PLAN[3], "voice_reused"),
        event(PLAN[3], "voice_made", cost_micro_usd=4),
    ]

    assert outcomes(run, *told, costs=[(at(21), 30), (at(22), -10)]) == {
        PLAN[0]: "reused",
        PLAN[1]: "reused",
        PLAN[2]: "paid",
        PLAN[3]: "done",
    }


def test_every_cent_is_on_one_stage_also_what_was_booked_after_the_end() -> None:
    run = run_of((PLAN[0], 0), (PLAN[1], 10), (PLAN[0], 20), state=RunState.FAILED, end_s=30)

    stages = tell_stages(run, [], [(at(5), 1), (at(10), 20), (at(25), 300), (at(900), 4000)], at=at(1000))

    assert [(stage.name, stage.cost_micro_usd, stage.duration_s) for stage in stages[:2]] == [
        (PLAN[0], 4301, 20.0),
        (PLAN[1], 20, 10.0),
    ]


def test_a_run_that_failed_before_its_first_stage_still_says_why() -> None:
    run = run_of(state=RunState.FAILED, end_s=1)

    stages = tell_stages(run, [event("", "failed", EventLevel.ERROR)], [], at=at(5))

    assert (stages[0].name, stages[0].outcome, len(stages[0].events)) == ("", "failed", 1)


@pytest.mark.parametrize(
    ("progress", "elapsed_s", "earlier_s", "left_s"),
    [
        (0.0, 0.0, [], None),
        (0.01, 50.0, [], None),  # too early for its own pace
        (0.0, 0.0, [100.0, 60.0, 900.0], 100.0),
        (0.5, 30.0, [], 30.0),
        (0.5, 30.0, [100.0], 40.0),
        (1.0, 30.0, [100.0], 0.0),
    ],
)
def test_the_time_left(
    progress: float, elapsed_s: float, earlier_s: list[float], left_s: float | None
) -> None:
    assert estimate_left_s(progress, elapsed_s, earlier_s) == (
        None if left_s is None else pytest.approx(left_s)
    )


@given(
    progress=st.floats(0, 1), elapsed_s=st.floats(0, 1e6), earlier_s=st.lists(st.floats(0, 1e6), max_size=5)
)
def test_the_time_left_is_never_negative(progress: float, elapsed_s: float, earlier_s: list[float]) -> None:
    assert (estimate_left_s(progress, elapsed_s, earlier_s) or 0.0) >= 0.0


def test_the_story_of_a_stored_run(shelf: Shelf) -> None:
    run = run_of((PLAN[0], 0), state=RunState.FAILED, end_s=30)
    run.profile_id = shelf.profile_id
    with shelf.writing() as session:
        session.add(run)
        session.flush()
        session.add(
            CostEntry(
                idempotency_key="k",
                month="2026-11",
                run_id=run.id,
                provider="gemini",
                model="m",
                operation="analysis",
                amount_micro_usd=7,
                created_at=at(3),
            )
        )
        session.add(
            RunEvent(run_id=run.id, level=EventLevel.WARNING, stage=PLAN[0], code="damaged", message="Hm.")
        )

    with shelf.reading() as session:
        story = run_story(session, run.id, at=at(60))
    assert (story.cost_micro_usd, story.left_s, story.can_resume) == (7, None, True)
    assert (story.stages[0].cost_micro_usd, [told.message for told in story.stages[0].events]) == (7, ["Hm."])

    with shelf.writing() as session:
        again = Run(kind="make_reels", resumes_run_id=run.id)
        session.add(again)
    with shelf.reading() as session:
        story = run_story(session, run.id, at=at(60))
    assert (story.resumed_by, story.can_resume) == (again.id, False)


def test_earlier_runs_of_the_kind_say_how_long_it_takes(shelf: Shelf) -> None:
    live = run_of((PLAN[0], 0))
    live.profile_id = shelf.profile_id
    with shelf.writing() as session:
        session.add(live)
        for kind, seconds in (("make_reels", 100), ("render_clip", 9000)):
            done = Run(
                kind=kind, state=RunState.COMPLETED, started_at=at(-9999), finished_at=at(-9999 + seconds)
            )
            session.add(done)

    with shelf.reading() as session:
        assert run_story(session, live.id, at=at(1)).left_s == 100.0


def test_another_profile_s_run_is_not_found(database: Database, shelf: Shelf) -> None:
    # pitfall 24
    theirs = stock(database, "Rival")
    with shelf.reading() as session:
        for run_id in (theirs.run_id, UUID(int=1)):
            with pytest.raises(NotFound):
                run_story(session, run_id)
