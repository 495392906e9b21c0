"""Progress and events of a run, as its row tells them."""

import logging

import pytest
from sqlmodel import select

from models.run import EventLevel, Run, RunEvent
from tasks.run_context import RunContext, StagePlan, part_of


def progress(run: RunContext) -> tuple[str, float]:
    with run.reading() as session:
        row = session.require(Run, run.run_id)
        return row.stage, row.progress


@pytest.mark.parametrize(
    ("stage", "done", "share"),
    [
        ("look", 0.0, 0.0),
        ("look", 1.0, 0.25),
        ("cut", 0.5, 0.625),
        ("cut", 1.0, 1.0),
        ("cut", 7.0, 1.0),
        ("cut", -1.0, 0.25),
    ],
)
def test_a_stage_takes_its_share_of_the_whole(stage: str, done: float, share: float) -> None:  # pitfall 6
    assert StagePlan({"look": 1.0, "cut": 3.0}).share(stage, done) == pytest.approx(share)


def test_an_unknown_stage_is_an_error() -> None:
    with pytest.raises(KeyError):
        StagePlan({"look": 1.0}).share("cut", 0.0)


def test_parts_of_a_stage_add_up() -> None:
    seen: list[float] = []

    for number in range(4):
        part_of(seen.append, number, 4)(1.0)

    assert seen == [0.25, 0.5, 0.75, 1.0]


def test_progress_never_goes_back(run: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.run_context._PROGRESS_EVERY_S", 0.0)
    run.enter("cut")
    run.progress("cut")(0.5)
    assert progress(run) == ("cut", 0.625)

    run.enter("look")
    run.progress("look")(1.0)

    assert progress(run) == ("look", 0.625)


def test_progress_is_written_at_most_twice_a_second(run: RunContext) -> None:
    run.enter("look")
    for step in range(100):
        run.progress("look")(step / 100)

    assert progress(run)[1] == 0.0


def test_the_same_is_told_once(run: RunContext) -> None:
    for clip_id in ("a", "a", "b"):
        run.warn("captions", "Clip 1: the font has no such letter.", clip_id=clip_id)

    with run.reading() as session:
        assert len(session.exec(select(RunEvent)).all()) == 2


def test_events_and_log_lines_name_the_profile(run: RunContext, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="reelflow"):
        run.warn("too_short", "There is less footage than asked for.", wanted_s=30.0)
        run.tell("reused", "The voice-over is there already.")

    with run.reading() as session:
        events = session.exec(select(RunEvent).order_by(RunEvent.created_at)).all()
    assert [(event.level, event.code) for event in events] == [
        (EventLevel.WARNING, "too_short"),
        (EventLevel.INFO, "reused"),
    ]
    assert events[0].numbers == {"wanted_s": 30.0}
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert all(record.getMessage().startswith(f"[Profile {run.profile_id}] ") for record in caplog.records)


def test_a_run_tells_its_stages_and_what_happened_in_each(run: RunContext) -> None:
    run.tell("early", "Before anything.")
    run.enter("look")
    run.tell("found", "Found it.")
    run.enter("cut")

    with run.reading() as session:
        row = session.require(Run, run.run_id)
        events = session.exec(select(RunEvent.code, RunEvent.stage).order_by(RunEvent.created_at)).all()
    assert row.planned_stages == ["look", "cut"]
    assert [entered["stage"] for entered in row.entered_stages] == ["look", "cut"]
    assert list(events) == [("early", ""), ("found", "look")]
