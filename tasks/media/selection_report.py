"""What a finished selection could not grant, measured on the result itself and told in plain sentences.

Nothing here trusts the search: every warning is computed from the cuts, so a wish can't be given up
silently.

| code | what was given up |
|---|---|
| `same_shot` | a clip shows a shot more than once (other parts of it, or a near-duplicate) |
| `overlap` | two clips share more seconds than the limit |
| `overlap_elsewhere` | a clip shares more than the limit with a clip that existed before |
| `unusable` | black, frozen or blurred footage was used |
| `skipped` | segments that their owner has set to be skipped were used |
| `cut_length` | a cut is shorter or longer than the rhythm allows |
| `same_opening` | two clips, new or old, open with the same shot or a near-duplicate |
| `left_out` | chosen segments did not fit into the clip |
| `shorter` | the clips are shorter than asked |
| `repeats` | the same seconds are shown more than once in a clip |
"""

from collections.abc import Callable, Mapping, Sequence
from math import fsum
from uuid import UUID

from tasks.media.selection_model import Candidate, Near, PlannedCut, PlanWarning, overlap_share

Cuts = Sequence[PlannedCut]
#: Rounding slack for comparing seconds and shares.
_SLACK = 1e-6


class Looks:
    """Knows the candidates behind cuts, and whether two cuts show the same shot."""

    def __init__(self, candidates: Sequence[Candidate], near: Near) -> None:
        self._known: Mapping[UUID, Candidate] = {c.segment_id: c for c in candidates}
        self._near = near

    def candidate(self, cut: PlannedCut) -> Candidate | None:
        """The segment a cut is from, if it is known."""
        return None if cut.segment_id is None else self._known.get(cut.segment_id)

    def alike(self, a: PlannedCut, b: PlannedCut) -> bool:
        """Whether two cuts are from the same segment or near-duplicates."""
        if a.segment_id is not None and a.segment_id == b.segment_id:
            return True
        one, two = self.candidate(a), self.candidate(b)
        return one is not None and two is not None and self._near(one, two)


def needed_for_limit(clips: int, target_s: float, max_share: float) -> float:
    """Seconds of footage below which some two clips must share more than the limit.

    With every second used by `m` or `m + 1` clips, the pairs share `(m - 1) / 2` seconds for each second
    of a clip, or `m / 2`; the limit allows `max_share * (clips - 1) / 2`.
    """
    allowed = max_share * (clips - 1)
    times = min(clips, int(allowed + _SLACK) + 1)
    more = allowed + 1 - times if times < clips else 0.0
    return clips * target_s * ((1 - more) / times + more / (times + 1))


def overlap_warning(
    overlaps: Mapping[tuple[int, int], float],
    *,
    max_share: float,
    usable_s: float,
    clips: int,
    target_s: float,
) -> list[PlanWarning]:
    """Warns of pairs beyond the limit; `overlaps` is a plan's."""
    over = {pair: share for pair, share in overlaps.items() if share > max_share + _SLACK}
    if not over:
        return []
    (first, second), worst = max(over.items(), key=lambda item: (item[1], -item[0][0], -item[0][1]))
    needed_s = needed_for_limit(clips, target_s, max_share)
    reason = (
        f"the footage gives {usable_s:.1f} s of usable shots; "
        f"{clips} clips of {target_s:.1f} s each would need at least {needed_s:.1f} s"
        if usable_s < needed_s - _SLACK
        else f"the {usable_s:.1f} s of usable shots have too few different ones"
    )
    return [
        PlanWarning(
            "overlap",
            f"Clips {first} and {second} share {worst:.0%} of their seconds (the limit is {max_share:.0%}), "
            f"and {len(over)} of {len(overlaps)} pairs are over it: {reason}.",
            {
                "worst_share": worst,
                "max_share": max_share,
                "pairs": len(over),
                "usable_s": usable_s,
                "needed_s": needed_s,
            },
        )
    ]


def elsewhere_warning(
    clips: Sequence[Cuts], elsewhere: Sequence[Cuts], *, max_share: float, known: float = 0.0
) -> list[PlanWarning]:
    """Warns of sharing with clips that existed before, when it is more than the share already `known`."""
    worst = max((overlap_share(cuts, other) for cuts in clips for other in elsewhere), default=0.0)
    if worst <= max(max_share, known) + _SLACK:
        return []
    return [
        PlanWarning(
            "overlap_elsewhere",
            f"Up to {worst:.0%} of a clip's seconds are in another clip of the project too "
            f"(the limit is {max_share:.0%}): there is not enough unused footage.",
            {"worst_share": worst, "max_share": max_share},
        )
    ]


def same_shot_warning(clips: Sequence[Cuts], looks: Looks) -> list[PlanWarning]:
    """Warns of shots that a clip shows more than once."""
    twice = [_seen_before(cuts, looks) for cuts in clips]
    cuts = sum(len(again) for again in twice)
    if not cuts:
        return []
    again_s = fsum(cut.duration_s for again in twice for cut in again)
    some = sum(1 for again in twice if again)
    subject = "The clip shows" if len(clips) == 1 else f"{some} of {len(clips)} clips show"
    return [
        PlanWarning(
            "same_shot",
            f"{subject} a shot more than once "
            f"({_count(cuts, 'cut')}, {again_s:.1f} s in all): the footage has too few different shots.",
            {"clips": some, "cuts": cuts, "seconds": again_s},
        )
    ]


