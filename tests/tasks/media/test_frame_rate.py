"""Constant or not, judged by the picture times that real containers give."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.media.frame_rate import is_evenly_spaced, judge_rate

NTSC = Fraction(30000, 1001)


def grid(fps: float, count: int, *, tick_s: float = 1e-6, start_s: float = 0.0) -> list[float]:
    """Times of a constant rate, rounded to the container's clock."""
    return [round((start_s + index / fps) / tick_s) * tick_s for index in range(count)]


@given(
    fps=st.sampled_from([12.5, 23.976, 24, 25, 26.777, 29.97, 30, 50, 59.94, 60, 120, 240]),
    count=st.integers(3, 2000),
    tick_s=st.sampled_from([1e-6, 1 / 90000, 1 / 600, 1e-3]),
    start_s=st.floats(0, 3600),
)
def test_a_constant_rate_stays_constant_however_it_is_rounded(
    fps: float, count: int, tick_s: float, start_s: float
) -> None:
    assert is_evenly_spaced(grid(fps, count, tick_s=tick_s, start_s=start_s), tick_s=tick_s)


@given(count=st.integers(10, 500), dropped=st.data())
def test_one_dropped_picture_is_seen(count: int, dropped: st.DataObject) -> None:
    times = grid(30, count)
    del times[dropped.draw(st.integers(1, count - 2))]

    assert not is_evenly_spaced(times, tick_s=1e-6)


def test_the_stated_fraction_is_used_where_the_times_agree() -> None:
    rate = judge_rate([grid(29.97003, 90, tick_s=1e-3)], stated=[NTSC], tick_s=1e-3)

    assert rate is not None
    assert (rate.rate, rate.is_vfr) == (NTSC, False)
    assert rate.fps == float(NTSC)


@pytest.mark.parametrize("stated", [Fraction(1000), Fraction(600), Fraction(90000), Fraction(115200, 3881)])
def test_a_header_that_is_wrong_is_overruled(stated: Fraction) -> None:
    rate = judge_rate([grid(25, 90)], stated=[stated], tick_s=1e-6)

    assert rate is not None
    assert rate.fps == pytest.approx(25)
    assert rate.rate == 25


def test_a_pause_makes_the_rate_variable_and_the_mean_is_told() -> None:
    times = grid(30, 60) + grid(30, 60, start_s=4)

    rate = judge_rate([times], stated=[Fraction(20), Fraction(30)], tick_s=1e-6, mean_fps=20)

    assert rate is not None
    assert (rate.fps, rate.rate, rate.is_vfr) == (20.0, Fraction(30), True)


def test_two_even_parts_of_different_rates_are_variable() -> None:
    rate = judge_rate([grid(30, 90), grid(15, 90, start_s=60)], stated=[Fraction(30)], tick_s=1e-6)

    assert rate is not None
    assert rate.is_vfr


def test_too_few_pictures_leave_the_header_to_say() -> None:
    rate = judge_rate([[0.0, 0.04]], stated=[Fraction(0), Fraction(25)], tick_s=1e-6)

    assert rate is not None
    assert (rate.rate, rate.is_vfr) == (Fraction(25), False)


def test_nothing_known_is_said() -> None:
    assert judge_rate([[], [0.0]], stated=[], tick_s=1e-6) is None
