"""`reelflow clip`: the variants of a project and their finished files."""

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from sqlmodel import col, select

from models.clip import Clip
from models.edit import CaptionsFrom
from models.limits import check_captions
from models.money import parse_usd
from models.project import Project
from models.removal import delete_clip
from ui.commands.context import JsonOption, ProfileOption, YesOption, find_project, id_of, workplace
from ui.commands.making import (
    MaxCostOption,
    OutOption,
    PresetOption,
    ScriptFileOption,
    ScriptOption,
    checked_presets,
    finished_clip,
    print_export,
    print_finished,
    print_warnings,
    read_script,
    run_document,
)
from ui.commands.profiles import confirm
from ui.delivery import deliver_archive, delivery_folder
from ui.documents import clip_document
from ui.following import follow
from ui.output import print_json, print_table, print_text
from ui.prefect_start import prefect_ready

app = typer.Typer(help="Variants of a project and their finished files.", no_args_is_help=True)

ClipCaptionsOption = Annotated[
    CaptionsFrom | None,
    typer.Option(
        "--captions",
        help="For a clip without a script. speech: what is said in the footage, heard by ElevenLabs; "
        "none: no captions. They stay as they are when left out.",
    ),
]
ClipBrandOption = Annotated[
    bool | None,
    typer.Option(
        "--brand/--no-brand",
        help="Logo and end card of the brand kit of now, or neither. They stay as they are when left out.",
    ),
]
ClipArgument = Annotated[str, typer.Argument(metavar="CLIP", help="Id of the clip.")]


@app.command("list")
def list_(
    project: Annotated[str | None, typer.Option(help="Only this project's; id or name.")] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """List clips, newest first."""
    with workplace(profile) as place, place.reading() as session:
        names = dict(session.exec(select(Project.id, Project.name)).all())
        query = select(Clip).order_by(col(Clip.created_at).desc())
        if project is not None:
            query = query.where(Clip.project_id == find_project(session, project).id)
        documents = [clip_document(session, place.storage, clip) for clip in session.exec(query).all()]
    if as_json:
        print_json({"clips": documents})
        return
    print_table(
        ["project", "variant", "length", "segments", "exports", "id"],
        [
            (
                names[UUID(d["project_id"])],
                d["variant"],
                f"{d['duration_s']:.2f} s",
                len(d["segments"]),
                ", ".join(export["preset"] for export in d["exports"]),
                d["clip_id"],
            )
            for d in documents
        ],
        empty="No clips yet. Make some: reelflow make FOOTAGE...",
    )


@app.command()
def show(clip: ClipArgument, profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """Show a clip: where its pictures come from, why, and its finished files."""
    with workplace(profile) as place, place.reading() as session:
        document = clip_document(session, place.storage, session.require(Clip, id_of("clip", clip)))
    if as_json:
        print_json(document)
        return
    print_text(f"{document['name']} · {document['duration_s']:.2f} s · draft {document['draft']}")
    print_table(
        ["file", "from", "to", "score", "why"],
        [
            (s["file"], f"{s['start_s']:.2f}", f"{s['end_s']:.2f}", s["score"], s["reason"])
            for s in document["segments"]
        ],
        empty="No segments.",
    )
    for export in document["exports"]:
        print_export(document["variant"], export)


@app.command()
def render(
    clip: ClipArgument,
    preset: PresetOption = None,
    script: ScriptOption = None,
    script_file: ScriptFileOption = None,
    captions: ClipCaptionsOption = None,
    brand: ClipBrandOption = None,
    out: OutOption = None,
    max_cost: MaxCostOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Render finals of a clip, with a new script if one is given."""
    presets = checked_presets(preset)
    text = read_script(script, script_file)
    check_captions(captions, script=text)
    most = None if max_cost is None else parse_usd(max_cost)
    folder = None if out is None else delivery_folder(out)
    run_id = uuid4()
    with workplace(profile) as place:
        clip_id = id_of("clip", clip)
        with place.reading() as session:
            session.require(Clip, clip_id)
        with prefect_ready(place.settings), follow(place.database, place.profile.id, run_id):
            from flows.render_clip import render_clip

            rendered = render_clip(
                profile_id=place.profile.id,
                clip_id=clip_id,
                presets=presets,
                script=text,
                captions=captions,
                brand=brand,
                run_id=run_id,
                max_cost_micro_usd=most,
            )
        document: dict[str, Any] = {
            **run_document(place, run_id),
            "clip": finished_clip(place, clip_id, rendered.export_ids, folder),
        }
    if as_json:
        print_json(document)
        return
    print_finished(document, [document["clip"]])


@app.command()
def export(
    clips: Annotated[list[str], typer.Argument(metavar="CLIP...", help="Ids of clips.")],
    preset: PresetOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Copy the archive there as well.")
    ] = None,
    max_cost: MaxCostOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pack finals of clips into one archive, with subtitles, manifests and edit lists."""
    presets = checked_presets(preset)
    most = None if max_cost is None else parse_usd(max_cost)
    folder = None if out is None else delivery_folder(out)
    run_id = uuid4()
    with workplace(profile) as place:
        clip_ids = [id_of("clip", clip) for clip in dict.fromkeys(clips)]
        with place.reading() as session:
            for clip_id in clip_ids:
                session.require(Clip, clip_id)
        with prefect_ready(place.settings), follow(place.database, place.profile.id, run_id):
            from flows.export_clips import export_clips

            exported = export_clips(
                profile_id=place.profile.id,
                clip_ids=clip_ids,
                presets=presets,
                run_id=run_id,
                max_cost_micro_usd=most,
            )
        path = place.storage.path(exported.delivery_key)
        if folder is not None:
            path = deliver_archive(place.storage, exported.delivery_key, folder, exported.delivery_name)
        document: dict[str, Any] = {
            **run_document(place, run_id),
            "exports": [str(export_id) for export_id in exported.export_ids],
            "archive": {
                "path": str(path),
                "name": exported.delivery_name,
                "bytes": exported.delivery_bytes,
            },
        }
    if as_json:
        print_json(document)
        return
    print_warnings(document)
    finals = "1 final" if len(exported.export_ids) == 1 else f"{len(exported.export_ids)} finals"
    print_text(f"{finals}  {exported.delivery_bytes / 1e6:.1f} MB  {path}")


@app.command()
def delete(
    clip: ClipArgument, profile: ProfileOption = None, yes: YesOption = False, as_json: JsonOption = False
) -> None:
    """Delete a clip with its draft and finished files."""
    with workplace(profile) as place:
        clip_id = id_of("clip", clip)
        with place.reading() as session:
            row = session.require(Clip, clip_id)
            project = session.require(Project, row.project_id)
        confirm(f"Delete variant {row.variant} of {project.name} with its files?", yes=yes)
        removed = delete_clip(place.database, place.storage, clip_id)
    if as_json:
        print_json({"deleted": str(clip_id), "files": removed})
        return
    print_text(f"Deleted variant {row.variant} of {project.name}: {removed} files.")
