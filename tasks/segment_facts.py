"""Segments as analysers get them, and the address under which what was said about them is kept."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.footage import Footage, Segment
from tasks.provider_choice import Customer, fingerprint
from tasks.providers.ports import Analyser, AnalysisRequest, SegmentFacts

#: Goes up whenever the same footage would give other segments.
DETECTOR_VERSION = "shots-2"


def load_segments(
    customer: Customer, footage_ids: Sequence[UUID]
) -> tuple[Sequence[Segment], Mapping[UUID, Footage]]:
    """Segments in an order that depends on content alone, so that equal inputs make equal requests."""
    with customer.reading() as session:
        footage = session.exec(select(Footage).where(col(Footage.id).in_(footage_ids))).all()
        segments = session.exec(select(Segment).where(col(Segment.footage_id).in_(footage_ids))).all()
    by_id = {row.id: row for row in footage}
    ordered = sorted(segments, key=lambda s: (by_id[s.footage_id].sha256, s.start_s, s.end_s, s.id))
    return ordered, by_id


def facts_of(index: int, segment: Segment) -> SegmentFacts:
    """What was measured about a segment, at its position in a request."""
    features: dict[str, Any] = segment.features
    return SegmentFacts(
        index=index,
        duration_s=segment.end_s - segment.start_s,
        motion=features.get("motion", 0.0),
        sharpness=features.get("sharpness", 0.0),
        brightness=features.get("brightness", 0.0),
        audio_db=features.get("audio_db"),
        black_share=features.get("black_share", 0.0),
        frozen_share=features.get("frozen_share", 0.0),
        is_blurred=features.get("is_blurred", False) or features.get("is_soft", False),
    )


def batch_address(
    analyser: Analyser,
    batch: AnalysisRequest,
    segments: Sequence[Segment],
    footage: Mapping[UUID, Footage],
) -> str:
    """The fingerprint under which the answer to a batch is kept.

    Args:
        analyser: Who judges.
        batch: Part of a request whose indices are positions in `segments`.
        segments: All segments of the request.
        footage: What they were found in.
    """
    asked = [segments[facts.index] for facts in batch.segments]
    return fingerprint(
        {
            **analyser.identity,
            "context": batch.context,
            "segments": [
                [footage[s.footage_id].sha256, round(s.start_s, 3), round(s.end_s, 3)] for s in asked
            ],
        }
    )
