"""Segments as a person sets them."""

import pytest

from models.errors import BadInput, NotFound
from models.footage import Segment, SegmentOrigin
from models.framing import Subject
from models.segment_edits import (
    add_segment,
    delete_segment,
    set_bounds,
    set_favorite,
    set_skipped,
    set_tags,
    split_segment,
)
from models.session import Database
from tests.models.shelf import Shelf, stock


def track(segment: Segment) -> tuple[float, ...]:
    return Subject.model_validate(segment.features["subject"]).track


def test_flags_and_tags_are_kept(shelf: Shelf) -> None:
    segment_id = shelf.segment_ids[0]
    with shelf.writing() as session:
        set_favorite(session, segment_id)
        set_skipped(session, segment_id)
        set_tags(session, segment_id, [" Cup ", "cup", "On  a Table", "", "Ţară"])

    with shelf.reading() as session:
        segment = session.require(Segment, segment_id)
        assert (segment.is_favorite, segment.is_skipped) == (True, True)
        assert segment.tags == ["cup", "on a table", "ţară"]
        assert segment.origin is SegmentOrigin.DETECTED


@pytest.mark.parametrize("tags", [["x" * 41], [str(number) for number in range(21)], ["a\x00b"]])
def test_too_many_or_too_long_tags_are_refused(shelf: Shelf, tags: list[str]) -> None:
    with pytest.raises(BadInput, match="At most 20 tags"), shelf.writing() as session:
        set_tags(session, shelf.segment_ids[0], tags)


def test_new_bounds_lie_on_frames_and_count_as_set_by_hand(shelf: Shelf) -> None:
    with shelf.writing() as session:
        segment = set_bounds(session, shelf.segment_ids[1], 4.01, 7.52)

    assert (segment.start_s, segment.end_s) == (pytest.approx(4.0), pytest.approx(7.5333333))
    assert segment.origin is SegmentOrigin.MANUAL
    assert track(segment) == (0.6, 0.8, 0.9, 1.0)  # one second later, two steps of the path are over


def test_the_same_bounds_change_nothing(shelf: Shelf) -> None:
    with shelf.writing() as session:
        assert set_bounds(session, shelf.segment_ids[1], 3.0, 6.0).origin is SegmentOrigin.DETECTED


@pytest.mark.parametrize(
    ("start_s", "end_s", "said"),
    [
        (-1.0, 2.0, "inside it"),
        (5.0, 4.0, "inside it"),
        (5.0, 12.5, "lasts 12.00 s"),
        (12.0, 13.0, "lasts 12.00 s"),
        (5.0, 5.3, "at least 0.5 s"),
    ],
)
def test_bounds_that_can_t_be_are_refused(shelf: Shelf, start_s: float, end_s: float, said: str) -> None:
    for change in (
        lambda s: set_bounds(s, shelf.segment_ids[0], start_s, end_s),
        lambda s: add_segment(s, shelf.footage_ids[0], start_s, end_s),
    ):
        with pytest.raises(BadInput, match=said), shelf.writing() as session:
            change(session)


def test_an_added_segment_knows_what_its_shot_knows(shelf: Shelf) -> None:
    with shelf.writing() as session:
        segment = add_segment(session, shelf.footage_ids[0], 2.5, 5.0, tags=["mine"])

    assert (segment.origin, segment.score, segment.tags) == (SegmentOrigin.MANUAL, 51.0, ["mine"])
    assert segment.features["signature"] == [1]  # planning needs one
    assert track(segment) == (0.2, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)  # begins half a second before its shot


def test_the_same_span_is_not_added_twice_nor_to_what_is_unknown(shelf: Shelf) -> None:
    with pytest.raises(BadInput, match=r"from 3\.00 s to 6\.00 s already"), shelf.writing() as session:
        add_segment(session, shelf.footage_ids[0], 3.0, 6.0)
    with shelf.writing() as session:
        for segment_id in shelf.segment_ids[4:]:
            session.delete(session.require(Segment, segment_id))
    with pytest.raises(BadInput, match="no segments yet"), shelf.writing() as session:
        add_segment(session, shelf.footage_ids[1], 3.0, 6.0)


def test_a_split_gives_two_segments_that_meet(shelf: Shelf) -> None:
    with shelf.writing() as session:
        set_favorite(session, shelf.segment_ids[1])
        first, second = split_segment(session, shelf.segment_ids[1], 4.5)

    assert (first.start_s, first.end_s, second.start_s, second.end_s) == (3.0, 4.5, 4.5, 6.0)
    assert (first.origin, second.origin, second.is_favorite) == (
        SegmentOrigin.MANUAL,
        SegmentOrigin.MANUAL,
        True,
    )
    assert (track(first)[0], track(second)[0]) == (0.2, 0.8)
    for at_s in (3.1, 4.4, 9.0):
        with pytest.raises(BadInput, match=r"between 3\.50 s and 4\.00 s"), shelf.writing() as session:
            split_segment(session, shelf.segment_ids[1], at_s)


def test_the_last_segment_of_a_footage_stays(shelf: Shelf) -> None:
    with shelf.writing() as session:
        for segment_id in shelf.segment_ids[:3]:
            delete_segment(session, segment_id)

    with pytest.raises(BadInput, match="last segment"), shelf.writing() as session:
        delete_segment(session, shelf.segment_ids[3])
    assert len(shelf.edit().cuts) == 4  # clips keep what they show


def test_another_profile_s_segments_and_footage_are_not_found(database: Database, shelf: Shelf) -> None:
    # pitfall 24
    theirs = stock(database, "Rival")
    for change in (
        lambda s: set_favorite(s, theirs.segment_ids[0]),
        lambda s: set_skipped(s, theirs.segment_ids[0]),
        lambda s: set_tags(s, theirs.segment_ids[0], []),
        lambda s: set_bounds(s, theirs.segment_ids[0], 0, 1),
        lambda s: split_segment(s, theirs.segment_ids[0], 1),
        lambda s: delete_segment(s, theirs.segment_ids[0]),
        lambda s: add_segment(s, theirs.footage_ids[0], 1, 2),
    ):
        with pytest.raises(NotFound), shelf.writing() as session:
            change(session)
