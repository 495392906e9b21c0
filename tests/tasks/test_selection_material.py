"""Segments become candidates: what their owner says counts, and none is too little known to be used."""

from uuid import UUID

import pytest

from models.errors import NotFound
from models.footage import Footage, Segment, SegmentOrigin
from tasks.media.selection import PlannedCut
from tasks.media.similarity import Signature
from tasks.selection_material import FAVORITE_POINTS, Material

PROFILE, FOOTAGE = UUID(int=1), UUID(int=2)
SIGNATURE = Signature(7, bytes(100)).to_json()
SUBJECT = {"found_by": "centre", "points": []}


def footage() -> Footage:
    return Footage(
        profile_id=PROFILE,
        id=FOOTAGE,
        name="tea.mp4",
        sha256="a" * 64,
        storage_key="k",
        bytes=1,
        duration_s=60.0,
        width=1920,
        height=1080,
        fps=30.0,
        has_audio=True,
        probe={},
    )


def segment(number: int, start_s: float, end_s: float, **changes: object) -> Segment:
    known = {"signature": SIGNATURE, "motion": 3.0, "brightness": 90.0, "hook": 40.0}
    values: dict[str, object] = {"features": known, "score": 50.0, **changes}
    return Segment(
        profile_id=PROFILE, id=UUID(int=number), footage_id=FOOTAGE, start_s=start_s, end_s=end_s, **values
    )


def material(*segments: Segment) -> Material:
    return Material({row.id: row for row in segments}, {FOOTAGE: footage()})


def test_favourites_have_a_bonus_and_skipped_segments_are_a_last_resort() -> None:
    plain, favourite, skipped = material(
        segment(1, 0, 3), segment(2, 3, 6, is_favorite=True), segment(3, 6, 9, is_skipped=True)
    ).candidates()

    assert (plain.score, plain.hook, plain.is_welcome) == (50, 40, True)
    assert (favourite.score, favourite.hook) == (50 + FAVORITE_POINTS, 40 + FAVORITE_POINTS)
    assert (skipped.score, skipped.is_welcome) == (50, False)


def test_chosen_segments_keep_their_order_and_may_be_skipped_elsewhere() -> None:
    rows = [segment(1, 0, 3), segment(2, 3, 6), segment(3, 6, 9, is_skipped=True)]

    chosen = material(*rows).chosen([UUID(int=3), UUID(int=1), UUID(int=3)])

    assert [candidate.segment_id.int for candidate in chosen] == [3, 1]
    assert all(candidate.is_welcome for candidate in chosen)


def test_a_chosen_segment_that_is_gone_is_told() -> None:
    with pytest.raises(NotFound, match="segment"):
        material(segment(1, 0, 3)).chosen([UUID(int=9)])


def test_a_segment_set_by_hand_is_measured_by_what_it_is_part_of() -> None:
    by_hand = segment(9, 3.5, 8.0, features={}, origin=SegmentOrigin.MANUAL)
    black = segment(2, 3, 9, features={"signature": SIGNATURE, "black_share": 0.9, "motion": 8.0})

    of = material(segment(1, 0, 4), black, by_hand)

    candidate = of.candidates()[2]
    assert (candidate.signature, candidate.is_usable, candidate.shot) == (
        Signature.from_json(SIGNATURE),
        False,
        None,
    )
    assert [shot.motion for shot in of.shots()] == [3.0, 8.0, 8.0]


def test_a_segment_that_nothing_is_known_of_is_used_all_the_same() -> None:
    of = material(segment(9, 3.5, 8.0, features={}, origin=SegmentOrigin.MANUAL))

    (candidate,) = of.candidates()
    (cut,) = of.cuts([PlannedCut(candidate.segment_id, FOOTAGE, 4.0, 6.0)])

    assert (candidate.signature, candidate.is_welcome, candidate.hook) == (None, True, 50.0)
    assert (cut.crop.mode, cut.crop.x) == ("fill", 0.5)
