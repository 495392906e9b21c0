"""The logo in the corner: trimmed, as large as others look, in the safe zone, never under captions."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from models.edit import Corner
from models.errors import BadInput
from tasks.media.logo import CornerPlace, corner_picture, corner_place, drawn, fitted, is_seen_on, open_logo
from tasks.media.presets import PRESETS, find_preset

BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def disc(size: int, colour: str) -> Image.Image:
    logo = Image.new("RGBA", (size, size))
    ImageDraw.Draw(logo).ellipse((0, 0, size - 1, size - 1), fill=colour)
    return logo


def test_empty_margins_are_cut_off(tmp_path: Path) -> None:
    wide = Image.new("RGBA", (300, 200))
    wide.paste(Image.new("RGBA", (80, 20), "teal"), (150, 40))
    wide.save(tmp_path / "logo.png")

    assert open_logo(tmp_path / "logo.png").size == (80, 20)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n", b"GIF89a", None])
def test_what_is_no_picture_or_an_empty_one_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "logo.png"
    if content is None:
        Image.new("RGBA", (20, 20)).save(path)
    else:
        path.write_bytes(content)

    with pytest.raises(BadInput, match="the logo's file"):
        open_logo(path)


def test_square_wide_and_tall_logos_are_equally_large() -> None:
    sizes = [fitted(size, area_px=150, width_px=400, height_px=400) for size in ((9, 9), (40, 10), (10, 40))]

    assert [width * height for width, height in sizes] == pytest.approx([150**2] * 3, rel=0.02)
    assert fitted((1000, 10), area_px=150, width_px=280, height_px=150)[0] == 280


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("size", [(500, 500), (900, 100), (100, 900)])
@pytest.mark.parametrize("corner", ["top left", "top right"])
def test_it_lies_in_the_safe_zone_at_its_edge(name: str, size: tuple[int, int], corner: Corner) -> None:
    preset = find_preset(name)
    zone = preset.safe_zone

    place = corner_place(size, corner, preset, captions_px=None)

    assert place is not None
    assert zone.holds(place.left, place.top, place.left + place.width, place.top + place.height)
    assert place.top - zone.top <= 1
    side = place.left - zone.left if corner == "top left" else zone.right - place.left - place.width
    assert side <= 1
    assert not any(value % 2 for value in (place.left, place.top, place.width, place.height))


def test_captions_that_reach_up_to_it_send_it_down_or_away() -> None:
    preset = find_preset("reels")
    zone = preset.safe_zone
    high = (100.0, 250.0, 980.0, 900.0)
    everywhere = (0.0, 0.0, 1080.0, 1920.0)

    below = corner_place((500, 500), "top left", preset, captions_px=high)

    assert below is not None
    assert below.top >= 900
    assert below.top + below.height in (zone.bottom, zone.bottom - 1)
    assert corner_place((500, 500), "top left", preset, captions_px=everywhere) is None


def test_the_edge_of_a_see_through_logo_keeps_its_colour() -> None:
    # given that the colour of what is see-through is black in the file
    small = np.asarray(drawn(disc(400, "#F0E020"), (40, 40)))

    beside = small[(small[..., 3] > 16) & (small[..., 3] < 255)]
    around = small[(small[..., 3] == 0)]

    assert len(beside) > 20
    assert beside[:, 0].min() > 200
    assert (around[:, 0] > 200).any(), "colour goes on where nothing is seen"


@pytest.mark.parametrize(("colour", "edge"), [("#FFFFFF", 0), ("#101010", 255)])
def test_a_soft_edge_of_the_other_lightness_is_around_it(colour: str, edge: int) -> None:
    preset = find_preset("reels")
    place = CornerPlace(100, 300, 80, 80)

    picture, (left, top) = corner_picture(disc(200, colour), place, preset)

    margin = 100 - left
    assert (left, top) == (100 - margin, 300 - margin)
    assert picture.size == (80 + 2 * margin, 80 + 2 * margin)
    assert left % 2 == 0
    *rgb, alpha = picture.getpixel((picture.width // 2, margin - 4))
    assert max(abs(value - edge) for value in rgb) <= 2
    assert 20 < alpha < 120
    assert picture.getpixel((0, 0))[3] == 0


def test_what_a_ground_swallows_is_known() -> None:
    black, white = disc(100, "#101010"), disc(100, "#FFFFFF")

    assert [is_seen_on(black, BLACK), is_seen_on(black, WHITE)] == [False, True]
    assert [is_seen_on(white, BLACK), is_seen_on(white, WHITE)] == [True, False]
