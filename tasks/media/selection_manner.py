"""The manner of a clip that somebody likes, for others like it: what its shots are, in which order, how long.

"More like this" means other pictures in the same manner, so nothing here weakens the rule that clips differ.
Two shots are alike by three things that were measured or judged before:

- the tags they have in common (as a share of all tags of the two), counted twice;
- their motion, and their brightness, compared by rank among the shots at hand, so that no unit matters.

A segment gains points for the liked shot that it is most like; as an opening it gains them for being like
the liked opening. The cuts follow the liked clip's lengths, and its order: a shot comes where the liked clip
has its like. All of it is arithmetic on the segments: the same clip and footage give the same manner.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from tasks.media.selection_model import Candidate, PlannedCut

#: What full likeness is worth: more than the difference between a fair segment and a good one.
_POINTS = 40.0
_TAGS_WEIGH = 2.0


@dataclass(frozen=True)
class Shot:
    """What is compared of a segment."""

    segment_id: UUID
    footage_id: UUID
    start_s: float
    end_s: float
    tags: frozenset[str]
    motion: float
    brightness: float


@dataclass(frozen=True)
class Manner:
    """How a liked clip is made."""

    lengths_s: tuple[float, ...]
    """Lengths of its cuts in order."""
    likeness: Mapping[UUID, tuple[float, ...]]
    """For each segment, how alike it is to each of the clip's shots in order, 0 to 1."""

    def prefer(self, candidate: Candidate) -> Candidate:
        """The candidate with the points that its likeness is worth."""
        alike = self.likeness.get(candidate.segment_id)
        if alike is None:
            return candidate
        return replace(
            candidate,
            score=candidate.score + _POINTS * max(alike),
            hook=candidate.hook + _POINTS * alike[0],
        )

    def misfit(self, segment_id: UUID | None, at: float) -> float:
        """How unlike a segment is to what the liked clip shows there, 0 to 1.

        Args:
            segment_id: The segment; one that is unknown fits anywhere.
            at: Place in the clip, 0 (its start) to 1 (its end).
        """
        alike = self.likeness.get(segment_id) if segment_id is not None else None
        if alike is None:
            return 0.0
        return 1.0 - alike[min(len(alike) - 1, int(at * len(alike)))]


def learn_manner(cuts: Sequence[PlannedCut], shots: Sequence[Shot]) -> Manner | None:
    """The manner of a clip; None when nothing is known of any of its shots.

    Args:
        cuts: The liked clip's, in order.
        shots: All segments of the project's footage, those of the clip among them.
    """
    shown = [(cut, shot) for cut in cuts if (shot := _shot_of(cut, shots)) is not None]
    if not shown:
        return None
    motion = sorted(shot.motion for shot in shots)
    brightness = sorted(shot.brightness for shot in shots)

    def alike(one: Shot, other: Shot) -> float:
        measures = [
            1.0 - abs(_rank(motion, one.motion) - _rank(motion, other.motion)),
            1.0 - abs(_rank(brightness, one.brightness) - _rank(brightness, other.brightness)),
        ]
        all_tags = one.tags | other.tags
        if not all_tags:
            return sum(measures) / len(measures)
        tags = len(one.tags & other.tags) / len(all_tags)
        return (_TAGS_WEIGH * tags + sum(measures)) / (_TAGS_WEIGH + len(measures))

    return Manner(
        lengths_s=tuple(cut.duration_s for cut, _ in shown),
        likeness={shot.segment_id: tuple(alike(shot, liked) for _, liked in shown) for shot in shots},
    )


def _shot_of(cut: PlannedCut, shots: Sequence[Shot]) -> Shot | None:
    """The segment that a cut shows most of: its own may have been found anew since."""
    common_s = {
        shot: min(cut.end_s, shot.end_s) - max(cut.start_s, shot.start_s)
        for shot in shots
        if shot.footage_id == cut.footage_id
    }
    best = max(common_s, key=lambda shot: (shot.segment_id == cut.segment_id, common_s[shot]), default=None)
    return best if best is not None and common_s[best] > 0 else None


def _rank(ordered: Sequence[float], value: float) -> float:
    return bisect_left(ordered, value) / max(1, len(ordered) - 1)