def _seen_before(cuts: Cuts, looks: Looks) -> list[PlannedCut]:
    return [cut for n, cut in enumerate(cuts) if any(looks.alike(cut, earlier) for earlier in cuts[:n])]


def unusable_warning(clips: Sequence[Cuts], looks: Looks) -> list[PlanWarning]:
    """Warns of black, frozen or blurred footage."""
    bad = _cuts_of(clips, looks, lambda candidate: not candidate.is_usable and not candidate.is_skipped)
    if not bad:
        return []
    bad_s = fsum(cut.duration_s for cut in bad)
    return [
        PlanWarning(
            "unusable",
            f"{_count(len(bad), 'cut')} ({bad_s:.1f} s in all) had to be taken from black, frozen or blurred "
            "footage: nothing else was left to reach the length.",
            {"cuts": len(bad), "seconds": bad_s},
        )
    ]


def skipped_warning(clips: Sequence[Cuts], looks: Looks) -> list[PlanWarning]:
    """Warns of segments that are set to be skipped."""
    unwanted = _cuts_of(clips, looks, lambda candidate: candidate.is_skipped)
    if not unwanted:
        return []
    unwanted_s = fsum(cut.duration_s for cut in unwanted)
    return [
        PlanWarning(
            "skipped",
            f"{_count(len(unwanted), 'cut')} ({unwanted_s:.1f} s in all) had to be taken from segments that "
            "are set to be skipped: nothing else was left to reach the length.",
            {"cuts": len(unwanted), "seconds": unwanted_s},
        )
    ]


def _cuts_of(clips: Sequence[Cuts], looks: Looks, are: Callable[[Candidate], bool]) -> list[PlannedCut]:
    return [
        cut
        for cuts in clips
        for cut in cuts
        if (candidate := looks.candidate(cut)) is not None and are(candidate)
    ]


def cut_length_warning(clips: Sequence[Cuts], *, min_cut_s: float, max_cut_s: float) -> list[PlanWarning]:
    """Warns of cuts outside the rhythm."""
    lengths = [cut.duration_s for cuts in clips for cut in cuts]
    short = sum(1 for length_s in lengths if length_s < min_cut_s - _SLACK)
    long = sum(1 for length_s in lengths if length_s > max_cut_s + _SLACK)
    if not short and not long:
        return []
    return [
        PlanWarning(
            "cut_length",
            f"{short + long} of {_count(len(lengths), 'cut')} last less than {min_cut_s:.1f} s or more than "
            f"{max_cut_s:.1f} s (from {min(lengths):.1f} s to {max(lengths):.1f} s): "
            "the segments gave no others.",
            {"outside": short + long, "shortest_s": min(lengths), "longest_s": max(lengths)},
        )
    ]


def same_opening_warning(
    clips: Sequence[Cuts], looks: Looks, elsewhere: Sequence[Cuts] = ()
) -> list[PlanWarning]:
    """Warns of clips that open like each other, or like one of those that existed before."""
    openings = [cuts[0] for cuts in clips if cuts]
    known = [cuts[0] for cuts in elsewhere if cuts]
    alike = sum(
        any(looks.alike(opening, other) for n, other in enumerate(openings) if n != nth)
        or any(looks.alike(opening, other) for other in known)
        for nth, opening in enumerate(openings)
    )
    if not alike:
        return []
    subject = f"{alike} of {_count(len(openings), 'clip')} {'opens' if alike == 1 else 'open'}"
    others = "one that was there before" if len(openings) == 1 else "another one"
    return [
        PlanWarning(
            "same_opening",
            f"{subject} with a shot that {others} opens with too: the footage has too few different shots.",
            {"clips": alike},
        )
    ]


def left_out_warning(left_out: int, *, chosen: int, target_s: float, min_cut_s: float) -> list[PlanWarning]:
    """Warns of chosen segments that a clip has no time for."""
    if not left_out:
        return []
    return [
        PlanWarning(
            "left_out",
            f"The last {left_out} of {_count(chosen, 'chosen segment')} did not fit: "
            f"a clip of {target_s:.1f} s has no room for all of them at {min_cut_s:.1f} s each.",
            {"segments": left_out, "chosen": chosen, "target_s": target_s},
        )
    ]


def shorter_warning(clips: int, *, got_s: float, target_s: float, fps: int) -> list[PlanWarning]:
    """Warns of clips shorter than asked."""
    if got_s >= target_s - 0.5 / fps - _SLACK:
        return []
    subject = "The clip is" if clips == 1 else f"All {clips} clips are"
    return [
        PlanWarning(
            "shorter",
            f"{subject} {got_s:.1f} s long instead of {target_s:.1f} s: the footage gives no more.",
            {"duration_s": got_s, "target_s": target_s},
        )
    ]


def repeats_warning(*, repeated_s: float, different_s: float, target_s: float) -> list[PlanWarning]:
    """Warns of seconds shown more than once."""
    if repeated_s <= _SLACK:
        return []
    return [
        PlanWarning(
            "repeats",
            f"{repeated_s:.1f} s are shown again: the footage gives {different_s:.1f} s of different shots, "
            f"and the clip has to be {target_s:.1f} s long.",
            {"repeated_s": repeated_s, "different_s": different_s, "target_s": target_s},
        )
    ]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
