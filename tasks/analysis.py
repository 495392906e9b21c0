"""Segments get their scores: facts in, a judgement from 0 to 100 with a plain reason out."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from prefect import task
from sqlmodel import col, select

from models.footage import Segment
from tasks.policies import PROVIDER
from tasks.providers.offline import OfflineAnalyser
from tasks.providers.ports import AnalysisRequest, SegmentFacts
from tasks.run_context import RunContext

_TIMEOUT_S = 120.0


@task(name="score segments", **PROVIDER)
def score_segments(run: RunContext, footage_ids: Sequence[UUID], context: str) -> int:
    """Scores all segments of some footage against each other; returns how many there are.

    Args:
        run: The run.
        footage_ids: Footage whose segments compete.
        context: What the project is about, in the user's words.

    Raises:
        ProviderRefused, ProviderUnavailable: from the analyser.
    """
    analyser = OfflineAnalyser()
    with run.reading() as session:
        segments = session.exec(
            select(Segment)
            .where(col(Segment.footage_id).in_(footage_ids))
            .order_by(col(Segment.footage_id), col(Segment.start_s), col(Segment.id))
        ).all()
    request = AnalysisRequest(
        segments=tuple(_facts(index, segment) for index, segment in enumerate(segments)), context=context
    )
    analysis = analyser.analyse(request, timeout_s=_TIMEOUT_S)
    with run.session() as session:
        for verdict in analysis.verdicts:
            segment = session.require(Segment, segments[verdict.index].id)
            segment.score = verdict.score
            segment.reason = verdict.reason[:500]
            segment.description = verdict.description[:1000]
            segment.highlights = list(verdict.highlights)
            segment.tags = list(verdict.tags)
            segment.features = {**segment.features, "hook": verdict.hook}
    return len(segments)


def _facts(index: int, segment: Segment) -> SegmentFacts:
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
