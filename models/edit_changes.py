"""Changes to an edit as pure functions: cuts in another order, replaced, trimmed, with exact frames.

Every length changes by whole frames. While a clip has a voice its total length stays: what one cut loses
or gains, the cuts around it take, from their own shots first and from the rest of their footage then.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from models.edit import Crop, Cut, Edit
from models.errors import BadInput
from models.limits import check_duration

#: Frame rate of every preset; a test holds the two together.
EDIT_FPS = 30

#: Shortest cut that a person may set: ten frames are a flash that can still be seen.
MIN_CUT_FRAMES = 10

#: Times are floats: so much of a frame is no difference.
_SLACK = 1e-3


class Bounds(NamedTuple):
    """A span of footage in its own seconds."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Room:
    """How far a cut may reach."""

    footage: Bounds
    """All of its footage."""
    segment: Bounds | None = None
    """Its segment, beyond which another shot may begin; None when that is gone."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a cut is replaced by."""

    footage_id: UUID
    """The footage."""
    segment_id: UUID
    """The segment."""
    span: Bounds
    """The segment's bounds."""
    crop: Crop
    """What stays of its picture."""


def frames_of(cut: Cut) -> int:
    """Length of a cut in frames."""
    return round(cut.duration_s * EDIT_FPS)


def reordered(edit: Edit, order: Sequence[int]) -> Edit:
    """The same cuts in another order.

    Args:
        edit: The edit.
        order: Today's indices (from 0) in the order wanted.

    Raises:
        BadInput: an index is missing, unknown or there twice.
    """
    if sorted(order) != list(range(len(edit.cuts))):
        raise BadInput(f"Name each of the {len(edit.cuts)} cuts once to put them in order.")
    return _with_cuts(edit, [edit.cuts[index] for index in order])


def replaced(
    edit: Edit, index: int, by: Replacement, rooms: Sequence[Room], *, start_s: float | None = None
) -> Edit:
    """Another segment instead of one cut, as long as the cut was if the segment has so much.

    A shorter segment is shown whole; the clip is then shorter, or with a voice the other cuts are longer.

    Args:
        edit: The edit.
        index: Which cut.
        by: The other segment.
        rooms: How far each cut of the edit may reach.
        start_s: Where to begin in the footage; the segment's start when None.

    Raises:
        BadInput: no such cut, the segment is too short, or `start_s` leaves too little of it.
    """
    old = _cut_at(edit, index)
    first_s = by.span.start_s if start_s is None else start_s
    here_s = by.span.end_s - first_s
    if first_s < by.span.start_s - _SLACK or _whole_frames(here_s) < MIN_CUT_FRAMES:
        latest_s = by.span.end_s - MIN_CUT_FRAMES / EDIT_FPS
        if latest_s < by.span.start_s:
            raise BadInput(
                f"The segment lasts {by.span.end_s - by.span.start_s:.2f} s; "
                f"a cut needs {MIN_CUT_FRAMES / EDIT_FPS:.2f} s. Choose a longer one."
            )
        raise BadInput(f"Begin between {by.span.start_s:.2f} s and {latest_s:.2f} s of this segment.")
    missing = max(0, math.ceil((old.duration_s - here_s) * EDIT_FPS - _SLACK))
    new = Cut(
        footage_id=by.footage_id,
        segment_id=by.segment_id,
        start_s=first_s,
        end_s=first_s + old.duration_s - missing / EDIT_FPS,
        crop=by.crop,
    )
    cuts = [*edit.cuts[:index], new, *edit.cuts[index + 1 :]]
    return _settled(edit, cuts, rooms, index, missing)


def boundary_moved(edit: Edit, index: int, by_s: float, rooms: Sequence[Room]) -> Edit:
    """The moment of change between a cut and the next one, earlier or later; the total stays.

    Args:
        edit: The edit.
        index: The cut before the boundary.
        by_s: Seconds, negative for earlier; rounded to whole frames.
        rooms: How far each cut may reach.

    Raises:
        BadInput: no such boundary, or one of the two has not so much; says how far it can go.
    """
    before = _cut_at(edit, index)
    if index + 1 >= len(edit.cuts):
        raise BadInput("After the last cut there is no boundary to move; trim the cut instead.")
    after = edit.cuts[index + 1]
    frames = round(by_s * EDIT_FPS)
    earliest_s, latest_s = boundary_room(edit, index, rooms)
    if not round(earliest_s * EDIT_FPS) <= frames <= round(latest_s * EDIT_FPS):
        raise BadInput(
            f"This boundary can move from {earliest_s:+.2f} s to "
            f"{latest_s:+.2f} s; {frames / EDIT_FPS:+.2f} s is too far."
        )
    cuts = list(edit.cuts)
    cuts[index] = _moved(before, end=frames)
    cuts[index + 1] = _moved(after, start=frames)
    return _with_cuts(edit, cuts)


def boundary_room(edit: Edit, index: int, rooms: Sequence[Room]) -> tuple[float, float]:
    """How far the boundary between a cut and the next one can move: seconds earlier (0 or less) and later.

    After the last cut there is no boundary, so none of both.
    """
    if index + 1 >= len(edit.cuts):
        return 0.0, 0.0
    before, after = edit.cuts[index], edit.cuts[index + 1]
    latest = min(_whole_frames(rooms[index].footage.end_s - before.end_s), frames_of(after) - MIN_CUT_FRAMES)
    earliest = -min(
        frames_of(before) - MIN_CUT_FRAMES,
        _whole_frames(after.start_s - rooms[index + 1].footage.start_s),
    )
    return min(0, earliest) / EDIT_FPS, max(0, latest) / EDIT_FPS


