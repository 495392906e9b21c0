"""Every retry, back-off, queue and cache key of the project.

Prefect's result cache is off: what a stage has made is found again in our own database by its
fingerprint, which survives a lost Prefect history and can't point at something deleted since.
"""

import time
from typing import Any, TypedDict

from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import TaskRunContext
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from prefect.tasks import exponential_backoff

from models.errors import ReelflowError
from models.settings import load_settings

#: A provider that wants a longer pause is tried again all the same; the run has to end some time.
MAX_RETRY_AFTER_S = 60.0

#: Calls at once on one profile's ElevenLabs key until the service has told its plan's own number (its plans
#: allow 2, 3, 5, 10 or 15): what the smallest plan allows.
CALLS_AT_ONCE = 2

#: Longest wait in a profile's queue for one purchase. Longer than a few neighbours' calls together take;
#: what has to wait longer than that fails, and no further attempt is made.
LONGEST_QUEUE_S = 600.0
QUEUE_POLL_S = 0.25

#: A shorter wait is not worth telling anybody.
NOTEWORTHY_QUEUE_S = 1.0

#: Pauses after answers that said "busy": the first, and the longest.
_BUSY_PAUSES_S = (1.0, 20.0)

#: Sleeps are cut into steps, so that a run that is cancelled leaves soon.
_STEP_S = 0.1


class TaskPolicy(TypedDict):
    """Arguments of `prefect.task`."""

    retries: int
    retry_delay_seconds: Any
    retry_condition_fn: Any
    retry_jitter_factor: float | None
    persist_result: bool
    cache_policy: Any


def can_succeed_later(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    """Whether another attempt makes sense: our own errors say so themselves."""
    error = state.result(raise_on_failure=False)
    if isinstance(error, ReelflowError):
        return error.can_retry
    return isinstance(error, (TimeoutError, ConnectionError, BlockingIOError))


#: Work on this machine: files, frames, rows.
LOCAL = TaskPolicy(
    retries=1,
    retry_delay_seconds=1,
    retry_condition_fn=can_succeed_later,
    retry_jitter_factor=None,
    persist_result=False,
    cache_policy=NO_CACHE,
)

#: Calls that leave the process: voices and analysers.
PROVIDER = TaskPolicy(
    retries=4,
    retry_delay_seconds=exponential_backoff(backoff_factor=2),
    retry_condition_fn=can_succeed_later,
    retry_jitter_factor=0.5,
    persist_result=False,
    cache_policy=NO_CACHE,
)


def task_runner() -> TaskRunner[Any]:
    """Runs a flow's submitted tasks in a few threads: each is a media process with threads of its own."""
    return ThreadPoolTaskRunner(max_workers=load_settings().parallel_renders)


def will_try_again(error: ReelflowError) -> bool:
    """Whether the task that now fails with `error` gets another attempt: nothing takes its place before."""
    attempt = TaskRunContext.get()
    return error.can_retry and attempt is not None and attempt.task_run.run_count <= attempt.task.retries


def wait_as_asked(error: ReelflowError) -> None:
    """Waits as long as a provider asked for, before Prefect's own delay and another attempt."""
    if not will_try_again(error):
        return
    asked_s = getattr(error, "retry_after_s", None)
    if asked_s:
        pause(min(asked_s, MAX_RETRY_AFTER_S))


def busy_pause_s(answers: int, *, asked_s: float | None, chance: float) -> float:
    """How long to wait in the queue after so many answers that said "busy".

    Doubles each time up to a limit, and is between half of that and all of it, so that several who were
    turned away together don't come back together; never shorter than asked for.

    Args:
        answers: How many there were, from 1.
        asked_s: What the provider asked for, of which at most `MAX_RETRY_AFTER_S` are granted.
        chance: 0 to 1, at random.
    """
    first_s, longest_s = _BUSY_PAUSES_S
    whole_s = min(longest_s, first_s * 2.0 ** (min(answers, 30) - 1))
    return max(whole_s * (0.5 + chance / 2), min(asked_s or 0.0, MAX_RETRY_AFTER_S))


def pause(seconds: float) -> None:
    """Sleeps, in steps."""
    ends = time.monotonic() + seconds
    while (left_s := ends - time.monotonic()) > 0:
        time.sleep(min(left_s, _STEP_S))
