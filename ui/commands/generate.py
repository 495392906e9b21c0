"""`reelflow generate`: more clips of a project that has its footage."""

from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import typer
from sqlmodel import col, func, select

from models.clip import Clip
from models.limits import MAX_CLIP_S, MAX_VARIANTS, MIN_CLIP_S, check_duration
from models.money import parse_usd
from models.session import ProfileSession
from tasks.media.presets import PRESETS, find_preset
from ui.commands.context import JsonOption, ProfileOption, find_project, id_of, workplace
from ui.commands.making import (
    BrandOption,
    CaptionsOption,
    MaxCostOption,
    finished_clip,
    print_warnings,
    run_document,
)
from ui.commands.projects import ProjectArgument
from ui.following import follow
from ui.output import print_json, print_text
from ui.prefect_start import prefect_ready

#: What fits into the database's column.
_MAX_SEED = 2**63 - 1


def generate(
    project: ProjectArgument,
    variants: Annotated[int, typer.Option(min=1, max=MAX_VARIANTS, help="How many more clips.")] = 3,
    duration: Annotated[
        float | None,
        typer.Option(
            help=f"Seconds of each clip, {MIN_CLIP_S:g} to {MAX_CLIP_S:g}; "
            "the liked clip's or the project's when left out."
        ),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(metavar="CLIP", help="Other pictures in the manner of this clip, with its voice."),
    ] = None,
    voice_of: Annotated[
        str | None,
        typer.Option(metavar="CLIP", help="Speak the script of this clip, with its voice."),
    ] = None,
    segments: Annotated[
        list[str] | None,
        typer.Option(metavar="SEGMENT", help="Cut from this segment only; may be repeated."),
    ] = None,
    order: Annotated[
        Literal["best", "given"],
        typer.Option(help="given: show each of the segments once, in the order of the options."),
    ] = "best",
    captions: CaptionsOption = None,
    brand: BrandOption = True,
    preset: Annotated[
        str, typer.Option(metavar="PRESET", help=f"Shape of the drafts: {', '.join(PRESETS)}.")
    ] = "reels",
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=_MAX_SEED, help="Equal seeds give equal clips; a new one when left out."),
    ] = None,
    max_cost: MaxCostOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make more clips of a project, each with a draft, different from those that it has."""
    shape = find_preset(preset).name
    if duration is not None:
        check_duration(duration)
    most = None if max_cost is None else parse_usd(max_cost)
    like_clip_id = None if like is None else id_of("clip", like)
    voice_clip_id = None if voice_of is None else id_of("clip", voice_of)
    segment_ids = [id_of("segment", segment) for segment in segments or ()]
    run_id = uuid4()
    with workplace(profile) as place:
        with place.reading() as session:
            row = find_project(session, project)
            next_seed = _last_variant(session, row.id) + 1
        with prefect_ready(place.settings), follow(place.database, place.profile.id, run_id):
            from flows.generate_clips import generate_clips

            made = generate_clips(
                profile_id=place.profile.id,
                project_id=row.id,
                variants=variants,
                duration_s=duration,
                seed=next_seed if seed is None else seed,
                preset=shape,
                captions=captions,
                like_clip_id=like_clip_id,
                voice_clip_id=voice_clip_id,
                segment_ids=segment_ids,
                order=order,
                brand=brand,
                run_id=run_id,
                max_cost_micro_usd=most,
            )
        document: dict[str, Any] = {
            **run_document(place, run_id, project_id=str(row.id)),
            "clips": [finished_clip(place, clip_id, [], None) for clip_id in made.clip_ids],
        }
    if as_json:
        print_json(document)
        return
    print_warnings(document)
    for clip in document["clips"]:
        print_text(f"variant {clip['variant']}  {clip['duration_s']:6.2f} s  {clip['draft']}")


def _last_variant(session: ProfileSession, project_id: UUID) -> int:
    return session.exec(select(func.max(col(Clip.variant))).where(Clip.project_id == project_id)).one() or 0
