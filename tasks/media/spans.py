"""Cuts shots into spans: the pieces of footage that selection chooses from, each with its measures.

Nothing is thrown away here. Black, frozen and blurred spans are flagged and rank low later, since a dull
span is better than none when it is all there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from tasks.media.features import AUDIO_HOP_S, FPS, FrameFeatures
from tasks.media.shots import Shot
from tasks.media.similarity import Signature, sign_frame

#: Silence is stored as this.
SILENCE_DB = -90.0

#: A frame this dark all over shows nothing; limited-range black is 16.
_BLACK_BRIGHTNESS = 24.0
_BLACK_DARK_SHARE = 0.98
#: A still picture changes less than this in every step of half a second; 12 fps footage has no such stretch.
_FROZEN_STEP = 0.05
_FROZEN_FRAMES = FPS // 2
#: Sharpness per contrast, so that a plain but sharp picture does not count as blurred. Real footage: 0.2-0.5
#: when sharp, 0.07 when soft; after a Gaussian blur of sigma 4 at 320x180 0.025-0.04.
_BLURRED_ABSOLUTE = 0.05
#: Below this share of the footage's own usual value it is blurred compared to the rest (a sigma of 2
#: leaves 0.15-0.48 of what was there).
_BLURRED_RELATIVE = 0.35


#: Distance of the values of `Span.motion_track`.
TRACK_STEP_S = 0.5
#: Frames on either side that a value of the track looks at, and how many average frames of the whole span
#: it is mixed with: one jerk must not move it.
_TRACK_REACH_FRAMES = 0.6 * FPS
_TRACK_PULL = 6.0


@dataclass(frozen=True)
class Span:
    """A measured piece of one shot; times are multiples of 1/30 s."""

    start_s: float
    """Its first frame."""
    end_s: float
    """Where it ends; this frame is no longer part of it."""
    shot: int
    """Index of its shot."""
    motion: float
    """Mean change between frames, 0-255."""
    motion_track: tuple[float, ...]
    """Where it moves, 0 left to 1 right, every `TRACK_STEP_S`; at least one value."""
    sharpness: float
    """Median of `FrameFeatures.sharpness`."""
    brightness: float
    """Mean luma, 0-255."""
    contrast: float
    """Mean standard deviation of luma."""
    audio_db: float | None
    """Mean energy in dB below full scale, at least `SILENCE_DB`; None without sound."""
    black_share: float
    """Share of frames that are black."""
    frozen_share: float
    """Share of frames in which the picture stands still."""
    is_blurred: bool
    """Nothing in it is in focus."""
    is_blurrier_than_rest: bool
    """Much less sharp than the footage usually is."""
    signature: Signature
    """What its middle frame looks like."""

    @property
    def duration_s(self) -> float:
        """Length."""
        return self.end_s - self.start_s


def cut_into_spans(
    features: FrameFeatures,
    shots: tuple[Shot, ...],
    *,
    key_frames_s: Sequence[float] = (),
    max_span_s: float = 4.0,
    min_span_s: float = 0.8,
) -> tuple[Span, ...]:
    """Cuts every shot into near-equal spans that stay clear of its transitions.

    Where a long shot is divided does not matter to the eye, so it is divided at key frames where it can
    be: a clip's cut that begins on one decodes nothing that is not shown.

    Args:
        features: What `measure_footage` measured.
        shots: What `detect_shots` found in it.
        key_frames_s: When its key frames are shown, if known.
        max_span_s: No span is longer.
        min_span_s: Shots that are shorter once their transitions are left out give no span, unless no shot
            of the footage is longer; then each gives one, as long as it is.

    Returns:
        At least one span, in order of time, without overlap.

    Raises:
        ValueError: `min_span_s` is more than half of `max_span_s`, or `max_span_s` is no frame long.
    """
    longest, shortest = floor(max_span_s * FPS + 1e-6), ceil(min_span_s * FPS - 1e-6)
    if longest < 1 or shortest * 2 > longest:
        raise ValueError(f"spans of {min_span_s} to {max_span_s} s can't divide every shot")
    clear = [_clear_range(shots, index) for index in range(len(shots))]
    if all(end - start < shortest for start, end in clear):
        shortest = 1
    if all(end - start < shortest for start, end in clear):
        # Nothing but transitions: the shots as they are, halves of transitions included.
        clear = [(shot.start_frame, shot.end_frame) for shot in shots]
    measures = _Measures(features)
    # The first frame of the timeline that is not before the key frame.
    keys = np.unique(np.ceil(np.asarray(key_frames_s, float) * FPS - 1e-3).astype(int))
    return tuple(
        measures.span(index, first, last)
        for index, (start, end) in enumerate(clear)
        if end - start >= shortest
        for first, last in _divide(start, end, shortest, longest, keys)
    )


def _clear_range(shots: tuple[Shot, ...], index: int) -> tuple[int, int]:
    shot = shots[index]
    start = max(shot.start_frame, shot.opens_with.end_frame)
    if index + 1 == len(shots):
        return start, shot.end_frame
    return start, min(shot.end_frame, shots[index + 1].opens_with.start_frame)


def _divide(
    start: int, end: int, shortest: int, longest: int, keys: NDArray[np.int_]
) -> list[tuple[int, int]]:
    """Near-equal parts of `[start, end)`, at key frames if no part gets longer or shorter than allowed."""
    fewest = ceil((end - start) / longest)
    inside = keys[(keys > start) & (keys < end)]
    if fewest > 1 and len(inside):
        for parts in (fewest, fewest + 1):
            edges = [start, *_nearest(inside, _equal_edges(start, end, parts)[1:-1]), end]
            if all(shortest <= later - earlier <= longest for earlier, later in pairwise(edges)):
                return list(pairwise(edges))
    return list(pairwise(_equal_edges(start, end, max(1, fewest))))


def _equal_edges(start: int, end: int, parts: int) -> list[int]:
    return [start + (end - start) * part // parts for part in range(parts + 1)]


def _nearest(keys: NDArray[np.int_], wanted: Sequence[int]) -> list[int]:
    return [int(keys[np.abs(keys - at).argmin()]) for at in wanted]


class _Measures:
    """Per-frame judgements of one footage, made once and averaged over each span."""

    def __init__(self, features: FrameFeatures) -> None:
        self._features = features
        self._is_black = (features.brightness < _BLACK_BRIGHTNESS) & (features.dark_share > _BLACK_DARK_SHARE)
        self._is_frozen = _frozen_frames(features.motion)
        self._focus = features.sharpness / np.maximum(features.contrast, 4.0)
        seen = self._focus[~self._is_black]
        self._usual_focus = float(np.median(seen)) if len(seen) else 0.0

    def span(self, shot: int, first: int, last: int) -> Span:
        features, part = self._features, slice(first, last)
        # The first frame's change is that to the shot before, unless it stands alone.
        moving = slice(min(first + 1, last - 1), last)
        weights = features.motion[moving]
        focus = float(np.median(self._focus[part]))
        return Span(
            start_s=first / FPS,
            end_s=last / FPS,
            shot=shot,
            motion=float(weights.mean()),
            motion_track=_track(weights, features.motion_x[moving]),
            sharpness=float(np.median(features.sharpness[part])),
            brightness=float(features.brightness[part].mean()),
            contrast=float(features.contrast[part].mean()),
            audio_db=_audio_db(features.audio_rms, first / FPS, last / FPS),
            black_share=float(self._is_black[part].mean()),
            frozen_share=float(self._is_frozen[part].mean()),
            is_blurred=focus < _BLURRED_ABSOLUTE,
            is_blurrier_than_rest=focus < _BLURRED_RELATIVE * self._usual_focus,
            signature=sign_frame(features, (first + last) // 2),
        )


def _track(weights: NDArray[np.float32], places: NDArray[np.float32]) -> tuple[float, ...]:
    """Centre of movement around each step; where little moves, the span's own centre counts more."""
    if not weights.any():
        return (0.5,) * max(1, round(len(weights) / FPS / TRACK_STEP_S))
    whole = float((weights * places).sum() / weights.sum())
    track = []
    for step in range(max(1, round(len(weights) / FPS / TRACK_STEP_S))):
        middle = (step + 0.5) * TRACK_STEP_S * FPS
        near = slice(max(0, round(middle - _TRACK_REACH_FRAMES)), round(middle + _TRACK_REACH_FRAMES))
        amount = float(weights[near].sum()) + _TRACK_PULL * float(weights.mean())
        track.append(
            float((weights[near] * places[near]).sum() + _TRACK_PULL * float(weights.mean()) * whole) / amount
        )
    return tuple(round(place, 3) for place in track)


def _frozen_frames(motion: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Frames in runs of at least half a second without change."""
    still = motion < _FROZEN_STEP
    frozen = np.zeros(len(motion), np.bool_)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], still.astype(np.int8), [0]])))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if end - start >= _FROZEN_FRAMES:
            frozen[start:end] = True
    return frozen


def _audio_db(rms: NDArray[np.float32] | None, start_s: float, end_s: float) -> float | None:
    if rms is None:
        return None
    part = rms[floor(start_s / AUDIO_HOP_S) : ceil(end_s / AUDIO_HOP_S)].astype(np.float64)
    power = float((part * part).mean()) if len(part) else 0.0
    return max(SILENCE_DB, 10 * float(np.log10(power))) if power > 0 else SILENCE_DB
