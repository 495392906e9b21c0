"""Adapts a clip to another length, for a script that turns out longer or shorter than planned.

Shorter: the end gives way, the opening stays. Longer: new shots first, then longer cuts, then the wishes
of `tasks.media.selection` are given up in its order, and at last the clip's own cuts are shown again.
"""

from collections.abc import Sequence
from itertools import cycle
from math import floor, isfinite
from random import Random

from models.errors import BadInput
from tasks.media import selection_report as report
from tasks.media.selection_board import Board, Freedom, Rules, Span
from tasks.media.selection_model import Candidate, Near, PlannedCut, PlanWarning, looks_alike, overlap_share
from tasks.media.selection_search import fill, fill_by_force, pace, rank
from tasks.media.selection_sources import SLACK, Source, carve


def fit_to_duration(
    cuts: Sequence[PlannedCut],
    candidates: Sequence[Candidate],
    *,
    target_s: float,
    seed: int,
    elsewhere: Sequence[Sequence[PlannedCut]] = (),
    fps: int = 30,
    may_repeat: bool = True,
    near: Near = looks_alike,
    min_cut_s: float = 1.0,
    max_cut_s: float = 4.0,
    max_share: float = 0.35,
) -> tuple[tuple[PlannedCut, ...], tuple[PlanWarning, ...]]:
    """Makes a clip's cuts exactly as long as wanted, to the frame.

    Args:
        cuts: The clip's cuts in order; each is rounded down to whole frames from its start.
        candidates: Segments that may be used to lengthen it; may be empty.
        target_s: Wanted length.
        seed: For the choice among equals.
        elsewhere: Cuts of the project's other clips, to stay different from.
        fps: Frames per second of the output.
        may_repeat: When all footage is used up, show cuts again (else the clip stays shorter).
        near: Tells near-duplicates.
        min_cut_s: Shortest cut.
        max_cut_s: Longest cut.
        max_share: Limit for `overlap_share` with each other clip.

    Returns:
        The cuts, and a warning for every wish that was given up to get there.

    Raises:
        BadInput: there are no cuts, or a number makes no sense.
    """
    if not cuts:
        raise BadInput("There are no cuts to fit; plan the clip first.")
    if not (isfinite(target_s) and target_s > 0):
        raise BadInput(f"A clip can't be {target_s} s long; ask for more than 0 s.")
    frames = max(1, round(target_s * fps))
    rules = Rules(
        fps=fps,
        min_frames=min(round(min_cut_s * fps), frames),
        max_frames=round(max_cut_s * fps),
        max_share=max_share,
    )
    own, spans = _own_sources(cuts, candidates, fps)
    sources = [*own, *carve(candidates, [source.cut for source in own], fps)]
    board = Board(sources, rules=rules, near=near, clip_frames=[frames], elsewhere=elsewhere)
    for span in spans:
        board.add(span)
    _trim(board)
    _stretch(board, Random(seed))  # noqa: S311 - repeatable, not secret
    repeated = _repeated(board) if may_repeat else []
    kept = [sources[span.source].part(span.start, span.frames, fps) for span in board.clips[0]]
    again = [sources[span.source].part(span.start, span.frames, fps) for span in repeated]
    different_s = sum(span.frames for span in board.clips[0]) / fps
    repeated_s = sum(span.frames for span in repeated) / fps
    looks = report.Looks(candidates, near)
    known_share = max((overlap_share(cuts, other) for other in elsewhere), default=0.0)
    limits = {"min_cut_s": rules.min_frames / fps, "max_cut_s": max_cut_s}
    return (*kept, *again), (
        *_new(report.same_shot_warning([kept], looks), report.same_shot_warning([cuts], looks), "seconds"),
        *report.elsewhere_warning([kept], elsewhere, max_share=max_share, known=known_share),
        *_new(report.unusable_warning([kept], looks), report.unusable_warning([cuts], looks), "seconds"),
        *_new(report.skipped_warning([kept], looks), report.skipped_warning([cuts], looks), "seconds"),
        *_new(
            report.cut_length_warning([[*kept, *again]], **limits),
            report.cut_length_warning([cuts], **limits),
            "outside",
        ),
        *report.shorter_warning(1, got_s=different_s + repeated_s, target_s=target_s, fps=fps),
        *report.repeats_warning(repeated_s=repeated_s, different_s=different_s, target_s=target_s),
    )


