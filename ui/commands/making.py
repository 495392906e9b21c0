"""`reelflow make`: footage in, finished reels out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from sqlmodel import col, select

from models.clip import Clip, Export
from models.edit import CaptionsFrom
from models.errors import BadInput
from models.limits import (
    MAX_CLIP_S,
    MAX_VARIANTS,
    MIN_CLIP_S,
    check_captions,
    check_duration,
    check_script,
)
from models.money import parse_usd
from models.profile import Profile
from models.profiles import ensure_default, find_profile
from models.project import Project
from models.project_changes import MAX_PROJECT_NAME, project_name
from models.run import EventLevel, RunEvent
from models.session import Database
from tasks.media.presets import PRESETS, find_preset
from ui.commands.context import (
    JsonOption,
    ProfileOption,
    Workplace,
    installation,
    open_workplace,
)
from ui.delivery import deliver, delivery_folder, download_name
from ui.documents import clip_document, event_document, export_document
from ui.following import follow
from ui.output import print_json, print_note, print_text
from ui.prefect_start import prefect_ready

FootageArgument = Annotated[list[Path], typer.Argument(metavar="FOOTAGE...", help="Video files.")]
ScriptOption = Annotated[str | None, typer.Option("--script", help="What the voice says.")]
ScriptFileOption = Annotated[
    Path | None, typer.Option("--script-file", metavar="FILE", help="A text file with the script.")
]
PresetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--preset", metavar="PRESET", help=f"{', '.join(PRESETS)}; may be repeated; reels when left out."
    ),
]
MaxCostOption = Annotated[
    str | None,
    typer.Option(
        "--max-cost",
        metavar="AMOUNT",
        help="Most this run may cost, in dollars, such as 0.50; the month's budget holds as well.",
    ),
]
CaptionsOption = Annotated[
    CaptionsFrom | None,
    typer.Option(
        help="Without a script. speech: what is said in the footage, heard by ElevenLabs; none: no captions. "
        "When left out: speech where ElevenLabs is the profile's voice and has a key."
    ),
]
BrandOption = Annotated[
    bool,
    typer.Option("--brand/--no-brand", help="With or without the logo and end card of the brand kit."),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Copy the finished files there as well.")
]

#: What fits into the database's column.
_MAX_SEED = 2**63 - 1


def make(
    footage: FootageArgument,
    profile: ProfileOption = None,
    project: Annotated[
        str | None, typer.Option(help="Name of the project; the first file's name when left out.")
    ] = None,
    script: ScriptOption = None,
    script_file: ScriptFileOption = None,
    variants: Annotated[int, typer.Option(min=1, max=MAX_VARIANTS, help="How many different reels.")] = 3,
    duration: Annotated[
        float,
        typer.Option(
            help=f"Seconds of each reel, {MIN_CLIP_S:g} to {MAX_CLIP_S:g}; with a script its voice decides."
        ),
    ] = 30.0,
    captions: CaptionsOption = None,
    brand: BrandOption = True,
    preset: PresetOption = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=_MAX_SEED,
            help="Equal seeds give equal reels; each run takes a new one when left out.",
        ),
    ] = None,
    out: OutOption = None,
    max_cost: MaxCostOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make finished reels of video files."""
    presets = checked_presets(preset)
    check_duration(duration)
    most = None if max_cost is None else parse_usd(max_cost)
    text = read_script(script, script_file)
    check_captions(captions, script=text)
    files = [usable_file(path) for path in footage]
    title = name_from_file(files[0]) if project is None else project_name(project)
    folder = None if out is None else delivery_folder(out)
    run_id = uuid4()
    with installation() as (settings, database):
        owner = default_profile(database) if profile is None else find_profile(database, profile)
        place = open_workplace(database, owner)
        with prefect_ready(settings), follow(database, owner.id, run_id):
            from flows.make_reels import make_reels

            made = make_reels(
                profile_id=owner.id,
                files=files,
                project=title,
                script=text,
                variants=variants,
                duration_s=duration,
                presets=presets,
                seed=seed if seed is not None else _next_seed(place, title),
                captions=captions,
                brand=brand,
                run_id=run_id,
                max_cost_micro_usd=most,
            )
        exports = iter(made.export_ids)
        document: dict[str, Any] = {
            **run_document(place, run_id, project_id=str(made.project_id)),
            "clips": [
                finished_clip(place, clip_id, [next(exports) for _ in presets], folder)
                for clip_id in made.clip_ids
            ],
        }
    if as_json:
        print_json(document)
        return
    print_finished(document, document["clips"])


