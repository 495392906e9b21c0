"""What a quote has to look at for each kind of run: its parameters as `tasks.quote.make_quote` takes them.

Shared by the panel's dialog and the command line, so that both quote what the flow then does.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlmodel import col, select

from models.clip import Clip
from models.edit import CaptionsFrom, Edit
from models.project import Project, ProjectFootage
from models.session import ProfileSession


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
    if parameters.get("voice_clip_id") is not None:
        captions = "none"
    return {
        "footage_ids": list(session.exec(footage)),
        "context": project.context,
        "captions": captions,
    }


def _captions_like(edit: Edit) -> CaptionsFrom:
    """Where clips like this one have their captions from; a voice that they share was paid for before."""
    return "speech" if edit.speech is not None and edit.voice is None else "none"


def _follow_clips(session: ProfileSession, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Footage that came into clips since it was listened to; the rest is work of this machine."""
    wanted = [UUID(str(clip_id)) for clip_id in parameters["clip_ids"]]
    return {"clip_ids": [session.require(Clip, clip_id).id for clip_id in wanted]}


def _render_clip(session: ProfileSession, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_follow_clips(session, {"clip_ids": [parameters["clip_id"]]}),
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
WISHES: Final[Mapping[str, Callable[[ProfileSession, Mapping[str, Any]], dict[str, Any]]]] = {
    "generate_clips": _generate_clips,
    "render_clip": _render_clip,
    "make_reels": _make_reels,
    "import_footage": _nothing,
    "recut_drafts": _follow_clips,
    "export_clips": _follow_clips,
}
