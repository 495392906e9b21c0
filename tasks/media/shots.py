"""Finds shot boundaries in measured footage: hard cuts, jump cuts, fades and dissolves.

A change is believed to be a boundary only after tests that sort out what looks alike: flashes, pans,
shake, noise, fast subjects, changes of exposure. Thresholds are luma steps (0-255) or ratios; they were
set on the development seeds of `tests/bench/truth_set.py` and are reported on others.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.media.features import FrameFeatures

Floats = NDArray[np.float32]

#: A new shot shorter than this (0.2 s) is part of the boundary that opened it.
_MIN_SHOT = 6

# Cuts
_CUT_FLOOR = 4.0
_WINDOW = 6
_CAME_BACK = 0.45
_ISOLATED_FROM_NEXT = 2.6
_ISOLATED_FROM_ALL = 3.0
_BUSY_FLOOR = 8.0
_BUSY_FROM_NEXT = 1.5
_BUSY_FROM_ALL = 3.0
_BUSY_SPREAD = 0.55
_PANNED = 0.45
_RELIT = 0.4
_SAME_PICTURE = 0.9
#: A key frame after poor ones changes every pixel a little and leaves 0.996; jump cuts leave 0.94 at most.
_REFRESHED = 0.97

# Fades: one flat colour, near black or near white (limited range: 16 and 235)
_FLAT_CONTRAST = 9.0
_BLACK, _WHITE = 26.0, 225.0
_LONGEST_FLAT = 45
_LONGEST_RAMP, _RAMP_STEP = 75, 3

# Dissolves
_HALF_LENGTHS = (4, 6, 9, 13, 18)
_BLOCK_FRAMES = 512
_DISSOLVE_FLOOR = 6.0
_OFF_THE_LINE = 0.3
_DISSOLVE_LIKENESS = 0.6
_CONTRAST_DIP = 0.92
_LONGEST_SIDE = 40


class TransitionKind(StrEnum):
    """How a shot begins."""

    START = "start"
    CUT = "cut"
    FADE = "fade"
    DISSOLVE = "dissolve"


@dataclass(frozen=True)
class Transition:
    """What joins a shot to the one before it.

    Frames `[start_frame, end_frame)` show neither shot alone. The range is empty for cuts, and for starts
    unless the footage fades in.
    """

    kind: TransitionKind
    start_frame: int
    end_frame: int

    @property
    def boundary_frame(self) -> int:
        """Where the later shot is taken to begin: the middle of the range."""
        return (self.start_frame + self.end_frame) // 2


@dataclass(frozen=True)
class Shot:
    """Frames `[start_frame, end_frame)` of one take, half of each transition included."""

    start_frame: int
    end_frame: int
    opens_with: Transition


def detect_shots(features: FrameFeatures) -> tuple[Shot, ...]:
    """Divides footage into shots, from its first frame to its last without gaps.

    Hard and jump cuts are peaks of frame-to-frame change that neither the frames around nor a flash, a
    camera move or a change of light explain. Fades pass through one flat colour. Dissolves are stretches
    whose middle is the average of their ends and has less contrast than them, as in Lienhart, "Reliable
    transition detection in videos", 2001.

    Args:
        features: What `measure_footage` measured.

    Returns:
        At least one shot; each ends where the next begins.
    """
    fades = _find_fades(features)
    dissolves = _find_dissolves(features, taken=fades)
    cuts = _find_cuts(features, taken=[*fades, *dissolves])
    return _assemble(features.frame_count, [*fades, *dissolves, *cuts])


def _assemble(frame_count: int, found: list[Transition]) -> tuple[Shot, ...]:
    shots: list[Shot] = []
    # Footage that fades in starts with it; there is no shot before.
    lead_in = max((one.end_frame for one in found if one.start_frame == 0), default=0)
    opening = Transition(TransitionKind.START, 0, lead_in)
    start = 0
    for transition in sorted(found, key=lambda one: one.boundary_frame):
        if transition.start_frame == 0:
            continue
        boundary = transition.boundary_frame
        if boundary - start < _MIN_SHOT or frame_count - boundary < _MIN_SHOT:
            continue
        shots.append(Shot(start, boundary, opening))
        start, opening = boundary, transition
    return (*shots, Shot(start, frame_count, opening))


def _lies_in(frame: int, taken: list[Transition], *, margin: int) -> bool:
    return any(one.start_frame - margin <= frame < one.end_frame + margin for one in taken)


# ---- cuts ----


def _find_cuts(features: FrameFeatures, *, taken: list[Transition]) -> list[Transition]:
    change = _change(features)
    # Footage slower than 30 fps holds repeats, which would make all its other frames look like peaks.
    native = np.flatnonzero(~_is_repeat(change))
    steps = change[native]
    usual = _usual_change(steps)
    cuts = []
    for at in np.flatnonzero((steps > _CUT_FLOOR) & (steps > 2.5 * (usual + 0.5))).tolist():
        if steps[at] < steps[max(0, at - 2) : at + 3].max():
            continue
        frame = int(native[at])
        if not _lies_in(frame, taken, margin=1) and _is_cut(features, native, steps, float(usual[at]), at):
            cuts.append(Transition(TransitionKind.CUT, frame, frame))
    return cuts


def _change(features: FrameFeatures) -> Floats:
    """Change of luma plus change of chroma, to the frame before: `(n,)`."""
    change = features.motion.copy()
    for start in range(1, len(change), _BLOCK_FRAMES):
        block = features.chroma[start - 1 : start + _BLOCK_FRAMES].astype(np.int16)
        change[start : start + _BLOCK_FRAMES] += np.abs(np.diff(block, axis=0)).mean(
            (1, 2, 3), dtype=np.float32
        )
    return change


def _is_repeat(change: Floats) -> NDArray[np.bool_]:
    """Frames equal to the one before in runs of at most two (10 fps); longer runs are still pictures."""
    repeat: NDArray[np.bool_] = change == 0
    repeat[:1] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[0], repeat.astype(np.int8), [0]])))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if end - start > 2:
            repeat[start:end] = False
    return repeat


def _usual_change(steps: Floats) -> Floats:
    """Mean change of the frames around each, without the largest two: other cuts may be near."""
    padded = np.pad(steps, _WINDOW, mode="reflect" if len(steps) > _WINDOW else "edge")
    offsets = [offset for offset in range(2 * _WINDOW + 1) if offset != _WINDOW]
    around = np.stack([padded[offset : offset + len(steps)] for offset in offsets], 1)
    usual: Floats = np.sort(around, 1)[:, :-2].mean(1)
    return usual


def _is_cut(features: FrameFeatures, native: NDArray[np.intp], steps: Floats, usual: float, at: int) -> bool:
    def frame(offset: int) -> int:
        return int(native[min(max(at + offset, 0), len(native) - 1)])

    step = float(steps[at])
    # A flash ends with the picture from before it; its last frame is followed by one known from before.
    if min(_distance(features, frame(ahead), frame(-1)) for ahead in (1, 2, 3, 4)) < _CAME_BACK * step:
        return False
    if min(_distance(features, frame(0), frame(-back)) for back in (2, 3, 4, 5)) < _CAME_BACK * step:
        return False
    before, after = (features.thumbs[frame(offset)].astype(np.float32) for offset in (-1, 0))
    difference = float(np.abs(after - before).mean())
    likeness = _likeness(before, after)
    if likeness > _REFRESHED:
        return False
    if likeness > _SAME_PICTURE and _relit_residual(before, after) < _RELIT * difference:
        return False
    nearby = float(max(steps[max(0, at - 3) : at].max(initial=0), steps[at + 1 : at + 4].max(initial=0)))
    # A single step in a calm stretch is a cut even if little of the picture changes (a jump cut): no
    # camera or subject moves for just one frame.
    if step > _ISOLATED_FROM_NEXT * nearby and step > _ISOLATED_FROM_ALL * (usual + 0.5):
        return True
    return (
        step > _BUSY_FLOOR
        and step > _BUSY_FROM_NEXT * nearby
        and step > _BUSY_FROM_ALL * (usual + 1.0)
        and _changed_share(before, after) >= _BUSY_SPREAD
        and _panned_residual(before, after) >= _PANNED * difference
    )


def _distance(features: FrameFeatures, one: int, other: int) -> float:
    luma = np.abs(features.thumbs[one].astype(np.int16) - features.thumbs[other]).mean()
    chroma = np.abs(features.chroma[one].astype(np.int16) - features.chroma[other]).mean()
    return float(luma + chroma)


def _relit_residual(before: Floats, after: Floats) -> float:
    """Mean absolute difference that is left when brightness and contrast are allowed to change."""
    spread = before - before.mean()
    energy = float((spread * spread).sum())
    gain = float((spread * after).sum()) / energy if energy > 0 else 0.0
    return float(np.abs(after - after.mean() - gain * spread).mean())


def _changed_share(before: Floats, after: Floats) -> float:
    """Share of an 8x5 grid's cells that changed by more than 6."""
    return float((np.abs(after - before).reshape(5, 9, 8, 10).mean((1, 3)) > 6).mean())


