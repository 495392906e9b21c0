"""Segments that people skip: taken last, and told."""

from dataclasses import replace
from uuid import UUID

import pytest

from tasks.media.selection import Candidate, fit_to_duration, plan_variants
from tasks.media.selection_model import PlannedCut
from tests.tasks.media.selection_cases import codes, frames, row, segment


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
