"""What edits have in common: seconds of the same footage, and the segment that a cut shows; pure."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from models.edit import Cut, Edit


class Span(NamedTuple):
    """A span `[start_s, end_s)` of a footage."""

    footage_id: UUID
    start_s: float
    end_s: float


def spans_of(edit: Edit) -> list[Span]:
    """The spans that an edit shows, each second once, ordered by footage and time."""
    merged: list[Span] = []
    for span in sorted(span_of(cut) for cut in edit.cuts):
        last = merged[-1] if merged else None
        if last and last.footage_id == span.footage_id and span.start_s <= last.end_s:
            merged[-1] = last._replace(end_s=max(last.end_s, span.end_s))
        else:
            merged.append(span)
    return merged


def span_of(cut: Cut) -> Span:
    """What a cut shows."""
    return Span(cut.footage_id, cut.start_s, cut.end_s)


def overlap_s(first: Span, second: Span) -> float:
    """Seconds that are in both spans."""
    if first.footage_id != second.footage_id:
        return 0.0
    return max(0.0, min(first.end_s, second.end_s) - max(first.start_s, second.start_s))


def shared_s(first: Edit, second: Edit) -> float:
    """Seconds of footage that two edits both show, each counted once."""
    others = spans_of(second)
    return sum(overlap_s(span, other) for span in spans_of(first) for other in others)


def best_match(span: Span, candidates: Sequence[Span]) -> int | None:
    """Position of the candidate that shares most with a span; None when none shares anything."""
    shares = [overlap_s(span, candidate) for candidate in candidates]
    best = max(range(len(shares)), key=shares.__getitem__, default=None)
    return best if best is not None and shares[best] > 0 else None
