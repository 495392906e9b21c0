"""Plans clips of chosen segments in the order in which they were chosen.

Nothing is searched: every segment is shown once, as long as the others where it has the length, and the
clips show other parts of each where there are any. What can't be had is reported as for any plan.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

from models.errors import BadInput
from tasks.media import selection_report as report
from tasks.media.selection_model import (
    Candidate,
    Near,
    Plan,
    PlannedCut,
    Variant,
    looks_alike,
    overlap_share,
)
from tasks.media.selection_sources import Source, carve_in_order


def plan_given(
    candidates: Sequence[Candidate],
    *,
    variants: int,
    target_s: float,
    fps: int = 30,
    elsewhere: Sequence[Sequence[PlannedCut]] = (),
    near: Near = looks_alike,
    min_cut_s: float = 1.0,
    max_share: float = 0.35,
) -> Plan:
    """Plans so many clips that show these segments in this order.

    Args:
        candidates: The segments in order; of two that overlap, the later one gives way.
        variants: Number of clips.
        target_s: Longest length of a clip; segments are shortened evenly to meet it.
        fps: Frames per second of the output.
        elsewhere: Cuts of clips that exist already and that the new ones should differ from.
        near: Tells near-duplicates.
        min_cut_s: Shortest cut; when not all segments fit at that length, the last ones are left out.
        max_share: Limit for `overlap_share` of any two clips.

    Raises:
        BadInput: there are no segments, or all are shorter than one frame.
    """
    sources = carve_in_order(candidates, fps)
    if not sources:
        raise BadInput("None of the chosen segments can be shown; choose at least one that lasts a frame.")
    wanted = max(1, round(target_s * fps))
    lengths = share_out([source.frames for source in sources], wanted, round(min_cut_s * fps))
    left_out = len(sources) - len(lengths)
    at = [0.5] if variants == 1 else [nth / (variants - 1) for nth in range(variants)]
    clips: list[Variant] = []
    taken = [cut for cuts in elsewhere for cut in cuts]
    for number in range(1, variants + 1):
        cuts = tuple(
            source.part(_start(source, frames, taken, fps, share=at[number - 1]), frames, fps)
            for source, frames in zip(sources, lengths, strict=False)
        )
        clips.append(Variant(number, cuts))
        taken += cuts
    overlaps = {(a.number, b.number): overlap_share(a.cuts, b.cuts) for a, b in combinations(clips, 2)}
    planned = [clip.cuts for clip in clips]
    looks = report.Looks(candidates, near)
    got_s = sum(lengths) / fps
    warnings = [
        *report.overlap_warning(
            overlaps,
            max_share=max_share,
            usable_s=sum(source.frames for source in sources) / fps,
            clips=variants,
            target_s=got_s,
        ),
        *report.elsewhere_warning(planned, elsewhere, max_share=max_share),
        *report.same_opening_warning(planned, looks, elsewhere),
        *report.left_out_warning(left_out, chosen=len(sources), target_s=target_s, min_cut_s=min_cut_s),
        *report.shorter_warning(variants, got_s=got_s, target_s=target_s, fps=fps),
    ]
    return Plan(tuple(clips), tuple(warnings), overlaps)


def share_out(rooms: Sequence[int], wanted: int, shortest: int) -> list[int]:
    """Frames for each of the first segments, equal as far as they have the room, `wanted` in all.

    Args:
        rooms: Frames that each segment has.
        wanted: Frames of the whole; less when the segments have less.
        shortest: Frames below which a segment is rather left out, the last one first.

    Returns:
        At least one number; fewer than `rooms` when not all fit.
    """
    kept = list(rooms)
    while len(kept) > 1 and sum(min(room, shortest) for room in kept) > wanted:
        kept.pop()
    lengths = [0] * len(kept)
    rest = min(wanted, sum(kept))
    by_room = sorted(range(len(kept)), key=lambda nth: (kept[nth], nth))
    for done, nth in enumerate(by_room):
        lengths[nth] = min(kept[nth], rest // (len(kept) - done))
        rest -= lengths[nth]
    return lengths


def _start(source: Source, frames: int, taken: Iterable[PlannedCut], fps: int, *, share: float) -> int:
    """Where in a segment a cut shares least with others; at `share` of its room when all are equal."""
    spare = source.frames - frames
    spans = [
        (round((cut.start_s - source.cut.start_s) * fps), round((cut.end_s - source.cut.start_s) * fps))
        for cut in taken
        if cut.footage_id == source.cut.footage_id
    ]
    places = [round(spare * share), spare // 2, 0, spare]
    places += sorted({edge for start, end in spans for edge in (end, start - frames) if 0 <= edge <= spare})

    def shared(start: int) -> int:
        return sum(max(0, min(start + frames, high) - max(start, low)) for low, high in spans)

    return min(places, key=shared)
