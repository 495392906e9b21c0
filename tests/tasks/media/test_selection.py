"""Planning clips jointly: what every plan keeps, and what gives way when footage is scarce."""

from dataclasses import replace
from itertools import combinations, pairwise
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import BadInput
from tasks.media.selection import Candidate, Plan, fit_to_duration, plan_variants
from tasks.media.selection_model import PlannedCut, looks_alike, overlap_share
from tests.tasks.media.selection_cases import row, segment

FPS = 30
SLACK_S = 1e-6


def codes(plan: Plan) -> list[str]:
    return [warning.code for warning in plan.warnings]


def frames(cuts: tuple[PlannedCut, ...]) -> int:
    return sum(round(cut.duration_s * FPS) for cut in cuts)


def assert_sound(plan: Plan, candidates: list[Candidate]) -> None:
    """What no shortage may break: cuts inside their segments, on the grid, never over each other."""
    segments = {candidate.segment_id: candidate for candidate in candidates}
    for variant in plan.variants:
        for cut in variant.cuts:
            source = segments[cut.segment_id]
            assert cut.footage_id == source.footage_id
            assert source.start_s - SLACK_S <= cut.start_s < cut.end_s <= source.end_s + SLACK_S
            for offset_s in (cut.start_s - source.start_s, cut.duration_s):
                assert offset_s * FPS == pytest.approx(round(offset_s * FPS), abs=1e-4)
        for a, b in combinations(variant.cuts, 2):
            if a.footage_id == b.footage_id:
                assert a.end_s <= b.start_s + SLACK_S or b.end_s <= a.start_s + SLACK_S
    assert len({frames(variant.cuts) for variant in plan.variants}) == 1  # all equally long


# With enough footage ------------------------------------------------------------------------------


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


# The same, again ----------------------------------------------------------------------------------


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


# When footage is scarce ---------------------------------------------------------------------------


def test_one_continuous_shot_makes_full_clips_with_warnings():
    # pitfall 55
    # given one product shot of 15 s
    plan = plan_variants([segment(1, 0, 15)], variants=3, target_s=10, seed=1)
    # then the clips are complete, show different parts as far as that goes, and say what was given up
    assert [frames(variant.cuts) for variant in plan.variants] == [300] * 3
    assert max(plan.overlaps.values()) < 0.65  # three times 10 s out of 15 s share at least half
    assert codes(plan) == ["same_shot", "overlap", "same_opening"]
    openings = sorted(variant.cuts[0].start_s for variant in plan.variants)
    assert all(later - earlier > 3 for earlier, later in pairwise(openings))


def test_less_footage_than_the_target_gives_equally_short_clips():
    # pitfall 54
    candidates = row([3, 5, 2, 4, 6])
    plan = plan_variants(candidates, variants=3, target_s=30, seed=1)
    assert [frames(variant.cuts) for variant in plan.variants] == [600] * 3
    assert len({variant.cuts[0].segment_id for variant in plan.variants}) == 3
    assert len({variant.cuts for variant in plan.variants}) == 3
    shorter = next(warning for warning in plan.warnings if warning.code == "shorter")
    assert shorter.numbers == {"duration_s": 20.0, "target_s": 30}
    assert shorter.message == "All 3 clips are 20.0 s long instead of 30.0 s: the footage gives no more."
    assert "overlap" in codes(plan)
    assert max(cut.duration_s for variant in plan.variants for cut in variant.cuts) <= 4 + SLACK_S
    assert_sound(plan, candidates)


def test_a_shot_shows_again_only_as_long_as_needed():
    # given five different shots, each in three takes of 4 s, those of one far better
    candidates = [segment(n, n * 5.0, n * 5.0 + 4, look=n % 5, score=40 if n % 5 else 95) for n in range(15)]
    # when a clip is longer than the five together
    plan = plan_variants(candidates, variants=1, target_s=22, seed=1)
    # then one cut more than the different shots is enough
    assert codes(plan) == ["same_shot"]
    assert plan.warnings[0].numbers["cuts"] == 1


