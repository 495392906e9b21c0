"""Logo and card in the one call of a picture: on their frames, under the captions, the same each time."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.edit import CaptionStyle, EndCard, Word
from tasks.media.cards import CARD_S, CardDesign, card_frame, draw_card, make_card
from tasks.media.on_top import LOGO_NAME, NOTHING, OnTop
from tasks.media.picture import CAPTIONS_NAME, PictureJob, picture_arguments, render_picture
from tasks.media.presets import SafeZone
from tasks.media.subtitles import build_captions, write_ass
from tests.films import frame_hashes
from tests.tasks.media.coded import SMALL, lengths, place, render
from tests.tasks.media.test_picture import draw, near, show

SIZE = replace(SMALL, width=216, height=384, safe_zone=SafeZone(14, 54, 192, 300))
RED, BLUE, GREEN = (200, 30, 30), (40, 50, 190), (31, 61, 47)
CARD = EndCard(primary_colour="#1F3D2F", text="Order now")
SECONDS = 7
FRAMES = SECONDS * 30


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plain red footage."""
    picture = np.full((384, 216, 3), RED, np.uint8)
    return draw(
        tmp_path_factory.mktemp("red") / "red.mp4",
        picture,
        options="-c:v libx264 -preset ultrafast -crf 12 -pix_fmt yuv420p -colorspace bt709",
        filters="scale=out_color_matrix=bt709",
        frames=FRAMES + 10,
    )


@pytest.fixture(scope="module")
def plain(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same clip without anything on top, of two cuts."""
    return render(cuts(source), tmp_path_factory.mktemp("plain"), preset=SIZE).path


def cuts(source: Path) -> list[tuple[Path, float, float]]:
    return [(source, 0.0, 3.5), (source, 3.5, float(SECONDS))]


def branded(source: Path, sound: Path, folder: Path, *, has_captions: bool = False) -> Path:
    folder.mkdir(exist_ok=True)
    Image.new("RGBA", (40, 20), BLUE).save(folder / LOGO_NAME)
    make_card(CardDesign(card=CARD, preset=SIZE), folder=folder)
    job = PictureJob(
        placed=place(cuts(source)),
        preset=SIZE,
        audio=sound,
        has_captions=has_captions,
        on_top=OnTop(logo_px=(150, 60), card_frame=card_frame(FRAMES, fps=30)),
    )
    return render_picture(job, "final.mp4", folder=folder)


def test_a_clip_without_any_is_made_by_the_same_call_as_ever(source: Path, tmp_path: Path) -> None:
    job = PictureJob(place(cuts(source)), SIZE, tmp_path / "s", has_captions=False)

    assert picture_arguments(job, "a.mp4") == picture_arguments(replace(job, on_top=NOTHING), "a.mp4")
    assert "overlay" not in " ".join(picture_arguments(job, "a.mp4"))


def test_both_are_on_exactly_their_frames_and_the_length_stays(
    source: Path, plain: Path, tmp_path: Path
) -> None:
    first = FRAMES - round(CARD_S * 30)

    final = branded(source, plain, tmp_path)

    assert lengths(final) == lengths(plain)
    before, begins, end = (show(final, number=number) for number in (first - 1, first, FRAMES - 1))
    assert near([tuple(before[70, 170])], [BLUE])
    assert near([tuple(before[300, 100]), tuple(before[383, 100])], [RED, RED])
    assert near([tuple(begins[383, 100])], [GREEN]), "the card's first picture is on the card's first frame"
    assert near([tuple(begins[10, 100])], [RED])
    still = np.asarray(draw_card(CardDesign(card=CARD, preset=SIZE))).astype(int)
    assert np.abs(end.astype(int) - still).mean() < 3


def test_equal_jobs_give_equal_frames(source: Path, plain: Path, tmp_path: Path) -> None:
    one, two = (branded(source, plain, tmp_path / name) for name in ("one", "two"))

    assert frame_hashes(one) == frame_hashes(two)


def test_captions_are_drawn_over_the_card(source: Path, plain: Path, tmp_path: Path) -> None:
    words = [Word(text="Tea", start_s=SECONDS - 1, end_s=SECONDS - 0.2)]
    captions = build_captions(words, style=CaptionStyle(), preset=SIZE, duration_s=SECONDS)
    write_ass(captions, tmp_path / CAPTIONS_NAME)

    end = show(branded(source, plain, tmp_path, has_captions=True), number=FRAMES - 15)

    middle = round(captions.pages[0].centre_px[1])
    yellow = (end[middle - 12 : middle + 12].astype(int) - (255, 212, 0)).__abs__().max(axis=2) < 40
    assert yellow.sum() > 50
