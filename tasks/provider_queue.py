"""One profile's queue at one provider: no more calls at once than the account's plan allows.

Calls of all runs and processes of this machine stand in one line, so that they wait for each other
instead of being refused. Where the provider is busy all the same, because the key is used elsewhere too,
the caller keeps its place and asks again after growing pauses. Waiting costs none of a task's attempts;
how long it may last, and how many are served at once, is in `tasks.policies`.
"""

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path

from models.errors import NoFreeSlot, ProviderBusy
from models.secrets import PROVIDER_TITLES, KeyedProvider
from tasks.policies import (
    CALLS_AT_ONCE,
    LONGEST_QUEUE_S,
    NOTEWORTHY_QUEUE_S,
    QUEUE_POLL_S,
    busy_pause_s,
    pause,
)
from tasks.run_context import RunContext
from tasks.waiting_line import Place, take_place

_PLAN = "calls-at-once"


class Turn:
    """One caller's turn in a profile's queue, for one thing that it buys.

    Args:
        folder: Where the queue is kept.
        title: The provider, as people call it.
        own_limit: Most calls at once by the profile's settings; None leaves it to the plan.
    """

    def __init__(self, folder: Path, *, title: str, own_limit: int | None = None) -> None:
        self._folder = folder
        self._title = title
        self._own_limit = own_limit
        self._place: Place | None = None
        self._busy_answers = 0
        self.waited_s = 0.0
        """Seconds spent waiting so far."""

    @property
    def slots(self) -> int:
        """How many calls may be under way at once: the plan's number when it is known, else a safe one."""
        with contextlib.suppress(OSError, ValueError):
            plan = int((self._folder / _PLAN).read_text())
            return min(plan, self._own_limit or plan)
        return self._own_limit or CALLS_AT_ONCE

    def wait(self) -> None:
        """Returns when the call may go out.

        Raises:
            NoFreeSlot: it took too long.
        """
        self._place = self._place or take_place(self._folder)
        while self._place.ahead() >= self.slots:
            self._pause(QUEUE_POLL_S, because=None)

    def again(self, busy: ProviderBusy) -> None:
        """Waits after an answer that said "busy"; the place is kept meanwhile.

        Raises:
            NoFreeSlot: it took too long.
        """
        self._busy_answers += 1
        wanted_s = busy_pause_s(self._busy_answers, asked_s=busy.retry_after_s, chance=random.random())  # noqa: S311 - jitter
        self._pause(wanted_s, because=busy)

    def learn(self, calls_at_once: int | None) -> None:
        """Remembers, for all who come, how many calls at once the provider says that the plan allows."""
        if calls_at_once is None or calls_at_once < 1:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / _PLAN).write_text(str(calls_at_once))

    def leave(self) -> None:
        """Lets the next one in."""
        if self._place:
            self._place.leave()
            self._place = None

    def _pause(self, seconds: float, *, because: ProviderBusy | None) -> None:
        if self.waited_s >= LONGEST_QUEUE_S:
            raise NoFreeSlot(
                f"{self._title} had no free slot for {self.waited_s:.0f} s: too many calls at once on this "
                "key. Try again when other work is done, or take a plan that allows more."
            ) from because
        seconds = min(seconds, LONGEST_QUEUE_S - self.waited_s)
        pause(seconds)
        self.waited_s += seconds


@contextlib.contextmanager
def queue_at(run: RunContext, provider: KeyedProvider, *, own_limit: int | None = None) -> Iterator[Turn]:
    """A turn in the profile's queue at a provider: no place is taken before it is waited for.

    The place is given up at the end, and a wait that a person would notice is told on the run.

    Args:
        run: Whose call it is.
        provider: Who is called.
        own_limit: As in `Turn`.
    """
    title = PROVIDER_TITLES[provider]
    folder = run.settings.home_dir / "locks" / "queues" / f"{run.profile_id}-{provider}"
    turn = Turn(folder, title=title, own_limit=own_limit)
    try:
        yield turn
    finally:
        turn.leave()
        if turn.waited_s >= NOTEWORTHY_QUEUE_S:
            run.tell(
                "provider_queue",
                f"Waited {turn.waited_s:.0f} s for a free {title} slot.",
                provider=provider,
                waited_s=round(turn.waited_s, 1),
            )
