"""Stops a run that no worker watches over: one that a command runs in its own process.

Prefect hands a wish to cancel to the worker that started a run. A run without one looks for the wish itself,
in its work dir, which is there for as long as the run lives.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from models.settings import Settings
from models.work_dir import look_at_work_dirs

_WISH = ".stop"
_LOOK_EVERY_S = 1.0


def ask_to_stop(settings: Settings, profile_id: UUID, run_id: UUID) -> bool:
    """Asks a run that is alive on this machine to stop; False when there is none."""
    if not look_at_work_dirs(settings, profile_id).get(run_id):
        return False
    try:
        (settings.work_dir / str(profile_id) / str(run_id) / _WISH).touch()
    except FileNotFoundError:  # it has ended this moment
        return False
    return True


@contextlib.contextmanager
def stopping_when_asked(work_dir: Path) -> Iterator[None]:
    """While the block runs, a wish to stop ends it like SIGTERM from outside."""
    wish = work_dir / _WISH
    wish.unlink(missing_ok=True)  # meant for an attempt that has died
    done = threading.Event()

    def look() -> None:
        while not done.wait(_LOOK_EVERY_S):
            if wish.exists():
                os.kill(os.getpid(), signal.SIGTERM)
                return

    thread = threading.Thread(target=look, name="stop request", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
