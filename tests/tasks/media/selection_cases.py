"""Made-up segments for the tests of selection, and what every plan must keep."""

from collections.abc import Sequence
from itertools import combinations
from uuid import UUID

import pytest

from tasks.media.selection import Plan
from tasks.media.selection_model import Candidate, PlannedCut
from tasks.media.similarity import Signature

FOOTAGE = UUID(int=1)
FPS = 30
SLACK_S = 1e-6


def picture(look: int) -> Signature:
    """A signature; different looks (0-1023) are no near-duplicates."""
    return Signature(dhash=0, chroma=bytes([look % 32 * 8, look // 32 * 8]) * 50)


def segment(
    number: int,
    start_s: float,
    end_s: float,
    *,
    score: float = 50.0,
    hook: float = 50.0,
    is_usable: bool = True,
    look: int | None = None,
    footage: UUID = FOOTAGE,
) -> Candidate:
    """One candidate; it looks like no other unless told so."""
    return Candidate(
        segment_id=UUID(int=1000 + number),
        footage_id=footage,
        start_s=start_s,
        end_s=end_s,
        score=score,
        hook=hook,
        is_usable=is_usable,
        signature=picture(number if look is None else look),
    )


def row(lengths_s: Sequence[float], *, looks: Sequence[int] | None = None) -> list[Candidate]:
    """Segments of these lengths, one after the other."""
    made, at_s = [], 0.0
    for number, length_s in enumerate(lengths_s):
        look = None if looks is None else looks[number]
        made.append(
            segment(
                number,
                at_s,
                at_s + length_s,
                score=(number * 37) % 60 + 30,
                hook=(number * 53) % 97,
                look=look,
            )
        )
        at_s += length_s
    return made


def codes(plan: Plan) -> list[str]:
    return [warning.code for warning in plan.warnings]


def frames(cuts: tuple[PlannedCut, ...]) -> int:
    return sum(round(cut.duration_s * FPS) for cut in cuts)


def assert_sound(plan: Plan, candidates: list[Candidate]) -> None:
    """What no shortage may break: cuts inside their segments, on the grid, never over each other."""
    segments = {candidate.segment_id: candidate for candidate in candidates}
    for variant in plan.variants:
        for cut in variant.cuts:
            source = segments[cut.segment_id]
            assert cut.footage_id == source.footage_id
            assert source.start_s - SLACK_S <= cut.start_s < cut.end_s <= source.end_s + SLACK_S
            for offset_s in (cut.start_s - source.start_s, cut.duration_s):
                assert offset_s * FPS == pytest.approx(round(offset_s * FPS), abs=1e-4)
        for a, b in combinations(variant.cuts, 2):
            if a.footage_id == b.footage_id:
                assert a.end_s <= b.start_s + SLACK_S or b.end_s <= a.start_s + SLACK_S
    assert len({frames(variant.cuts) for variant in plan.variants}) == 1  # all equally long
