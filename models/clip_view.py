"""One clip as its page shows it: cuts with their segments, finals with their checks, what of it is stale."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.clip import Clip, Export
from models.clip_edits import cut_rooms, is_voice_stale
from models.edit import Cut, Edit
from models.edit_changes import Room
from models.footage import Footage, Segment
from models.ledger import CostEntry
from models.paging import choose
from models.project import Project
from models.session import ProfileSession
from models.voice import VoiceOver


@dataclass(frozen=True, slots=True)
class CutView:
    """One cut of the edit."""

    cut: Cut
    room: Room
    """How far it may be trimmed."""
    footage_name: str
    footage_key: str
    """Its source in the library."""
    filmstrip_key: str | None
    score: float | None
    """Of its segment; None when that is gone."""
    reason: str
    """Why the segment has this score."""


@dataclass(frozen=True, slots=True)
class ExportView:
    """One finished file with its checks."""

    id: UUID
    preset: str
    storage_key: str
    bytes: int
    width: int
    height: int
    duration_s: float
    integrated_lufs: float | None
    true_peak_dbtp: float | None
    quality: dict[str, Any]
    """The quality report, with times of what was found."""
    created_at: datetime
    is_older_than_edit: bool
    """Whether the clip was edited since."""


@dataclass(frozen=True, slots=True)
class ClipView:
    """One clip."""

    clip: Clip
    project_name: str
    edit: Edit
    fingerprint: str
    """Of the edit; goes back with a change as its `base`."""
    cuts: tuple[CutView, ...]
    exports: tuple[ExportView, ...]
    """The newest first."""
    voice: VoiceOver | None
    is_voice_stale: bool
    """Whether the script was changed since it was spoken, or never was."""
    is_draft_stale: bool
    """Whether the edit was changed since the draft was cut, or there is none."""
    cost_micro_usd: int
    """Booked on the clip itself."""


def view_clip(session: ProfileSession, clip_id: UUID) -> ClipView:
    """Reads one clip in seven queries, however many cuts and finals it has.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: footage of it is gone.
    """
    clip = session.require(Clip, clip_id)
    edit = Edit.model_validate(clip.edit)
    voice = session.get(VoiceOver, (session.profile_id, edit.voice.voice_over_id)) if edit.voice else None
    amounts = session.exec(select(CostEntry.amount_micro_usd).where(CostEntry.clip_id == clip_id)).all()
    return ClipView(
        clip=clip,
        project_name=session.require(Project, clip.project_id).name,
        edit=edit,
        fingerprint=edit.fingerprint,
        cuts=_cuts(session, edit),
        exports=_exports(session, clip_id, edit.fingerprint),
        voice=voice,
        is_voice_stale=is_voice_stale(edit, voice.text if voice else None),
        is_draft_stale=clip.draft_fingerprint != edit.fingerprint,
        cost_micro_usd=sum(amounts),
    )


def _cuts(session: ProfileSession, edit: Edit) -> tuple[CutView, ...]:
    wanted = {cut.footage_id for cut in edit.cuts}
    footage = {row.id: row for row in session.exec(select(Footage).where(col(Footage.id).in_(wanted)))}
    chosen = {cut.segment_id for cut in edit.cuts}
    segments = {row.id: row for row in session.exec(select(Segment).where(col(Segment.id).in_(chosen)))}
    views = []
    for cut, room in zip(edit.cuts, cut_rooms(session, edit), strict=True):
        source = footage[cut.footage_id]
        segment = segments.get(cut.segment_id) if cut.segment_id else None
        views.append(
            CutView(
                cut=cut,
                room=room,
                footage_name=source.name,
                footage_key=source.storage_key,
                filmstrip_key=source.filmstrip_key,
                score=segment.score if segment else None,
                reason=segment.reason if segment else "",
            )
        )
    return tuple(views)


def _exports(session: ProfileSession, clip_id: UUID, fingerprint: str) -> tuple[ExportView, ...]:
    """Without the manifests, which are long and lie beside the files."""
    shown = [name for name in ExportView.__slots__ if name != "is_older_than_edit"]
    rows = session.execute(
        choose(*(getattr(Export, name) for name in shown), Export.edit_fingerprint)
        .where(col(Export.clip_id) == clip_id)
        .order_by(col(Export.created_at).desc(), col(Export.id))
    ).all()
    return tuple(
        ExportView(
            **{name: getattr(row, name) for name in shown},
            is_older_than_edit=row.edit_fingerprint != fingerprint,
        )
        for row in rows
    )
