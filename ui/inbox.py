"""What waits in a profile's inbox folder, as the footage page lists it before it is imported by hand.

Apart from the pages, which know nothing of tasks. With the inbox's schedule on, the same files become
reels by themselves; whoever takes a file first has it.
"""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from models.settings import Settings
from tasks.inbox_folder import InboxItem, find_items, is_complete


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """One film, or one folder of films."""

    name: str
    """As it lies in the inbox."""
    films: tuple[Path, ...]
    """What would be imported."""
    bytes: int
    """Their sizes added up."""
    is_complete: bool
    """Whether nobody is still writing to it."""


def inbox_entries(settings: Settings, slug: str) -> list[InboxEntry]:
    """What lies in the inbox of a profile, by name; nothing when it has no folder yet.

    Raises:
        BadInput: the folder can't be read.
    """
    folder = settings.inbox_dir(slug)
    if not folder.is_dir():
        return []
    now_s = time.time()
    return [_entry(item, now_s) for item in find_items(folder)]


def _entry(item: InboxItem, now_s: float) -> InboxEntry:
    size = 0
    for film in item.films:
        with contextlib.suppress(FileNotFoundError):  # taken meanwhile
            size += film.stat().st_size
    return InboxEntry(item.path.name, item.films, size, is_complete(item, now_s))
