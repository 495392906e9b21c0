"""Finished files are checked before anybody gets them; a failed check is a failed export."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from prefect import task
from sqlmodel import col, select

from models.errors import QualityCheckFailed
from models.footage import Segment
from tasks.clips import LoadedClip, load_clip
from tasks.media.checks import Expected, QualityReport, Span, check_file
from tasks.policies import LOCAL
from tasks.render import RenderedFile
from tasks.run_context import RunContext

_TIMEOUT_FLOOR_S = 300.0
_TIMEOUT_PER_FRAME_S = 0.5

#: Above these shares a segment may show what the file's detector will find.
_MAY_BE_BLACK = 0.02
_MAY_BE_STILL = 0.2


@task(name="check final", task_run_name="check {clip_id}", **LOCAL)
def check_final(run: RunContext, clip_id: UUID, rendered: RenderedFile) -> QualityReport:
    """Checks a rendered file.

    Raises:
        QualityCheckFailed: names each failed check with what was measured and what was wanted.
    """
    clip = load_clip(run, clip_id)
    black, still = _known_spans(run, clip)
    card = rendered.brand.card
    expected = Expected(
        preset=rendered.preset,
        frames=rendered.frames,
        # Of a transcript nobody knows that every word can be heard.
        words=clip.words if clip.voice else (),
        has_target_loudness=rendered.has_target_loudness,
        known_black=black,
        known_still=still,
        card=_card_span(rendered),
        is_card_black=card is not None and card.is_black,
        captions=rendered.captions,
    )
    report = check_file(
        rendered.path, expected, timeout_s=_TIMEOUT_FLOOR_S + _TIMEOUT_PER_FRAME_S * rendered.frames
    )
    if not report.passed:
        raise QualityCheckFailed(
            f"Clip {clip.variant} for {rendered.preset.name} did not pass its checks and was not "
            f"published: {report.failures}."
        )
    return report


def _card_span(rendered: RenderedFile) -> Span | None:
    """When the file shows its end card."""
    card = rendered.brand.card
    if card is None:
        return None
    return Span(start_s=card.from_s, end_s=rendered.frames / rendered.preset.fps)


def _known_spans(run: RunContext, clip: LoadedClip) -> tuple[list[Span], list[Span]]:
    """Spans of the clip whose footage is black, or still, as its segments say."""
    ids = [cut.segment_id for cut in clip.edit.cuts if cut.segment_id]
    with run.reading() as session:
        rows: Sequence[Segment] = session.exec(select(Segment).where(col(Segment.id).in_(ids))).all()
        features: dict[Any, dict[str, Any]] = {row.id: row.features for row in rows}
    black, still = [], []
    at_s = 0.0
    for cut in clip.edit.cuts:
        span = Span(start_s=at_s, end_s=at_s + cut.duration_s)
        at_s = span.end_s
        facts = features.get(cut.segment_id, {})
        # A segment set by hand was never measured: what it shows is what its maker chose.
        if facts.get("black_share", 1.0) > _MAY_BE_BLACK:
            black.append(span)
        if facts.get("frozen_share", 1.0) > _MAY_BE_STILL:
            still.append(span)
    return black, still
