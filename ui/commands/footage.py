"""`reelflow footage`: the source videos in a profile's library."""

import contextlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from sqlmodel import col, func, select

from models.errors import BadInput, NotFound
from models.footage import Footage, Segment
from models.profiles import find_profile
from models.project import Project, ProjectFootage
from models.project_changes import create_project, project_name
from models.removal import footage_removal, remove_footage, sweep_removed_files
from models.session import ProfileSession
from models.storage import Storage
from ui.commands.context import (
    JsonOption,
    ProfileOption,
    Workplace,
    YesOption,
    find_project,
    installation,
    open_workplace,
    workplace,
)
from ui.commands.making import default_profile, print_warnings, run_document
from ui.commands.profiles import confirm
from ui.following import follow
from ui.output import print_json, print_table, print_text
from ui.prefect_start import prefect_ready

app = typer.Typer(help="Source videos in a profile's library.", no_args_is_help=True)

FootageArgument = Annotated[
    str, typer.Argument(metavar="FOOTAGE", help="Id, or name when only one footage has it.")
]


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Video files.")],
    project: Annotated[
        str | None, typer.Option(help="Add them to this project, id or name; made when missing.")
    ] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take video files into the library and find their segments."""
    run_id = uuid4()
    with installation() as (settings, database):
        owner = default_profile(database) if profile is None else find_profile(database, profile)
        place = open_workplace(database, owner)
        project_id = None if project is None else _find_or_create(place, project)
        with prefect_ready(settings), follow(database, owner.id, run_id):
            from flows.import_footage import import_footage

            imported = import_footage(
                profile_id=owner.id,
                files=[path.absolute() for path in files],
                project_id=project_id,
                run_id=run_id,
            )
        with place.reading() as session:
            rows = [session.require(Footage, file.footage_id) for file in imported.imported]
            documents = footage_documents(session, place.storage, rows)
        document: dict[str, Any] = {
            **run_document(place, run_id, project_id=None if project_id is None else str(project_id)),
            "imported": [
                {"path": file.file, "is_known": file.is_known, **row}
                for file, row in zip(imported.imported, documents, strict=True)
            ],
            "refused": [refusal.model_dump() for refusal in imported.refused],
        }
    if as_json:
        print_json(document)
        return
    print_warnings(document)
    for row in document["imported"]:
        known = "  in the library already" if row["is_known"] else ""
        print_text(f"{row['name']}  {row['segments']} segments  {row['footage_id']}{known}")


@app.command("list")
def list_(
    project: Annotated[str | None, typer.Option(help="Only this project's; id or name.")] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """List footage, newest first."""
    with workplace(profile) as place, place.reading() as session:
        query = select(Footage).order_by(col(Footage.created_at).desc(), col(Footage.id))
        if project is not None:
            query = query.join(ProjectFootage, col(ProjectFootage.footage_id) == col(Footage.id)).where(
                ProjectFootage.project_id == find_project(session, project).id
            )
        documents = footage_documents(session, place.storage, session.exec(query).all())
    if as_json:
        print_json({"footage": documents})
        return
    print_table(
        ["file", "length", "size", "fps", "segments", "projects", "id"],
        [
            (
                d["name"],
                f"{d['duration_s']:.2f} s",
                f"{d['width']}x{d['height']}",
                f"{d['fps']:.4g}",
                d["segments"],
                ", ".join(d["projects"]),
                d["footage_id"],
            )
            for d in documents
        ],
        empty=f"No footage of {place.profile.name} yet. Add some: reelflow footage add FILES...",
    )


@app.command()
def show(footage: FootageArgument, profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """Show a footage and its segments."""
    with workplace(profile) as place, place.reading() as session:
        row = find_footage(session, footage)
        (document,) = footage_documents(session, place.storage, [row])
        segments = session.exec(
            select(Segment).where(Segment.footage_id == row.id).order_by(col(Segment.start_s))
        ).all()
        document["segments"] = [_segment_document(segment) for segment in segments]
    if as_json:
        print_json(document)
        return
    print_text(
        f"{document['name']} · {document['duration_s']:.2f} s · {document['width']}x{document['height']} · "
        f"{document['fps']:.4g} fps · {', '.join(document['projects']) or 'in no project'}"
    )
    print_table(
        ["from", "to", "score", "why", "kept", "id"],
        [
            (
                f"{s['start_s']:.2f}",
                f"{s['end_s']:.2f}",
                s["score"],
                s["reason"],
                "skipped" if s["is_skipped"] else "favourite" if s["is_favorite"] else "",
                s["segment_id"],
            )
            for s in document["segments"]
        ],
        empty="No segments yet; making clips finds them.",
    )


@app.command()
def delete(
    footage: FootageArgument,
    profile: ProfileOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Delete footage that no project uses."""
    with workplace(profile) as place:
        with place.reading() as session:
            row = find_footage(session, footage)
            going = footage_removal(session, place.storage, row.id)
        confirm(f"Delete {row.name} with its {going.segments} segments?", yes=yes)
        with place.writing() as session:
            remove_footage(session, row.id)
        removed = sweep_removed_files(place.database, place.storage)
    if as_json:
        print_json({"deleted": str(row.id), "segments": going.segments, "files": removed.files})
        return
    print_text(f"Deleted {row.name}: {going.segments} segments, {removed.files} files.")


