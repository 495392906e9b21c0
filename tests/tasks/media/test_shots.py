"""Every kind of boundary is found; what only looks like one is not."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tasks.media.features import FrameFeatures, measure_footage
from tasks.media.shots import Shot, TransitionKind, detect_shots
from tests.bench.truth_set import score_shots, write_truth
from tests.tasks.media.synthetic import make_features

SAMPLE = Path(__file__).resolve().parents[3] / "tasks/media/assets/sample"


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("truth") / "truth.mp4"
    labels = write_truth(path, seed=12, duration_s=40.0)
    return measure_footage(
        path, has_audio=False, duration_s=40.0, timeout_s=60, has_plain_pixels=True
    ), labels


def show(*runs: tuple[int, int]) -> FrameFeatures:
    """Frames of made-up pictures: `(picture, frames)` each."""
    pictures = [np.random.default_rng(seed).integers(0, 256, (5, 8), np.uint8) for seed, _ in runs]
    thumbs = np.concatenate(
        [
            np.kron(picture, np.ones((9, 10), np.uint8))[None].repeat(frames, 0)
            for picture, (_, frames) in zip(pictures, runs, strict=True)
        ]
    )
    return from_thumbs(thumbs)


def from_thumbs(thumbs: np.ndarray) -> FrameFeatures:
    flat = thumbs.reshape(len(thumbs), -1).astype(np.float32)
    motion = np.abs(np.diff(flat, axis=0, prepend=flat[:1])).mean(1)
    return make_features(
        len(thumbs), thumbs=thumbs, motion=motion, contrast=flat.std(1), brightness=flat.mean(1)
    )


def boundaries(shots: tuple[Shot, ...]) -> list[int]:
    return [shot.start_frame for shot in shots[1:]]


def test_shots_cover_the_footage_without_gaps(truth) -> None:
    features, _ = truth
    shots = detect_shots(features)
    assert shots[0].start_frame == 0
    assert shots[0].opens_with.kind is TransitionKind.START
    assert shots[-1].end_frame == features.frame_count
    assert all(one.end_frame == other.start_frame for one, other in pairwise(shots))


def test_each_kind_of_boundary_is_found(truth) -> None:
    # given footage that holds every kind
    features, labels = truth
    assert {label.kind for label in labels} == {"cut", "jump", "fade", "dissolve"}
    # when shots are detected
    score = score_shots(detect_shots(features), labels)
    # then all but at most one boundary is found, and at most one is made up
    assert len(score.missed) <= 1, score
    assert len(score.false_frames) <= 1, score


def test_transitions_say_which_frames_belong_to_neither_shot(truth) -> None:
    features, labels = truth
    openings = [shot.opens_with for shot in detect_shots(features)]
    for label in labels:
        if label.kind not in ("fade", "dissolve"):
            continue
        covered = [
            frame
            for one in openings
            if one.kind == label.kind
            for frame in range(one.start_frame, one.end_frame)
            if label.start_frame <= frame < label.end_frame
        ]
        assert len(covered) >= 0.7 * (label.end_frame - label.start_frame), label


def test_a_cut_is_placed_on_its_frame() -> None:
    assert boundaries(detect_shots(show((1, 40), (2, 30), (3, 50)))) == [40, 70]


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_flash_is_no_cut(frames: int) -> None:
    assert boundaries(detect_shots(show((1, 40), (2, frames), (1, 40)))) == []


def test_a_change_of_light_is_no_cut() -> None:
    thumbs = show((1, 80)).thumbs // 2 + 30
    thumbs[40:] += 40
    assert boundaries(detect_shots(from_thumbs(thumbs))) == []


def test_a_jump_of_a_small_subject_is_a_cut() -> None:
    # given a still scene in which a quarter of the picture is elsewhere from one frame to the next
    noise = np.random.default_rng(4).integers(0, 3, (80, 45, 80), np.uint8)
    thumbs = np.full((80, 45, 80), 90, np.uint8) + noise
    thumbs[:40, 10:40, 5:30] += 100
    thumbs[40:, 10:40, 45:70] += 100
    # when detected, then it is a boundary
    assert boundaries(detect_shots(from_thumbs(thumbs))) == [40]


def test_a_subject_that_moves_steadily_is_no_cut() -> None:
    thumbs = np.full((80, 45, 80), 90, np.uint8)
    for frame in range(20, 60):
        left = (frame - 20) * 2 - 15
        thumbs[frame, 5:40, max(0, left) : max(0, left + 20)] = 190
    assert boundaries(detect_shots(from_thumbs(thumbs))) == []


@pytest.mark.parametrize("repeats", [2, 3])
def test_slow_footage_is_not_full_of_cuts(repeats: int) -> None:
    # given a fast pan at 15 and 10 fps on the 30 fps timeline, with one cut
    rng = np.random.default_rng(9)
    wide = np.kron(rng.integers(0, 256, (3, 12), np.uint8), np.ones((15, 20), np.uint8))
    views = [wide[:, i : i + 80] for i in range(20)] + [wide[::-1, 120 + i : 200 + i] for i in range(20)]
    thumbs = np.stack(views).repeat(repeats, 0)
    # when detected, then only the cut is found
    assert boundaries(detect_shots(from_thumbs(thumbs))) == [20 * repeats]


def test_black_at_length_is_a_shot_of_its_own() -> None:
    thumbs = show((1, 60), (2, 200), (3, 60)).thumbs.copy()
    thumbs[60:260] = 16
    shots = detect_shots(from_thumbs(thumbs))
    assert boundaries(shots) == [60, 260]


def test_footage_that_fades_in_has_no_shot_before() -> None:
    # given half a second of black, a ramp, and a picture
    thumbs = show((1, 100)).thumbs.astype(np.float32)
    gain = np.clip((np.arange(100) - 15) / 10, 0, 1)[:, None, None]
    shots = detect_shots(from_thumbs((16 + (thumbs - 16) * gain).astype(np.uint8)))
    # when detected, then there is one shot, which is clear once the ramp ends
    assert boundaries(shots) == []
    assert shots[0].opens_with.kind is TransitionKind.START
    assert shots[0].opens_with.end_frame == pytest.approx(25, abs=1)


@pytest.mark.parametrize("frames", [1, 5, 13])
def test_very_short_footage_is_one_shot(frames: int) -> None:  # pitfall 55
    assert detect_shots(show((1, frames))) == (Shot(0, frames, detect_shots(show((1, 9)))[0].opens_with),)


def test_real_single_takes_are_one_shot() -> None:
    for name in ("box.mp4", "cup.mp4"):
        features = measure_footage(
            SAMPLE / name, has_audio=False, duration_s=15.0, timeout_s=60, has_plain_pixels=True
        )
        assert boundaries(detect_shots(features)) == [], name


def test_real_cuts_are_found_and_a_refreshed_picture_is_none() -> None:
    # given animation with a key frame at frame 334 that cleans up a smeared picture
    features = measure_footage(
        SAMPLE / "meadow.webm", has_audio=False, duration_s=20.0, timeout_s=60, has_plain_pixels=True
    )
    assert features.motion[334] > 3 * features.motion[325:333].max()
    # when detected, then only the two cuts are boundaries
    assert boundaries(detect_shots(features)) == [354, 470]
