"""Every retry, back-off and cache key of the project.

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
        time.sleep(min(asked_s, MAX_RETRY_AFTER_S))
