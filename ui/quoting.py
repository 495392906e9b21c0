"""What a run would cost, for the dialog that stands before it: the quote of `tasks.quote` as a page shows it.

Apart from the pages, which know nothing of tasks; the command line's own is `reelflow quote`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlmodel import col, select

from models.clip import Clip
from models.edit import CaptionsFrom, Edit
from models.errors import BadInput
from models.project import Project, ProjectFootage
from models.secrets import PROVIDER_TITLES
from models.session import ProfileSession
from ui.components.desk import Desk
from ui.components.dialogs import Price, PriceLine

if TYPE_CHECKING:
    from tasks.quote import QuoteLine

#: Of who is paid; others work on this machine.
_TITLES: Final = {str(name): title for name, title in PROVIDER_TITLES.items()}

#: The ledger's operations as a store owner would call them.
_OPERATIONS = {"analysis": "Analysis", "speech": "Voice", "transcription": "Listening"}


def quote_for(desk: Desk, kind: str, parameters: Mapping[str, Any]) -> Price:
    """What a run would cost; asks no provider, decodes no video and spends nothing.

    Args:
        desk: Whose run.
        kind: The flow, as for `Gateway.start`.
        parameters: What it would be given, as for `Gateway.start`.

    Raises:
        BadInput: a script that can't be spoken, a model without a price, or no such kind of run.
        MissingKey: the profile chose a provider that it has no key for.
        NotFound: the profile has no such project or clip.
        UnusableFootage: a file can't be made into reels.
    """
    if kind not in _ASKED:
        raise BadInput(f"There is no quote for runs of the kind {kind!r}.")
    with desk.reading() as session:
        asked = _ASKED[kind](session, parameters)
    from tasks.quote import make_quote  # loads the video libraries, which a page that only shows does without

    made = make_quote(desk.database, desk.profile.id, **asked)
    return Price(
        lines=tuple(_price_line(line) for line in made.lines if line.provider in _TITLES),
        maximum_micro_usd=made.maximum_micro_usd,
        left_micro_usd=made.budget.left_micro_usd,
    )


def _price_line(line: "QuoteLine") -> PriceLine:
    operation = _OPERATIONS.get(line.operation, line.operation.capitalize())
    return PriceLine(f"{operation}, {_TITLES[line.provider]}", line.expected_micro_usd, line.assumption)


def _nothing(_session: ProfileSession, _parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Work that this machine does by itself."""
    return {}


def _generate_clips(session: ProfileSession, parameters: Mapping[str, Any]) -> dict[str, Any]:
    project = session.require(Project, parameters["project_id"])
    footage = (
        select(ProjectFootage.footage_id)
        .where(ProjectFootage.project_id == project.id)
        .order_by(col(ProjectFootage.position))
    )
    captions: CaptionsFrom | None = parameters.get("captions")
    liked = parameters.get("like_clip_id")
    if liked is not None and captions is None:
        captions = _captions_like(Edit.model_validate(session.require(Clip, liked).edit))
    return {
        "footage_ids": list(session.exec(footage)),
        "context": project.context,
        "captions": captions,
    }


def _captions_like(edit: Edit) -> CaptionsFrom:
    """Where clips like this one have their captions from; a voice that they share was paid for before."""
    return "speech" if edit.speech is not None and edit.voice is None else "none"


def _render_clip(session: ProfileSession, parameters: Mapping[str, Any]) -> dict[str, Any]:
    clip_id: UUID = session.require(Clip, parameters["clip_id"]).id
    return {
        "clip_id": clip_id,
        "script": parameters.get("script"),
        "captions": parameters.get("captions"),
    }


def _make_reels(session: ProfileSession, parameters: Mapping[str, Any]) -> dict[str, Any]:
    context = select(Project.context).where(Project.name == parameters["project"])
    return {
        "files": [Path(file) for file in parameters["files"]],
        "footage_ids": [UUID(str(each)) for each in parameters.get("footage_ids") or ()],
        "context": session.exec(context).first() or "",
        "script": parameters.get("script"),
        "captions": parameters.get("captions"),
    }


#: What `tasks.quote.make_quote` is asked for each kind of run.
_ASKED: Final[Mapping[str, Callable[[ProfileSession, Mapping[str, Any]], dict[str, Any]]]] = {
    "generate_clips": _generate_clips,
    "render_clip": _render_clip,
    "make_reels": _make_reels,
    "import_footage": _nothing,
    "recut_drafts": _nothing,
    "export_clips": _nothing,
}
