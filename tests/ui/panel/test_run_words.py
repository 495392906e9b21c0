"""What is said of runs, and when things happen by themselves."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4, uuid5
from zoneinfo import ZoneInfo

import pytest

from models.run import Run, RunState
from models.run_story import RunStory, StageStory
from ui.components.run_words import asked_lines, is_from_inbox, kept_words, took_s
from ui.components.timetable import cron_words, next_words

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def story(*stages: StageStory, cost_micro_usd: int = 0) -> RunStory:
    return RunStory(Run(kind="make_reels", state=RunState.FAILED), stages, cost_micro_usd, None, None)


def test_what_is_kept_is_named_with_what_it_cost() -> None:
    done = StageStory("find segments", "done", NOW, 1.0, 0, ())
    paid = StageStory("score segments", "paid", NOW, 1.0, 40_000, ())
    failed = StageStory("cut drafts", "failed", NOW, 1.0, 0, ())
    assert kept_words(story(done, paid, failed, cost_micro_usd=40_000)) == (
        "Kept: find segments, score segments; $0.04 are paid and not paid again"
    )
    assert kept_words(story(done)) == "Kept: find segments"
    assert kept_words(story(failed)).startswith("Nothing was lost")


def test_an_inbox_run_is_told_by_its_id() -> None:
    assert is_from_inbox(uuid5(uuid4(), "inbox:abc:1"))
    assert not is_from_inbox(uuid4())


def test_a_run_takes_until_its_end_or_now() -> None:
    began, ended = NOW - timedelta(seconds=90), NOW - timedelta(seconds=30)
    assert took_s(RunState.COMPLETED, began, ended, NOW) == 60
    assert took_s(RunState.RUNNING, began, None, NOW) == 90
    assert took_s(RunState.PENDING, None, None, NOW) == 0


def test_what_was_asked_for_leaves_out_ids_paths_and_blanks() -> None:
    asked = {
        "project_id": "x", "variants": 3, "duration_s": 6.0, "script": None, "presets": ["reels", "feed"],
        "files": ["/srv/films/tea.mp4", "C:\\films\\cup.mov"], "segment_ids": [],
    }  # fmt: skip
    assert asked_lines(asked) == [
        ("Variants", "3"), ("Seconds each", "6"), ("Formats", "reels, feed"), ("Files", "tea.mp4, cup.mov"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("* * * * *", "every minute"),
        ("*/5 * * * *", "every 5 minutes"),
        ("30 3 * * *", "every day at 03:30"),
        ("0 6 1 * *", "on the 1st of each month at 06:00"),
        ("0 6 4 * *", "on the 4th of each month at 06:00"),
        ("0 6 * * 1", "0 6 * * 1"),
        ("0 */2 * * *", "0 */2 * * *"),
    ],
)
def test_a_timetable_in_words(cron: str, said: str) -> None:
    assert cron_words(cron) == said


def test_the_next_time_is_the_store_s_own() -> None:
    assert next_words(NOW, ZoneInfo("Europe/Bucharest")) == "20 Nov 14:00"
