"""Decides from picture times whether a rate is constant, and which it is.

Containers state rates that their pictures do not keep (an average over a recording with pauses, 1000
for a clock of milliseconds), so the times themselves are looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

#: How far a picture may be from an even grid, as a share of the time between two: above the rounding
#: of every container in use, below a picture that is dropped, doubled or held.
_TOLERANCE = 0.2

#: How far the rates of two parts of a file may be apart.
_SAME_RATE = 0.005

_MIN_TIMES = 3
_MAX_FPS = 1000


@dataclass(frozen=True)
class FrameRate:
    """Pictures per second: the number, the nominal fraction, and whether it varies."""

    fps: float
    rate: Fraction
    is_vfr: bool


def judge_rate(
    runs: Iterable[Sequence[float]],
    *,
    stated: Sequence[Fraction],
    tick_s: float,
    mean_fps: float | None = None,
) -> FrameRate | None:
    """Finds the frame rate of a file.

    Args:
        runs: Picture times in seconds, ascending; each run holds neighbouring pictures.
        stated: Rates from the header, nominal ones first; used for their exact fraction, where the
            times agree.
        tick_s: The container's clock step: times are rounded to it.
        mean_fps: Pictures by duration, when known; what `fps` is for a varying rate.

    Returns:
        None when neither times nor header tell a rate.
    """
    usable = [np.asarray(run, dtype=float) for run in runs if len(run) >= _MIN_TIMES and run[-1] > run[0]]
    sane = [rate for rate in stated if 0 < rate <= _MAX_FPS]
    if not usable:
        return FrameRate(float(sane[0]), sane[0], is_vfr=False) if sane else None
    rates = [1 / _period(run) for run in usable]
    spread = _SAME_RATE + max(tick_s / float(run[-1] - run[0]) for run in usable)
    is_even = all(is_evenly_spaced(run, tick_s=tick_s) for run in usable)
    if is_even and max(rates) / min(rates) - 1 <= spread:
        longest = max(usable, key=len)
        rate = _nearest(1 / _period(longest), sane, _drift(longest, tick_s))
        return FrameRate(float(rate), rate, is_vfr=False)
    usual_step = float(np.median(np.concatenate([np.diff(run) for run in usable])))
    nominal = _nearest(1 / max(usual_step, 1 / _MAX_FPS), sane, 0.02)
    return FrameRate(mean_fps or float(np.mean(rates)), nominal, is_vfr=True)


def is_evenly_spaced(times: Sequence[float] | np.ndarray, *, tick_s: float) -> bool:
    """Whether times lie on the straight line from the first to the last, but for rounding.

    Args:
        times: Ascending, in seconds, at least 3.
        tick_s: The clock step they are rounded to.
    """
    run = np.asarray(times, dtype=float)
    even = np.linspace(run[0], run[-1], len(run))
    return float(np.abs(run - even).max()) <= max(_TOLERANCE * _period(run), 1.5 * tick_s)


def _drift(run: np.ndarray, tick_s: float) -> float:
    """How far a rate may be off, as a share, and still be on every picture of a run."""
    return (_TOLERANCE + tick_s / _period(run)) / (len(run) - 1)


def _period(run: np.ndarray) -> float:
    return float(run[-1] - run[0]) / (len(run) - 1)


def _nearest(measured: float, stated: Sequence[Fraction], spread: float) -> Fraction:
    """The first stated rate that agrees with a measured one, else a fraction close to that."""
    near = (rate for rate in stated if abs(float(rate) / measured - 1) <= spread)
    return next(near, Fraction(measured).limit_denominator(1001))
