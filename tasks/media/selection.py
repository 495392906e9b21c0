"""Plans the variants of a project jointly: which cuts, from where, how long, in which order.

Pure and seeded: the same candidates (in any order), numbers and seed give the same plan. All clips are
laid out together, so that none takes the footage from the others. When the footage can't grant every
wish, they are given up in this order, and each is reported: a shot may show twice in a clip, two clips
may share more than the limit, unusable footage is used, skipped segments are used, all clips become
shorter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from random import Random

from models.errors import BadInput
from tasks.media import selection_report as report
from tasks.media.selection_board import Board, Freedom, Rules, Span
from tasks.media.selection_fit import fit_to_duration
from tasks.media.selection_manner import Manner
from tasks.media.selection_model import (
    Candidate,
    Near,
    Plan,
    PlannedCut,
    PlanWarning,
    Variant,
    looks_alike,
    overlap_share,
)
from tasks.media.selection_search import Pace, Ranking, fill, fill_by_force, improve, pace, rank, step
from tasks.media.selection_sources import Source, carve

__all__ = [
    "Candidate",
    "Near",
    "Plan",
    "PlanWarning",
    "PlannedCut",
    "Variant",
    "fit_to_duration",
    "looks_alike",
    "overlap_share",
    "plan_variants",
]

#: An opening is short and strong.
_OPENING_S = 1.5
#: How far the seed may change the order of hooks, in points.
_HOOK_TASTE = 1.5
#: What a segment loses as an opening when clips that are there already show all of it: an opening is never
#: exchanged later, so what it shares is shared for good.
_SHOWN = 40.0
#: Below this many times the footage that all clips show together, none of it is wasted.
_SCARCE = 1.5
#: Tries with other tastes of the seed; fewer when the footage can't grant every wish anyway.
_ATTEMPTS, _ATTEMPTS_IN_VAIN = 4, 2
_ROUNDS_PER_CLIP = 60
#: What a shot in the wrong place of a liked clip's order weighs against a jump back in time (0.5).
_MISFIT = 3.0
_USUAL_CUT_S = 2.3
_SLOWEST = 1.7


def plan_variants(
    candidates: Sequence[Candidate],
    *,
    variants: int,
    target_s: float,
    seed: int,
    fps: int = 30,
    elsewhere: Sequence[Sequence[PlannedCut]] = (),
    manner: Manner | None = None,
    near: Near = looks_alike,
    min_cut_s: float = 1.0,
    max_cut_s: float = 4.0,
    max_share: float = 0.35,
) -> Plan:
    """Plans so many clips of the same length from the candidates.

    Args:
        candidates: Segments to cut from, of any number of footages; they may overlap in time.
        variants: Number of clips.
        target_s: Wanted length of each, met to the frame where the footage allows.
        seed: Another seed gives another plan.
        fps: Frames per second of the output; cuts are whole frames, counted from their segment's start.
        elsewhere: Cuts of clips that exist already and that the new ones should differ from.
        manner: Of a clip that the new ones should be like.
        near: Tells near-duplicates.
        min_cut_s: Shortest cut.
        max_cut_s: Longest cut.
        max_share: Limit for `overlap_share` of any two clips.

    Raises:
        BadInput: there are no candidates, or a number makes no sense.
    """
    _check(
        candidates, variants=variants, target_s=target_s, fps=fps, min_cut_s=min_cut_s, max_cut_s=max_cut_s
    )
    if manner is not None:
        candidates = [manner.prefer(candidate) for candidate in candidates]
    sources = carve(candidates, (), fps)
    if not sources:
        raise BadInput(
            f"Every segment is shorter than one frame at {fps} frames per second; choose longer ones."
        )
    wanted = max(1, round(target_s * fps))
    usable_frames = _frames(_welcome(sources, spoilt=False))
    sources = _enough(sources, wanted)
    frames = min(wanted, sum(source.frames for source in sources))
    rules = Rules(
        fps=fps,
        min_frames=min(round(min_cut_s * fps), frames),
        max_frames=round(max_cut_s * fps),
        max_share=max_share,
        is_frugal=usable_frames < _SCARCE * frames * (variants + len(elsewhere)),
    )
    empty = Board(sources, rules=rules, near=near, clip_frames=[frames] * variants, elsewhere=elsewhere)
    outlook = _look_ahead(empty)
    found: tuple[float, list[list[PlannedCut]]] | None = None
    for attempt in range(_ATTEMPTS if outlook.is_possible else _ATTEMPTS_IN_VAIN):
        rng = Random(f"{seed} {attempt}")  # noqa: S311 - repeatable, not secret
        board = Board(sources, rules=rules, near=near, clip_frames=[frames] * variants, elsewhere=elsewhere)
        is_flawless = _lay_out(board, outlook, rng, manner)
        price = sum(board.clip_price(clip) for clip in range(variants))
        if found is None or price < found[0]:
            found = price, [_in_order(board, clip, rng, manner) for clip in range(variants)]
        if is_flawless:
            break
    assert found is not None  # noqa: S101 - there is at least one attempt
    clips = tuple(Variant(number, tuple(cuts)) for number, cuts in enumerate(found[1], start=1))
    overlaps = {
        (a.number, b.number): overlap_share(a.cuts, b.cuts)
        for a in clips
        for b in clips
        if a.number < b.number
    }
    cuts = [clip.cuts for clip in clips]
    looks = report.Looks(candidates, near)
    warnings = [
        *report.same_shot_warning(cuts, looks),
        *report.overlap_warning(
            overlaps, max_share=max_share, usable_s=usable_frames / fps, clips=variants, target_s=frames / fps
        ),
        *report.elsewhere_warning(cuts, elsewhere, max_share=max_share),
        *report.unusable_warning(cuts, looks),
        *report.skipped_warning(cuts, looks),
        *report.cut_length_warning(cuts, min_cut_s=rules.min_frames / fps, max_cut_s=max_cut_s),
        *report.same_opening_warning(cuts, looks, elsewhere),
        *report.shorter_warning(variants, got_s=frames / fps, target_s=target_s, fps=fps),
    ]
    return Plan(clips, tuple(warnings), overlaps)


def _check(
    candidates: Sequence[Candidate],
    *,
    variants: int,
    target_s: float,
    fps: int,
    min_cut_s: float,
    max_cut_s: float,
) -> None:
    if not candidates:
        raise BadInput("There are no segments to cut from; add footage, or choose at least one segment.")
    if variants < 1:
        raise BadInput(f"{variants} variants can't be planned; ask for at least one.")
    if not (isfinite(target_s) and target_s > 0):
        raise BadInput(f"A clip can't be {target_s} s long; ask for more than 0 s.")
    if fps < 1 or not 0 < min_cut_s <= max_cut_s / 2:
        raise BadInput(
            f"Cuts of {min_cut_s} s to {max_cut_s} s at {fps} frames per second can't be planned; "
            "the longest must be at least twice the shortest."
        )


@dataclass(frozen=True)
class _Outlook:
    """What can be told of a plan before the search."""

    slower: float
    """How much longer than usual cuts have to be for the different shots to fill a clip."""
    has_shots: bool
    """Whether the different shots can fill a clip at all."""
    is_possible: bool
    """Whether the footage may grant every wish."""


def _look_ahead(board: Board) -> _Outlook:
    rules, frames = board.rules, board.targets[0]
    usual = _USUAL_CUT_S * rules.fps
    different: list[int] = []
    for source in sorted(range(len(board.sources)), key=lambda source: -board.sources[source].frames):
        if len(different) * usual >= frames:
            break
        if not board.is_short(source) and not any(board.is_near(source, other) for other in different):
            different.append(source)
    has_shots = sum(min(board.sources[source].frames, rules.max_frames) for source in different) >= frames
    footage_s = sum(source.frames for source in board.sources) / rules.fps
    needed_s = report.needed_for_limit(board.own, frames / rules.fps, rules.max_share)
    slower = min(_SLOWEST, max(1.0, frames / (usual * max(1, len(different)))))
    return _Outlook(slower, has_shots, has_shots and footage_s > needed_s)


def _enough(sources: list[Source], wanted: int) -> list[Source]:
    """The least that fills a clip: what is usable, else spoilt footage too, else all that is there."""
    for some in (_welcome(sources, spoilt=False), _welcome(sources, spoilt=True)):
        if _frames(some) >= wanted:
            return some
    return sources


def _welcome(sources: Iterable[Source], *, spoilt: bool) -> list[Source]:
    """Sources that nobody wants to be skipped."""
    return [
        source
        for source in sources
        if (candidate := source.candidate) is not None
        and not candidate.is_skipped
        and (spoilt or candidate.is_usable)
    ]


def _frames(sources: Iterable[Source]) -> int:
    return sum(source.frames for source in sources)


def _lay_out(board: Board, outlook: _Outlook, rng: Random, manner: Manner | None) -> bool:
    """One attempt at all clips; True when every wish is granted."""
    clips = range(board.own)
    _place_openings(board, rng)
    like_s = manner.lengths_s if manner else ()
    paces = [pace(rng, fps=board.rules.fps, slower=outlook.slower, like_s=like_s) for _ in clips]
    rankings = [rank(board, rng) for _ in clips]
    rounds = _ROUNDS_PER_CLIP * board.own
    _draft(board, rankings, paces, Freedom())
    if outlook.has_shots:
        improve(board, paces, rng, freedom=Freedom(), rounds=rounds)
    if _is_flawless(board):
        return True
    for unusable in (False, True):
        freedom = Freedom(same_shot=True, unusable=unusable)
        for clip in clips:
            fill(board, clip, ranking=rankings[clip], pace=paces[clip], freedom=freedom)
            fill_by_force(board, clip, ranking=rankings[clip], freedom=freedom)
    improve(board, paces, rng, freedom=freedom, rounds=rounds)
    return _is_flawless(board)


def _is_flawless(board: Board) -> bool:
    return not any(
        board.missing(clip) or board.over_limit(clip) or board.has_same_shot(clip)
        for clip in range(board.own)
    )


def _draft(board: Board, rankings: Sequence[Ranking], paces: Sequence[Pace], freedom: Freedom) -> None:
    """One cut at a time for the clip that has the least, so that none goes short for another."""
    open_clips = list(range(board.own))
    while open_clips:
        clip = max(open_clips, key=board.missing)
        if not step(board, clip, ranking=rankings[clip], pace=paces[clip], freedom=freedom):
            open_clips.remove(clip)


def _place_openings(board: Board, rng: Random) -> None:
    """Gives each clip its first cut: the strongest hooks, all different where possible."""
    opening = min(round(_OPENING_S * board.rules.fps), board.targets[0])
    if 0 < board.targets[0] - opening < board.rules.min_frames:
        opening = min(board.targets[0], board.rules.max_frames)
    chosen = _opening_sources(board, rng)
    for source in dict.fromkeys(chosen):
        clips = [clip for clip, taken in enumerate(chosen) if taken == source]
        room = board.sources[source].frames
        frames = min(opening, room)
        if board.rules.is_frugal and board.rules.min_frames <= room - board.rules.min_frames < frames:
            frames = max(board.rules.min_frames, room - board.rules.min_frames)
        for nth, clip in enumerate(clips):
            if len(clips) > 1:
                start = nth * (room - frames) // (len(clips) - 1)
            else:
                start = _least_shown(board, source, frames)
            board.add(Span(clip, source, start, frames))


def _least_shown(board: Board, source: int, frames: int) -> int:
    """Where in a source an opening shares least with the clips that are there already."""
    room = board.sources[source].frames
    spans = board.spans_on[source]
    starts = [0 if board.rules.is_frugal else (room - frames) // 2, 0, room - frames]
    starts += sorted({edge for span in spans for edge in (span.end, span.start - frames)})

    def shared(start: int) -> int:
        return sum(max(0, min(start + frames, span.end) - max(start, span.start)) for span in spans)

    return min((start for start in starts if 0 <= start <= room - frames), key=shared)


def _opening_sources(board: Board, rng: Random) -> list[int]:
    hooks = [
        (candidate.hook if (candidate := source.candidate) else 0.0)
        + rng.uniform(-_HOOK_TASTE, _HOOK_TASTE)
        - _SHOWN * min(1.0, sum(span.frames for span in board.spans_on[index]) / source.frames)
        for index, source in enumerate(board.sources)
    ]
    by_hook = sorted(range(len(hooks)), key=lambda source: (-hooks[source], source))
    known = board.foreign_openings
    pool = _best_pool(board, by_hook)
    chosen: list[int] = []
    for is_same in (board.is_near, lambda a, b: _same_segment(board, a, b)):
        for source in pool:
            if len(chosen) < board.own and not any(is_same(source, other) for other in (*known, *chosen)):
                chosen.append(source)
    while len(chosen) < board.own:
        chosen.append(min(pool, key=lambda source: (1 + chosen.count(source)) / board.sources[source].frames))
    return chosen


def _best_pool(board: Board, sources: Iterable[int]) -> list[int]:
    """Sources fit for an opening: usable and long enough, else usable, else all."""
    everything = list(sources)
    usable = [source for source in everything if board.is_welcome(source)]
    return [source for source in usable if not board.is_short(source)] or usable or everything


def _same_segment(board: Board, a: int, b: int) -> bool:
    return a == b or board.sources[a].cut.segment_id == board.sources[b].cut.segment_id


def _in_order(board: Board, clip: int, rng: Random, manner: Manner | None) -> list[PlannedCut]:
    """The clip's cuts after its opening, neighbours unlike each other and rather forward in time.

    With a manner to follow, each comes where the liked clip has its like.
    """
    spans = board.clips[clip]
    ordered, rest = spans[:1], spans[1:]

    def price(span: Span) -> float:
        jump = _jump(board, ordered[-1], span)
        if manner is None:
            return jump + rng.random()
        segment_id = board.sources[span.source].cut.segment_id
        return jump + _MISFIT * manner.misfit(segment_id, len(ordered) / len(spans))

    while rest:
        following = min(rest, key=price)
        rest.remove(following)
        ordered.append(following)
    return [board.sources[span.source].part(span.start, span.frames, board.rules.fps) for span in ordered]


def _jump(board: Board, last: Span, following: Span) -> float:
    """How badly one span follows another."""
    a, b = board.sources[last.source].cut, board.sources[following.source].cut
    backwards = a.footage_id == b.footage_id and (b.start_s, following.start) < (a.start_s, last.start)
    return 2.0 * board.is_near(last.source, following.source) + 0.5 * backwards
