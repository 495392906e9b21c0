"""Clips as lines of a list: with their score, their cost, their finals and what of them is stale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from models.clip import Clip, Export
from models.edit import Edit
from models.footage import Segment
from models.ledger import CostEntry
from models.paging import ByAge, Page, by_age, choose, line_of, matches, read_page
from models.project import Project
from models.session import ProfileSession


@dataclass(frozen=True, slots=True)
class FinalLine:
    """One finished file of a clip."""

    id: UUID
    preset: str
    storage_key: str
    bytes: int
    duration_s: float
    created_at: datetime
    is_older_than_edit: bool
    """Whether the clip was edited since."""


@dataclass(frozen=True, slots=True)
class ClipLine:
    """One clip in a list."""

    id: UUID
    project_id: UUID
    project_name: str
    variant: int
    name: str
    duration_s: float
    is_picked: bool
    draft_key: str | None
    poster_key: str | None
    is_draft_stale: bool
    """Whether the clip was edited since its draft was cut, or it has none."""
    score: float | None
    """Mean score of its segments by time, 0 to 100; None when they are gone."""
    cost_micro_usd: int
    """Booked on the clip itself."""
    created_at: datetime
    finals: tuple[FinalLine, ...]
    """Its finished files, the newest first."""


def list_clips(
    session: ProfileSession,
    *,
    project_id: UUID | None = None,
    search: str = "",
    is_picked: bool | None = None,
    sort: ByAge | Literal["variant"] = "newest",
    number: int = 1,
    size: int = 24,
) -> Page[ClipLine]:
    """Clips of a project or of all; `search` looks into the names of clip and project.

    Raises:
        BadInput: no such page, or a search that is too long.
    """
    is_wanted = [matches(search, col(Clip.name), col(Project.name))]
    if project_id is not None:
        is_wanted.append(col(Clip.project_id) == project_id)
    if is_picked is not None:
        is_wanted.append(col(Clip.is_picked).is_(is_picked))
    cost = choose(func.coalesce(func.sum(CostEntry.amount_micro_usd), 0)).where(
        col(CostEntry.clip_id) == Clip.id
    )
    belongs = col(Project.id) == col(Clip.project_id)
    query = choose(Clip, Project.name, cost.scalar_subquery()).join(Project, belongs).where(*is_wanted)
    count = choose(func.count()).select_from(Clip)
    page = read_page(
        session,
        query.order_by(*([col(Clip.variant)] if sort == "variant" else by_age(Clip, sort))),
        (count.join(Project, belongs) if search.strip() else count).where(*is_wanted),
        number=number,
        size=size,
    )
    return page.of(clip_lines(session, page.items))


def clip_lines(session: ProfileSession, rows: Sequence[Any]) -> list[ClipLine]:
    """Lines of clips out of rows of clip, project name and cost: two queries for all of them."""
    edits = {row.id: Edit.model_validate(row.edit) for row, _, _ in rows}
    scores = _scores(session, edits)
    finals = _finals(session, edits)
    return [
        line_of(
            ClipLine,
            row,
            project_name=project_name,
            is_draft_stale=row.draft_fingerprint != edits[row.id].fingerprint,
            score=scores[row.id],
            cost_micro_usd=int(cost),
            finals=tuple(finals.get(row.id, ())),
        )
        for row, project_name, cost in rows
    ]


def _scores(session: ProfileSession, edits: Mapping[UUID, Edit]) -> dict[UUID, float | None]:
    wanted = {cut.segment_id for edit in edits.values() for cut in edit.cuts if cut.segment_id}
    known = dict(session.exec(select(Segment.id, Segment.score).where(col(Segment.id).in_(wanted))).all())
    scores: dict[UUID, float | None] = {}
    for clip_id, edit in edits.items():
        judged = [(cut.duration_s, known[cut.segment_id]) for cut in edit.cuts if cut.segment_id in known]
        length_s = sum(duration_s for duration_s, _ in judged)
        scores[clip_id] = sum(s * score for s, score in judged) / length_s if length_s else None
    return scores


def _finals(session: ProfileSession, edits: Mapping[UUID, Edit]) -> dict[UUID, list[FinalLine]]:
    """Finals of clips, newest first, without their long documents."""
    rows = session.execute(
        choose(
            Export.clip_id,
            Export.id,
            Export.preset,
            Export.storage_key,
            Export.bytes,
            Export.duration_s,
            Export.created_at,
            Export.edit_fingerprint,
        )
        .where(col(Export.clip_id).in_(edits.keys()))
        .order_by(col(Export.created_at).desc())
    ).all()
    finals: dict[UUID, list[FinalLine]] = {}
    for row in rows:
        is_older = row.edit_fingerprint != edits[row.clip_id].fingerprint
        finals.setdefault(row.clip_id, []).append(line_of(FinalLine, row, is_older_than_edit=is_older))
    return finals