def trimmed(
    edit: Edit,
    index: int,
    rooms: Sequence[Room],
    *,
    start_s: float | None = None,
    end_s: float | None = None,
) -> Edit:
    """One cut with another start or end in its footage, rounded to whole frames from where it was.

    Raises:
        BadInput: no such cut, outside the footage, too short, or with a voice more than the other cuts
            can make up for.
    """
    old = _cut_at(edit, index)
    bounds = rooms[index].footage
    new = _moved(
        old,
        start=0 if start_s is None else round((start_s - old.start_s) * EDIT_FPS),
        end=0 if end_s is None else round((end_s - old.end_s) * EDIT_FPS),
    )
    if new.start_s < bounds.start_s - _SLACK or new.end_s > bounds.end_s + 1 / EDIT_FPS:
        raise BadInput(
            f"The footage goes from {bounds.start_s:.2f} s to {bounds.end_s:.2f} s; "
            f"{new.start_s:.2f} s to {new.end_s:.2f} s is not inside."
        )
    cuts = [*edit.cuts[:index], new, *edit.cuts[index + 1 :]]
    return _settled(edit, cuts, rooms, index, frames_of(old) - frames_of(new))


def without_cut(edit: Edit, index: int, rooms: Sequence[Room]) -> Edit:
    """The edit without one of its cuts.

    Raises:
        BadInput: no such cut, the only one, or with a voice more than the other cuts can make up for.
    """
    old = _cut_at(edit, index)
    if len(edit.cuts) == 1:
        raise BadInput("This is the clip's only cut; delete the clip instead.")
    left = [*edit.cuts[:index], *edit.cuts[index + 1 :]]
    rooms = [*rooms[:index], *rooms[index + 1 :]]
    if edit.voice:
        left = _spread(left, rooms, near=index - 0.5, frames=frames_of(old))
    return _with_cuts(edit, left)


# ------------------------------------------------------------------ lengths


def _settled(edit: Edit, cuts: list[Cut], rooms: Sequence[Room], index: int, missing: int) -> Edit:
    """The changed edit; with a voice the cuts around `index` take what is missing, or too much."""
    if edit.voice and missing:
        kept = cuts[index]
        others = _spread(
            [*cuts[:index], *cuts[index + 1 :]],
            [*rooms[:index], *rooms[index + 1 :]],
            near=index - 0.5,
            frames=missing,
        )
        cuts = [*others[:index], kept, *others[index:]]
    return _with_cuts(edit, cuts)


def _spread(cuts: Sequence[Cut], rooms: Sequence[Room], *, near: float, frames: int) -> list[Cut]:
    """Makes cuts longer by `frames` in all, shorter when negative, the nearest to `near` first.

    Raises:
        BadInput: they can't take so much.
    """
    changed, left = list(cuts), frames
    nearest = sorted(range(len(cuts)), key=lambda index: (abs(index - near), -index))
    if frames < 0:
        for index in nearest:
            taken = min(-left, max(0, frames_of(changed[index]) - MIN_CUT_FRAMES))
            # The side that touches the changed cut gives way.
            changed[index] = (
                _moved(changed[index], start=taken) if index > near else _moved(changed[index], end=-taken)
            )
            left += taken
    else:
        for is_whole_footage in (False, True):
            for index in nearest:
                bounds = rooms[index].footage if is_whole_footage else rooms[index].segment
                if bounds:
                    changed[index], left = _grown(changed[index], bounds, left, at_end_first=index < near)
    if left:
        raise BadInput(
            f"The clip has to stay as long as its voice, and its other cuts can make up for "
            f"{abs(frames - left) / EDIT_FPS:.2f} s of the {abs(frames) / EDIT_FPS:.2f} s that this changes; "
            "change less, or choose a longer segment."
        )
    return changed


def _grown(cut: Cut, bounds: Bounds, frames: int, *, at_end_first: bool) -> tuple[Cut, int]:
    """A cut longer by at most `frames` inside `bounds`, and what it could not take."""
    for is_end in (at_end_first, not at_end_first):
        room_s = bounds.end_s - cut.end_s if is_end else cut.start_s - bounds.start_s
        taken = min(frames, max(0, _whole_frames(room_s)))
        cut = _moved(cut, end=taken) if is_end else _moved(cut, start=-taken)
        frames -= taken
    return cut, frames


def _moved(cut: Cut, *, start: int = 0, end: int = 0) -> Cut:
    """A cut whose ends are moved by whole frames.

    Raises:
        BadInput: it would be too short, or begin before its footage.
    """
    if not start and not end:
        return cut
    start_s, end_s = cut.start_s + start / EDIT_FPS, cut.end_s + end / EDIT_FPS
    if round((end_s - start_s) * EDIT_FPS) < MIN_CUT_FRAMES:
        raise BadInput(f"A cut lasts at least {MIN_CUT_FRAMES / EDIT_FPS:.2f} s; this one would be shorter.")
    if start_s < -_SLACK:
        raise BadInput("A cut can't begin before its footage does.")
    return cut.model_copy(update={"start_s": max(0.0, start_s), "end_s": end_s})


def _whole_frames(length_s: float) -> int:
    return math.floor(length_s * EDIT_FPS + _SLACK)


def _cut_at(edit: Edit, index: int) -> Cut:
    if not 0 <= index < len(edit.cuts):
        raise BadInput(f"The clip has {len(edit.cuts)} cuts; there is no cut {index + 1}.")
    return edit.cuts[index]


def _with_cuts(edit: Edit, cuts: Sequence[Cut]) -> Edit:
    changed = edit.model_copy(update={"cuts": tuple(cuts)})
    check_duration(changed.duration_s)
    return changed
