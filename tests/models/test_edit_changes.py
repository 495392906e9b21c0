"""Changes to an edit: exact frames, inside the footage, and with a voice never another length."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.edit import Crop, Cut, Edit, VoiceTrack
from models.edit_changes import (
    EDIT_FPS,
    MIN_CUT_FRAMES,
    Bounds,
    Replacement,
    Room,
    boundary_moved,
    frames_of,
    reordered,
    replaced,
    trimmed,
    without_cut,
)
from models.errors import BadInput
from tasks.media.presets import PRESETS

FOOTAGE = UUID(int=1)
VOICE = VoiceTrack(voice_over_id=UUID(int=2), duration_s=1.0)


def edit_of(*spans: tuple[float, float], has_voice: bool = False) -> Edit:
    cuts = tuple(Cut(footage_id=FOOTAGE, start_s=start, end_s=end) for start, end in spans)
    return Edit(cuts=cuts, voice=VOICE if has_voice else None)


def rooms_of(edit: Edit, *, footage_s: float = 20.0, shot_s: float = 0.5) -> list[Room]:
    """Each cut's segment goes on for `shot_s` at both ends."""
    return [
        Room(
            Bounds(0.0, footage_s), Bounds(max(0.0, cut.start_s - shot_s), min(footage_s, cut.end_s + shot_s))
        )
        for cut in edit.cuts
    ]


def another(start_s: float, end_s: float) -> Replacement:
    return Replacement(UUID(int=8), UUID(int=9), Bounds(start_s, end_s), Crop(x=0.2))


def spans(edit: Edit) -> list[tuple[float, float]]:
    return [(round(cut.start_s, 6), round(cut.end_s, 6)) for cut in edit.cuts]


def total_frames(edit: Edit) -> int:
    return round(edit.duration_s * EDIT_FPS)


THREE = ((2.0, 4.0), (6.0, 8.0), (10.0, 12.0))


def test_every_preset_counts_the_same_frames() -> None:
    assert {preset.fps for preset in PRESETS.values()} == {EDIT_FPS}


def test_cuts_in_another_order() -> None:
    assert spans(reordered(edit_of(*THREE), [2, 0, 1])) == [THREE[2], THREE[0], THREE[1]]
    for wrong in ([], [0, 1], [0, 1, 1], [0, 1, 3], [-1, 0, 1]):
        with pytest.raises(BadInput, match="each of the 3 cuts once"):
            reordered(edit_of(*THREE), wrong)


def test_a_cut_is_replaced_at_the_same_length() -> None:
    edit = edit_of(*THREE, has_voice=True)

    changed = replaced(edit, 1, another(14.0, 18.0), rooms_of(edit))

    assert spans(changed) == [THREE[0], (14.0, 16.0), THREE[2]]
    assert (changed.cuts[1].segment_id, changed.cuts[1].crop.x) == (UUID(int=9), 0.2)
    later = replaced(edit, 1, another(14.0, 18.0), rooms_of(edit), start_s=15.5)
    assert spans(later)[1] == (15.5, 17.5)


def test_a_shorter_segment_makes_the_clip_shorter_and_with_a_voice_its_neighbours_longer() -> None:
    silent, spoken = edit_of(*THREE), edit_of(*THREE, has_voice=True)

    shorter = replaced(silent, 1, another(14.0, 15.5), rooms_of(silent))
    kept = replaced(spoken, 1, another(14.0, 15.5), rooms_of(spoken))

    assert spans(shorter) == [THREE[0], (14.0, 15.5), THREE[2]]
    assert spans(kept) == [THREE[0], (14.0, 15.5), (9.5, 12.0)]  # the next one begins earlier, in its shot


def test_what_one_neighbour_can_t_take_the_others_do_their_own_shots_first() -> None:
    edit = edit_of(*THREE, has_voice=True)

    changed = replaced(edit, 1, another(14.0, 14.5), rooms_of(edit, shot_s=0.2))

    # 1.5 s are missing: 4 x 0.2 s inside the two shots, the rest beyond them.
    assert total_frames(changed) == total_frames(edit)
    assert spans(changed)[1] == (14.0, 14.5)
    assert spans(changed)[2] == (pytest.approx(9.1), 12.2)


def test_what_nobody_can_take_is_refused_with_numbers() -> None:
    edit = edit_of((0.0, 5.0), (5.0, 10.0), has_voice=True)

    with pytest.raises(BadInput, match=r"as long as its voice.*0\.00 s of the 4\.00 s"):
        replaced(edit, 0, another(0.0, 1.0), [Room(Bounds(0, 10)), Room(Bounds(5.0, 10.0))])
    with pytest.raises(BadInput, match=r"0\.20 s; a cut needs 0\.33 s"):
        replaced(edit, 0, another(0.0, 0.2), rooms_of(edit))
    with pytest.raises(BadInput, match=r"Begin between 14\.00 s and 15\.67 s"):
        replaced(edit, 0, another(14.0, 16.0), rooms_of(edit), start_s=15.9)


