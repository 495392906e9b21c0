"""A profile's inbox as a folder: what lies in it, what of it is complete, and where it goes afterwards.

    inbox/acme/tea.mp4, tea.txt     one film and its script, dropped by a person
    inbox/acme/Summer sale/         several films of one project, with one script at most
    inbox/acme/making/{run id}/     taken by the watcher, for that run
    inbox/acme/done/, refused/      finished with; a refused one has a text beside it that says why

Everything moves by renames inside the one folder. Of a film with a script the film comes last, so that a
folder in `making/` without a film is one whose taking was interrupted.
"""

import errno
import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from models.errors import BadInput
from models.limits import check_script
from models.storage import file_sha256

MAKING = "making"
DONE = "done"
REFUSED = "refused"

#: A file that nobody has touched for this long is complete, if nobody has it open for writing either.
QUIET_S = 10.0

_RESERVED = {MAKING, DONE, REFUSED}
_MAX_NAME = 200

#: How programs call what they have not finished writing.
_UNFINISHED = re.compile(
    r"\.(part|partial|crdownload|download|opdownload|filepart|tmp|temp|swp|aria2|!ut|!qb|unfinished)$",
    re.IGNORECASE,
)
#: What systems and editors leave in folders by themselves.
_HIDDEN = re.compile(r"^[.~]|~$|^(thumbs\.db|desktop\.ini)$", re.IGNORECASE)
_SCRIPT = ".txt"

