"""`reelflow project`: campaigns and products of a profile."""

from typing import Annotated

import typer
from sqlmodel import col, func, select

from models.clip import Clip
from models.errors import BadInput
from models.project import Project, ProjectFootage
from models.project_changes import change_project
from models.removal import delete_project, project_removal
from models.session import ProfileSession
from ui.commands.context import (
    JsonOption,
    ProfileOption,
    YesOption,
    find_project,
    workplace,
)
from ui.commands.profiles import confirm
from ui.documents import clip_document, project_document
from ui.output import print_json, print_table, print_text

app = typer.Typer(help="Campaigns and products of a profile.", no_args_is_help=True)

ProjectArgument = Annotated[str, typer.Argument(metavar="PROJECT", help="Id or name.")]


@app.command("list")
def list_(profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """List the profile's projects, newest first."""
    with workplace(profile) as place, place.reading() as session:
        projects = session.exec(select(Project).order_by(col(Project.created_at).desc())).all()
        documents = [project_document(project, **_counts(session, project)) for project in projects]
    if as_json:
        print_json({"projects": documents})
        return
    print_table(
        ["project", "state", "clips", "footage", "target", "id"],
        [
            (
                d["name"],
                d["state"],
                d["clips"],
                d["footage"],
                f"{d['target_duration_s']:.4g} s",
                d["project_id"],
            )
            for d in documents
        ],
        empty=f"No projects for {place.profile.name} yet. Make reels: reelflow make FOOTAGE...",
    )


@app.command()
def show(project: ProjectArgument, profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """Show a project and its clips."""
    with workplace(profile) as place, place.reading() as session:
        row = find_project(session, project)
        clips = session.exec(select(Clip).where(Clip.project_id == row.id).order_by(col(Clip.variant))).all()
        document = project_document(row, **_counts(session, row))
        document["clips"] = [clip_document(session, place.storage, clip) for clip in clips]
    if as_json:
        print_json(document)
        return
    print_text(f"{document['name']} · {document['state']} · target {document['target_duration_s']:.4g} s")
    print_table(
        ["variant", "length", "segments", "exports", "id"],
        [
            (
                clip["variant"],
                f"{clip['duration_s']:.2f} s",
                len(clip["segments"]),
                ", ".join(export["preset"] for export in clip["exports"]),
                clip["clip_id"],
            )
            for clip in document["clips"]
        ],
        empty="No clips yet.",
    )


@app.command()
def update(
    project: ProjectArgument,
    name: Annotated[str | None, typer.Option(help="New name.")] = None,
    description: Annotated[str | None, typer.Option(help="For people.")] = None,
    context: Annotated[str | None, typer.Option(help="What the analysis should know.")] = None,
    duration: Annotated[float | None, typer.Option(help="Target length of a clip in seconds.")] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change a project's name, description, context or target duration."""
    if name is None and description is None and context is None and duration is None:
        raise BadInput("Nothing to change: give --name, --description, --context or --duration.")
    with workplace(profile) as place:
        with place.writing() as session:
            row = change_project(
                session,
                find_project(session, project).id,
                name=name,
                description=description,
                context=context,
                target_duration_s=duration,
            )
        with place.reading() as session:
            document = project_document(row, **_counts(session, row))
    if as_json:
        print_json(document)
        return
    print_text(f"Changed {document['name']}.")


@app.command()
def delete(
    project: ProjectArgument,
    profile: ProfileOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Delete a project with its clips and exports; footage stays in the library."""
    with workplace(profile) as place:
        with place.reading() as session:
            row = find_project(session, project)
            going = project_removal(session, place.storage, row.id)
        what = f"{going.clips} clips and {going.files} files ({going.bytes / 1e6:.1f} MB)"
        confirm(f"Delete {row.name} with {what}?", yes=yes)
        removed = delete_project(place.database, place.storage, row.id)
    if as_json:
        print_json({"deleted": str(row.id), "clips": going.clips, "files": removed})
        return
    print_text(f"Deleted {row.name}: {going.clips} clips, {removed} files.")


def _counts(session: ProfileSession, project: Project) -> dict[str, int]:
    clips = session.exec(select(func.count()).select_from(Clip).where(Clip.project_id == project.id)).one()
    footage = session.exec(
        select(func.count()).select_from(ProjectFootage).where(ProjectFootage.project_id == project.id)
    ).one()
    return {"clips": clips, "footage": footage}
