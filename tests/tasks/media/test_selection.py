"""Planning clips jointly: what every plan keeps when there is footage enough."""

from dataclasses import replace
from itertools import combinations
from random import Random
from uuid import UUID

import pytest

from models.errors import BadInput
from tasks.media.selection import plan_variants
from tasks.media.selection_model import looks_alike, overlap_share
from tests.tasks.media.selection_cases import SLACK_S, assert_sound, codes, frames, row, segment


def test_ample_footage_grants_every_wish():
    # pitfall 52
    # given three minutes of different shots
    candidates = row([3.0] * 60)
    # when three clips of 30 s are planned
    plan = plan_variants(candidates, variants=3, target_s=30, seed=1)
    # then nothing had to be given up, and nearly nothing is shared
    assert plan.warnings == ()
    assert [variant.number for variant in plan.variants] == [1, 2, 3]
    assert [frames(variant.cuts) for variant in plan.variants] == [900, 900, 900]
    assert max(plan.overlaps.values()) < 0.1
    assert all(1 - SLACK_S <= cut.duration_s <= 4 + SLACK_S for v in plan.variants for cut in v.cuts)
    assert_sound(plan, candidates)


def test_later_clips_are_not_starved():
    # pitfall 53
    # given footage for little more than two clips
    candidates = row([2.8, 3.4, 1.7, 4.0, 2.2, 3.1, 2.6] * 4)
    # when four are planned
    plan = plan_variants(candidates, variants=4, target_s=30, seed=2)
    # then all have their full length, within the limit of sharing
    assert [frames(variant.cuts) for variant in plan.variants] == [900] * 4
    assert max(plan.overlaps.values()) <= 0.35
    assert plan.warnings == ()


def test_openings_are_the_strongest_hooks_and_short():
    candidates = row([3.0] * 30)
    plan = plan_variants(candidates, variants=3, target_s=15, seed=1)
    strongest = sorted(candidates, key=lambda candidate: -candidate.hook)[:3]
    openings = [variant.cuts[0] for variant in plan.variants]
    assert [cut.segment_id for cut in openings] == [candidate.segment_id for candidate in strongest]
    assert all(cut.duration_s <= 2.0 for cut in openings)


def test_openings_are_no_near_duplicates():
    # given two takes of the strongest hook
    candidates = row([3.0] * 12)
    candidates += [segment(50, 100, 103, hook=100, look=900), segment(51, 200, 203, hook=99, look=900)]
    # when
    plan = plan_variants(candidates, variants=3, target_s=9, seed=1)
    # then only one of them opens a clip
    openings = {variant.cuts[0].segment_id for variant in plan.variants}
    assert len(openings & {UUID(int=1050), UUID(int=1051)}) == 1