def footage_documents(
    session: ProfileSession, storage: Storage, rows: Sequence[Footage]
) -> list[dict[str, Any]]:
    """Footage as JSON documents, with the number of segments and the projects of each."""
    counts = dict(
        session.exec(select(Segment.footage_id, func.count()).group_by(col(Segment.footage_id))).all()
    )
    projects: dict[UUID, list[str]] = defaultdict(list)
    for footage_id, name in session.exec(
        select(ProjectFootage.footage_id, Project.name)
        .join(Project, col(Project.id) == col(ProjectFootage.project_id))
        .order_by(col(Project.name))
    ).all():
        projects[footage_id].append(name)
    return [
        {
            "footage_id": str(row.id),
            "name": row.name,
            "duration_s": round(row.duration_s, 6),
            "width": row.width,
            "height": row.height,
            "fps": row.fps,
            "has_audio": row.has_audio,
            "bytes": row.bytes,
            "sha256": row.sha256,
            "poster": str(storage.path(row.poster_key)) if row.poster_key else None,
            "filmstrip": str(storage.path(row.filmstrip_key)) if row.filmstrip_key else None,
            "projects": projects[row.id],
            "segments": counts.get(row.id, 0),
            "created_at": row.created_at.isoformat(),
        }
        for row in rows
    ]


def find_footage(session: ProfileSession, reference: str) -> Footage:
    """A footage by its id, or by its name when that tells it from all others.

    Raises:
        NotFound: the profile has neither.
        BadInput: several have the name.
    """
    with contextlib.suppress(ValueError):
        return session.require(Footage, UUID(reference))
    found = session.exec(select(Footage).where(Footage.name == reference)).all()
    if not found:
        raise NotFound("footage", reference)
    if len(found) > 1:
        ids = ", ".join(str(row.id) for row in found)
        raise BadInput(f"{len(found)} footages are called {reference!r}; name one by its id: {ids}.")
    return found[0]


def _find_or_create(place: Workplace, reference: str) -> UUID:
    with place.writing() as session:
        try:
            return find_project(session, reference).id
        except NotFound:
            if _is_id(reference):
                raise
            name = project_name(reference)
            known = session.exec(select(Project.id).where(Project.name == name)).first()
            return known or create_project(session, name).id


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _segment_document(segment: Segment) -> dict[str, Any]:
    return {
        "segment_id": str(segment.id),
        "start_s": round(segment.start_s, 6),
        "end_s": round(segment.end_s, 6),
        "score": segment.score,
        "reason": segment.reason,
        "description": segment.description,
        "tags": segment.tags,
        "is_favorite": segment.is_favorite,
        "is_skipped": segment.is_skipped,
    }
