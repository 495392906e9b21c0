"""What clips can be cut from: segments of footage, as selection needs them and as edits name them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.edit import Crop, Cut
from models.errors import BadInput, NotFound
from models.footage import Footage, Segment, SegmentOrigin
from models.session import ProfileSession
from tasks.media.reframe import Subject, choose_crop
from tasks.media.selection import Candidate, PlannedCut
from tasks.media.selection_manner import Shot
from tasks.media.similarity import Signature

#: Share of a segment that may be black or still before it counts as a last resort.
_SPOILT_SHARE = 0.5

#: What a favourite is worth, in points of score: more than the seed's taste (5) and three grades of quality.
FAVORITE_POINTS = 15.0

#: Whether a picture is filled or fitted is decided for the tallest format; the others lose less.
_TALLEST_ASPECT = 9 / 16


@dataclass(frozen=True)
class Material:
    """Segments with the footage they are of."""

    segments: Mapping[UUID, Segment]
    footage: Mapping[UUID, Footage]

    def candidates(self) -> list[Candidate]:
        """All segments: favourites with their bonus, skipped ones marked as a last resort."""
        return [self._candidate(segment) for segment in self.segments.values()]

    def chosen(self, segment_ids: Sequence[UUID]) -> list[Candidate]:
        """These segments in this order; having chosen one outweighs that it is skipped elsewhere.

        Raises:
            NotFound: one of them is gone.
        """
        for segment_id in segment_ids:
            if segment_id not in self.segments:
                raise NotFound("segment", segment_id)
        wanted = [self.segments[segment_id] for segment_id in dict.fromkeys(segment_ids)]
        return [replace(self._candidate(segment), is_skipped=False) for segment in wanted]

    def shots(self) -> list[Shot]:
        """All segments as they are compared for likeness."""
        return [self._shot(segment) for segment in self.segments.values()]

    def cuts(self, planned: Sequence[PlannedCut], before: Sequence[Cut] = ()) -> tuple[Cut, ...]:
        """Planned cuts, each with its own crop; a cut that was there before keeps the one it had."""
        kept = {(cut.segment_id, cut.start_s): cut.crop for cut in before}
        return tuple(
            Cut(
                footage_id=cut.footage_id,
                segment_id=cut.segment_id,
                start_s=cut.start_s,
                end_s=cut.end_s,
                crop=kept.get((cut.segment_id, cut.start_s)) or self._crop(cut),
            )
            for cut in planned
        )

    def _candidate(self, segment: Segment) -> Candidate:
        measured = self._measured(segment)
        features: dict[str, Any] = measured.features if measured else {}
        spoilt = max(features.get("black_share", 0.0), features.get("frozen_share", 0.0)) > _SPOILT_SHARE
        bonus = FAVORITE_POINTS if segment.is_favorite else 0.0
        return Candidate(
            segment_id=segment.id,
            footage_id=segment.footage_id,
            start_s=segment.start_s,
            end_s=segment.end_s,
            score=segment.score + bonus,
            hook=segment.features.get("hook", segment.score) + bonus,
            is_usable=not (spoilt or features.get("is_blurred", False)),
            signature=Signature.from_json(features["signature"]) if measured else None,
            shot=segment.shot if segment.origin is SegmentOrigin.DETECTED else None,
            content=self.footage[segment.footage_id].sha256,
            is_skipped=segment.is_skipped,
        )

    def _shot(self, segment: Segment) -> Shot:
        measured = self._measured(segment)
        features: dict[str, Any] = measured.features if measured else {}
        return Shot(
            segment_id=segment.id,
            footage_id=segment.footage_id,
            start_s=segment.start_s,
            end_s=segment.end_s,
            tags=frozenset(segment.tags),
            motion=features.get("motion", 0.0),
            brightness=features.get("brightness", 0.0),
        )

    def _crop(self, cut: PlannedCut) -> Crop:
        segment = self.segments.get(cut.segment_id) if cut.segment_id else None
        measured = self._measured(segment) if segment else None
        subject = measured.features.get("subject") if measured else None
        if measured is None or subject is None:
            return Crop()
        footage = self.footage[cut.footage_id]
        return choose_crop(
            footage.width / footage.height,
            Subject.model_validate(subject),
            from_s=max(0.0, cut.start_s - measured.start_s),
            to_s=cut.end_s - measured.start_s,
            target_aspect=_TALLEST_ASPECT,
        ).crop

    def _measured(self, segment: Segment) -> Segment | None:
        """The segment whose measures hold for this one: itself, or for one set by hand what it is part of."""
        if "signature" in segment.features:
            return segment
        common_s = {
            other.id: min(segment.end_s, other.end_s) - max(segment.start_s, other.start_s)
            for other in self.segments.values()
            if other.footage_id == segment.footage_id and "signature" in other.features
        }
        best = max(common_s, key=lambda segment_id: common_s[segment_id], default=None)
        return self.segments[best] if best is not None and common_s[best] > 0 else None


def load_material(session: ProfileSession, footage_ids: Sequence[UUID]) -> Material:
    """The segments of some footage, those that are to be skipped among them.

    Raises:
        BadInput: there are none.
    """
    segments = session.exec(
        select(Segment)
        .where(col(Segment.footage_id).in_(footage_ids))
        .order_by(col(Segment.footage_id), col(Segment.start_s), col(Segment.id))
    ).all()
    if not segments:
        raise BadInput("The footage has no segments to choose from; add one by its start and end.")
    footage = session.exec(select(Footage).where(col(Footage.id).in_(footage_ids))).all()
    return Material({row.id: row for row in segments}, {row.id: row for row in footage})
