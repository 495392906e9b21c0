"""Where this home's `reelflow up` stands: one at a time holds a lock, and says its addresses to the next."""

import contextlib
import fcntl
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from models.settings import Settings

_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a running `reelflow up` is reached."""

    panel: str | None
    """The control panel, for a browser; None without one."""
    prefect: str
    """Prefect's pages, for a browser."""


class Standing:
    """The place of the one `reelflow up` of a home. Made by `take_place` only."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def announce(self, addresses: Addresses) -> None:
        """Says that everything is up."""
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(addresses)))
        partial.replace(self._path)

    def withdraw(self) -> None:
        """Says that it is no more."""
        self._path.unlink(missing_ok=True)


@contextlib.contextmanager
def take_place(settings: Settings) -> Iterator[Standing | None]:
    """Yields the home's one place, or None when another process has it.

    The operating system frees it when its holder ends, however it ends.
    """
    with (settings.home_dir / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        standing = Standing(settings.home_dir / "up.json")
        standing.withdraw()  # what a killed one has left
        try:
            yield standing
        finally:
            standing.withdraw()


def others_addresses(settings: Settings, *, timeout_s: float) -> Addresses | None:
    """The addresses of the one that has the place, waited for while it starts; None when it says none."""
    deadline = time.monotonic() + timeout_s
    while True:
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError):
            return Addresses(**json.loads((settings.home_dir / "up.json").read_text()))
        if time.monotonic() > deadline:
            return None
        time.sleep(_POLL_S)
