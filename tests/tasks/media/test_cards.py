"""The end card: what is on it, where, how it moves, and that equal designs give equal files."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from models.edit import CaptionStyle, EndCard
from tasks.media.cards import (
    CARD_S,
    SHORTEST_CLIP_S,
    CardDesign,
    card_frame,
    card_warnings,
    draw_card,
    is_black,
    make_card,
)
from tasks.media.presets import PRESETS, SafeZone, find_preset
from tasks.media.subtitles import caption_rows

TINY = replace(find_preset("reels"), width=216, height=384, safe_zone=SafeZone(14, 54, 192, 300))
GREEN, CREAM = (31, 61, 47), (244, 239, 230)
CARD = EndCard(text="Order at acme.example", primary_colour="#1F3D2F", secondary_colour="#F4EFE6")


def disc(colour: str) -> Image.Image:
    logo = Image.new("RGBA", (200, 200))
    ImageDraw.Draw(logo).ellipse((0, 0, 199, 199), fill=colour)
    return logo


def design(**changed: Any) -> CardDesign:
    return replace(CardDesign(card=CARD, preset=TINY, logo=disc("#F2B441"), logo_sha256="a" * 64), **changed)


def box(picture: Image.Image, ground: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of all that is not the ground."""
    differs = np.abs(np.asarray(picture).astype(int) - ground).max(axis=2) > 12
    rows, columns = np.flatnonzero(differs.any(1)), np.flatnonzero(differs.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def decoded(path: Path) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Pictures of a card: red, green and blue, and alpha as it is in the file."""
    with av.open(str(path)) as container:
        pictures = []
        for frame in container.decode(video=0):
            plane = frame.planes[3]
            alpha = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
            pictures.append((frame.to_ndarray(format="rgb24"), alpha[:, : frame.width].copy()))
        return pictures


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("captions", [None, CaptionStyle(), CaptionStyle(size=0.2, outline=0.3)])
@pytest.mark.parametrize("text", ["", "Order at acme.example", "word " * 39, "x" * 200])
def test_everything_stays_in_the_safe_zone_and_off_the_captions(
    name: str, captions: CaptionStyle | None, text: str
) -> None:
    preset = find_preset(name)
    card = CARD.model_copy(update={"text": text})

    left, top, right, bottom = box(draw_card(design(card=card, preset=preset, captions=captions)), GREEN)

    assert preset.safe_zone.holds(left, top, right, bottom)
    if captions:
        first, last = caption_rows(captions, preset)
        assert bottom <= first or top >= last


def test_logo_and_words_stand_in_the_middle() -> None:
    preset = find_preset("reels")
    zone = preset.safe_zone

    left, top, right, bottom = box(draw_card(design(preset=preset)), GREEN)

    assert (left + right) / 2 == pytest.approx(preset.width / 2, abs=4)
    assert (top + bottom) / 2 == pytest.approx((zone.top + zone.bottom) / 2, abs=20)


def test_a_logo_that_the_ground_would_swallow_stands_on_a_plate() -> None:
    colours = {
        name: draw_card(design(logo=disc(colour), card=CARD.model_copy(update={"text": ""}))).getcolors(99999)
        for name, colour in {"dark": "#1F3D2F", "light": "#F2B441"}.items()
    }

    shown = {name: {colour for _, colour in found or ()} for name, found in colours.items()}

    assert CREAM in shown["dark"]
    assert CREAM not in shown["light"]


def test_the_ground_comes_in_and_the_end_is_the_still(tmp_path: Path) -> None:
    pictures = decoded(make_card(design(), folder=tmp_path))

    covered = [float((alpha > 127).mean()) for _, alpha in pictures]
    assert 0 < covered[0] < 0.4
    assert covered == sorted(covered)
    assert covered[12:] == [1.0] * (len(pictures) - 12), "after 0.4 s nothing of the clip is seen"
    assert len(pictures) / TINY.fps < CARD_S
    # then the last picture, which is held, is what `draw_card` shows
    still = np.asarray(draw_card(design())).astype(int)
    last, before = (picture.astype(int) for picture, _ in (pictures[-1], pictures[-2]))
    assert np.abs(last - still).mean() < 2
    assert np.abs(last - before).mean() < 0.05, "it stands still"
    assert [path.name for path in tmp_path.iterdir()] == ["card.nut"]


def test_equal_designs_give_equal_bytes(tmp_path: Path) -> None:
    hashes = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        hashes.add(sha256(make_card(design(), folder=tmp_path / name).read_bytes()).hexdigest())

    assert len(hashes) == 1


def test_whatever_changes_the_pictures_changes_the_fingerprint() -> None:
    card = CARD.model_copy
    others = [
        design(),
        design(logo=None, logo_sha256=None),
        design(logo_sha256="b" * 64),
        design(preset=replace(TINY, width=218)),
        design(preset=replace(TINY, fps=25)),
        design(preset=replace(TINY, safe_zone=SafeZone(14, 60, 192, 300))),
        design(captions=CaptionStyle()),
        design(card=card(update={"text": "Other words"})),
        design(card=card(update={"primary_colour": "#000000"})),
        design(card=card(update={"secondary_colour": "#000000"})),
    ]

    assert len({each.fingerprint for each in others}) == len(others)


def test_a_clip_that_is_too_short_has_no_card() -> None:
    shortest = round(SHORTEST_CLIP_S * 30)

    assert card_frame(shortest - 1, fps=30) is None
    assert card_frame(shortest, fps=30) == shortest - CARD_S * 30


@pytest.mark.parametrize(
    ("colour", "wanted"), [("#000000", True), ("#030303", True), ("#111111", False), ("#FFFFFF", False)]
)
def test_a_black_ground_is_known(colour: str, wanted: bool) -> None:
    assert is_black(EndCard(primary_colour=colour)) is wanted


def test_what_can_not_be_shown_as_written_is_said() -> None:
    assert card_warnings(design()) == ()
    emoji, long = (CARD.model_copy(update={"text": text}) for text in ("Tea 🍵", "x" * 200))
    narrow = replace(TINY, safe_zone=SafeZone(90, 90, 140, 140))

    assert "has no 🍵" in card_warnings(design(card=emoji))[0]
    assert "ellipsis" in card_warnings(design(card=long, preset=narrow))[0]
