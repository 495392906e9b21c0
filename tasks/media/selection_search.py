"""How clips are laid out on the board: filled step by step, then improved by taking apart and refilling.

The second half is a small large-neighbourhood search (Shaw 1998, "Using Constraint Programming and Local
Search Methods to Solve Vehicle Routing Problems"): remove a few cuts from a clip, refill, keep what is
cheaper. It only runs while a wish is unfulfilled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from tasks.media.selection_board import Board, Freedom, Span

#: Wanted lengths of the cuts after the opening; short social video cuts every two to three seconds.
_BEATS_S = (2.0, 2.6, 1.8, 3.0, 2.2)
#: How far the seed's taste may move a segment's worth, in points.
_TASTE = 5.0
_STALE_ROUNDS = 40
_GAIN = 1e-6

Ranking = list[tuple[float, int]]


@dataclass(frozen=True)
class Pace:
    """Rhythm of one clip: the wanted lengths in frames, repeated as often as needed."""

    beats: tuple[int, ...]

    def wanted(self, cuts: int) -> int:
        """Frames wanted for the cut that follows so many cuts."""
        return self.beats[cuts % len(self.beats)]


def pace(rng: Random, *, fps: int, slower: float = 1.0, like_s: Sequence[float] = ()) -> Pace:
    """A rhythm that starts somewhere else for each clip.

    Args:
        rng: The seed's.
        fps: Frames per second.
        slower: Above 1 stretches the cuts, for footage with few different shots.
        like_s: Lengths to follow instead, from the opening on.
    """
    first = rng.randrange(len(_BEATS_S))
    beats = tuple(like_s) or _BEATS_S[first:] + _BEATS_S[:first]
    return Pace(tuple(round(beat_s * slower * fps) for beat_s in beats))


def rank(board: Board, rng: Random, taste: float = _TASTE) -> Ranking:
    """Sources by falling worth, shaken by the seed so that equal ones take turns."""
    points = [
        (board.worth(source) + rng.uniform(-taste, taste), source) for source in range(len(board.sources))
    ]
    return sorted(points, key=lambda pair: (-pair[0], pair[1]))


def fill(board: Board, clip: int, *, ranking: Ranking, pace: Pace, freedom: Freedom) -> bool:
    """Adds cuts, or lengthens them, until the clip has its frames; False when it could not."""
    while step(board, clip, ranking=ranking, pace=pace, freedom=freedom):
        pass
    return board.missing(clip) == 0


def step(board: Board, clip: int, *, ranking: Ranking, pace: Pace, freedom: Freedom) -> bool:
    """One cut more, or one longer; False when the clip is full or nothing is left for it."""
    missing, shortest = board.missing(clip), board.rules.min_frames
    if missing <= 0:
        return False
    growth = board.best_growth(clip, missing, board.rules.max_frames, freedom)
    if missing >= shortest or not board.clips[clip]:
        wanted = pace.wanted(len(board.clips[clip]))
        place = board.best_place(clip, wanted, ranking, freedom)
        if place is not None and (growth is None or place.price <= growth.price):
            board.add(Span(clip, place.source, place.start, place.frames))
            return True
    elif growth is None:
        return _make_room(board, clip, shortest, ranking, freedom)
    if growth is not None:
        board.grow(growth)
    return growth is not None


def _make_room(board: Board, clip: int, frames: int, ranking: Ranking, freedom: Freedom) -> bool:
    """For a rest too short for a cut: shortens others until one of `frames` fits, and adds that."""
    spans = board.clips[clip]
    needed = frames - board.missing(clip)
    slack = {span: span.frames - board.rules.min_frames for span in spans}
    if sum(max(0, spare) for spare in slack.values()) < needed:
        return False
    before = [(span, span.start, span.frames) for span in spans]
    for span in sorted(spans, key=lambda span: -slack[span]):
        cut = min(needed, max(0, slack[span]))
        if cut:
            board.resize(span, span.start, span.frames - cut)
            needed -= cut
    place = board.best_place(clip, frames, ranking, freedom)
    if place is not None and place.frames == frames:
        board.add(Span(clip, place.source, place.start, frames))
        return True
    for span, start, length in before:
        board.resize(span, start, length)
    return False


def fill_by_force(board: Board, clip: int, *, ranking: Ranking, freedom: Freedom) -> bool:
    """Uses up what is left without regard for the rhythm; False when the footage is used up."""
    while (missing := board.missing(clip)) > 0:
        growth = board.best_growth(clip, missing, board.targets[clip], freedom)
        if growth is not None:
            board.grow(growth)
            continue
        place = board.best_place(clip, missing, ranking, freedom)
        if place is None:
            return False
        board.add(Span(clip, place.source, place.start, place.frames))
    _split_long(board, clip)
    return True


def _split_long(board: Board, clip: int) -> None:
    """Halves cuts that had to grow beyond the longest, as often as needed."""
    for span in list(board.clips[clip]):
        parts = -(-span.frames // board.rules.max_frames)
        edges = [span.start + span.frames * part // parts for part in range(parts + 1)]
        board.resize(span, span.start, edges[1] - span.start)
        for start, end in pairwise(edges[1:]):
            board.add(Span(clip, span.source, start, end - start))


def improve(board: Board, paces: Sequence[Pace], rng: Random, *, freedom: Freedom, rounds: int) -> None:
    """Takes clips apart and refills them while that makes the worst ones better.

    Never touches a clip's first span other than in length.
    """
    stale = 0
    for _ in range(rounds):
        flawed = [clip for clip in range(board.own) if _flaw(board, clip)]
        if not flawed or stale >= _STALE_ROUNDS:
            return
        clip = (
            max(flawed, key=lambda clip: (_flaw(board, clip), -clip))
            if rng.random() < 0.5
            else rng.choice(flawed)
        )
        stale = 0 if _rebuild(board, clip, paces[clip], rng, freedom) else stale + 1


def _flaw(board: Board, clip: int) -> int:
    """How much of a clip breaks a wish, in frames."""
    twice = board.rules.min_frames if board.has_same_shot(clip) else 0
    return board.over_limit(clip) + twice + board.missing(clip)


def _rebuild(board: Board, clip: int, pace: Pace, rng: Random, freedom: Freedom) -> bool:
    """One try; puts everything back unless it got cheaper."""
    before = [replace(span) for span in board.clips[clip]]
    price, missing = board.clip_price(clip), board.missing(clip)
    for span in _doomed(board, clip, rng):
        board.remove(span)
    fill(board, clip, ranking=rank(board, rng, taste=3 * _TASTE), pace=pace, freedom=freedom)
    rest = board.missing(clip)
    if rest < missing or (rest == missing and board.clip_price(clip) < price - _GAIN):
        return True
    for span in list(board.clips[clip]):
        board.remove(span)
    for span in before:
        board.add(span)
    return False


def _doomed(board: Board, clip: int, rng: Random) -> list[Span]:
    """One to four spans to take out, rather those that break a wish."""
    spans = board.clips[clip][1:]
    blame = {span: rng.random() * (1 + 3 * _is_to_blame(board, span)) for span in spans}
    return sorted(spans, key=lambda span: -blame[span])[: rng.randint(1, 4)]


def _is_to_blame(board: Board, span: Span) -> bool:
    shared = any(
        other.clip != span.clip and min(span.end, other.end) > max(span.start, other.start)
        for other in board.spans_on[span.source]
    )
    return shared or board.shows(span.clip, span.source, span)