def test_no_shot_twice_in_a_clip():
    # given 40 segments of which each picture occurs twice
    candidates = row([3.0] * 40, looks=[n // 2 for n in range(40)])
    segments = {candidate.segment_id: candidate for candidate in candidates}
    # when
    plan = plan_variants(candidates, variants=3, target_s=30, seed=4)
    # then
    assert plan.warnings == ()
    for variant in plan.variants:
        shown = [segments[cut.segment_id] for cut in variant.cuts]
        assert not any(looks_alike(a, b) for a, b in combinations(shown, 2))


def test_better_segments_are_preferred():
    good = [segment(n, n * 3.0, n * 3.0 + 3, score=90) for n in range(20)]
    poor = [segment(n, n * 3.0, n * 3.0 + 3, score=20) for n in range(20, 60)]
    plan = plan_variants(good + poor, variants=2, target_s=20, seed=1)
    chosen = {cut.segment_id for variant in plan.variants for cut in variant.cuts[1:]}
    assert chosen <= {candidate.segment_id for candidate in good}


def test_unusable_footage_is_left_alone_when_the_rest_suffices():
    candidates = row([3.0] * 10)
    candidates += [
        segment(n, n * 3.0, n * 3.0 + 3, score=99, hook=99, is_usable=False) for n in range(10, 30)
    ]
    plan = plan_variants(candidates, variants=2, target_s=20, seed=1)
    usable = {candidate.segment_id for candidate in candidates if candidate.is_usable}
    assert {cut.segment_id for variant in plan.variants for cut in variant.cuts} <= usable
    assert "unusable" not in codes(plan)


def test_several_footages_are_mixed():
    other = UUID(int=2)
    candidates = row([3.0] * 10) + [segment(n, n * 3.0, n * 3.0 + 3, footage=other) for n in range(10, 20)]
    plan = plan_variants(candidates, variants=2, target_s=15, seed=1)
    for variant in plan.variants:
        assert len({cut.footage_id for cut in variant.cuts}) == 2


def test_overlapping_segments_never_show_a_second_twice():
    # given a highlight inside a long shot
    candidates = [segment(1, 0, 10, score=40), segment(2, 3.21, 5.77, score=90)]
    # when everything is needed
    plan = plan_variants(candidates, variants=1, target_s=10, seed=1)
    # then
    assert_sound(plan, candidates)
    assert plan.variants[0].duration_s > 9.8


def test_more_clips_differ_from_those_there_are():
    # given a project with three clips
    candidates = row([3.0] * 60)
    first = plan_variants(candidates, variants=3, target_s=20, seed=1)
    there = [variant.cuts for variant in first.variants]
    # when two more are planned
    more = plan_variants(candidates, variants=2, target_s=20, seed=2, elsewhere=there)
    # then they share little with them and open differently
    assert more.warnings == ()
    assert all(overlap_share(v.cuts, cuts) <= 0.35 for v in more.variants for cuts in there)
    openings = [cuts[0].segment_id for cuts in there] + [v.cuts[0].segment_id for v in more.variants]
    assert len(set(openings)) == 5


def test_equal_input_and_seed_give_an_equal_plan_in_any_order():
    # pitfall 65
    candidates = row([2.4, 3.3, 1.9, 5.2] * 8)
    shuffled = list(candidates)
    Random(3).shuffle(shuffled)  # noqa: S311 - a fixed order
    plans = [plan_variants(c, variants=3, target_s=20, seed=7) for c in (candidates, candidates, shuffled)]
    assert plans[0] == plans[1] == plans[2]


def test_another_seed_gives_another_plan():
    candidates = row([3.0] * 30)
    plans = {plan_variants(candidates, variants=2, target_s=15, seed=seed).variants for seed in range(5)}
    assert len(plans) == 5


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"candidates": []}, "no segments"),
        ({"variants": 0}, "at least one"),
        ({"target_s": 0.0}, "more than 0 s"),
        ({"target_s": float("nan")}, "more than 0 s"),
        ({"min_cut_s": 3.0}, "twice the shortest"),
        ({"candidates": [segment(1, 0, 0.01)]}, "shorter than one frame"),
    ],
)
def test_impossible_requests_are_refused(changes, word):
    request = {"candidates": row([3.0] * 5), "variants": 2, "target_s": 10.0, "seed": 1} | changes
    with pytest.raises(BadInput, match=word):
        plan_variants(request.pop("candidates"), **request)


def test_segments_that_were_never_measured_are_unlike_each_other():
    bare = [replace(candidate, signature=None) for candidate in row([3.0] * 12, looks=[0] * 12)]
    plan = plan_variants(bare, variants=1, target_s=15, seed=1)
    assert plan.warnings == ()


def test_more_clips_keep_clear_of_those_there_are_where_the_footage_allows():
    # pitfall 52
    # given a project whose three clips show half of the footage
    candidates = row([3.0] * 24)
    there = [v.cuts for v in plan_variants(candidates, variants=3, target_s=12, seed=1).variants]
    # when three more are planned, with the same seed
    more = plan_variants(candidates, variants=3, target_s=12, seed=1, elsewhere=there)
    # then they keep to the limit with all of them
    assert max(overlap_share(v.cuts, cuts) for v in more.variants for cuts in there) <= 0.35 + SLACK_S
    assert more.warnings == ()


def test_an_opening_that_an_older_clip_has_is_told():
    # given one shot that every clip has to open with
    only = [segment(1, 0, 12)]
    there = [plan_variants(only, variants=1, target_s=4, seed=1).variants[0].cuts]
    # when another clip is planned
    more = plan_variants(only, variants=1, target_s=4, seed=1, elsewhere=there)
    # then it shows another part of it, and says how it opens
    assert overlap_share(more.variants[0].cuts, there[0]) <= 0.35 + SLACK_S
    told = {warning.code: warning for warning in more.warnings}
    assert told["same_opening"].numbers == {"clips": 1}
    assert "one that was there before" in told["same_opening"].message
