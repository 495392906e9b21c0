"""What a person changes about the segments of a footage: keep or skip, favourite, bounds, tags, own ones.

A segment whose bounds a person has set counts as set by hand: finding the shots again leaves it alone.
Clips that show a segment keep their own times whatever becomes of it.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlmodel import col, select

from models.errors import BadInput
from models.footage import Footage, Segment, SegmentOrigin
from models.framing import Subject
from models.session import ProfileSession

#: Shorter than the planner's shortest cut is allowed: such a segment is a last resort, not an error.
MIN_SEGMENT_S = 0.5

MAX_TAGS = 20
MAX_TAG_LENGTH = 40

#: Spans lie on this grid, like those that are found.
_FPS = 30


def set_favorite(session: ProfileSession, segment_id: UUID, *, is_favorite: bool = True) -> Segment:
    """Marks a segment as a favourite, or takes that back.

    Raises:
        NotFound: the profile has no such segment.
    """
    segment = session.require(Segment, segment_id)
    segment.is_favorite = is_favorite
    return segment


def set_skipped(session: ProfileSession, segment_id: UUID, *, is_skipped: bool = True) -> Segment:
    """Keeps a segment out of new clips, or lets it in again.

    Raises:
        NotFound: the profile has no such segment.
    """
    segment = session.require(Segment, segment_id)
    segment.is_skipped = is_skipped
    return segment


def set_tags(session: ProfileSession, segment_id: UUID, tags: list[str]) -> Segment:
    """Replaces a segment's tags; each is kept once, in small letters.

    Raises:
        NotFound: the profile has no such segment.
        BadInput: too many, or one is too long.
    """
    segment = session.require(Segment, segment_id)
    segment.tags = _checked_tags(tags)
    return segment


def set_bounds(session: ProfileSession, segment_id: UUID, start_s: float, end_s: float) -> Segment:
    """Sets where a segment begins and ends, rounded to the frame.

    Raises:
        NotFound: the profile has no such segment.
        BadInput: outside the footage, or too short.
    """
    segment = session.require(Segment, segment_id)
    bounds = _checked_bounds(session.require(Footage, segment.footage_id), start_s, end_s)
    if bounds != (segment.start_s, segment.end_s):
        segment.features = _features_from(segment, bounds[0])
        segment.start_s, segment.end_s = bounds
        segment.origin = SegmentOrigin.MANUAL
    return segment


def add_segment(
    session: ProfileSession, footage_id: UUID, start_s: float, end_s: float, *, tags: list[str] | None = None
) -> Segment:
    """Adds a segment by hand; what is known about the shot it lies in, it takes over.

    Raises:
        NotFound: the profile has no such footage.
        BadInput: outside the footage, too short, there already, or nothing is known about the footage yet.
    """
    footage = session.require(Footage, footage_id)
    bounds = _checked_bounds(footage, start_s, end_s)
    others = session.exec(select(Segment).where(Segment.footage_id == footage_id)).all()
    if not others:
        raise BadInput(f"{footage.name!r} has no segments yet; find them first, then add your own.")
    if any((other.start_s, other.end_s) == bounds for other in others):
        raise BadInput(f"There is a segment from {bounds[0]:.2f} s to {bounds[1]:.2f} s already.")
    nearest = max(others, key=lambda other: _shared_s(other, bounds))
    segment = _like(nearest, *bounds)
    segment.tags = _checked_tags(tags or [])
    session.add(segment)
    return segment


def split_segment(session: ProfileSession, segment_id: UUID, at_s: float) -> tuple[Segment, Segment]:
    """Makes two segments of one, at a time of the footage.

    Raises:
        NotFound: the profile has no such segment.
        BadInput: one of the two would be too short.
    """
    segment = session.require(Segment, segment_id)
    at_s = _on_grid(at_s)
    if not segment.start_s + MIN_SEGMENT_S <= at_s <= segment.end_s - MIN_SEGMENT_S:
        raise BadInput(
            f"Split it between {segment.start_s + MIN_SEGMENT_S:.2f} s and "
            f"{segment.end_s - MIN_SEGMENT_S:.2f} s; both parts need {MIN_SEGMENT_S:g} s."
            if segment.end_s - segment.start_s >= 2 * MIN_SEGMENT_S
            else f"It lasts {segment.end_s - segment.start_s:.2f} s, too short to be split."
        )
    second = _like(segment, at_s, segment.end_s)
    second.tags, second.is_favorite, second.is_skipped = (
        list(segment.tags),
        segment.is_favorite,
        segment.is_skipped,
    )
    segment.end_s, segment.origin = at_s, SegmentOrigin.MANUAL
    session.add(second)
    return segment, second


def delete_segment(session: ProfileSession, segment_id: UUID) -> None:
    """Deletes a segment for good; to leave it out only for now, skip it.

    Raises:
        NotFound: the profile has no such segment.
        BadInput: it is the footage's last one.
    """
    segment = session.require(Segment, segment_id)
    others = select(Segment.id).where(Segment.footage_id == segment.footage_id, col(Segment.id) != segment_id)
    if session.exec(others).first() is None:
        raise BadInput("This is the footage's last segment; skip it instead, or delete the footage.")
    session.delete(segment)


def _like(segment: Segment, start_s: float, end_s: float) -> Segment:
    """A segment set by hand that knows what another one knows."""
    return Segment(
        profile_id=segment.profile_id,
        id=uuid4(),
        footage_id=segment.footage_id,
        start_s=start_s,
        end_s=end_s,
        origin=SegmentOrigin.MANUAL,
        shot=segment.shot,
        score=segment.score,
        reason=segment.reason,
        description=segment.description,
        highlights=list(segment.highlights),
        features=_features_from(segment, start_s),
    )


def _features_from(segment: Segment, start_s: float) -> dict[str, Any]:
    """What was measured, with the subject's path counted from another start."""
    features = dict(segment.features)
    if found := features.get("subject"):
        moved = Subject.model_validate(found).starting_at(start_s - segment.start_s)
        features["subject"] = moved.model_dump(mode="json")
    return features


def _checked_bounds(footage: Footage, start_s: float, end_s: float) -> tuple[float, float]:
    asked_end_s = end_s
    start_s, end_s = _on_grid(start_s), min(_on_grid(end_s), footage.duration_s)
    if start_s < 0 or end_s <= start_s or asked_end_s > footage.duration_s + 1 / _FPS:
        raise BadInput(
            f"{footage.name!r} lasts {footage.duration_s:.2f} s; choose a start and a later end inside it."
        )
    if end_s - start_s < MIN_SEGMENT_S:
        raise BadInput(f"A segment lasts at least {MIN_SEGMENT_S:g} s; this one {end_s - start_s:.2f} s.")
    return start_s, end_s


def _checked_tags(tags: list[str]) -> list[str]:
    tidy = list(dict.fromkeys(" ".join(tag.split()).lower() for tag in tags if tag.strip()))
    if len(tidy) > MAX_TAGS or any(len(tag) > MAX_TAG_LENGTH or not tag.isprintable() for tag in tidy):
        raise BadInput(f"At most {MAX_TAGS} tags of {MAX_TAG_LENGTH} printable characters each; use fewer.")
    return tidy


def _shared_s(segment: Segment, bounds: tuple[float, float]) -> float:
    """Seconds in both; below zero, how far they are apart."""
    return min(segment.end_s, bounds[1]) - max(segment.start_s, bounds[0])


def _on_grid(time_s: float) -> float:
    return round(time_s * _FPS) / _FPS
