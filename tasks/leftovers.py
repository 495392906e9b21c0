"""Files of a profile that nobody needs any more.

What crashes and broken uploads leave on the disk, and archives that were there to be fetched long enough.
"""

import contextlib
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

from sqlmodel import select

from models.brand import logos_in_use
from models.clip import Export
from models.deliveries import KEPT
from models.session import Database, ProfileSession
from models.settings import Settings
from models.storage import Removed
from models.tables import TENANT_TABLES

#: A file comes before its row, so a young one may still get it.
OLD_S = 86_400.0

#: Folders of the library whose files each belong to a row, or are made again when they are wanted again;
#: others are left alone.
_KINDS = ("footage", "stills", "drafts", "posters", "voice", "exports", "previews", "cards", "brand")

#: Archives have no row: the event of the run that packed them names them, and outlives them.
_ARCHIVES = ("deliveries",)

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def remove_orphans(database: Database, profile_id: UUID, *, older_than_s: float = OLD_S) -> Removed:
    """Deletes files of the library whose row is gone or never came.

    Args:
        database: Whose rows; its settings say where the library is.
        profile_id: Whose files.
        older_than_s: Younger files are left alone.
    """
    files = _files(database.settings.storage_dir, profile_id, _KINDS)
    old = [path for path in files if _is_old(path, older_than_s)]
    if not old:
        return Removed(0, 0)
    with database.profile_session(profile_id, read_only=True) as session:
        named = _named_ids(session)
    return _delete(path for path in old if _id_of(path.name) not in named)


def remove_old_uploads(settings: Settings, profile_id: UUID, *, older_than_s: float = OLD_S) -> int:
    """Deletes uploads that no run has imported in a long time; returns how many."""
    folder = settings.upload_dir / str(profile_id)
    old = [path for path in folder.iterdir() if _is_old(path, older_than_s)] if folder.is_dir() else []
    for path in old:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(old)


def remove_old_archives(
    settings: Settings, profile_id: UUID, *, older_than_s: float = KEPT.total_seconds()
) -> Removed:
    """Deletes packed archives that were kept long enough; the finals in them stay."""
    archives = _files(settings.storage_dir, profile_id, _ARCHIVES)
    return _delete(path for path in archives if _is_old(path, older_than_s))


def _files(root: Path, profile_id: UUID, kinds: Sequence[str]) -> Iterator[Path]:
    for kind in kinds:
        folder = root / str(profile_id) / kind
        if folder.is_dir():
            yield from (path for path in folder.iterdir() if _id_of(path.name))


def _delete(paths: Iterable[Path]) -> Removed:
    files = size = 0
    for path in paths:
        with contextlib.suppress(FileNotFoundError):  # somebody else deleted it first
            bytes_ = path.stat().st_size
            path.unlink()
            files, size = files + 1, size + bytes_
    return Removed(files, size)


def _named_ids(session: ProfileSession) -> set[str]:
    """The ids in all storage keys of the profile's rows, of its logos, and of its exports' files."""
    named = {str(export_id) for export_id in session.exec(select(Export.id))}
    named |= {str(used) for used in logos_in_use(session)}
    for model in TENANT_TABLES:
        for column in model.__table__.columns:  # type: ignore[attr-defined]  # set by SQLModel's metaclass
            if column.name.endswith("_key"):
                named |= {_id_of(Path(key).name) for key in session.exec(select(column)) if key}
    return named


def _id_of(name: str) -> str:
    """The id that a file's name begins with; empty without one."""
    found = _ID.match(name)
    return found.group() if found else ""


def _is_old(path: Path, older_than_s: float) -> bool:
    try:
        return time.time() - path.stat().st_mtime > older_than_s
    except FileNotFoundError:
        return False
