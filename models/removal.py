"""Deleting projects, clips and footage: what would go, then the rows, then the files they named.

Each file is noted in the transaction that deletes its row and deleted afterwards. A crash in between
leaves files that are still noted, never a row without its file.
"""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlmodel import col, delete, func, select

from models.clip import EXPORT_SUFFIXES, Clip, Export
from models.errors import BadInput
from models.footage import Footage, Segment
from models.live_runs import live_run_on_clip, live_run_on_project, refuse_while_live
from models.project import Project, ProjectFootage
from models.removed_file import RemovedFile
from models.session import Database, ProfileSession
from models.storage import Removed, Storage

_Item = TypeVar("_Item")

#: Names of projects in a refusal; the rest is counted.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class RemovalPreview:
    """What deleting something would take along, shown before it is done."""

    name: str
    """What would be deleted, as the user knows it."""
    clips: int
    """Clips in it; 1 for a clip itself."""
    exports: int
    """Finals of these clips."""
    segments: int
    """Segments of the footage; 0 for a project or clip, whose footage stays."""
    files: int
    """Files of all these in the library."""
    bytes: int
    """Their sizes added up."""


# ------------------------------------------------------------------ what would go


def project_removal(session: ProfileSession, storage: Storage, project_id: UUID) -> RemovalPreview:
    """What deleting a project would remove; its footage stays in the library.

    Raises:
        NotFound: the profile has no such project.
    """
    project = session.require(Project, project_id)
    return _clips_preview(session, storage, project.name, _clips_of(session, project_id))


def clip_removal(session: ProfileSession, storage: Storage, clip_id: UUID) -> RemovalPreview:
    """What deleting a clip would remove.

    Raises:
        NotFound: the profile has no such clip.
    """
    clip = session.require(Clip, clip_id)
    return _clips_preview(session, storage, clip.name, [clip])


def footage_removal(session: ProfileSession, storage: Storage, footage_id: UUID) -> RemovalPreview:
    """What deleting a footage would remove.

    Raises:
        NotFound: the profile has no such footage.
        BadInput: a project uses it, so it can't be deleted.
    """
    footage = session.require(Footage, footage_id)
    _refuse_used(session, footage)
    segments = session.exec(
        select(func.count()).select_from(Segment).where(Segment.footage_id == footage_id)
    ).one()
    files = _on_disk(storage, _footage_keys(footage))
    return RemovalPreview(footage.name, 0, 0, segments, files.files, files.bytes)


# ------------------------------------------------------------------ the rows


def remove_project(session: ProfileSession, project_id: UUID) -> None:
    """Deletes a project with its clips and exports, and notes their files.

    Raises:
        NotFound: the profile has no such project.
        BadInput: a run is at work on it.
    """
    project = session.require(Project, project_id)
    refuse_while_live(live_run_on_project(session, project_id), project.name, then="delete it")
    _note(session, _clip_keys(session, _clips_of(session, project_id)))
    session.delete(project)


def remove_clip(session: ProfileSession, clip_id: UUID) -> None:
    """Deletes a clip with its exports, and notes their files.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: a run is at work on it.
    """
    clip = session.require(Clip, clip_id)
    refuse_while_live(live_run_on_clip(session, clip), clip.name, then="delete it")
    _note(session, _clip_keys(session, [clip]))
    session.delete(clip)


def remove_footage(session: ProfileSession, footage_id: UUID) -> None:
    """Deletes a footage with its segments, and notes its files.

    Raises:
        NotFound: the profile has no such footage.
        BadInput: projects use it; the message names them.
    """
    footage = session.require(Footage, footage_id)
    _refuse_used(session, footage)
    _note(session, _footage_keys(footage))
    session.delete(footage)


# ------------------------------------------------------------------ the files


def sweep_removed_files(database: Database, storage: Storage) -> Removed:
    """Deletes the files that are noted as removed; asked again, or by two at once, it does no harm."""
    with database.profile_session(storage.profile_id, read_only=True) as session:
        keys = list(session.exec(select(RemovedFile.storage_key)).all())
    removed = _on_disk(storage, keys)
    for key in keys:
        storage.remove(key)
    if keys:
        with database.profile_session(storage.profile_id) as session:
            for part in _in_parts(keys):
                session.exec(delete(RemovedFile).where(col(RemovedFile.storage_key).in_(part)))
    return removed


def delete_project(database: Database, storage: Storage, project_id: UUID) -> int:
    """Deletes a project with its clips, exports and their files; returns how many files went.

    Raises:
        NotFound: the profile has no such project.
        BadInput: a run is at work on it.
    """
    with database.profile_session(storage.profile_id) as session:
        remove_project(session, project_id)
    return sweep_removed_files(database, storage).files


def delete_clip(database: Database, storage: Storage, clip_id: UUID) -> int:
    """Deletes a clip with its exports and their files; returns how many files went.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: a run is at work on it.
    """
    with database.profile_session(storage.profile_id) as session:
        remove_clip(session, clip_id)
    return sweep_removed_files(database, storage).files


# ------------------------------------------------------------------ which files


def _clips_of(session: ProfileSession, project_id: UUID) -> Sequence[Clip]:
    return session.exec(select(Clip).where(Clip.project_id == project_id)).all()


def _clips_preview(
    session: ProfileSession, storage: Storage, name: str, clips: Sequence[Clip]
) -> RemovalPreview:
    files = _on_disk(storage, _clip_keys(session, clips))
    return RemovalPreview(name, len(clips), len(_exports(session, clips)), 0, files.files, files.bytes)


def _clip_keys(session: ProfileSession, clips: Sequence[Clip]) -> list[str]:
    keys = [key for clip in clips for key in (clip.draft_key, clip.poster_key) if key]
    for key in _exports(session, clips):
        keys += [key.removesuffix(EXPORT_SUFFIXES[0]) + suffix for suffix in EXPORT_SUFFIXES]
    return keys


def _exports(session: ProfileSession, clips: Sequence[Clip]) -> list[str]:
    """Keys of the finals' videos."""
    return [
        key
        for part in _in_parts([clip.id for clip in clips])
        for key in session.exec(select(Export.storage_key).where(col(Export.clip_id).in_(part))).all()
    ]


def _footage_keys(footage: Footage) -> list[str]:
    return [key for key in (footage.storage_key, footage.poster_key, footage.filmstrip_key) if key]


def _refuse_used(session: ProfileSession, footage: Footage) -> None:
    names = session.exec(
        select(Project.name)
        .join(ProjectFootage, col(ProjectFootage.project_id) == col(Project.id))
        .where(ProjectFootage.footage_id == footage.id)
        .order_by(col(Project.name))
    ).all()
    if not names:
        return
    named = ", ".join(repr(name) for name in names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    raise BadInput(f"{footage.name!r} is used by {named}{more}; take it out of there first, then delete it.")


def _on_disk(storage: Storage, keys: Iterable[str]) -> Removed:
    sizes = []
    for key in keys:
        with contextlib.suppress(FileNotFoundError):
            sizes.append(storage.path(key).stat().st_size)
    return Removed(len(sizes), sum(sizes))


def _note(session: ProfileSession, keys: Iterable[str]) -> None:
    session.add_all(RemovedFile(profile_id=session.profile_id, storage_key=key) for key in keys)


def _in_parts(items: Sequence[_Item], size: int = 500) -> Iterable[Sequence[_Item]]:
    """SQLite takes a limited number of values in one statement."""
    return (items[first : first + size] for first in range(0, len(items), size))