def _new(after: list[PlanWarning], before: list[PlanWarning], number: str) -> list[PlanWarning]:
    """The warnings that are not just as true of the clip as it came."""
    return (
        after if after and (not before or after[0].numbers[number] > before[0].numbers[number] + 1e-6) else []
    )


def _own_sources(
    cuts: Sequence[PlannedCut], candidates: Sequence[Candidate], fps: int
) -> tuple[list[Source], list[Span]]:
    """A source for each cut: the part of its segment around it that no other cut of the clip has."""
    segments = {candidate.segment_id: candidate for candidate in candidates}
    sources: list[Source] = []
    spans: list[Span] = []
    for nth, cut in enumerate(cuts):
        frames = max(1, floor(cut.duration_s * fps + SLACK))
        segment = segments.get(cut.segment_id) if cut.segment_id is not None else None
        low_s, high_s = cut.start_s, max(cut.end_s, cut.start_s + frames / fps)
        others = [other for n, other in enumerate(cuts) if n != nth] + [source.cut for source in sources]
        others = [other for other in others if other.footage_id == cut.footage_id]
        is_alone = all(other.end_s <= cut.start_s or other.start_s >= cut.end_s for other in others)
        if segment is not None and segment.footage_id == cut.footage_id and is_alone:
            before_s = [other.end_s for other in others if other.end_s <= cut.start_s]
            after_s = [other.start_s for other in others if other.start_s >= cut.end_s]
            low_s = min(low_s, max([segment.start_s, *before_s]))
            high_s = max(high_s, min([segment.end_s, *after_s]))
        first = floor((cut.start_s - low_s) * fps + SLACK)
        room = first + max(frames, floor((high_s - cut.start_s) * fps + SLACK))
        whole = PlannedCut(cut.segment_id, cut.footage_id, cut.start_s - first / fps, high_s)
        sources.append(Source(segment, whole, room))
        spans.append(Span(0, nth, first, frames))
    return sources, spans


def _trim(board: Board) -> None:
    """Takes what is too much from the end: whole cuts first, the opening last."""
    spans, shortest = board.clips[0], board.rules.min_frames
    while (excess := -board.missing(0)) > 0:
        if len(spans) > 1 and spans[-1].frames <= excess:
            board.remove(spans[-1])
            continue
        for span in [*reversed(spans[1:]), spans[0]]:
            given = min(excess, span.frames - shortest)
            if given > 0:
                board.resize(span, span.start, span.frames - given)
                excess -= given
        if excess:  # every cut is at its shortest: one has to go, and the others may grow again
            board.remove(spans[-1])


def _stretch(board: Board, rng: Random) -> None:
    """Adds what is missing, giving up one wish after the other."""
    ranking, beats = rank(board, rng), pace(rng, fps=board.rules.fps)
    for unusable in (False, True):
        for freedom in (
            Freedom(over_limit=False, unusable=unusable),
            Freedom(over_limit=False, same_shot=True, unusable=unusable),
            Freedom(same_shot=True, unusable=unusable),
        ):
            if fill(board, 0, ranking=ranking, pace=beats, freedom=freedom):
                return
        if fill_by_force(board, 0, ranking=ranking, freedom=freedom):
            return


def _repeated(board: Board) -> list[Span]:
    """The clip's cuts once more, from the opening on, until it is long enough."""
    kept, missing = board.clips[0], board.missing(0)
    again: list[Span] = []
    for span in cycle(kept):
        if missing <= 0:
            break
        again.append(Span(0, span.source, span.start, min(span.frames, missing)))
        missing -= again[-1].frames
    if again:
        _lengthen_last(board, [*kept, *again])
    return again


def _lengthen_last(board: Board, spans: Sequence[Span]) -> None:
    """Gives a last cut that would only flash up frames of the cuts before it."""
    *others, last = spans
    shortest = board.rules.min_frames
    needed = shortest - last.frames
    spare = sum(max(0, span.frames - shortest) for span in others)
    original = next(span.frames for span in others if (span.source, span.start) == (last.source, last.start))
    if needed <= 0 or original < shortest or spare < needed:
        return
    last.frames = shortest
    for span in reversed(others):
        given = min(needed, max(0, span.frames - shortest))
        needed -= given
        span.frames -= given
