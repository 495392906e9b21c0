"""What edits share, held by its properties: it is the same from both sides and never more than there is."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.edit import Cut, Edit
from models.edit_overlap import Span, best_match, overlap_s, shared_s, spans_of

FIRST, SECOND = UUID(int=1), UUID(int=2)


@st.composite
def cuts(draw: st.DrawFn) -> Cut:
    start = draw(st.integers(0, 300))
    length = draw(st.integers(1, 90))
    return Cut(
        footage_id=draw(st.sampled_from([FIRST, SECOND])), start_s=start / 30, end_s=(start + length) / 30
    )


edits = st.lists(cuts(), min_size=1, max_size=8).map(lambda some: Edit(cuts=tuple(some)))


def seen_s(edit: Edit) -> float:
    return sum(span.end_s - span.start_s for span in spans_of(edit))


@given(edits, edits)
def test_sharing_is_mutual_and_never_more_than_either_shows(one: Edit, other: Edit) -> None:
    shared = shared_s(one, other)
    assert shared == pytest.approx(shared_s(other, one))
    assert -1e-9 <= shared <= min(seen_s(one), seen_s(other)) + 1e-9


@given(edits)
def test_an_edit_shares_all_it_shows_with_itself(edit: Edit) -> None:
    assert shared_s(edit, edit) == pytest.approx(seen_s(edit))


def test_a_second_that_is_shown_twice_counts_once() -> None:
    twice = Edit(cuts=(Cut(footage_id=FIRST, start_s=0, end_s=2), Cut(footage_id=FIRST, start_s=1, end_s=3)))
    once = Edit(cuts=(Cut(footage_id=FIRST, start_s=0, end_s=10),))
    assert shared_s(twice, once) == pytest.approx(3.0)


def test_other_footage_at_the_same_time_is_not_shared() -> None:
    assert overlap_s(Span(FIRST, 0.0, 5.0), Span(SECOND, 0.0, 5.0)) == 0.0


def test_the_best_match_shares_most_and_nothing_matches_nothing() -> None:
    span = Span(FIRST, 2.0, 4.0)
    assert best_match(span, [Span(FIRST, 0.0, 2.5), Span(FIRST, 2.5, 9.0), Span(SECOND, 2.0, 4.0)]) == 1
    assert best_match(span, [Span(SECOND, 2.0, 4.0), Span(FIRST, 4.0, 9.0)]) is None
    assert best_match(span, []) is None
