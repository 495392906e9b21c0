"""Too little footage for what is asked: what gives way, in which order, and what is said."""

from itertools import pairwise

import pytest

from tasks.media.selection import plan_variants
from tests.tasks.media.selection_cases import SLACK_S, assert_sound, codes, frames, row, segment


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
