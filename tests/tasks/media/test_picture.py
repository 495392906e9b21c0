"""The picture of a clip fills or fits its format, with its captions, in the same frames as its draft."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from models.edit import CaptionStyle, Crop, Word
from tasks.media.caption_report import captions_report
from tasks.media.picture import CAPTIONS_NAME, PictureJob, picture_arguments
from tasks.media.presets import PRESETS, Preset, SafeZone, find_preset
from tasks.media.probe import probe
from tasks.media.subtitles import build_captions, write_ass
from tests.tasks.media.coded import FPS, SMALL, lengths, place, render
from tests.tasks.media.odd_files import USABLE, OddFile, odd_folder
from tests.tasks.media.pictures import (
    BLUE,
    BT709,
    GREEN,
    RED,
    WHITE,
    X264,
    colour_at,
    corners,
    draw,
    make,
    near,
    quarters,
    show,
    tiny,
)

__all__ = ["odd_folder"]  # a fixture is used by being here


# pitfall 62
@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
@pytest.mark.parametrize(("width", "height"), [(321, 181), (180, 320)])
def test_filling_keeps_the_middle_undistorted(
    preset: Preset, width: int, height: int, tmp_path: Path
) -> None:
    # given a square in the middle of footage of another shape
    picture = np.zeros((height, width, 3), np.uint8) + np.uint8(90)
    side = min(width, height) // 4
    top, left = (height - side) // 2, (width - side) // 2
    picture[top : top + side, left : left + side] = WHITE
    source = draw(tmp_path / "a.mp4", picture, options=f"{X264} -pix_fmt yuv444p")

    shown = show(make(source, tmp_path / "w", preset=tiny(preset), end_s=0.3))

    # then it is a square in the middle, and nothing is black
    assert shown.shape[:2] == (tiny(preset).height, tiny(preset).width)
    white = shown[..., 1] > 160
    columns, rows = np.flatnonzero(white.any(0)), np.flatnonzero(white.any(1))
    assert abs(len(columns) - len(rows)) <= 2
    assert abs(columns.mean() - shown.shape[1] / 2) <= 2
    assert abs(rows.mean() - shown.shape[0] / 2) <= 2
    assert shown.min() > 60


# pitfall 62
@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
@pytest.mark.parametrize(("width", "height"), [(384, 216), (216, 384), (301, 131)])
def test_fitting_shows_the_whole_picture_over_a_blur(
    preset: Preset, width: int, height: int, tmp_path: Path
) -> None:
    source = draw(tmp_path / "a.mp4", quarters(width, height), options=f"{X264} -pix_fmt yuv444p")
    out = tiny(preset)

    shown = show(make(source, tmp_path / "w", preset=out, crop=Crop(mode="fit"), end_s=0.3))

    # then all four corners of the footage are there, in their colours, and no bar is black
    scale = min(out.width / width, out.height / height)
    half_w, half_h = width * scale / 2 - 5, height * scale / 2 - 5
    middle_x, middle_y = out.width / 2, out.height / 2
    seen = [
        colour_at(shown, round(middle_x + x * half_w), round(middle_y + y * half_h))
        for y in (-1, 1)
        for x in (-1, 1)
    ]
    assert near(seen, [RED, GREEN, BLUE, WHITE], by=16)
    assert shown.reshape(-1, 3).max(1).min() > 50


def test_wide_pixels_are_fitted_in_shape(tmp_path: Path) -> None:
    # given 16:9 stored in 240x240 pixels
    source = draw(tmp_path / "a.mp4", quarters(240, 240), options=X264, filters="setsar=16/9")

    shown = show(make(source, tmp_path / "w", crop=Crop(mode="fit"), end_s=0.3))

    # then it stands 61 lines high in 108x192: coloured inside, blurred two lines further out
    assert near([colour_at(shown, 27, 96 - 24), colour_at(shown, 81, 96 + 24)], [RED, WHITE], by=16)
    rows = np.abs(np.diff(shown[:, 27].astype(int), axis=0)).sum(1)
    edges = np.flatnonzero(rows > 30)
    assert edges.min() == pytest.approx(96 - 30.4, abs=3)


# pitfall 44, 47
def test_captions_are_burned_where_they_are_meant_to_be(tmp_path: Path) -> None:
    # given footage and a scratch folder with names that break careless code
    folder = tmp_path / "it's a [1] wéird: 100%, 'dir';"
    folder.mkdir()
    source = draw(folder / 'mum\'s \\ "film" [2] – ü.mp4', quarters(216, 384), options=X264, frames=60)
    preset = replace(SMALL, width=270, height=480, safe_zone=SafeZone(16, 60, 240, 375))
    words = [Word(text="Hello", start_s=0.1, end_s=0.6), Word(text="there", start_s=0.6, end_s=1.2)]
    scratch = folder / "scratch's"
    scratch.mkdir()
    write_ass(
        build_captions(words, style=CaptionStyle(), preset=preset, duration_s=1.6), scratch / CAPTIONS_NAME
    )
    box = captions_report(scratch / CAPTIONS_NAME, preset=preset, duration_s=1.6).box_px
    assert box is not None

    # when it is rendered with and without
    cuts = [(source, 0.0, 0.8), (source, 0.9, 1.7)]
    with_captions = render(cuts, scratch, preset=preset, has_captions=True)
    without = render(cuts, folder / "plain", preset=preset)

    # then pixels differ inside the caption's box, in time and nowhere else
    shown = np.abs(show(with_captions.path, number=10).astype(int) - show(without.path, number=10))
    left, top, right, bottom = (round(side) for side in box)
    assert shown[top:bottom, left:right].mean() > 15
    outside = np.ones(shown.shape[:2], bool)
    outside[max(0, top - 2) : bottom + 2, max(0, left - 2) : right + 2] = False
    assert shown[outside].mean() < 1.5
    later = np.abs(show(with_captions.path, number=1).astype(int) - show(without.path, number=1))
    assert later.mean() < 1.5
    # and the letters are of a readable size, not of the file's default 288 lines
    letters = shown[top:bottom, left:right].max(2) > 60
    assert 0.04 * 480 < np.flatnonzero(letters.any(1)).size < 0.15 * 480


@pytest.mark.parametrize("has_poster", [True, False])
def test_draft_shows_the_same_frames_as_the_final(has_poster: bool, tmp_path: Path) -> None:
    source = draw(tmp_path / "a.mp4", quarters(384, 216), options=f"{X264} {BT709}", frames=60)
    cuts = [(source, 0.0, 0.6), (source, 1.0, 1.6)]

    final = render(cuts, tmp_path / "final")
    draft = render(cuts, tmp_path / "draft", is_draft=True, poster="poster.jpg" if has_poster else None)

    # pitfall 80
    assert lengths(draft.path)[0] == lengths(final.path)[0] == 36
    difference = np.abs(show(draft.path).astype(int) - show(final.path))
    assert difference.mean() < 3
    assert (tmp_path / "draft" / "poster.jpg").exists() == has_poster


def test_poster_has_the_colours_of_the_clip(tmp_path: Path) -> None:
    source = draw(
        tmp_path / "a.mp4",
        quarters(216, 384),
        options=f"{X264} {BT709}",
        filters="scale=out_color_matrix=bt709:out_range=tv",
    )

    render([(source, 0.0, 0.5)], tmp_path / "w", is_draft=True, poster="poster.jpg")

    with av.open(str(tmp_path / "w" / "poster.jpg")) as poster:
        frame = next(poster.decode(video=0))
        # JPEG is full range with the matrix of BT.601 by definition (JFIF).
        picture = frame.reformat(format="rgb24", src_colorspace="ITU601", src_color_range="JPEG").to_ndarray()
    assert near(corners(picture), [RED, GREEN, BLUE, WHITE], by=10)


def test_call_names_no_file_of_the_user(tmp_path: Path) -> None:
    source = draw(tmp_path / "mum's film.mp4", quarters(96, 54), options=X264)
    placed = place([(source, 0.0, 0.3), (source, 0.1, 0.5)])

    arguments = picture_arguments(
        PictureJob(placed=placed, preset=SMALL, audio=tmp_path / "it's.m4a", has_captions=True), "final.mp4"
    )

    assert not any(
        "mum" in argument or "it's" in argument or str(tmp_path) in argument for argument in arguments
    )


# pitfall 45, 50, 51, 59, 64
@pytest.mark.slow
@pytest.mark.parametrize("file", USABLE, ids=lambda file: file.name)
def test_every_odd_file_gives_exact_frames(file: OddFile, odd_folder: Path, tmp_path: Path) -> None:
    source = odd_folder / file.name
    end_s = int(probe(source).duration_s * FPS) / FPS
    half_s = round(end_s * FPS / 2) / FPS

    made = render(
        [(source, half_s, end_s), (source, 0.0, end_s)], tmp_path / "w", preset=tiny(find_preset("reels"))
    )

    frames, picture_s, sound_s = lengths(made.path)
    assert frames == made.frames == round((end_s * 2 - half_s) * FPS)
    assert abs(sound_s - picture_s) < 1 / FPS
