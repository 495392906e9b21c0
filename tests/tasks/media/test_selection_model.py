"""The measure of how much two clips share."""

from uuid import UUID

import pytest

from tasks.media.selection_model import PlannedCut, overlap_share
from tasks.media.selection_report import needed_for_limit

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
