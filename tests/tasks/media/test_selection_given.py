"""Chosen segments in their given order: each once, evenly long, other parts of each in other clips."""

from itertools import combinations, pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import BadInput
from tasks.media.selection_given import plan_given, share_out
from tasks.media.selection_model import Candidate, Plan, overlap_share
from tests.tasks.media.selection_cases import row, segment

FPS = 30


def codes(plan: Plan) -> list[str]:
    return [warning.code for warning in plan.warnings]


def test_every_segment_is_shown_once_in_its_order_and_the_length_is_met() -> None:
    # given segments chosen from the last to the first
    chosen = row([5.0, 2.0, 6.0, 4.0])[::-1]
    # when a clip of 10 s is planned
    plan = plan_given(chosen, variants=1, target_s=10.0)
    # then all of them are in it, those with the room equally long
    cuts = plan.variants[0].cuts
    assert [cut.segment_id for cut in cuts] == [candidate.segment_id for candidate in chosen]
    assert [round(cut.duration_s * FPS) for cut in cuts] == [80, 80, 60, 80]
    assert plan.warnings == ()


def test_a_short_choice_makes_a_short_clip_and_says_so() -> None:
    plan = plan_given(row([2.0, 3.0]), variants=1, target_s=30.0)

    assert plan.variants[0].duration_s == pytest.approx(5.0)
    assert codes(plan) == ["shorter"]


def test_what_does_not_fit_is_left_out_from_the_end_and_counted() -> None:
    plan = plan_given(row([3.0] * 8), variants=1, target_s=5.5)

    assert len(plan.variants[0].cuts) == 5
    assert plan.variants[0].duration_s == pytest.approx(5.5)
    assert codes(plan) == ["left_out"]
    assert plan.warnings[0].message.startswith("The last 3 of 8 chosen segments did not fit")


def test_several_clips_show_other_parts_of_the_segments() -> None:
    # pitfall 52
    plan = plan_given(row([6.0, 6.0, 6.0]), variants=3, target_s=6.0)

    assert max(plan.overlaps.values()) == 0
    assert codes(plan) == ["same_opening"]


def test_clips_that_are_there_already_are_kept_clear_of() -> None:
    chosen = row([4.0, 4.0])
    there = [variant.cuts for variant in plan_given(chosen, variants=1, target_s=4.0).variants]

    more = plan_given(chosen, variants=1, target_s=4.0, elsewhere=there)

    assert overlap_share(more.variants[0].cuts, there[0]) == pytest.approx(0.5)
    assert codes(more) == ["overlap_elsewhere", "same_opening"]


def test_of_segments_that_overlap_the_later_gives_way() -> None:
    plan = plan_given([segment(1, 2.0, 5.0), segment(2, 0.0, 9.0)], variants=1, target_s=30.0)

    first, second = plan.variants[0].cuts
    assert (first.start_s, first.end_s) == pytest.approx((2.0, 5.0))
    assert (second.start_s, second.end_s) == pytest.approx((5.0, 9.0))


def test_nothing_to_show_is_refused() -> None:
    with pytest.raises(BadInput, match="at least one"):
        plan_given([segment(1, 0.0, 0.01)], variants=1, target_s=5.0)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=30), st.integers(1, 3000), st.integers(1, 60))
def test_frames_are_shared_out_to_the_last_one(rooms: list[int], wanted: int, shortest: int) -> None:
    lengths = share_out(rooms, wanted, shortest)

    kept = rooms[: len(lengths)]
    assert sum(lengths) == min(wanted, sum(kept))
    assert all(0 < length <= room for length, room in zip(lengths, kept, strict=True)) or wanted < len(rooms)
    shortened = [length for length, room in zip(lengths, kept, strict=True) if length < room]
    assert not shortened or max(shortened) - min(shortened) <= 1, "those that give way are equally long"
    if len(lengths) < len(rooms):
        following = rooms[: len(lengths) + 1]
        assert sum(min(room, shortest) for room in following) > wanted


@given(
    st.lists(st.tuples(st.floats(0, 40), st.floats(0.1, 9)), min_size=1, max_size=12),
    st.integers(1, 4),
    st.floats(1, 30),
)
def test_no_plan_leaves_its_segments_or_shows_a_second_twice(
    spans: list[tuple[float, float]], variants: int, target_s: float
) -> None:
    chosen: list[Candidate] = [
        segment(number, start_s, start_s + length_s) for number, (start_s, length_s) in enumerate(spans)
    ]
    segments = {candidate.segment_id: candidate for candidate in chosen}

    plan = plan_given(chosen, variants=variants, target_s=target_s)

    order: dict[UUID | None, int] = {candidate.segment_id: nth for nth, candidate in enumerate(chosen)}
    for variant in plan.variants:
        assert variant.duration_s <= target_s + 1 / FPS
        for cut in variant.cuts:
            source = segments[cut.segment_id]  # type: ignore[index]  # every cut is of a segment here
            assert source.start_s - 1e-6 <= cut.start_s < cut.end_s <= source.end_s + 1e-6
        for one, other in pairwise(variant.cuts):
            assert order[one.segment_id] < order[other.segment_id]
        for one, other in combinations(variant.cuts, 2):
            assert one.end_s <= other.start_s + 1e-6 or other.end_s <= one.start_s + 1e-6
