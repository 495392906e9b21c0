"""Where segments were used and what clips open with, also when ids no longer fit."""

from uuid import uuid4

import pytest

from models.clip import Clip
from models.footage import Segment
from models.listing import list_segments
from models.segment_use import opening_segments, segment_uses
from models.session import Database
from tests.models.shelf import Shelf, stock


@pytest.fixture
def shelf(database: Database) -> Shelf:
    return stock(database)


def test_a_segment_is_used_where_a_clip_shows_some_of_it(shelf: Shelf) -> None:
    with shelf.reading() as session:
        lines = list_segments(session, footage_ids=shelf.footage_ids).items
        uses = segment_uses(session, lines)
        clip = session.require(Clip, shelf.clip_id)
    # the clip shows the four segments of the first footage
    assert set(uses) == set(shelf.segment_ids[:4])
    use = uses[shelf.segment_ids[0]]
    assert (use.clips, use.last_clip, use.last_project) == (1, clip.name, "Summer sale")
    assert use.last_at == clip.created_at


def test_the_edge_of_a_cut_is_no_use(shelf: Shelf) -> None:
    # given a cut that reaches a tenth of a second into the next segment
    edit = shelf.edit()
    first = edit.cuts[0].model_copy(update={"start_s": 1.0, "end_s": 3.1})
    shelf.set_edit(edit.model_copy(update={"cuts": (first,)}))
    with shelf.reading() as session:
        lines = list_segments(session, footage_ids=shelf.footage_ids).items
        assert set(segment_uses(session, lines)) == {shelf.segment_ids[0]}


def test_another_profiles_clips_are_no_use(shelf: Shelf) -> None:
    other = stock(shelf.database, "Borealis")
    with other.reading() as session:
        lines = list_segments(session, footage_ids=other.footage_ids).items
    with shelf.reading() as session:
        assert segment_uses(session, lines) == {}


def test_a_clip_opens_with_the_segment_of_its_first_cut(shelf: Shelf) -> None:
    with shelf.reading() as session:
        opening = opening_segments(session, {shelf.clip_id: shelf.edit()})[shelf.clip_id]
    assert opening.id == shelf.segment_ids[0]


def test_segments_that_were_found_anew_are_known_by_their_place(shelf: Shelf) -> None:
    # given a cut whose segment is gone, in the second segment for the most part
    edit = shelf.edit()
    moved = edit.cuts[0].model_copy(update={"segment_id": uuid4(), "start_s": 2.8, "end_s": 4.8})
    with shelf.reading() as session:
        openings = opening_segments(session, {shelf.clip_id: edit.model_copy(update={"cuts": (moved,)})})
    assert openings[shelf.clip_id].id == shelf.segment_ids[1]


def test_without_any_segment_nobody_knows_the_opening(shelf: Shelf) -> None:
    with shelf.writing() as session:
        for segment_id in shelf.segment_ids:
            session.delete(session.require(Segment, segment_id))
    with shelf.reading() as session:
        assert opening_segments(session, {shelf.clip_id: shelf.edit()}) == {}
