"""Any footage at all: sound clips, or a word on why not."""

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.media.selection import Candidate, plan_variants
from tests.tasks.media.selection_cases import FPS, SLACK_S, assert_sound, codes, frames, row, segment


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
