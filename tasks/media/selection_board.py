"""The board on which clips are laid out: footage as whole frames, who uses which, and what that costs.

Selection works in frames of stretches that do not overlap, so that durations are exact and "shared
seconds" is integer arithmetic. The board knows the state and the price of a change; what to change is
decided elsewhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf
from typing import NamedTuple

from tasks.media.selection_model import Near, PlannedCut
from tasks.media.selection_sources import SLACK, Source

# Prices, in points of score for a whole clip; the order of their sizes is the order in which wishes
# are given up: shown twice, then shared beyond the limit, then unusable, then unwanted.
_SHARED = 60.0
_SHARED_SQUARED = 60.0
_OVER_LIMIT = 1500.0
_SAME_SHOT = 300.0
_SHORT = 150.0
_UNUSABLE = 1e5
_SKIPPED = 3e5
#: A segment another clip has already cut from, though another part of it.
_VISITED = 8.0
#: Letting a cut run longer than the rhythm wants; longer still for the opening.
_LONGER = 50.0
_LONGER_OPENING = 70.0


@dataclass(frozen=True)
class Rules:
    """What every clip has to keep, in frames."""

    fps: int
    min_frames: int
    max_frames: int
    max_share: float
    is_frugal: bool = False
    """Footage is scarce: leave no rest too short for another clip."""


@dataclass(eq=False, slots=True)
class Span:
    """Frames `[start, start + frames)` of a source, used by a clip."""

    clip: int
    source: int
    start: int
    frames: int

    @property
    def end(self) -> int:
        """First frame after it."""
        return self.start + self.frames


class Place(NamedTuple):
    """Where a new span could go, and its price per frame (in points, lower is better)."""

    price: float
    source: int
    start: int
    frames: int


class Growth(NamedTuple):
    """How far an existing span could grow, at its start or its end, and the price per frame."""

    price: float
    span: Span
    at_start: bool
    frames: int


@dataclass(frozen=True)
class Freedom:
    """Which wishes may be given up."""

    same_shot: bool = False
    """A shot may show twice in a clip, and segments may be shorter than the shortest cut."""
    over_limit: bool = True
    """Two clips may share more than the limit (at its price)."""
    unusable: bool = False
    """Black, frozen, blurred or skipped footage may be used."""


class Board:
    """Clips, own and foreign, over the sources.

    Own clips are numbered first; foreign ones (which exist already and never change) follow. Every
    method that returns a price uses points of score for one whole clip.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        rules: Rules,
        near: Near,
        clip_frames: Sequence[int],
        elsewhere: Sequence[Sequence[PlannedCut]] = (),
    ) -> None:
        self.sources = sources
        self.rules = rules
        self.own = len(clip_frames)
        self.clips: list[list[Span]] = [[] for _ in range(self.own + len(elsewhere))]
        self.targets = [
            *clip_frames,
            *(max(1, round(sum(cut.duration_s for cut in cuts) * rules.fps)) for cuts in elsewhere),
        ]
        self.shared = [[0] * len(self.clips) for _ in self.clips]
        self.shorter = [[min(a, b) for b in self.targets] for a in self.targets]
        self.spans_on: list[list[Span]] = [[] for _ in sources]
        self.foreign_openings: list[int] = []
        self._near = near
        self._near_known: dict[tuple[int, int], bool] = {}
        for clip, cuts in enumerate(elsewhere, start=self.own):
            self._add_foreign(clip, cuts)

    def _add_foreign(self, clip: int, cuts: Sequence[PlannedCut]) -> None:
        fps = self.rules.fps
        for nth, cut in enumerate(cuts):
            for index, source in enumerate(self.sources):
                if cut.footage_id != source.cut.footage_id:
                    continue
                start = max(0, floor((cut.start_s - source.cut.start_s) * fps + SLACK))
                end = min(source.frames, ceil((cut.end_s - source.cut.start_s) * fps - SLACK))
                if end > start:
                    self.add(Span(clip, index, start, end - start))
                    if nth == 0:
                        self.foreign_openings.append(index)

    # State -------------------------------------------------------------------------------------

    def missing(self, clip: int) -> int:
        """Frames a clip still needs."""
        return self.targets[clip] - sum(span.frames for span in self.clips[clip])

    def add(self, span: Span, at: int | None = None) -> None:
        """Puts a span at the end of its clip, or before its `at`-th span."""
        self._share(span, 1)
        self.spans_on[span.source].append(span)
        clip = self.clips[span.clip]
        clip.insert(len(clip) if at is None else at, span)

    def remove(self, span: Span) -> int:
        """Takes a span away; returns its position for `add`."""
        self.spans_on[span.source].remove(span)
        self._share(span, -1)
        at = self.clips[span.clip].index(span)
        del self.clips[span.clip][at]
        return at

    def resize(self, span: Span, start: int, frames: int) -> None:
        """Moves the edges of a span."""
        at = self.remove(span)
        span.start, span.frames = start, frames
        self.add(span, at)

    def _share(self, span: Span, sign: int) -> None:
        for other in self.spans_on[span.source]:
            common = min(span.end, other.end) - max(span.start, other.start)
            if common > 0 and other.clip != span.clip:
                self.shared[span.clip][other.clip] += sign * common
                self.shared[other.clip][span.clip] += sign * common

    # Looks -------------------------------------------------------------------------------------

    def is_near(self, a: int, b: int) -> bool:
        """Whether two sources show the same shot."""
        if a == b:
            return True
        pair = (a, b) if a < b else (b, a)
        known = self._near_known.get(pair)
        if known is None:
            one, two = self.sources[pair[0]], self.sources[pair[1]]
            known = one.cut.segment_id is not None and one.cut.segment_id == two.cut.segment_id
            if not known and one.candidate is not None and two.candidate is not None:
                known = self._near(one.candidate, two.candidate)
            self._near_known[pair] = known
        return known

    def shows(self, clip: int, source: int, but: Span | None = None) -> bool:
        """Whether a clip already has this shot (in another span than `but`)."""
        return any(span is not but and self.is_near(span.source, source) for span in self.clips[clip])

    def is_short(self, source: int) -> bool:
        """Whether the source is shorter than the shortest cut."""
        return self.sources[source].frames < self.rules.min_frames

    def is_welcome(self, source: int) -> bool:
        """Whether the source is neither black, frozen, blurred nor skipped, as far as is known."""
        candidate = self.sources[source].candidate
        return candidate is None or candidate.is_welcome

    def _is_allowed(self, source: int, freedom: Freedom) -> bool:
        return (freedom.same_shot or not self.is_short(source)) and (
            freedom.unusable or self.is_welcome(source)
        )

    def worth(self, source: int) -> float:
        """What a source adds to a clip, in points."""
        candidate = self.sources[source].candidate
        if candidate is None:
            return 0.0
        return (
            candidate.score
            - (_SHORT if self.is_short(source) else 0.0)
            - (0.0 if candidate.is_usable else _UNUSABLE)
            - (_SKIPPED if candidate.is_skipped else 0.0)
        )

    # Prices ------------------------------------------------------------------------------------

    def pair_price(self, clip: int, other: int, frames: int) -> float:
        """Price of two clips sharing so many frames."""
        share = frames / self.shorter[clip][other]
        over = max(0.0, share - self.rules.max_share)
        return _SHARED * share + _SHARED_SQUARED * share * share + _OVER_LIMIT * over

    def sharing_price(self, clip: int, source: int, start: int, frames: int, freedom: Freedom) -> float:
        """What a new span would add to the prices of the clip's pairs; infinite when not allowed."""
        common: dict[int, int] = {}
        for other in self.spans_on[source]:
            frames_shared = min(start + frames, other.end) - max(start, other.start)
            if frames_shared > 0:
                if other.clip == clip:
                    return inf
                common[other.clip] = common.get(other.clip, 0) + frames_shared
        price = 0.0
        for other_clip, added in common.items():
            before = self.shared[clip][other_clip]
            limit = self.rules.max_share * self.shorter[clip][other_clip] + SLACK
            if not freedom.over_limit and before + added > limit:
                return inf
            price += self.pair_price(clip, other_clip, before + added)
            price -= self.pair_price(clip, other_clip, before)
        return price

    def clip_price(self, clip: int) -> float:
        """Everything that is not ideal about a clip."""
        price = sum(self.pair_price(clip, other, n) for other, n in enumerate(self.shared[clip]) if n)
        spans = self.clips[clip]
        for index, span in enumerate(spans):
            points = self.worth(span.source)
            if any(self.is_near(span.source, earlier.source) for earlier in spans[:index]):
                points -= _SAME_SHOT
            price -= points * span.frames / self.targets[clip]
        return price

    def over_limit(self, clip: int) -> int:
        """Frames shared with other clips beyond the limit, summed over the pairs."""
        limits = [int(self.rules.max_share * n + SLACK) for n in self.shorter[clip]]
        return sum(max(0, n - limit) for n, limit in zip(self.shared[clip], limits, strict=True))

    def has_same_shot(self, clip: int) -> bool:
        """Whether a clip shows a shot more than once."""
        return any(self.shows(clip, span.source, span) for span in self.clips[clip])

    # Offers ------------------------------------------------------------------------------------

    def best_place(
        self, clip: int, wanted: int, ranking: Sequence[tuple[float, int]], freedom: Freedom
    ) -> Place | None:
        """The cheapest place for the clip's next span, of about the wanted frames.

        Args:
            clip: An own clip.
            wanted: Frames the rhythm asks for.
            ranking: Sources by falling worth (with the seed's taste in it), as `(points, source)`.
            freedom: What may be given up.
        """
        best: Place | None = None
        missing = self.missing(clip)
        for points, source in ranking:
            if best is not None and -points >= best.price:
                break  # nothing further down can be cheaper
            if not self._is_allowed(source, freedom):
                continue
            extra = _VISITED * any(span.clip != clip for span in self.spans_on[source])
            if best is not None and extra - points >= best.price:
                continue
            if self.shows(clip, source):
                if not freedom.same_shot:
                    continue
                extra += _SAME_SHOT
            for start, frames in self._placements(source, wanted, missing):
                price = self.sharing_price(clip, source, start, frames, freedom)
                price = price * self.targets[clip] / frames + extra - points
                if price < inf and (best is None or price < best.price):
                    best = Place(price, source, start, frames)
        return best

    def _placements(self, source: int, wanted: int, missing: int) -> Iterator[tuple[int, int]]:
        """Starts and lengths worth trying: in the free gaps, and against the edges of other spans."""
        room = self.sources[source].frames
        spans = self.spans_on[source]
        frames = self._length(wanted, room, missing)
        if not spans:
            yield (0 if self.rules.is_frugal else (room - frames) // 2), frames
            return
        at = 0
        for span in [*sorted(spans, key=lambda s: s.start), Span(-1, source, room, 0)]:
            if span.start - at >= min(self.rules.min_frames, room):
                fitting = self._length(wanted, span.start - at, missing)
                yield at, fitting
                yield span.start - fitting, fitting
            at = max(at, span.end)
        starts = {0, room - frames} | {s.end for s in spans} | {s.start - frames for s in spans}
        yield from ((start, frames) for start in sorted(starts) if 0 <= start <= room - frames)

    def _length(self, wanted: int, room: int, missing: int) -> int:
        """Frames to take: near the wanted, leaving no crumbs in the clip (or the footage, if scarce)."""
        shortest = self.rules.min_frames
        most = min(room, self.rules.max_frames, missing)
        if most <= shortest:
            return most
        frames = min(max(wanted, shortest), most)
        if self.rules.is_frugal and 0 < room - frames < shortest:
            choices = [n for n in (room, room - shortest) if shortest <= n <= most]
            frames = min(choices, key=lambda n: abs(n - wanted), default=frames)
        if 0 < missing - frames < shortest:
            frames = missing if missing == most else max(shortest, missing - shortest)
        return min(frames, most)

    def best_growth(self, clip: int, frames: int, limit: int, freedom: Freedom) -> Growth | None:
        """The cheapest way to lengthen a cut by up to so many frames, none beyond `limit` frames."""
        best: Growth | None = None
        for index, span in enumerate(self.clips[clip]):
            room = min(frames, limit - span.frames)
            if room <= 0 or not (freedom.unusable or self.is_welcome(span.source)):
                continue
            fee = (_LONGER if index else _LONGER_OPENING) - self.worth(span.source)
            for at_start in (False, True):
                free = self._room_beside(span, at_start=at_start, most=room)
                if free == 0:
                    continue
                start = span.start - free if at_start else span.end
                price = self.sharing_price(clip, span.source, start, free, freedom)
                price = price * self.targets[clip] / free + fee
                if price < inf and (best is None or price < best.price):
                    best = Growth(price, span, at_start, free)
        return best

    def _room_beside(self, span: Span, *, at_start: bool, most: int) -> int:
        """Frames next to a span up to the next edge of any span, at most `most`."""
        at = span.start if at_start else span.end
        edges = [0, self.sources[span.source].frames]
        for other in self.spans_on[span.source]:
            edges += (other.start, other.end)
            if other.clip == span.clip and at == (other.end if at_start else other.start):
                return 0
        gaps = [at - edge if at_start else edge - at for edge in edges]
        return min(most, min((gap for gap in gaps if gap > 0), default=0))

    def grow(self, growth: Growth) -> None:
        """Does what `best_growth` offered."""
        span = growth.span
        start = span.start - growth.frames if growth.at_start else span.start
        self.resize(span, start, span.frames + growth.frames)
