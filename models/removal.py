"""Deleting projects and clips: the rows first, in one transaction, then the files they named.

A crash in between leaves files that no row names, never a row without its file.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import col, func, select

from models.clip import EXPORT_SUFFIXES, Clip, Export
from models.errors import BadInput
from models.project import Project
from models.run import FINAL_STATES, Run
from models.session import Database, ProfileSession
from models.storage import Storage


def delete_project(database: Database, storage: Storage, project_id: UUID) -> int:
    """Deletes a project with its clips and exports; returns how many files went.

    Raises:
        NotFound: the profile has no such project.
        BadInput: a run is at work on it.
    """
    with database.profile_session(storage.profile_id) as session:
        project = session.require(Project, project_id)
        live = session.exec(
            select(func.count())
            .select_from(Run)
            .where(Run.project_id == project_id, col(Run.state).not_in(FINAL_STATES))
        ).one()
        if live:
            raise BadInput(f"A run is at work on {project.name!r}; wait for it or stop it, then delete.")
        clips = session.exec(select(Clip).where(Clip.project_id == project_id)).all()
        keys = _keys(session, storage, clips)
        session.delete(project)
    return sum(storage.remove(key) for key in keys)


def delete_clip(database: Database, storage: Storage, clip_id: UUID) -> int:
    """Deletes a clip with its exports; returns how many files went.

    Raises:
        NotFound: the profile has no such clip.
    """
    with database.profile_session(storage.profile_id) as session:
        clip = session.require(Clip, clip_id)
        keys = _keys(session, storage, [clip])
        session.delete(clip)
    return sum(storage.remove(key) for key in keys)


def _keys(session: ProfileSession, storage: Storage, clips: Iterable[Clip]) -> list[str]:
    keys = [key for clip in clips for key in (clip.draft_key, clip.poster_key) if key]
    exports = session.exec(
        select(Export.id).where(col(Export.clip_id).in_([clip.id for clip in clips]))
    ).all()
    return keys + [
        storage.key_for("exports", export_id, suffix) for export_id in exports for suffix in EXPORT_SUFFIXES
    ]
