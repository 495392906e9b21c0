"""A time limit for a whole call to a service.

The HTTP libraries' own time-outs hold for each read, so a service that sends a byte now and then could
keep a run for ever; and a thread that waits on a socket can't be interrupted. So the call runs in a
thread of its own and the caller waits in short steps: a limit that passes, or a run that is cancelled,
leaves at once. The abandoned thread ends with its socket's time-out.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from models.errors import ProviderUnavailable

ResultT = TypeVar("ResultT")

_STEP_S = 0.05


class Deadline:
    """A moment until which something has to be done.

    Args:
        timeout_s: Seconds from now.
        waiting_for: Who is waited for, as "Gemini".
    """

    def __init__(self, timeout_s: float, *, waiting_for: str) -> None:
        self._timeout_s = timeout_s
        self._ends = time.monotonic() + timeout_s
        self._waiting_for = waiting_for

    def remaining_s(self) -> float:
        """Seconds left.

        Raises:
            ProviderUnavailable: none are.
        """
        left_s = self._ends - time.monotonic()
        if left_s <= 0:
            raise ProviderUnavailable(f"{self._waiting_for} did not answer within {self._timeout_s:.0f} s.")
        return left_s

    def call(self, function: Callable[[float], ResultT]) -> ResultT:
        """Calls `function(seconds left)` and returns its result, or raises what it raises.

        Raises:
            ProviderUnavailable: the deadline passed.
        """
        call = _Call(function, self.remaining_s())
        call.start()
        while not call.is_done.wait(_STEP_S):
            self.remaining_s()
        return call.outcome()


class _Call(threading.Thread, Generic[ResultT]):
    def __init__(self, function: Callable[[float], ResultT], timeout_s: float) -> None:
        super().__init__(daemon=True, name="provider call")
        self.is_done = threading.Event()
        self._function = function
        self._timeout_s = timeout_s
        self._results: list[ResultT] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._results.append(self._function(self._timeout_s))
        except BaseException as error:
            self._error = error
        finally:
            self.is_done.set()

    def outcome(self) -> ResultT:
        if self._error is not None:
            try:
                raise self._error
            finally:
                self._error = None  # the traceback refers to this object: a cycle
        return self._results[0]
