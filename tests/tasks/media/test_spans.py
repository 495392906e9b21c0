"""Spans divide shots, keep clear of transitions, and are never all thrown away."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.media.shots import Shot, Transition, TransitionKind
from tasks.media.spans import SILENCE_DB, cut_into_spans
from tests.tasks.media.synthetic import make_features

START = Transition(TransitionKind.START, 0, 0)


@st.composite
def divided_footage(draw: st.DrawFn) -> tuple[int, tuple[Shot, ...]]:
    """Shots without gaps, joined by cuts and by transitions that reach into both sides."""
    lengths = draw(st.lists(st.integers(1, 400), min_size=1, max_size=8))
    shots: list[Shot] = []
    opening, start = START, 0
    for index, length in enumerate(lengths):
        end = start + length
        shots.append(Shot(start, end, opening))
        reach = draw(st.integers(0, 30))
        last = index + 1 == len(lengths)
        after = 0 if last else lengths[index + 1]
        kind = TransitionKind.DISSOLVE if reach else TransitionKind.CUT
        opening, start = Transition(kind, end - min(reach, length), end + min(reach, after)), end
    return start, tuple(shots)


@given(
    divided_footage(),
    st.sampled_from([(4.0, 0.8), (2.0, 1.0), (10.0, 0.1)]),
    st.lists(st.floats(0, 110), max_size=12).map(sorted),
)
def test_spans_never_overlap_cross_a_boundary_or_leave_the_footage(
    footage: tuple[int, tuple[Shot, ...]], limits: tuple[float, float], key_frames_s: list[float]
) -> None:
    # given any footage, shots and key frames, when cut
    frames, shots = footage
    longest, shortest = limits
    spans = cut_into_spans(
        make_features(frames), shots, key_frames_s=key_frames_s, max_span_s=longest, min_span_s=shortest
    )
    # then there is something, in order and within the footage
    assert spans
    edges = [(round(span.start_s * 30), round(span.end_s * 30)) for span in spans]
    assert all(first < last for first, last in edges)
    assert all(one[1] <= other[0] for one, other in pairwise(edges))
    assert edges[0][0] >= 0
    assert edges[-1][1] <= frames
    for span, (first, last) in zip(spans, edges, strict=True):
        # and it is on the grid, not too long and within one shot
        assert span.start_s == first / 30
        assert span.end_s == last / 30
        assert last - first <= longest * 30
        shot = shots[span.shot]
        assert shot.start_frame <= first < last <= shot.end_frame


@given(divided_footage())
def test_spans_stay_clear_of_transitions_when_there_is_anything_else(
    footage: tuple[int, tuple[Shot, ...]],
) -> None:
    frames, shots = footage
    within = {
        frame for shot in shots for frame in range(shot.opens_with.start_frame, shot.opens_with.end_frame)
    }
    spans = cut_into_spans(make_features(frames), shots)
    used = {f for span in spans for f in range(round(span.start_s * 30), round(span.end_s * 30))}
    assert not used & within or within >= set(range(frames))


@given(st.integers(1, 2000))
def test_one_shot_is_divided_evenly_and_without_gaps(frames: int) -> None:
    spans = cut_into_spans(make_features(frames), (Shot(0, frames, START),))
    lengths = [round(span.duration_s * 30) for span in spans]
    assert sum(lengths) == frames
    assert max(lengths) - min(lengths) <= 1
    assert max(lengths) <= 120


def test_a_long_shot_is_divided_at_key_frames() -> None:
    # given a shot of ten seconds with a key frame about every second
    keys_s = [second + 0.34 for second in range(10)]
    # when cut
    spans = cut_into_spans(make_features(300), (Shot(0, 300, START),), key_frames_s=keys_s)
    # then each span but the first begins on the first frame that is not before a key frame
    assert [round(span.start_s * 30) for span in spans] == [0, 101, 191]


@pytest.mark.parametrize("keys_s", [(), (0.0, 9.9), (0.1, 0.2)])
def test_a_long_shot_without_key_frames_in_the_right_places_is_divided_evenly(
    keys_s: tuple[float, ...],
) -> None:
    spans = cut_into_spans(make_features(300), (Shot(0, 300, START),), key_frames_s=keys_s)
    assert [round(span.start_s * 30) for span in spans] == [0, 100, 200]


@pytest.mark.parametrize("frames", [1, 12, 78])
def test_short_footage_gives_a_span(frames: int) -> None:  # pitfall 55
    (span,) = cut_into_spans(make_features(frames), (Shot(0, frames, START),))
    assert span.duration_s == pytest.approx(frames / 30)


def test_flashes_of_shots_are_left_out_beside_real_ones() -> None:
    # given shots of 0.3, 3 and 0.3 s
    shots = (
        Shot(0, 9, START),
        Shot(9, 99, Transition(TransitionKind.CUT, 9, 9)),
        Shot(99, 108, Transition(TransitionKind.CUT, 99, 99)),
    )
    # when cut, then only the real one remains
    assert [span.shot for span in cut_into_spans(make_features(108), shots)] == [1]


def test_black_frozen_and_blurred_footage_is_flagged_but_kept() -> None:  # pitfall 54, 55
    shot = (Shot(0, 60, START),)
    full = np.ones(60, np.float32)
    (black,) = cut_into_spans(
        make_features(60, brightness=full * 16, dark_share=full, contrast=full, motion=full * 0), shot
    )
    (frozen,) = cut_into_spans(make_features(60, motion=full * 0), shot)
    (blurred,) = cut_into_spans(make_features(60, sharpness=full * 0.8), shot)
    (plain,) = cut_into_spans(make_features(60), shot)
    assert black.black_share == 1
    assert frozen.frozen_share == 1
    assert blurred.is_blurred
    # nothing is blurrier than the rest where all is alike
    assert not blurred.is_blurrier_than_rest
    assert (plain.black_share, plain.frozen_share) == (0, 0)
    assert not plain.is_blurred


def test_blur_is_also_judged_by_the_rest_of_the_footage() -> None:
    # given three sharp shots and one that missed its focus, though not by all measures
    shots = tuple(
        Shot(i * 60, i * 60 + 60, START if i == 0 else Transition(TransitionKind.CUT, i * 60, i * 60))
        for i in range(4)
    )
    sharpness = np.full(240, 12, np.float32)
    sharpness[120:180] = 4
    spans = cut_into_spans(make_features(240, sharpness=sharpness), shots)
    assert [span.is_blurrier_than_rest for span in spans] == [False, False, True, False]
    assert not any(span.is_blurred for span in spans)


def test_repeated_frames_of_slow_footage_are_not_frozen() -> None:
    # given 12 fps on the 30 fps timeline: three of five frames repeat
    motion = np.tile(np.array([2, 0, 0, 2, 0], np.float32), 20)
    (span,) = cut_into_spans(make_features(100, motion=motion), (Shot(0, 100, START),))
    assert span.frozen_share == 0


def test_the_change_at_a_cut_does_not_count_as_motion() -> None:
    motion = np.full(60, 1.0, np.float32)
    motion[30] = 90
    shots = (Shot(0, 30, START), Shot(30, 60, Transition(TransitionKind.CUT, 30, 30)))
    spans = cut_into_spans(make_features(60, motion=motion), shots)
    assert [span.motion for span in spans] == [1.0, 1.0]


def test_sound_is_a_mean_energy() -> None:
    shot = (Shot(0, 30, START),)
    half = np.concatenate([np.full(25, 0.1), np.zeros(25)]).astype(np.float32)
    (mixed,) = cut_into_spans(make_features(30, audio_rms=half), shot)
    (silent,) = cut_into_spans(make_features(30, audio_rms=half * 0), shot)
    (ended,) = cut_into_spans(make_features(30, audio_rms=half[:0]), shot)
    (without,) = cut_into_spans(make_features(30), shot)
    assert mixed.audio_db == pytest.approx(-23.0, abs=0.1)
    assert silent.audio_db == ended.audio_db == SILENCE_DB
    assert without.audio_db is None


def test_motion_pulls_the_centre() -> None:
    motion, motion_x = np.zeros(30, np.float32), np.zeros(30, np.float32)
    motion[10:20], motion_x[10:20] = 5, 0.9
    (span,) = cut_into_spans(make_features(30, motion=motion, motion_x=motion_x), (Shot(0, 30, START),))
    assert span.motion_track == pytest.approx((0.9, 0.9))


def test_limits_that_divide_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="divide"):
        cut_into_spans(make_features(30), (Shot(0, 30, START),), max_span_s=1.0, min_span_s=0.8)
