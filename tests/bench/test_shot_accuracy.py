"""How well shots are found in videos whose shots are known; the seeds were not used for any threshold."""

from pathlib import Path

import pytest

from tasks.media.features import measure_footage
from tasks.media.shots import detect_shots
from tests.bench.truth_set import score_shots, write_truth

HELD_OUT_SEEDS = (101, 102)
DURATION_S = 240.0


@pytest.mark.bench
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", HELD_OUT_SEEDS)
def test_boundaries_are_found_and_nothing_else(tmp_path: Path, seed: int) -> None:
    # given four minutes with cuts, jump cuts, fades, dissolves and traps
    labels = write_truth(tmp_path / "truth.mp4", seed=seed, duration_s=DURATION_S)

    # when shots are detected
    features = measure_footage(
        tmp_path / "truth.mp4", has_audio=False, duration_s=DURATION_S, timeout_s=300, has_plain_pixels=True
    )
    score = score_shots(detect_shots(features), labels)

    # then nearly all boundaries are found within two frames, with few false ones
    print(f"seed {seed}: F1 {score.f1:.3f}, {score}")
    assert score.f1 >= 0.95, score
    assert all(found >= 0.8 * total for found, total in score.found_by_kind.values()), score
