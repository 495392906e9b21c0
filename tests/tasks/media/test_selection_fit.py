"""Fitting a clip to its script's length."""

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import BadInput
from tasks.media.selection import plan_variants
from tasks.media.selection_fit import fit_to_duration
from tasks.media.selection_model import PlannedCut, overlap_share
from tests.tasks.media.selection_cases import FOOTAGE, row, segment

FPS = 30


def frames(cuts):
    return sum(round(cut.duration_s * FPS) for cut in cuts)


def codes(warnings):
    return [warning.code for warning in warnings]


@pytest.fixture
def candidates():
    return row([3.0] * 40)


@pytest.fixture
def clips(candidates):
    plan = plan_variants(candidates, variants=3, target_s=15, seed=3)
    return [variant.cuts for variant in plan.variants]


def test_the_right_length_changes_nothing(clips, candidates):
    assert fit_to_duration(clips[0], candidates, target_s=15, seed=1) == (clips[0], ())


@pytest.mark.parametrize("target_s", [14.9, 12.3, 8.0, 5.0, 3.0])
def test_trimming_takes_from_the_end_and_keeps_the_opening(clips, candidates, target_s):
    cuts, warnings = fit_to_duration(clips[0], candidates, target_s=target_s, seed=1)
    assert frames(cuts) == round(target_s * FPS)
    assert cuts[0] == clips[0][0]
    assert [cut.start_s for cut in cuts] == [cut.start_s for cut in clips[0][: len(cuts)]]
    assert min(cut.duration_s for cut in cuts) >= 1 - 1e-6
    assert warnings == ()


def test_even_shorter_than_the_opening(clips, candidates):
    cuts, _ = fit_to_duration(clips[0], candidates, target_s=0.7, seed=1)
    assert len(cuts) == 1
    assert frames(cuts) == 21


def test_stretching_prefers_shots_that_no_other_clip_uses(clips, candidates):
    # given two other clips of the project
    others = clips[1:]
    # when the script turns out 10 s longer
    cuts, warnings = fit_to_duration(clips[0], candidates, target_s=25, seed=1, elsewhere=others)
    # then new and different shots follow the old ones
    assert frames(cuts) == 750
    assert [cut.segment_id for cut in cuts[: len(clips[0])]] == [cut.segment_id for cut in clips[0]]
    assert len({cut.segment_id for cut in cuts}) == len(cuts)
    assert max(overlap_share(cuts, other) for other in others) < 0.1
    assert warnings == ()


def test_a_little_longer_lengthens_a_cut(clips, candidates):
    cuts, warnings = fit_to_duration(clips[0], candidates, target_s=15.3, seed=1)
    assert len(cuts) == len(clips[0])
    assert frames(cuts) == 459
    assert warnings == ()


def test_stretching_avoids_near_duplicates_while_there_are_others():
    # given a clip of one shot, and a near-duplicate with a better score than the rest
    candidates = [
        segment(0, 0, 3, look=7),
        segment(1, 10, 13, look=7, score=99),
        *(segment(n, n * 10.0, n * 10.0 + 3, score=40) for n in range(2, 6)),
    ]
    clip = [PlannedCut(candidates[0].segment_id, FOOTAGE, 0.0, 3.0)]
    # when
    cuts, warnings = fit_to_duration(clip, candidates, target_s=12, seed=1)
    # then
    assert candidates[1].segment_id not in {cut.segment_id for cut in cuts}
    assert warnings == ()
    # and when nothing else is left, it is used and said
    cuts, warnings = fit_to_duration(clip, candidates, target_s=18, seed=1)
    assert candidates[1].segment_id in {cut.segment_id for cut in cuts}
    assert codes(warnings) == ["same_shot"]


def test_sharing_with_another_clip_is_said():
    candidates = row([3.0] * 6)
    first, second = candidates[:2], candidates[2:]
    clip = [PlannedCut(c.segment_id, c.footage_id, c.start_s, c.end_s) for c in first]
    other = [PlannedCut(c.segment_id, c.footage_id, c.start_s, c.end_s) for c in second]
    cuts, warnings = fit_to_duration(clip, candidates, target_s=12, seed=1, elsewhere=[other])
    assert frames(cuts) == 360
    assert codes(warnings) == ["overlap_elsewhere"]
    assert warnings[0].numbers["worst_share"] == pytest.approx(0.5)


