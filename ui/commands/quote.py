"""`reelflow quote`: what a run would cost, before it spends anything."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer
from sqlmodel import select

from models.budget import month_name
from models.clip import Clip
from models.edit import CaptionsFrom
from models.errors import BadInput
from models.limits import MAX_CLIP_S, MAX_VARIANTS, MIN_CLIP_S, check_captions, check_duration
from models.money import dollars
from models.profiles import find_profile
from models.project import Project
from models.project_changes import project_name
from ui.commands.context import (
    JsonOption,
    ProfileOption,
    Workplace,
    find_project,
    id_of,
    installation,
    open_workplace,
)
from ui.commands.making import (
    CaptionsOption,
    ScriptFileOption,
    ScriptOption,
    default_profile,
    name_from_file,
    read_script,
    usable_file,
)
from ui.documents import money_document
from ui.output import print_json, print_table, print_text
from ui.quote_wishes import WISHES

if TYPE_CHECKING:
    from tasks.quote import Quote, QuoteLine

_NO_EFFECT = "As for `make`; changes no cost, since footage and script are paid for once."


def quote(
    footage: Annotated[list[Path] | None, typer.Argument(metavar="FOOTAGE...", help="Video files.")] = None,
    clip: Annotated[
        str | None, typer.Option(metavar="CLIP", help="Instead of footage: a clip to be rendered.")
    ] = None,
    generate: Annotated[
        str | None, typer.Option(metavar="PROJECT", help="Instead of footage: a project to get more clips.")
    ] = None,
    like: Annotated[
        str | None, typer.Option(metavar="CLIP", help="With --generate: as for `generate`.")
    ] = None,
    voice_of: Annotated[
        str | None, typer.Option(metavar="CLIP", help="With --generate: as for `generate`.")
    ] = None,
    profile: ProfileOption = None,
    project: Annotated[
        str | None, typer.Option(help="Name of the project; the first file's name when left out.")
    ] = None,
    script: ScriptOption = None,
    script_file: ScriptFileOption = None,
    captions: CaptionsOption = None,
    variants: Annotated[int, typer.Option(min=1, max=MAX_VARIANTS, help=_NO_EFFECT)] = 3,  # noqa: ARG001
    duration: Annotated[
        float, typer.Option(help=f"Seconds, {MIN_CLIP_S:g} to {MAX_CLIP_S:g}. {_NO_EFFECT}")
    ] = 30.0,
    as_json: JsonOption = False,
) -> None:
    """Tell what making reels, generating clips or rendering one would cost; spends nothing."""
    if [bool(footage), clip is not None, generate is not None].count(True) != 1:
        raise BadInput(
            "Name the footage to make reels of, or a clip with --clip, or a project with --generate."
        )
    if generate is None and (like is not None or voice_of is not None):
        raise BadInput("--like and --voice-of go with --generate.")
    check_duration(duration)
    text = read_script(script, script_file)
    check_captions(captions, script=text)
    files = [usable_file(path) for path in footage or ()]
    title = project_name(project) if project is not None else name_from_file(files[0]) if files else ""
    with installation() as (_, database):
        owner = default_profile(database) if profile is None else find_profile(database, profile)
        place = open_workplace(database, owner)
        asked: dict[str, Any] = {"files": files, "script": text, "captions": captions}
        if clip is not None:
            asked["clip_ids"] = [_required_clip(place, clip)]
        elif generate is not None:
            asked |= _generating(place, generate, like, voice_of, captions)
        else:
            asked["context"] = _context(place, title)
        from tasks.quote import make_quote  # loads the video libraries, which other commands do without

        made = make_quote(database, owner.id, **asked)
    budget, fits = made.budget, made.fits(made.maximum_micro_usd)
    if as_json:
        print_json(
            {
                "profile_id": str(owner.id),
                **_amounts(made),
                "by_provider": [
                    {
                        "provider": line.provider,
                        "model": line.model,
                        "operation": line.operation,
                        **_amounts(line),
                        "already_paid": line.already_paid,
                        "assumption": line.assumption,
                    }
                    for line in made.lines
                ],
                "budget": {
                    "month": made.month,
                    **money_document("spent", budget.spent_micro_usd),
                    **money_document("reserved", budget.reserved_micro_usd),
                    **money_document("limit", budget.limit_micro_usd),
                    "fits": fits,
                    "expected_fits": made.fits(made.expected_micro_usd),
                },
            }
        )
        return
    print_table(
        ["provider", "model", "for", "expected", "at most", "why"],
        [
            (
                line.provider,
                line.model,
                line.operation,
                dollars(line.expected_micro_usd),
                dollars(line.maximum_micro_usd),
                f"Already paid: {line.assumption}" if line.already_paid else line.assumption,
            )
            for line in made.lines
        ],
        empty="No provider is needed.",
    )
    print_text(_sentence(made))


def _amounts(quoted: "Quote | QuoteLine") -> dict[str, Any]:
    return {
        **money_document("expected", quoted.expected_micro_usd),
        **money_document("maximum", quoted.maximum_micro_usd),
    }


def _sentence(made: "Quote") -> str:
    budget = made.budget
    expected, most = dollars(made.expected_micro_usd), dollars(made.maximum_micro_usd)
    amount = f"About {expected}, at most {most}." if expected != most else f"{expected}."
    spent = f"{month_name(made.month)}: {dollars(budget.spent_micro_usd)}"
    if budget.limit_micro_usd is None:
        return f"{amount} {spent} spent, no budget is set."
    told = f"{amount} {spent} of {dollars(budget.limit_micro_usd)} spent"
    if budget.reserved_micro_usd:
        told += f", {dollars(budget.reserved_micro_usd)} reserved"
    if not made.fits(made.expected_micro_usd):
        return f"{told}: it does not fit."
    if not made.fits(made.maximum_micro_usd):
        return f"{told}: the expected amount fits, the maximum does not."
    return f"{told}."


def _required_clip(place: Workplace, clip: str) -> UUID:
    with place.reading() as session:
        return session.require(Clip, id_of("clip", clip)).id


def _generating(
    place: Workplace, project: str, like: str | None, voice_of: str | None, captions: CaptionsFrom | None
) -> dict[str, Any]:
    models = {
        name: None if clip is None else _required_clip(place, clip)
        for name, clip in (("like_clip_id", like), ("voice_clip_id", voice_of))
    }
    with place.reading() as session:
        wishes = {
            "project_id": find_project(session, project).id,
            "captions": captions,
            **models,
        }
        return WISHES["generate_clips"](session, wishes)


def _context(place: Workplace, project: str) -> str:
    """What a project is about; nothing when there is none of that name yet."""
    with place.reading() as session:
        return session.exec(select(Project.context).where(Project.name == project)).first() or ""
