"""What selection takes and gives: candidates in, planned cuts, variants and warnings out.

Kept apart from the search, so that the database side and the panel can speak of a plan without knowing
how it is found.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from uuid import UUID

from tasks.media.similarity import Signature, is_near_duplicate


@dataclass(frozen=True)
class Candidate:
    """A segment that selection may cut from."""

    segment_id: UUID
    footage_id: UUID
    start_s: float
    """Start in seconds of its footage."""
    end_s: float
    """End (exclusive) in seconds of its footage."""
    score: float
    """How good the segment is, 0-100, and what its owner's taste adds."""
    hook: float
    """How well it would open a clip, in the same points."""
    is_usable: bool
    """False for black, frozen or blurred segments: a last resort only."""
    signature: Signature | None
    """What the picture looks like, to tell near-duplicates; None when it was never measured."""
    shot: int | None = None
    """Which shot of its footage it is part of; None when that is not known."""
    content: str = ""
    """Hash of its footage: breaks ties alike wherever the same footage is planned, whatever its ids."""
    is_skipped: bool = False
    """Its owner does not want it: used when everything else is used up."""

    @property
    def is_welcome(self) -> bool:
        """Whether nothing speaks against it."""
        return self.is_usable and not self.is_skipped

    @property
    def duration_s(self) -> float:
        """Length of the segment."""
        return self.end_s - self.start_s


#: Tells whether two candidates show practically the same picture.
Near = Callable[[Candidate, Candidate], bool]


def looks_alike(a: Candidate, b: Candidate) -> bool:
    """The default `Near`: parts of one shot, or pictures with alike signatures."""
    if a.shot is not None and (a.footage_id, a.shot) == (b.footage_id, b.shot):
        return True
    if a.signature is None or b.signature is None:
        return False
    return is_near_duplicate(a.signature, b.signature)


@dataclass(frozen=True)
class PlannedCut:
    """A span `[start_s, end_s)` of one footage, chosen for a clip."""

    segment_id: UUID | None
    """The segment it was cut from; None when that segment is gone or was never there."""
    footage_id: UUID
    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Length of the span."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Variant:
    """One clip of a plan."""

    number: int
    """1 for the first."""
    cuts: tuple[PlannedCut, ...]

    @property
    def duration_s(self) -> float:
        """Length of the picture."""
        return fsum(cut.duration_s for cut in self.cuts)


@dataclass(frozen=True)
class PlanWarning:
    """A wish that the footage could not grant, told in one sentence with its numbers."""

    code: str
    """Stable name, such as `overlap`; see `tasks.media.selection_report`."""
    message: str
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """Variants planned jointly."""

    variants: tuple[Variant, ...]
    warnings: tuple[PlanWarning, ...]
    """Empty when the footage gave everything that was asked."""
    overlaps: Mapping[tuple[int, int], float]
    """Share of common seconds for each pair of variant numbers `(i, j)`, `i < j`; see `overlap_share`."""


def overlap_share(a_cuts: Sequence[PlannedCut], b_cuts: Sequence[PlannedCut]) -> float:
    """Share of the shorter clip's seconds that are in the other clip too.

    Computed on the footage's time line by intervals, not by sampling. A second that the shorter clip
    shows twice counts twice.

    Returns:
        0 (nothing in common) to 1; 0 when either clip is empty.
    """
    a_s = fsum(cut.duration_s for cut in a_cuts)
    b_s = fsum(cut.duration_s for cut in b_cuts)
    shorter_s = min(a_s, b_s)
    if shorter_s <= 0:
        return 0.0
    shared = [
        _covered_s(cuts, _merged(others))
        for cuts, others, length_s in ((a_cuts, b_cuts, a_s), (b_cuts, a_cuts, b_s))
        if length_s == shorter_s
    ]
    return min(1.0, max(shared) / shorter_s)


def _merged(cuts: Sequence[PlannedCut]) -> dict[UUID, list[tuple[float, float]]]:
    """Disjoint, ordered spans per footage that the cuts cover together."""
    by_footage: dict[UUID, list[tuple[float, float]]] = defaultdict(list)
    for cut in sorted(cuts, key=lambda cut: (cut.start_s, cut.end_s)):
        spans = by_footage[cut.footage_id]
        if spans and cut.start_s <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], cut.end_s))
        else:
            spans.append((cut.start_s, cut.end_s))
    return by_footage


def _covered_s(cuts: Sequence[PlannedCut], spans: Mapping[UUID, Sequence[tuple[float, float]]]) -> float:
    """Seconds of the cuts that lie in the spans."""
    return fsum(
        max(0.0, min(cut.end_s, end_s) - max(cut.start_s, start_s))
        for cut in cuts
        for start_s, end_s in spans.get(cut.footage_id, ())
    )
