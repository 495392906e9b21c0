"""A line of callers, of whom so many at once are served, in the order they came, across processes.

A place in the line is a numbered file that its owner holds locked. The first places of live owners are
served and all others wait. A killed process loses its locks to the kernel, so its place is dead from that
moment and is cleared away by whoever looks next: nobody ever waits for the dead.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

_GATE = ".gate"
_GATE_TIMEOUT_S = 30.0
_ENDING = ".place"


class Place:
    """A place in a line; held until it is left or its process ends."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        self._path = path
        self._lock = lock

    @property
    def number(self) -> int:
        """Its number; whoever came earlier has a smaller one."""
        return _number(self._path)

    def ahead(self) -> int:
        """How many live places are before this one; 0 is the head of the line."""
        with _gate(self._path.parent):
            return sum(_is_live(path) for path in _places(self._path.parent) if _number(path) < self.number)

    def leave(self) -> None:
        """Gives the place up; asked again, it does nothing."""
        if not self._lock.is_locked:
            return
        with _gate(self._path.parent):
            self._path.unlink(missing_ok=True)
            self._lock.release()


def take_place(folder: Path) -> Place:
    """The last place of the line that is kept in a folder, which is made when missing."""
    folder.mkdir(parents=True, exist_ok=True)
    with _gate(folder):
        last = max(map(_number, _places(folder)), default=0)
        path = folder / f"{last + 1}{_ENDING}"
        lock = FileLock(path, timeout=0, thread_local=False)
        lock.acquire()
        return Place(path, lock)


def _places(folder: Path) -> list[Path]:
    return list(folder.glob(f"*{_ENDING}"))


def _number(path: Path) -> int:
    return int(path.name.removesuffix(_ENDING))


def _is_live(path: Path) -> bool:
    """Whether its owner lives; what a dead one left is removed. Asked inside the gate only."""
    lock = FileLock(path, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return True
    path.unlink(missing_ok=True)
    lock.release()
    return False


@contextlib.contextmanager
def _gate(folder: Path) -> Iterator[None]:
    """Held for the moment in which places are taken, counted or given up."""
    with FileLock(folder / _GATE, timeout=_GATE_TIMEOUT_S, thread_local=False):
        yield