def _panned_residual(before: Floats, after: Floats) -> float:
    """Mean absolute difference on the overlap after the best shift.

    Candidates are the six highest peaks of the phase correlation (Kuglin and Hines, 1975).
    """
    height, width = before.shape
    window = np.hanning(height)[:, None] * np.hanning(width)[None]
    spectrum = np.fft.rfft2((before - before.mean()) * window)
    spectrum *= np.conj(np.fft.rfft2((after - after.mean()) * window))
    peaks = np.fft.irfft2(spectrum / (np.abs(spectrum) + 1e-6), s=before.shape).ravel()
    best = float(np.abs(before - after).mean())
    for peak in np.argpartition(peaks, -6)[-6:].tolist():
        y, x = divmod(peak, width)
        y, x = (y - height if y > height // 2 else y), (x - width if x > width // 2 else x)
        if abs(x) > width * 6 // 10:
            continue
        one = before[max(0, y) : height + min(0, y), max(0, x) : width + min(0, x)]
        other = after[max(0, -y) : height + min(0, -y), max(0, -x) : width + min(0, -x)]
        best = min(best, float(np.abs(one - other).mean()))
    return best


# ---- fades ----


def _find_fades(features: FrameFeatures) -> list[Transition]:
    contrast, brightness = features.contrast, features.brightness
    flat = (contrast < _FLAT_CONTRAST) & ((brightness < _BLACK) | (brightness > _WHITE))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat.astype(np.int8), [0]])))
    fades = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        begin, finish = start - _ramp(contrast[:start][::-1]), end + _ramp(contrast[end:])
        if end - start <= _LONGEST_FLAT:
            fades.append(Transition(TransitionKind.FADE, begin, finish))
        else:
            # A longer flat stretch is a shot of its own, entered and left by a fade each.
            fades.append(Transition(TransitionKind.FADE, begin, start))
            fades.append(Transition(TransitionKind.FADE, end, finish))
    return fades


