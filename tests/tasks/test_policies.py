"""What is tried again, and what is not."""

from types import SimpleNamespace
from typing import Any

import pytest
from prefect.states import Failed

from models.errors import (
    BadInput,
    BudgetRefused,
    MediaToolFailed,
    NoFreeSlot,
    NotFound,
    PaymentUnderWay,
    ProviderBusy,
    ProviderRefused,
    ProviderUnavailable,
    QualityCheckFailed,
    ReelflowError,
    RunStopped,
)
from tasks import policies
from tasks.policies import (
    MAX_RETRY_AFTER_S,
    busy_pause_s,
    can_succeed_later,
    pause,
    wait_as_asked,
    will_try_again,
)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (ProviderUnavailable("no answer"), True),
        (ProviderBusy("later"), True),
        (NoFreeSlot("too late"), False),
        (PaymentUnderWay("another run pays"), True),
        (MediaToolFailed("rendering", 1, ""), True),
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (ProviderRefused("blocked"), False),
        (
            BudgetRefused(
                "spent", spent_micro_usd=1, reserved_micro_usd=0, limit_micro_usd=1, needed_micro_usd=1
            ),
            False,
        ),
        (BadInput("no"), False),
        (NotFound("clip", "x"), False),
        (QualityCheckFailed("too loud"), False),
        (RunStopped("stopped"), False),
        (ZeroDivisionError(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_what_can_succeed_is_tried_again(error: Exception, again: bool) -> None:
    unused: Any = None

    assert can_succeed_later(unused, unused, Failed(data=error)) is again


class Attempt:
    """A task's attempt, as Prefect's context tells about it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch

    def is_number(self, run_count: int, *, retries: int) -> None:
        context = SimpleNamespace(
            task_run=SimpleNamespace(run_count=run_count), task=SimpleNamespace(retries=retries)
        )
        self._patch.setattr(policies.TaskRunContext, "get", lambda: context)


@pytest.fixture
def attempt(monkeypatch: pytest.MonkeyPatch) -> Attempt:
    return Attempt(monkeypatch)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses that were asked for; none is made."""
    pauses: list[float] = []
    monkeypatch.setattr(policies, "pause", pauses.append)
    return pauses


@pytest.mark.parametrize(
    ("error", "run_count", "again"),
    [
        (ProviderUnavailable("no answer"), 1, True),
        (ProviderUnavailable("no answer"), 4, True),
        (ProviderUnavailable("no answer"), 5, False),
        (ProviderRefused("blocked"), 1, False),
        (NoFreeSlot("too late"), 1, False),
    ],
)
def test_the_last_of_five_attempts_is_the_end(
    attempt: Attempt, error: ReelflowError, run_count: int, again: bool
) -> None:
    attempt.is_number(run_count, retries=policies.PROVIDER["retries"])

    assert will_try_again(error) is again


def test_outside_of_a_task_nothing_is_tried_again(slept: list[float]) -> None:
    error = ProviderUnavailable("no answer", retry_after_s=5)

    wait_as_asked(error)

    assert (will_try_again(error), slept) == (False, [])


@pytest.mark.parametrize(
    ("asked_s", "run_count", "waits"),
    [
        (5.0, 1, [5.0]),
        (3600.0, 1, [MAX_RETRY_AFTER_S]),
        (0.0, 1, []),
        (None, 1, []),
        (5.0, 5, []),
    ],
)
def test_a_pause_is_as_long_as_asked_for_within_reason_and_not_before_the_end(
    attempt: Attempt, slept: list[float], asked_s: float | None, run_count: int, waits: list[float]
) -> None:
    attempt.is_number(run_count, retries=4)

    wait_as_asked(ProviderUnavailable("no answer", retry_after_s=asked_s))

    assert slept == waits


def test_an_error_that_asks_for_nothing_waits_for_nothing(attempt: Attempt, slept: list[float]) -> None:
    attempt.is_number(1, retries=4)

    wait_as_asked(PaymentUnderWay("another run pays"))

    assert slept == []


def test_pauses_in_the_queue_double_up_to_a_limit() -> None:
    longest = [busy_pause_s(answers, asked_s=None, chance=1.0) for answers in range(1, 8)]
    shortest = [busy_pause_s(answers, asked_s=None, chance=0.0) for answers in range(1, 8)]

    assert longest == [1, 2, 4, 8, 16, 20, 20]
    assert shortest == [half / 2 for half in longest]
    assert busy_pause_s(10_000, asked_s=None, chance=1.0) == 20


def test_a_pause_in_the_queue_is_never_shorter_than_asked_for() -> None:
    assert busy_pause_s(1, asked_s=7.0, chance=0.0) == 7
    assert busy_pause_s(1, asked_s=3600.0, chance=0.0) == MAX_RETRY_AFTER_S
    assert busy_pause_s(6, asked_s=7.0, chance=1.0) == 20


def test_a_pause_is_slept_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    now, steps = [0.0], []

    def sleep(seconds: float) -> None:
        steps.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(policies.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(policies.time, "sleep", sleep)

    pause(1.05)

    assert sum(steps) == pytest.approx(1.05)
    assert max(steps) <= 0.1