def test_used_up_footage_repeats_and_says_so():
    # given 9 s of footage
    candidates = row([3.0] * 3)
    clip = [PlannedCut(candidates[0].segment_id, FOOTAGE, 0.0, 2.0)]
    # when the script needs 20 s
    cuts, warnings = fit_to_duration(clip, candidates, target_s=20, seed=1)
    # then
    assert frames(cuts) == 600
    assert codes(warnings) == ["repeats"]
    assert warnings[0].numbers == {"repeated_s": 11.0, "different_s": 9.0, "target_s": 20}
    assert min(cut.duration_s for cut in cuts) >= 1 - 1e-6


def test_without_repeats_it_stays_shorter_and_says_so():
    candidates = row([3.0] * 3)
    clip = [PlannedCut(candidates[0].segment_id, FOOTAGE, 0.0, 2.0)]
    cuts, warnings = fit_to_duration(clip, candidates, target_s=20, seed=1, may_repeat=False)
    assert frames(cuts) == 270
    assert codes(warnings) == ["shorter"]
    assert warnings[0].numbers == {"duration_s": 9.0, "target_s": 20}


def test_unusable_footage_comes_after_everything_but_repeats():
    candidates = [segment(0, 0, 3), segment(1, 3, 6, is_usable=False)]
    clip = [PlannedCut(candidates[0].segment_id, FOOTAGE, 0.0, 2.0)]
    _, warnings = fit_to_duration(clip, candidates, target_s=3, seed=1)
    assert warnings == ()
    _, warnings = fit_to_duration(clip, candidates, target_s=5, seed=1)
    assert codes(warnings) == ["unusable"]
    _, warnings = fit_to_duration(clip, candidates, target_s=8, seed=1)
    assert codes(warnings) == ["unusable", "repeats"]


def test_cuts_of_unknown_segments_are_kept():
    clip = [PlannedCut(None, FOOTAGE, 1.017, 3.5), PlannedCut(UUID(int=77), FOOTAGE, 8.0, 10.0)]
    cuts, _ = fit_to_duration(clip, row([3.0] * 5), target_s=9, seed=1)
    assert frames(cuts) == 270
    assert [(cut.segment_id, cut.start_s) for cut in cuts[:2]] == [(c.segment_id, c.start_s) for c in clip]


@pytest.mark.parametrize(("cuts", "target_s"), [([], 10.0), ([PlannedCut(None, FOOTAGE, 0, 2)], 0.0)])
def test_impossible_requests_are_refused(cuts, target_s):
    with pytest.raises(BadInput):
        fit_to_duration(cuts, [], target_s=target_s, seed=1)


@settings(max_examples=60, deadline=None)
@given(
    lengths_s=st.lists(st.floats(0.6, 8.0), min_size=3, max_size=20),
    looks=st.integers(1, 20),
    first_s=st.floats(1.0, 20.0),
    then_s=st.floats(0.5, 60.0),
)
def test_the_sum_is_always_exact_and_repeats_are_said(lengths_s, looks, first_s, then_s):
    # given a planned clip
    candidates = row(lengths_s, looks=[n % looks for n in range(len(lengths_s))])
    mine, other = plan_variants(candidates, variants=2, target_s=first_s, seed=1).variants
    # when its script needs another length
    cuts, warnings = fit_to_duration(mine.cuts, candidates, target_s=then_s, seed=1, elsewhere=[other.cuts])
    # then it has it, from inside the segments, and repeats are said
    assert frames(cuts) == max(1, round(then_s * FPS))
    segments = {candidate.segment_id: candidate for candidate in candidates}
    for cut in cuts:
        source = segments[cut.segment_id]
        assert source.start_s - 1e-6 <= cut.start_s < cut.end_s <= source.end_s + 1e-6
    ordered = sorted(cuts, key=lambda cut: cut.start_s)
    is_repeated = any(b.start_s < a.end_s - 1e-6 for a, b in pairwise(ordered))
    assert is_repeated == ("repeats" in codes(warnings))
