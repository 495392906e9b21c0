"""Measurements made up frame by frame, without any footage."""

import numpy as np

from tasks.media.features import FrameFeatures


def make_features(frames: int, *, seed: int = 0, **changed: object) -> FrameFeatures:
    """Plain, sharp, moving frames; pass arrays to replace any measure."""
    rng = np.random.default_rng(seed)
    measures: dict[str, object] = {
        "thumbs": rng.integers(40, 200, (1, 45, 80), np.uint8).repeat(frames, 0),
        "chroma": np.full((frames, 5, 10, 2), 128, np.uint8),
        "brightness": np.full(frames, 120, np.float32),
        "contrast": np.full(frames, 45, np.float32),
        "dark_share": np.zeros(frames, np.float32),
        "sharpness": np.full(frames, 12, np.float32),
        "dhash": np.full(frames, 0x0F0F, np.uint64),
        "motion": np.full(frames, 1.5, np.float32),
        "motion_x": np.full(frames, 0.5, np.float32),
        "stills": np.zeros((1, 90, 160), np.uint8),
        "still_times_s": np.zeros(1),
        "audio_rms": None,
    }
    return FrameFeatures(**{**measures, **changed})  # type: ignore[arg-type]  # names are checked by the call