#: A film's or text's; not the end of a folder called "Sale v1.2".
_ENDING = re.compile(r"\.[a-z][a-z0-9]{0,7}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class InboxItem:
    """What becomes one project's reels: a film with its script, or a folder of films."""

    path: Path
    """The film or the folder."""
    films: tuple[Path, ...]
    """In the order of their names; at least one."""
    script: Path | None
    """The text that is spoken."""

    @property
    def project(self) -> str:
        """The name of the project, from the file's or folder's."""
        name = self.path.name if self.path.is_dir() else self.path.stem
        shown = "".join(character if character.isprintable() else " " for character in name)
        return " ".join(shown.split())[:_MAX_NAME] or "Reels"


def find_items(folder: Path) -> list[InboxItem]:
    """What people have dropped into an inbox or, of one run, what was taken; by name.

    A text without a film of its name is left alone: its film may still come. So is an empty folder.

    Raises:
        BadInput: the folder can't be read.
    """
    try:
        entries = [entry for entry in _visible(folder) if entry.name not in _RESERVED]
    except OSError as error:
        raise BadInput(f"The inbox {folder} can't be read: {error.strerror}.") from error
    items = []
    for entry in entries:
        if entry.is_dir():
            inside = list(_visible(entry))
            films = tuple(path for path in inside if path.suffix.lower() != _SCRIPT)
            scripts = [path for path in inside if path.suffix.lower() == _SCRIPT]
            if films:
                items.append(InboxItem(entry, films, scripts[0] if scripts else None))
        elif entry.suffix.lower() != _SCRIPT:
            scripts = [path for path in entries if path.stem == entry.stem and path.suffix.lower() == _SCRIPT]
            items.append(InboxItem(entry, (entry,), scripts[0] if scripts else None))
    return items


def is_complete(item: InboxItem, now_s: float, *, quiet_s: float = QUIET_S) -> bool:
    """Whether nobody is at work on any file of an item any more.

    Args:
        item: Of the inbox.
        now_s: The present, as files' times are counted.
        quiet_s: How long a file must have been left alone.
    """
    watched = list(item.path.rglob("*")) if item.path.is_dir() else []
    watched += [item.path, *([item.script] if item.script else [])]
    for path in watched:
        try:
            seen = path.stat()
        except OSError:  # renamed or gone while we look
            return False
        # The later of both: copying programs set the time of the original when they are done, or before.
        if now_s - max(seen.st_mtime, seen.st_ctime) < quiet_s or _is_being_written(path):
            return False
        if _UNFINISHED.search(path.name):
            return False
    return True


def check_item(item: InboxItem) -> None:
    """Looks for what no run could make reels of, before one is started.

    Raises:
        BadInput: what it is and what to do.
    """
    if item.path.is_dir():
        inside = list(_visible(item.path))
        folders = [path for path in inside if path.is_dir()]
        if folders:
            raise BadInput(f"{folders[0].name} is a folder inside a folder; put its films beside the others.")
        if sum(path.suffix.lower() == _SCRIPT for path in inside) > 1:
            raise BadInput(f"{item.path.name} holds several texts; leave the one that is to be spoken.")
    for path in (item.path, *item.films):
        if path.is_symlink():
            raise BadInput(f"{path.name} is a link; put the file itself into the inbox.")
    read_script(item)


def read_script(item: InboxItem) -> str | None:
    """The text to speak; None without one.

    Raises:
        BadInput: it is no UTF-8 text, too long, or has nothing to say.
    """
    if item.script is None:
        return None
    try:
        return check_script(item.script.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadInput(f"{item.script.name} is not UTF-8 text; save it as UTF-8.") from error


def content_key(item: InboxItem) -> str:
    """A hash of all that decides what is made: the films' bytes, the script, the project."""
    parts = [item.project, *(file_sha256(film) for film in item.films)]
    parts.append(file_sha256(item.script) if item.script else "")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def take(item: InboxItem, inbox: Path, run_id: UUID) -> None:
    """Moves an item to where the run with this id finds it; interrupted, it is undone by `taken_items`."""
    place = inbox / MAKING / str(run_id)
    place.mkdir(parents=True, exist_ok=True)
    if item.script and not item.path.is_dir():
        item.script.rename(place / item.script.name)
    item.path.rename(place / item.path.name)


def taken_items(inbox: Path) -> dict[UUID, InboxItem]:
    """What was taken, by run; what was taken only in part is put back."""
    taken: dict[UUID, InboxItem] = {}
    making = inbox / MAKING
    for place in sorted(making.iterdir()) if making.is_dir() else []:
        try:
            run_id = UUID(place.name)
        except ValueError:
            continue
        items = find_items(place)
        if items:
            taken[run_id] = items[0]
            continue
        for left in place.iterdir():
            left.rename(_free(inbox, left.name))
        place.rmdir()
    return taken


def put_away(item: InboxItem, inbox: Path, run_id: UUID | None = None, *, refused: str | None = None) -> Path:
    """Moves an item that is finished with to `done/` or `refused/`; returns where it is now.

    Args:
        item: Taken, or still in the inbox.
        inbox: The profile's.
        run_id: The run that it was taken for.
        refused: Why nothing was made of it; None when something was.
    """
    goal = inbox / (DONE if refused is None else REFUSED)
    goal.mkdir(parents=True, exist_ok=True)
    target = _free(goal, item.path.name)
    if refused is not None:  # first: an interruption leaves a text too many, never a silence
        note = target.with_name(f"{target.name} - why.txt")
        note.write_text(f"{refused}\n\nMove it back into the inbox to try again.\n", encoding="utf-8")
    if item.script and not item.path.is_dir():
        item.script.rename(_free(goal, f"{target.stem}{item.script.suffix}"))
    item.path.rename(target)
    if run_id is not None:
        (inbox / MAKING / str(run_id)).rmdir()
    return target


def _visible(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if not (_HIDDEN.search(path.name) or _UNFINISHED.search(path.name)):
            yield path


def _free(folder: Path, name: str) -> Path:
    """A path in a folder that nothing has: "tea.mp4", else "tea (2).mp4"."""
    target, number = folder / name, 1
    ending = _ENDING.search(name)
    stem, suffix = (name[: ending.start()], ending.group()) if ending else (name, "")
    while target.exists() or target.is_symlink():
        number += 1
        target = folder / f"{stem} ({number}){suffix}"
    return target


def _is_being_written(path: Path) -> bool:
    """Whether some process of this machine has a file open for writing; False where that can't be told.

    A copy over a slow network may stand still for longer than any pause. Linux refuses a read lease on a
    file that somebody writes (fcntl(2), F_SETLEASE).
    """
    if not hasattr(fcntl, "F_SETLEASE") or not path.is_file():
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(descriptor)
    return False
