"""Keeps a wish to stop that Python would swallow.

A signal's exception is raised wherever the main thread happens to be. Inside a callback of SQLite, a
finalizer or a weak reference's callback Python can't hand it on: it is reported to `sys.unraisablehook`, and
what is seen, if anything, is another error, such as SQLite's "not authorized". So that hook is listened to.
"""

import contextlib
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterator

from prefect.exceptions import TerminationSignal

#: By then whatever swallowed the wish has returned, and an error that it left has arrived.
_AGAIN_AFTER_S = 0.2


class SwallowedStop:
    """The wish to stop that was swallowed last, if any."""

    def __init__(self) -> None:
        self.error: KeyboardInterrupt | TerminationSignal | None = None
        self._again: threading.Timer | None = None

    def take(self, error: KeyboardInterrupt | TerminationSignal) -> None:
        """Remembers it, and says it again for a run that goes on as if nothing had been said."""
        self.drop()
        self.error = error
        number = signal.SIGINT if isinstance(error, KeyboardInterrupt) else signal.SIGTERM
        self._again = threading.Timer(_AGAIN_AFTER_S, os.kill, (os.getpid(), number))
        self._again.daemon = True
        self._again.start()

    def drop(self) -> None:
        """It is not said again."""
        if self._again is not None:
            self._again.cancel()
            self._again.join()


@contextlib.contextmanager
def swallowed_stop() -> Iterator[SwallowedStop]:
    """While the block runs, no KeyboardInterrupt and no TerminationSignal is lost."""
    swallowed = SwallowedStop()
    before = sys.unraisablehook

    def hook(unraisable: "sys.UnraisableHookArgs") -> None:
        if isinstance(unraisable.exc_value, KeyboardInterrupt | TerminationSignal):
            swallowed.take(unraisable.exc_value)
        else:
            before(unraisable)

    sys.unraisablehook = hook
    sqlite3.enable_callback_tracebacks(True)  # else its callbacks don't tell the hook
    try:
        yield swallowed
    finally:
        swallowed.drop()
        sqlite3.enable_callback_tracebacks(False)
        sys.unraisablehook = before