def checked_presets(names: list[str] | None) -> list[str]:
    """The presets asked for, each once; reels when none.

    Raises:
        BadInput: a name is no preset.
    """
    return list(dict.fromkeys(find_preset(name).name for name in names or ["reels"]))


def read_script(script: str | None, script_file: Path | None) -> str | None:
    """The script from either option; None without one.

    Raises:
        BadInput: both were given, the file can't be read, or there is nothing to say.
    """
    if script is not None and script_file is not None:
        raise BadInput("Give either --script or --script-file, not both.")
    if script_file is not None:
        try:
            script = script_file.read_text(encoding="utf-8-sig")
        except OSError as error:
            raise BadInput(f"The script file {script_file} can't be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise BadInput(f"The script file {script_file} is not UTF-8 text; save it as UTF-8.") from error
    return None if script is None else check_script(script)


def usable_file(path: Path) -> Path:
    """The file's absolute path; what is wrong with it is said here, before anything is started.

    Raises:
        BadInput: no such file, or no video that can be used.
    """
    try:
        if path.is_dir():
            raise BadInput(f"{path} is a folder; name the video files in it.")
        is_file = path.is_file()
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise BadInput(f"There is no file {path} to be read: {error.strerror}.") from error
    if not is_file:
        raise BadInput(f"There is no file {path}; check the name and the folder.")
    # The prober loads the video libraries: a third of a second that the other commands do without.
    from tasks.media.probe import probe

    probe(path)
    return path.absolute()


def name_from_file(path: Path) -> str:
    """The name of the project that a file's reels go to when no other is asked for."""
    shown = "".join(character if character.isprintable() else " " for character in path.stem)
    return " ".join(shown.split())[:MAX_PROJECT_NAME] or "Reels"


def default_profile(database: Database) -> Profile:
    """The default profile; a fresh installation gets one, so that the first command just works."""
    profile = ensure_default(database)
    print_note("profile", f"{profile.name} ({profile.slug})", colour="bold")
    return profile


def _next_seed(place: Workplace, project: str) -> int:
    """One more than the variants the project has: another run makes other reels."""
    with place.reading() as session:
        there = session.exec(
            select(Clip.variant)
            .join(Project, col(Project.id) == Clip.project_id)
            .where(Project.name == project)
        ).all()
        return max(there, default=0) + 1


def finished_clip(
    place: Workplace, clip_id: UUID, export_ids: Sequence[UUID], out: Path | None
) -> dict[str, Any]:
    """A clip's document with just these exports, copied to `out` when that is given."""
    with place.reading() as session:
        clip = session.require(Clip, clip_id)
        project = session.require(Project, clip.project_id)
        document = clip_document(session, place.storage, clip)
        document["exports"] = []
        for export_id in export_ids:
            export = session.require(Export, export_id)
            path = None
            if out is not None:
                name = download_name(project.name, clip.variant, export.preset)
                path = deliver(place.storage, export, out, name)
            document["exports"].append(export_document(place.storage, export, path=path))
        return document


def run_document(place: Workplace, run_id: UUID, **ids: str | None) -> dict[str, Any]:
    """How the document of a run that has ended begins: whose it is, and what it could not give as asked for.

    Args:
        place: Whose run.
        run_id: Which.
        ids: Of what else it worked on.
    """
    with place.reading() as session:
        events = session.exec(
            select(RunEvent)
            .where(RunEvent.run_id == run_id, RunEvent.level == EventLevel.WARNING)
            .order_by(col(RunEvent.created_at))
        ).all()
        warnings = [event_document(event) for event in events]
    return {"run_id": str(run_id), "profile_id": str(place.profile.id), **ids, "warnings": warnings}


def print_warnings(document: Mapping[str, Any]) -> None:
    """The warnings of a `run_document` for a person."""
    for warning in document["warnings"]:
        print_note("note", warning["message"])


def print_finished(document: Mapping[str, Any], clips: Sequence[dict[str, Any]]) -> None:
    """Notes and finished files for a person."""
    print_warnings(document)
    for clip in clips:
        for export in clip["exports"]:
            print_export(clip["variant"], export)


def print_export(variant: int, export: dict[str, Any]) -> None:
    """One finished file as one line."""
    lufs = export["integrated_lufs"]
    print_text(
        f"variant {variant}  {export['preset']:8} {export['duration_s']:6.2f} s  "
        f"{export['width']}x{export['height']}  "
        f"{'silent' if lufs is None else f'{lufs:.1f} LUFS'}  {export['path']}"
    )