def test_a_boundary_moves_and_says_how_far_it_can() -> None:
    edit = edit_of(*THREE, has_voice=True)

    assert spans(boundary_moved(edit, 0, 0.5, rooms_of(edit))) == [(2.0, 4.5), (6.5, 8.0), THREE[2]]
    assert spans(boundary_moved(edit, 0, -0.51, rooms_of(edit))) == [(2.0, 3.5), (5.5, 8.0), THREE[2]]
    for by_s in (-1.7, 1.7):
        with pytest.raises(BadInput, match=r"from -1\.67 s to \+1\.67 s"):
            boundary_moved(edit, 0, by_s, rooms_of(edit))
    with pytest.raises(BadInput, match="no boundary"):
        boundary_moved(edit, 2, 0.1, rooms_of(edit))


def test_a_boundary_stops_where_its_footage_does() -> None:
    edit = edit_of((0.0, 2.0), (0.1, 2.0))

    with pytest.raises(BadInput, match=r"from -0\.10 s to \+0\.00 s"):
        boundary_moved(edit, 0, -0.2, [Room(Bounds(0, 2.0))] * 2)


def test_trimming_changes_the_length_unless_there_is_a_voice() -> None:
    silent, spoken = edit_of(*THREE), edit_of(*THREE, has_voice=True)

    shorter = trimmed(silent, 0, rooms_of(silent), end_s=3.5)
    longer = trimmed(spoken, 0, rooms_of(spoken), start_s=1.5)

    assert total_frames(shorter) == total_frames(silent) - 15
    assert spans(longer) == [(1.5, 4.0), (6.5, 8.0), THREE[2]]
    with pytest.raises(BadInput, match=r"from 0\.00 s to 20\.00 s"):
        trimmed(silent, 0, rooms_of(silent), end_s=20.5)
    with pytest.raises(BadInput, match=r"at least 0\.33 s"):
        trimmed(silent, 0, rooms_of(silent), end_s=2.1)


def test_a_cut_is_taken_out() -> None:
    silent, spoken = edit_of(*THREE), edit_of(*THREE, has_voice=True)

    assert spans(without_cut(silent, 1, rooms_of(silent))) == [THREE[0], THREE[2]]
    assert total_frames(without_cut(spoken, 1, rooms_of(spoken))) == total_frames(spoken)
    with pytest.raises(BadInput, match="only cut"):
        without_cut(edit_of(THREE[0]), 0, [])


@pytest.mark.parametrize("index", [-1, 3])
def test_a_cut_that_is_not_there_is_named(index: int) -> None:
    edit = edit_of(*THREE)
    for change in (
        lambda: replaced(edit, index, another(14.0, 18.0), rooms_of(edit)),
        lambda: trimmed(edit, index, rooms_of(edit), end_s=4.5),
        lambda: boundary_moved(edit, index, 0.1, rooms_of(edit)),
        lambda: without_cut(edit, index, rooms_of(edit)),
    ):
        with pytest.raises(BadInput, match="The clip has 3 cuts"):
            change()


def test_no_change_makes_a_clip_that_no_platform_takes() -> None:
    edit = edit_of((0.0, 0.8), (1.0, 1.8))

    with pytest.raises(BadInput, match=r"clip of 0\.8 s"):
        without_cut(edit, 0, rooms_of(edit))


CHANGES = st.one_of(
    st.tuples(st.just("trim"), st.integers(0, 5), st.floats(-2, 2), st.floats(-2, 2)),
    st.tuples(st.just("move"), st.integers(0, 5), st.floats(-2, 2), st.just(0.0)),
    st.tuples(st.just("replace"), st.integers(0, 5), st.floats(0, 15), st.floats(0.1, 5)),
    st.tuples(st.just("remove"), st.integers(0, 5), st.just(0.0), st.just(0.0)),
)


def apply(edit: Edit, change: tuple[str, int, float, float]) -> Edit:
    kind, index, first, second = change
    rooms = rooms_of(edit)
    if kind == "trim":
        cut = edit.cuts[min(index, len(edit.cuts) - 1)]
        return trimmed(edit, index, rooms, start_s=cut.start_s + first, end_s=cut.end_s + second)
    if kind == "move":
        return boundary_moved(edit, index, first, rooms)
    if kind == "replace":
        return replaced(edit, index, another(first, first + second), rooms)
    return without_cut(edit, index, rooms)


@given(
    starts=st.lists(st.integers(0, 400), min_size=1, max_size=6),
    lengths=st.lists(st.integers(MIN_CUT_FRAMES, 120), min_size=6, max_size=6),
    changes=st.lists(CHANGES, max_size=12),
)
def test_whatever_is_changed_a_voice_keeps_its_length_and_every_cut_its_footage(
    starts: list[int], lengths: list[int], changes: list[Any]
) -> None:
    edit = edit_of(
        *(
            (start / EDIT_FPS, (start + length) / EDIT_FPS)
            for start, length in zip(starts, lengths, strict=False)
        ),
        has_voice=True,
    )
    frames = total_frames(edit)
    for change in changes:
        try:
            edit = apply(edit, change)
        except BadInput:
            continue
        assert total_frames(edit) == frames
        assert sum(map(frames_of, edit.cuts)) == frames
        for cut in edit.cuts:
            assert frames_of(cut) >= MIN_CUT_FRAMES
            assert cut.start_s >= 0
            assert cut.end_s <= 20.0 + 1 / EDIT_FPS
