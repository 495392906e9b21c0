"""Where segments are shown: the clips that use them, and the one that a clip opens with.

By the spans that edits show, not by ids alone: segments that were found anew have other ids, and an edit's
cut may have moved away from its segment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlmodel import col, select

from models.clip import Clip
from models.edit import Edit
from models.edit_overlap import Span, best_match, overlap_s, span_of, spans_of
from models.footage import Segment
from models.project import Project, ProjectFootage
from models.session import ProfileSession

#: Older clips of the same footage say nothing about what a viewer still remembers.
_NEWEST_CLIPS = 200

#: Less than this of a segment in a clip is the edge of the next shot.
_LEAST_S = 0.3


class _Segment(Protocol):
    """A segment's row, or its line in a list."""

    @property
    def id(self) -> UUID: ...
    @property
    def footage_id(self) -> UUID: ...
    @property
    def start_s(self) -> float: ...
    @property
    def end_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class SegmentUse:
    """The clips that show a segment."""

    clips: int
    """How many of the newest clips of its footage's projects."""
    last_clip: str
    """Name of the newest of them."""
    last_project: str
    """Name of its project."""
    last_at: datetime
    """When it was made."""


def segment_uses(session: ProfileSession, segments: Sequence[_Segment]) -> dict[UUID, SegmentUse]:
    """By segment, where it was used; those never used are not in it. One query."""
    footage_ids = {segment.footage_id for segment in segments}
    projects = select(ProjectFootage.project_id).where(col(ProjectFootage.footage_id).in_(footage_ids))
    rows = session.exec(
        select(Clip.name, Clip.created_at, Clip.edit, Project.name)
        .join(Project, col(Project.id) == col(Clip.project_id))
        .where(col(Clip.project_id).in_(projects))
        .order_by(col(Clip.created_at).desc(), col(Clip.id))
        .limit(_NEWEST_CLIPS)
    ).all()
    shown = [(name, at, spans_of(Edit.model_validate(edit)), project) for name, at, edit, project in rows]
    uses = {}
    for segment in segments:
        span = Span(segment.footage_id, segment.start_s, segment.end_s)
        least_s = min(_LEAST_S, (segment.end_s - segment.start_s) / 2)
        found = [
            (name, at, project)
            for name, at, spans, project in shown
            if any(overlap_s(span, other) >= least_s for other in spans)
        ]
        if found:
            name, at, project = found[0]
            uses[segment.id] = SegmentUse(len(found), name, project, at)
    return uses


def opening_segments(session: ProfileSession, edits: Mapping[UUID, Edit]) -> dict[UUID, Segment]:
    """By clip, the segment that it opens with, as far as there is one. Two queries.

    Args:
        session: Whose.
        edits: By clip.
    """
    firsts = {clip_id: edit.cuts[0] for clip_id, edit in edits.items()}
    footage_ids = {cut.footage_id for cut in firsts.values()}
    bounds = session.exec(
        select(Segment.id, Segment.footage_id, Segment.start_s, Segment.end_s).where(
            col(Segment.footage_id).in_(footage_ids)
        )
    ).all()
    known = {segment_id for segment_id, *_ in bounds}
    spans = [Span(footage_id, start_s, end_s) for _, footage_id, start_s, end_s in bounds]
    chosen = {}
    for clip_id, cut in firsts.items():
        nearest = best_match(span_of(cut), spans)
        if cut.segment_id in known:
            chosen[clip_id] = cut.segment_id
        elif nearest is not None:
            chosen[clip_id] = bounds[nearest][0]
    # Only these whole: what was measured of a segment is long.
    rows = session.exec(select(Segment).where(col(Segment.id).in_(set(chosen.values())))).all()
    by_id = {row.id: row for row in rows}
    return {clip_id: by_id[segment_id] for clip_id, segment_id in chosen.items()}
