"""Files come in one by one: each is taken into the library or refused with its reason.

Beside `tasks.probing`, whose steps it takes, because here a refused file does not stop the others, and
because a file is removed where it came from, which asks for more certainty than copying it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlmodel import select

from models.errors import BadInput, UnusableFootage
from models.footage import Footage
from models.storage import file_sha256
from tasks.probing import import_footage, probe_footage
from tasks.run_context import RunContext


@dataclass(frozen=True)
class TakenFile:
    """A file that is in the library now."""

    path: Path
    footage_id: UUID
    is_known: bool
    """Its bytes were in the library before, or came with another of the files."""
    size: int
    """Bytes when it was taken in."""
    modified_ns: int
    """When it had last been written to then."""


@dataclass(frozen=True)
class RefusedFile:
    """A file that was not taken in."""

    path: Path
    error: BadInput


def take_in(
    run: RunContext, paths: Sequence[Path], on_progress: Callable[[float], None] | None = None
) -> tuple[tuple[TakenFile, ...], tuple[RefusedFile, ...]]:
    """Takes files into the library; those that can't be used are recorded on the run and left alone.

    Args:
        run: The run.
        paths: The files.
        on_progress: Called with the finished share, 0 to 1.

    Raises:
        Fault: the disk is full, or the library can't be written.
    """
    with run.reading() as session:
        known = set(session.exec(select(Footage.id)).all())
    taken: list[TakenFile] = []
    refused: list[RefusedFile] = []
    for done, path in enumerate(paths, start=1):
        try:
            info = probe_footage(run, path)
            before = path.stat()
            footage_id = import_footage(run, path, info)
        except BadInput as error:
            refused.append(RefusedFile(path, error))
            run.warn("footage_refused", str(error), file=path.name)
        except FileNotFoundError:
            gone = UnusableFootage(path.name, "it was removed while it was looked at")
            refused.append(RefusedFile(path, gone))
            run.warn("footage_refused", str(gone), file=path.name)
        else:
            is_known = footage_id in known
            taken.append(TakenFile(path, footage_id, is_known, before.st_size, before.st_mtime_ns))
            known.add(footage_id)
        if on_progress:
            on_progress(done / len(paths))
    return tuple(taken), tuple(refused)


def discard_source(run: RunContext, file: TakenFile) -> bool:
    """Deletes a file where it came from, once the library's copy is read back and found whole.

    A file that has changed since, or whose copy is not whole, stays and is recorded (pitfall 40).

    Returns:
        Whether the file is gone.
    """
    with run.reading() as session:
        footage = session.require(Footage, file.footage_id)
    copy = run.storage.path(footage.storage_key)
    try:
        now = file.path.stat()
        if copy.exists() and copy.samefile(file.path):
            return False  # the library's own file was named
        is_same = (now.st_size, now.st_mtime_ns) == (file.size, file.modified_ns)
        is_whole = copy.is_file() and file_sha256(copy) == footage.sha256
        if is_same and is_whole:
            file.path.unlink()
            _remove_upload_folder(run, file.path.parent)
            return True
        reason = "it has changed since" if not is_same else "its copy in the library is missing or damaged"
    except FileNotFoundError:
        return True  # one of two names for it, or somebody was quicker
    except OSError as error:
        reason = str(error.strerror)
    run.warn("source_kept", f"{file.path.name} was not removed where it came from: {reason}.")
    return False


def _remove_upload_folder(run: RunContext, folder: Path) -> None:
    """Each upload has a folder of its own below the profile's; without its file it is of no use."""
    if folder.parent == run.settings.upload_dir / str(run.profile_id) and not any(folder.iterdir()):
        folder.rmdir()