def test_overlap_warning_says_what_would_be_needed():
    plan = plan_variants(row([2.5] * 16), variants=3, target_s=30, seed=1)
    overlap = next(warning for warning in plan.warnings if warning.code == "overlap")
    assert overlap.numbers["worst_share"] == max(plan.overlaps.values())
    assert overlap.message.endswith(
        "the footage gives 40.0 s of usable shots; 3 clips of 30.0 s each would need at least 58.5 s."
    )


def test_unusable_footage_fills_only_what_is_missing():
    candidates = row([3.0] * 4) + [segment(n, n * 3.0, n * 3.0 + 3, is_usable=False) for n in range(10, 14)]
    plan = plan_variants(candidates, variants=2, target_s=16, seed=1)
    unusable = {candidate.segment_id for candidate in candidates if not candidate.is_usable}
    for variant in plan.variants:
        bad_s = sum(cut.duration_s for cut in variant.cuts if cut.segment_id in unusable)
        assert bad_s == pytest.approx(4.0)
        assert variant.cuts[0].segment_id not in unusable
    assert "unusable" in codes(plan)


def test_a_single_tiny_segment_still_makes_clips():
    # pitfall 55
    plan = plan_variants([segment(1, 4.0, 4.6)], variants=3, target_s=30, seed=1)
    assert [variant.duration_s for variant in plan.variants] == pytest.approx([0.6] * 3)
    assert codes(plan) == ["overlap", "same_opening", "shorter"]


def test_only_unusable_footage_still_makes_clips():
    # pitfall 55
    candidates = [segment(n, n * 3.0, n * 3.0 + 3, is_usable=False) for n in range(20)]
    plan = plan_variants(candidates, variants=2, target_s=15, seed=1)
    assert [frames(variant.cuts) for variant in plan.variants] == [450, 450]
    assert "unusable" in codes(plan)


def test_short_segments_are_used_when_there_is_nothing_longer():
    plan = plan_variants(row([0.8] * 30), variants=2, target_s=10, seed=1)
    assert [frames(variant.cuts) for variant in plan.variants] == [300, 300]
    assert "cut_length" in codes(plan)


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


# Whatever the footage -----------------------------------------------------------------------------


@st.composite
def footage(draw: st.DrawFn, most: int = 25) -> list[Candidate]:
    """Segments of any kind: overlapping, alike, unusable, tiny."""
    made = []
    for number in range(draw(st.integers(1, most))):
        start_s = draw(st.floats(0, 60))
        made.append(
            segment(
                number,
                start_s,
                start_s + draw(st.floats(0.1, 12)),
                score=draw(st.integers(0, 100)),
                hook=draw(st.integers(0, 100)),
                is_usable=draw(st.integers(0, 4)) > 0,
                look=draw(st.integers(0, 15)),
                footage=UUID(int=draw(st.integers(1, 2))),
            )
        )
    return made


@settings(max_examples=60, deadline=None)
@given(candidates=footage(), variants=st.integers(1, 4), target_s=st.floats(1, 25), seed=st.integers(0, 99))
def test_any_footage_gives_sound_clips_or_says_why_not(candidates, variants, target_s, seed):
    plan = plan_variants(candidates, variants=variants, target_s=target_s, seed=seed)
    assert len(plan.variants) == variants
    assert_sound(plan, candidates)
    if frames(plan.variants[0].cuts) != round(target_s * FPS):
        assert "shorter" in codes(plan)
    assert ("overlap" in codes(plan)) == any(share > 0.35 + SLACK_S for share in plan.overlaps.values())
    mirrored = plan_variants(candidates[::-1], variants=variants, target_s=target_s, seed=seed)
    assert mirrored == plan


