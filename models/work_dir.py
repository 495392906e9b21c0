"""Work dirs: one folder per run, owned by that run for as long as its process lives.

The lock in the folder is the owner's sign of life: the operating system lets go of it when the process
ends, however it ends. So a folder without a held lock belongs to nobody, and is the only kind that is
ever cleaned away.
"""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from filelock import FileLock, Timeout

from models.errors import WorkDirBusy
from models.settings import Settings

_LOCK = ".lock"
_GATE = ".gate"
_LEAVING = ".removing-"
_GATE_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class WorkDir:
    """A run's own folder."""

    path: Path
    """Where the run writes; absolute."""
    profile_id: UUID
    """Whose run."""
    run_id: UUID
    """Which run."""


@contextlib.contextmanager
def open_work_dir(
    settings: Settings, profile_id: UUID, run_id: UUID, *, keep: bool = False
) -> Iterator[WorkDir]:
    """Makes `work/{profile_id}/{run_id}/` and owns it until the block ends.

    A run that is tried again finds what its crashed attempt left.

    Args:
        settings: Whose `work_dir` it is under.
        profile_id: Whose run.
        run_id: Which run.
        keep: Leave the folder at the end, for looking into; it is cleaned like a crashed run's.

    Raises:
        WorkDirBusy: a live process has this run's folder.
    """
    home = settings.work_dir / str(profile_id)
    path = home / str(run_id)
    with _gate(home):
        path.mkdir(exist_ok=True)
        lock = _try_lock(path)
    if lock is None:
        raise WorkDirBusy(f"Run {run_id} is at work already: its work dir {path} is held.")
    try:
        yield WorkDir(path=path, profile_id=profile_id, run_id=run_id)
    finally:
        try:
            if not keep:
                with _gate(home):
                    leaving = _move_out(path)
                # A cleaner that passes by removes the same folder.
                with contextlib.suppress(FileNotFoundError):
                    shutil.rmtree(leaving)
        finally:
            lock.release()


def clean_work_dirs(settings: Settings, profile_id: UUID) -> list[UUID]:
    """Removes one profile's work dirs that no live process holds.

    Returns:
        The runs whose folders were removed, in the order of their ids.
    """
    home = settings.work_dir / str(profile_id)
    if not home.is_dir():
        return []
    removed: list[UUID] = []
    with _gate(home):
        for path in sorted(home.iterdir()):
            run_id = _run_id(path)
            if run_id is None or (lock := _try_lock(path)) is None:
                continue
            _move_out(path)
            lock.release()
            removed.append(run_id)
    for leaving in home.glob(f"{_LEAVING}*"):  # also what a cleaner that was killed left half removed
        shutil.rmtree(leaving, ignore_errors=True)
    return removed


def look_at_work_dirs(settings: Settings, profile_id: UUID) -> dict[UUID, bool]:
    """The work dirs of a profile on this machine: which run's, and whether a live process holds it."""
    home = settings.work_dir / str(profile_id)
    if not home.is_dir():
        return {}
    found: dict[UUID, bool] = {}
    with _gate(home):
        for path in sorted(home.iterdir()):
            run_id = _run_id(path)
            if run_id is not None:
                lock = _try_lock(path)
                found[run_id] = lock is None
                if lock:
                    lock.release()
    return found


def remove_profile_work(settings: Settings, profile_id: UUID) -> list[UUID]:
    """Like `clean_work_dirs`, and takes the profile's own folder along when nothing live is left in it."""
    removed = clean_work_dirs(settings, profile_id)
    home = settings.work_dir / str(profile_id)
    if home.is_dir() and all(path.name == _GATE for path in home.iterdir()):
        shutil.rmtree(home)
    return removed


def _run_id(path: Path) -> UUID | None:
    try:
        return UUID(path.name) if path.is_dir() else None
    except ValueError:
        return None


@contextlib.contextmanager
def _gate(home: Path) -> Iterator[None]:
    """Held for the moment in which a work dir is taken or given up, so that the two can't meet halfway."""
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / _GATE, timeout=_GATE_TIMEOUT_S, thread_local=False):
        yield


def _try_lock(path: Path) -> FileLock | None:
    lock = FileLock(path / _LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock


def _move_out(path: Path) -> Path:
    """Renames a folder whose lock we hold, so that its place is free at once; removing may take a while."""
    leaving = path.with_name(f"{_LEAVING}{uuid4()}")
    path.rename(leaving)
    return leaving
