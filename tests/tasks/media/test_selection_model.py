"""The measure of how much two clips share."""

from dataclasses import replace
from uuid import UUID

import pytest

from tasks.media.selection_model import PlannedCut, looks_alike, overlap_share
from tasks.media.selection_report import needed_for_limit
from tests.tasks.media.selection_cases import segment

A, B = UUID(int=1), UUID(int=2)


def cut(start_s, end_s, footage=A):
    return PlannedCut(UUID(int=9), footage, start_s, end_s)


@pytest.mark.parametrize(
    ("a", "b", "share"),
    [
        ([cut(0, 10)], [cut(10, 20)], 0.0),
        ([cut(0, 10)], [cut(0, 10, B)], 0.0),
        ([cut(0, 10)], [cut(6, 16)], 0.4),
        ([cut(0, 4), cut(10, 16)], [cut(2, 12)], 0.4),
        ([cut(0, 5)], [cut(0, 20)], 1.0),  # of the shorter clip
        ([cut(0, 5), cut(0, 5)], [cut(0, 5), cut(20, 25)], 1.0),  # shown twice counts twice
        ([cut(0, 3), cut(3, 6)], [cut(2, 4), cut(7, 11)], 2 / 6),
        ([], [cut(0, 5)], 0.0),
    ],
)
def test_share_of_common_seconds(a, b, share):
    assert overlap_share(a, b) == pytest.approx(share)
    assert overlap_share(b, a) == pytest.approx(share)


@pytest.mark.parametrize(
    ("clips", "needed_s"),
    [
        (1, 30.0),
        (2, 49.5),  # 30 + 30 - 0.35 * 30
        (3, 58.5),
    ],
)
def test_footage_needed_for_the_limit(clips, needed_s):
    assert needed_for_limit(clips, 30.0, 0.35) == pytest.approx(needed_s)


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ({"shot": 3}, {"shot": 3}, True),
        ({"shot": 3}, {"shot": 4}, False),
        ({"shot": 3}, {"shot": 3, "footage_id": B}, False),
        ({"shot": None}, {"shot": None}, False),
    ],
)
def test_parts_of_one_shot_look_alike_whatever_they_show(first, second, alike):
    one, two = replace(segment(1, 0, 2), **first), replace(segment(2, 2, 4), **second)

    assert looks_alike(one, two) is alike