@settings(max_examples=40, deadline=None)
@given(
    lengths_s=st.lists(st.floats(1.5, 5.0), min_size=12, max_size=30),
    variants=st.integers(2, 4),
    seed=st.integers(0, 99),
)
def test_enough_different_footage_gives_exact_and_different_clips(lengths_s, variants, seed):
    # given as much footage as all clips show together
    target_s = int(sum(min(4.0, length_s) for length_s in lengths_s) / variants)
    candidates = row(lengths_s)
    # when
    plan = plan_variants(candidates, variants=variants, target_s=target_s, seed=seed)
    # then
    assert [frames(variant.cuts) for variant in plan.variants] == [target_s * FPS] * variants
    assert max(plan.overlaps.values()) <= 0.35 + SLACK_S
    assert plan.warnings == ()


# What its owner says --------------------------------------------------------------------------------


def skipped(candidates: list[Candidate]) -> list[Candidate]:
    return [replace(candidate, is_skipped=True) for candidate in candidates]


def test_skipped_segments_are_left_alone_when_the_rest_fills_a_clip():
    # given 18 s that may be used, and far better ones that are to be skipped
    kept = row([3.0] * 6)
    candidates = kept + skipped([segment(n, n * 3.0, n * 3.0 + 3, score=99, hook=99) for n in range(10, 40)])
    # when three clips of 15 s are planned, which have to share
    plan = plan_variants(candidates, variants=3, target_s=15, seed=1)
    # then that is reported, and nothing skipped is shown
    assert {cut.segment_id for v in plan.variants for cut in v.cuts} <= {c.segment_id for c in kept}
    assert "skipped" not in codes(plan)
    assert "overlap" in codes(plan)


def test_spoilt_footage_comes_before_skipped():
    # given 6 s of good footage, 6 s of black and a lot that is to be skipped
    candidates = [
        *row([3.0] * 2),
        *(segment(n, n * 3.0, n * 3.0 + 3, is_usable=False) for n in (10, 11)),
        *skipped([segment(n, n * 3.0, n * 3.0 + 3, score=99, hook=99) for n in range(20, 30)]),
    ]
    # when 15 s are wanted
    plan = plan_variants(candidates, variants=1, target_s=15, seed=1)
    # then only what is still missing is taken from the skipped, and both are told
    unwanted = {candidate.segment_id for candidate in candidates if candidate.is_skipped}
    cuts = plan.variants[0].cuts
    assert sum(cut.duration_s for cut in cuts if cut.segment_id in unwanted) == pytest.approx(3.0)
    assert cuts[0].segment_id in {UUID(int=1000), UUID(int=1001)}
    told = {warning.code: warning for warning in plan.warnings}
    assert set(told) >= {"unusable", "skipped"}
    assert told["skipped"].numbers["seconds"] == pytest.approx(3.0)


def test_a_clip_of_nothing_but_skipped_segments_says_so():
    plan = plan_variants(skipped(row([3.0] * 20)), variants=1, target_s=9, seed=1)
    assert frames(plan.variants[0].cuts) == 270
    assert codes(plan) == ["skipped"]


def test_a_stretched_clip_takes_skipped_segments_last():
    kept, unwanted = row([4.0, 4.0, 4.0]), skipped([segment(9, 100, 110)])
    cuts = [PlannedCut(kept[0].segment_id, kept[0].footage_id, 0.0, 3.0)]
    within, told = fit_to_duration(cuts, kept + unwanted, target_s=12.0, seed=1)
    assert {cut.segment_id for cut in within} == {c.segment_id for c in kept}
    assert "skipped" not in [warning.code for warning in told]
    beyond, told = fit_to_duration(cuts, kept + unwanted, target_s=14.0, seed=1)
    assert unwanted[0].segment_id in {cut.segment_id for cut in beyond}
    assert "skipped" in [warning.code for warning in told]


def test_segments_that_were_never_measured_are_unlike_each_other():
    bare = [replace(candidate, signature=None) for candidate in row([3.0] * 12, looks=[0] * 12)]
    plan = plan_variants(bare, variants=1, target_s=15, seed=1)
    assert plan.warnings == ()


# Beside what is there -------------------------------------------------------------------------------


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