def _ramp(contrast: Floats) -> int:
    """How many of the frames next to a flat one are on their way to it.

    Compared over a few frames: footage slower than 30 fps repeats some, which don't rise.
    """
    reach = contrast[: _LONGEST_RAMP + _RAMP_STEP]
    rises = reach[_RAMP_STEP:] > reach[:-_RAMP_STEP] * 1.02
    return int(np.argmin(np.append(rises, False)))


# ---- dissolves ----


def _find_dissolves(features: FrameFeatures, *, taken: list[Transition]) -> list[Transition]:
    coarse = _coarse(features)
    candidates = sorted(
        (candidate for half in _HALF_LENGTHS for candidate in _dissolve_candidates(features, coarse, half)),
        reverse=True,
    )
    found: list[Transition] = []
    for _, middle, half in candidates:
        if _lies_in(middle, [*taken, *found], margin=half // 2 + 2):
            continue
        start, end = _dissolve_range(coarse, middle, half)
        found.append(Transition(TransitionKind.DISSOLVE, start, end))
    return found


def _coarse(features: FrameFeatures) -> Floats:
    """A 20x15 luma and a 10x5 chroma grid per frame, 170 MB an hour; slow motion hardly shows in it."""
    count = features.frame_count
    coarse = np.empty((count, 400), np.float32)
    for start in range(0, count, _BLOCK_FRAMES):
        thumbs = features.thumbs[start : start + _BLOCK_FRAMES]
        cells = thumbs.reshape(-1, 15, 3, 20, 4).mean((2, 4), dtype=np.float32)
        coarse[start : start + _BLOCK_FRAMES, :300] = cells.reshape(-1, 300)
    coarse[:, 300:] = features.chroma.reshape(count, 100)
    return coarse


def _dissolve_candidates(features: FrameFeatures, coarse: Floats, half: int) -> list[tuple[float, int, int]]:
    """`(score, middle, half)` of stretches whose middle is the average of their ends."""
    count = len(coarse)
    if count <= 2 * half:
        return []
    score = np.zeros(count, np.float32)
    for start in range(half, count - half, _BLOCK_FRAMES):
        end = min(count - half, start + _BLOCK_FRAMES)
        before, after = coarse[start - half : end - half], coarse[start + half : end + half]
        apart = np.abs(before - after).mean(1)
        off_line = np.abs(coarse[start:end] - (before + after) / 2).mean(1)
        fits = (apart > _DISSOLVE_FLOOR) & (off_line < _OFF_THE_LINE * apart)
        score[start:end] = np.where(fits, apart - 2 * off_line, 0)
    contrast = features.contrast
    # Mixing unlike pictures costs up to 29 % of contrast; a camera move or a change of light costs none.
    ends = (contrast[: count - 2 * half] + contrast[2 * half :]) / 2
    score[half : count - half][contrast[half : count - half] > _CONTRAST_DIP * ends] = 0
    found = []
    for middle in np.flatnonzero(score).tolist():
        if score[middle] < score[max(0, middle - half // 2) : middle + half // 2 + 1].max():
            continue
        if _likeness(features.thumbs[middle - half], features.thumbs[middle + half]) < _DISSOLVE_LIKENESS:
            found.append((float(score[middle]), middle, half))
    return found


def _likeness(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Correlation of two thumbs, -1 to 1; 1 when one of them is flat."""
    a, b = (thumb.astype(np.float32) - thumb.mean(dtype=np.float32) for thumb in (one, other))
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else 1.0


def _dissolve_range(coarse: Floats, middle: int, half: int) -> tuple[int, int]:
    """Extends from the middle as far as the mixture keeps moving from the one shot to the other."""
    first, last = max(0, middle - _LONGEST_SIDE), min(len(coarse), middle + _LONGEST_SIDE + 1)
    way = coarse[middle + half] - coarse[middle - half]
    share = (coarse[first:last] - coarse[middle - half]) @ way / float(way @ way)
    # Steps over two frames, so that a repeated frame does not end it.
    pace = share[2:] - share[:-2]
    centre = middle - first - 1
    needed = 0.3 * float(np.median(pace[max(0, centre - 2) : centre + 3]))
    start = end = centre
    while start > 0 and pace[start - 1] > needed:
        start -= 1
    while end < len(pace) - 1 and pace[end + 1] > needed:
        end += 1
    return first + start + 1, first + end + 2
