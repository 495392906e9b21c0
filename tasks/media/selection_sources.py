"""Footage as selection sees it: stretches of whole frames that do not overlap in time.

Segments may overlap (a highlight inside a shot, one set by hand), cuts of a clip may not; carving once, up
front, turns that into plain frame numbers for everything that follows.
"""

from bisect import insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor

from tasks.media.selection_model import Candidate, PlannedCut

#: Rounding slack when seconds become frames, in frames; 1e-6 frames are 33 ns.
SLACK = 1e-6
#: Leftovers between other segments that are shorter would only flash up.
_FLASH_S = 0.5


@dataclass(frozen=True)
class Source:
    """A stretch of footage that no other source touches; frame 0 is at `start_s`."""

    candidate: Candidate | None
    """None for a stretch whose segment is unknown."""
    cut: PlannedCut
    """The whole stretch."""
    frames: int

    def part(self, start: int, frames: int, fps: int) -> PlannedCut:
        """The span of `frames` frames from frame `start`."""
        return PlannedCut(
            segment_id=self.cut.segment_id,
            footage_id=self.cut.footage_id,
            start_s=self.cut.start_s + start / fps,
            end_s=min(self.cut.start_s + (start + frames) / fps, self.cut.end_s),
        )


def carve(candidates: Sequence[Candidate], taken: Sequence[PlannedCut], fps: int) -> list[Source]:
    """Cuts overlapping segments into stretches that do not overlap, the better segment first.

    Args:
        candidates: In any order.
        taken: Spans nobody else may have.
        fps: Frames per second of the grid, which starts at each segment's start.
    """
    ranked = sorted(
        candidates,
        key=lambda c: (
            *(c.is_skipped, not c.is_usable, -c.score, c.content, c.start_s, c.end_s),
            *(c.footage_id.int, c.segment_id.int),
        ),
    )
    used: dict[object, list[tuple[float, float]]] = {}
    for cut in taken:
        insort(used.setdefault(cut.footage_id, []), (cut.start_s, cut.end_s))
    sources: list[Source] = []
    for candidate in ranked:
        sources += _unused(candidate, used, fps)
    return [source for source in sources if source.frames >= _FLASH_S * fps] or sources


def carve_in_order(candidates: Sequence[Candidate], fps: int) -> list[Source]:
    """One stretch of each segment that overlaps none before it: the longest there is, if there is any.

    Args:
        candidates: In the order in which they are to be shown.
        fps: Frames per second of the grid, which starts at each segment's start.
    """
    used: dict[object, list[tuple[float, float]]] = {}
    stretches = [list(_unused(candidate, used, fps)) for candidate in candidates]
    return [max(some, key=lambda source: source.frames) for some in stretches if some]


def _unused(
    candidate: Candidate, used: dict[object, list[tuple[float, float]]], fps: int
) -> Iterator[Source]:
    """The whole frames of a segment outside the used spans; the segment is used afterwards."""
    spans = used.setdefault(candidate.footage_id, [])
    for low_s, high_s in _free(candidate.start_s, candidate.end_s, spans):
        first = ceil((low_s - candidate.start_s) * fps - SLACK)
        frames = floor((high_s - candidate.start_s) * fps + SLACK) - first
        if frames > 0:
            cut = PlannedCut(
                candidate.segment_id, candidate.footage_id, candidate.start_s + first / fps, high_s
            )
            yield Source(candidate, cut, frames)
    insort(spans, (candidate.start_s, candidate.end_s))


def _free(start_s: float, end_s: float, used: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """The parts of `[start_s, end_s)` outside the used spans, which are ordered by start."""
    at_s = start_s
    for used_start_s, used_end_s in used:
        if used_start_s >= end_s:
            break
        if used_start_s > at_s:
            yield at_s, used_start_s
        at_s = max(at_s, used_end_s)
    if at_s < end_s:
        yield at_s, end_s
