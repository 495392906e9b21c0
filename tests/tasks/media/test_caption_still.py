"""One frame with its captions: the same that the final shows, cut once for any number of styles."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from models.edit import CaptionStyle, Crop, Word
from tasks.media.caption_still import Box, burn_frame, colours_in, cut_frame, page_at, page_box
from tasks.media.picture import CAPTIONS_NAME
from tasks.media.presets import PRESETS, Preset, SafeZone, find_preset
from tasks.media.subtitles import Captions, build_captions, write_ass
from tests.tasks.media.coded import FPS, SMALL, make_coded, place, read_numbers, render

#: As "reels", half as wide as a draft: letters are still letters.
HALF = replace(
    find_preset("reels"), width=270, height=480, safe_zone=SafeZone(16, 67, 240, 375), x264_preset="ultrafast"
)
DURATION_S = 1.5


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_coded(tmp_path_factory.mktemp("still") / "a.mp4", rate=30, duration_s=4)


def captions_for(preset: Preset, style: CaptionStyle | None = None) -> Captions:
    texts = ["One", "golden", "box", "for", "you"]
    words = [
        Word(text=text, start_s=0.04 + 0.28 * number, end_s=0.3 + 0.28 * number)
        for number, text in enumerate(texts)
    ]
    return build_captions(words, style=style or CaptionStyle(), preset=preset, duration_s=DURATION_S)


def grey(path: Path) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    return np.asarray(Image.open(path).convert("L"), dtype=float)


def final_frame(path: Path, number: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index == number:
                return np.asarray(frame.to_image().convert("L"), dtype=float)
    raise AssertionError(f"there is no frame {number}")


# pitfall 80
@pytest.mark.parametrize("frame", [3, 20, 40])
def test_a_styled_frame_is_the_finals(footage: Path, tmp_path: Path, frame: int) -> None:
    # given a final of two cuts with captions
    cuts = [(footage, 1.0, 1.75), (footage, 3.0, 3.75)]
    captions = captions_for(HALF, CaptionStyle(size=0.1, uppercase=True, words_per_page=2))
    (tmp_path / "final").mkdir()
    write_ass(captions, tmp_path / "final" / CAPTIONS_NAME)
    final = render(cuts, tmp_path / "final", preset=HALF, has_captions=True).path

    # when one of its frames is drawn alone
    cut_frame(place(cuts), frame, HALF, folder=tmp_path)
    still = burn_frame("cut.nut", frame, captions, HALF, "still.jpg", folder=tmp_path)

    # then its letters are the final's, but for what two encoders make of them; a bare frame has none
    page = page_at(captions, frame / FPS)
    assert page is not None
    box = page_box(page, HALF)
    letters = np.s_[box.top : box.top + box.height, box.left : box.left + box.width]
    wanted = final_frame(final, frame)[letters]
    assert np.abs(grey(still)[letters] - wanted).mean() < 4
    bare = burn_frame("cut.nut", frame, None, HALF, "bare.jpg", folder=tmp_path)
    assert np.abs(grey(bare)[letters] - wanted).mean() > 20


@pytest.mark.parametrize("frame", [0, 14, 15, 29])
def test_the_frame_is_cut_from_the_cut_that_shows_it(footage: Path, tmp_path: Path, frame: int) -> None:
    placed = place([(footage, 1.0, 1.5), (footage, 3.0, 3.5)])
    path = cut_frame(placed, frame, SMALL, folder=tmp_path)
    assert read_numbers(path) == [30 + frame if frame < 15 else 90 + frame - 15]


@pytest.mark.parametrize("name", ["tiktok", "youtube"])
def test_what_the_app_covers_is_darker_and_the_rest_is_as_it_was(
    footage: Path, tmp_path: Path, name: str
) -> None:
    preset, zone = PRESETS[name], PRESETS[name].safe_zone
    cut_frame(place([(footage, 1.0, 2.0)], crop=Crop()), 3, preset, folder=tmp_path)
    plain = grey(burn_frame("cut.nut", 3, None, preset, "plain.jpg", folder=tmp_path))
    shaded = grey(burn_frame("cut.nut", 3, None, preset, "shaded.jpg", folder=tmp_path, has_zone=True))

    inside = np.s_[zone.top + 8 : zone.bottom - 8, zone.left + 8 : zone.right - 8]
    assert np.abs(shaded[inside] - plain[inside]).mean() < 1
    for outside in (np.s_[: zone.top - 8, :], np.s_[zone.bottom + 8 :, :], np.s_[:, zone.right + 8 :]):
        assert shaded[outside].mean() < 0.75 * plain[outside].mean()


def test_a_page_is_found_by_its_time_and_lies_in_the_safe_zone() -> None:
    captions = captions_for(HALF)
    page = page_at(captions, captions.pages[0].words[1].start_s)
    assert page is captions.pages[0]
    assert page_at(captions, 0.0) is None
    box = page_box(captions.pages[0], HALF)
    assert HALF.safe_zone.holds(box.left, box.top, box.left + box.width, box.top + box.height)


def test_colours_behind_letters_are_those_of_the_frame(footage: Path, tmp_path: Path) -> None:
    # given a frame whose lower edge is plain grey
    cut_frame(place([(footage, 1.0, 2.0)]), 0, SMALL, folder=tmp_path)
    behind = colours_in("cut.nut", Box(10, 184, 80, 8), folder=tmp_path)
    assert len(behind) == 24 * 24
    assert all(abs(channel - 90) < 12 for colour in behind for channel in colour)
