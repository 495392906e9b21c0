"""What is kept of a picture that fills another shape: faces, then movement, then the middle."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.edit import Crop
from tasks.media.reframe import ChosenCrop, Subject, choose_crop, crop_window, find_faces, find_subject

WIDE, TALL, FILM = 16 / 9, 9 / 16, 2.6
GRAY = 90


def blank(width: int = 640, height: int = 360, count: int = 1) -> NDArray[np.uint8]:
    return np.full((count, height, width), GRAY, np.uint8)


def draw_face(still: NDArray[np.uint8], x: int, y: int, size: int) -> None:
    """Draws a front view, good enough for the cascade: bright oval, dark eyes, nose, mouth."""
    patch = np.full((round(size * 1.4), round(size * 1.2)), GRAY, np.uint8)
    mid_x, mid_y = patch.shape[1] // 2, patch.shape[0] // 2

    def oval(dx: float, dy: float, half_w: float, half_h: float, shade: int) -> None:
        centre = (mid_x + round(dx * size), mid_y + round(dy * size))
        cv2.ellipse(patch, centre, (round(half_w * size), round(half_h * size)), 0, 0, 360, shade, -1)

    oval(0, 0, 0.42, 0.56, 200)
    for side in (-0.18, 0.18):
        oval(side, -0.12, 0.11, 0.06, 90)
        oval(side, -0.24, 0.13, 0.03, 70)
        oval(side, -0.12, 0.04, 0.04, 30)
    oval(0, 0.08, 0.05, 0.12, 225)
    oval(0, 0.2, 0.07, 0.02, 130)
    oval(0, 0.33, 0.16, 0.04, 100)
    top, left = y - mid_y, x - mid_x
    place = still[top : top + patch.shape[0], left : left + patch.shape[1]]
    place[:] = cv2.GaussianBlur(patch, (0, 0), size / 50)


def subject(stills: NDArray[np.uint8], *track: float) -> Subject:
    return find_subject(stills, track or (0.5,), step_s=0.5)


def choose(aspect: float, found: Subject, *, target_aspect: float) -> ChosenCrop:
    return choose_crop(aspect, found, from_s=0.0, to_s=10.0, target_aspect=target_aspect)


@pytest.mark.parametrize("x", [150, 320, 480])
def test_a_face_is_kept_in_the_middle(x: int) -> None:
    stills = blank(count=2)
    for still in stills:
        draw_face(still, x, 150, 110)

    chosen = choose(WIDE, subject(stills, 0.9), target_aspect=TALL)

    assert chosen.crop.mode == "fill"
    assert chosen.crop.x == pytest.approx(x / 640, abs=0.02)
    assert "face" in chosen.reason


def test_the_larger_of_two_faces_wins_and_nobody_is_cut_in_half() -> None:
    stills = blank()
    draw_face(stills[0], 130, 180, 60)
    draw_face(stills[0], 500, 180, 150)

    crop, _ = choose(WIDE, subject(stills), target_aspect=TALL)

    assert crop.x == pytest.approx(500 / 640, abs=0.02)


def test_a_face_at_the_edge_keeps_the_window_inside() -> None:
    stills = blank()
    draw_face(stills[0], 560, 180, 110)

    crop, _ = choose(WIDE, subject(stills), target_aspect=TALL)
    window = crop_window(crop, 1920, 1080, 1080, 1920)

    assert window.x + window.width == 1920


def test_a_tall_picture_in_a_wide_shape_follows_the_face_down() -> None:
    stills = blank(360, 640)
    draw_face(stills[0], 180, 460, 140)

    crop, _ = choose(TALL, subject(stills, 0.1), target_aspect=WIDE)

    assert crop.y == pytest.approx(460 / 640, abs=0.02)


def test_large_stills_give_the_same_place() -> None:
    stills = blank(1280, 720)
    draw_face(stills[0], 300, 320, 220)

    faces = find_faces(stills)

    assert len(faces) == 1
    assert faces[0].x == pytest.approx(300 / 1280, abs=0.02)
    assert 0.02 < faces[0].area < 0.2


def test_without_faces_the_movement_is_followed() -> None:
    chosen = choose(WIDE, subject(blank(), 0.3), target_aspect=TALL)

    assert chosen.crop.x == 0.3
    assert "moves" in chosen.reason


def test_each_cut_of_a_segment_follows_the_movement_of_its_own_time() -> None:
    found = subject(blank(), 0.2, 0.2, 0.8, 0.8)

    early, _ = choose_crop(WIDE, found, from_s=0.0, to_s=1.0, target_aspect=TALL)
    late, _ = choose_crop(WIDE, found, from_s=1.0, to_s=2.0, target_aspect=TALL)
    beyond, _ = choose_crop(WIDE, found, from_s=9.0, to_s=10.0, target_aspect=TALL)

    assert (early.x, late.x, beyond.x) == (0.2, 0.8, 0.8)


def test_a_subject_survives_being_stored() -> None:
    found = subject(blank(), 0.2, 0.7)

    assert Subject.model_validate(found.model_dump(mode="json")) == found


@pytest.mark.parametrize("stills", [blank(), blank(count=0)], ids=["blank", "none"])
def test_without_anything_to_follow_the_middle_is_kept(stills: NDArray[np.uint8]) -> None:
    chosen = choose(WIDE, subject(stills), target_aspect=TALL)

    assert chosen.crop == Crop()
    assert "Centred" in chosen.reason


@pytest.mark.parametrize(("moves_at", "mode"), [(0.5, "fit"), (0.52, "fit"), (0.2, "fill")])
def test_a_very_wide_picture_is_filled_only_with_a_clear_subject(moves_at: float, mode: str) -> None:
    chosen = choose(FILM, subject(blank(640, 246), moves_at), target_aspect=TALL)

    assert chosen.crop.mode == mode


def test_a_very_wide_picture_with_a_face_is_filled() -> None:
    stills = blank(640, 246)
    draw_face(stills[0], 200, 120, 90)

    chosen = choose(FILM, subject(stills), target_aspect=TALL)

    assert chosen.crop.mode == "fill"


def test_a_picture_of_the_right_shape_needs_no_choice() -> None:
    chosen = choose(TALL, subject(blank(360, 640), 0.1), target_aspect=TALL)

    assert crop_window(chosen.crop, 360, 640, 1080, 1920).is_whole
    assert "already" in chosen.reason


sides = st.integers(min_value=2, max_value=8192)
shares = st.floats(min_value=0, max_value=1)


# pitfall 62
@given(sides, sides, sides, sides, shares, shares)
def test_a_window_is_inside_even_and_of_the_right_shape(
    src_w: int, src_h: int, out_w: int, out_h: int, x: float, y: float
) -> None:
    window = crop_window(Crop(x=x, y=y), src_w, src_h, out_w, out_h)

    assert all(side % 2 == 0 for side in (window.x, window.y, window.width, window.height))
    assert window.x >= 0
    assert window.y >= 0
    assert 2 <= window.width <= src_w - window.x
    assert 2 <= window.height <= src_h - window.y
    # It fills: one side is the picture's own, but for the odd pixel.
    assert window.width >= src_w - 1 or window.height >= src_h - 1
    off_x = abs(window.width - window.height * out_w / out_h)
    off_y = abs(window.height - window.width * out_h / out_w)
    assert min(off_x, off_y) <= 1 or 2 in (window.width, window.height)
    assert window.is_whole == ((window.width, window.height) == (src_w, src_h))


@given(sides, sides, sides, sides)
def test_the_shares_reach_both_edges(src_w: int, src_h: int, out_w: int, out_h: int) -> None:
    first = crop_window(Crop(x=0, y=0), src_w, src_h, out_w, out_h)
    last = crop_window(Crop(x=1, y=1), src_w, src_h, out_w, out_h)

    assert (first.x, first.y) == (0, 0)
    assert src_w - (last.x + last.width) <= 1
    assert src_h - (last.y + last.height) <= 1


def test_the_usual_window() -> None:
    window = crop_window(Crop(x=0.5), 1920, 1080, 1080, 1920)

    assert (window.x, window.y, window.width, window.height) == (656, 0, 608, 1080)
    assert not window.is_whole


def test_fit_keeps_everything() -> None:
    assert crop_window(Crop(mode="fit"), 321, 181, 1080, 1920).is_whole


@pytest.mark.parametrize("sizes", [(1, 100, 9, 16), (100, 0, 9, 16), (100, 100, 0, 16)])
def test_no_window_of_nothing(sizes: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="no window"):
        crop_window(Crop(), *sizes)
