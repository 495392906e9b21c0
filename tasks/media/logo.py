"""A store's logo as it is drawn: without its empty margins, as large as others look, where nothing hides it.

Logos come as squares, as wide words and as tall signs. Drawn equally wide, one would be ten times as large
as the other; so they are given the same area, within a largest width and height.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, UnidentifiedImageError

from models.edit import Corner
from models.errors import BadInput
from tasks.media.contrast import Rgb, contrast_ratio
from tasks.media.presets import Preset

_Box = tuple[float, float, float, float]

#: In the corner: area and largest sides as shares of the frame's shorter side, the area's as its root.
_CORNER_AREA, _CORNER_WIDTH, _CORNER_HEIGHT = 0.135, 0.26, 0.15

#: Around it, a soft edge in black or white, which keeps a white logo visible before a white wall: how soft,
#: as a share of the shorter side, and how strong.
_EDGE_SOFT, _EDGE_STRONG = 0.009, 0.5

#: Less alpha than this is nothing to be seen.
_VISIBLE = 8

#: Pixels that differ at least so much in lightness from what is behind them can be made out.
_TOLD_APART = 1.6

#: A logo of which less than this can be made out is not seen.
_SEEN_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class CornerPlace:
    """Where a logo goes, in whole pixels of the output."""

    left: int
    top: int
    width: int
    height: int


def open_logo(path: Path) -> Image.Image:
    """The logo with its alpha, without see-through margins.

    Raises:
        BadInput: the file can't be read as a picture, or shows nothing.
    """
    try:
        with Image.open(path, formats=("PNG",)) as file:
            logo: Image.Image = file.convert("RGBA")
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise BadInput(f"the logo's file can't be read: {error}") from error
    box = logo.getchannel("A").point(lambda alpha: 255 * (alpha >= _VISIBLE)).getbbox()
    if box is None:
        raise BadInput("the logo's file shows nothing: all of it is see-through")
    return logo.crop(box)


def fitted(size: tuple[int, int], *, area_px: float, width_px: float, height_px: float) -> tuple[int, int]:
    """Even sides in the shape of `size`, of an area, and no longer than these."""
    width, height = size
    scale = min(area_px / (width * height) ** 0.5, width_px / width, height_px / height)
    return _even(width * scale), _even(height * scale)


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)


def corner_place(
    size: tuple[int, int], corner: Corner, preset: Preset, *, captions_px: _Box | None
) -> CornerPlace | None:
    """Where a logo of that size goes: inside the safe zone and never under the captions.

    Captions so large that they reach up to it send it to the bottom of its side; None when it has no place
    there either.

    Args:
        size: Width and height of the logo's picture.
        corner: Which is wanted.
        preset: Frame and safe zone.
        captions_px: Left, top, right and bottom of all captions, if there are any.
    """
    zone, shorter = preset.safe_zone, min(preset.width, preset.height)
    width, height = fitted(
        size,
        area_px=_CORNER_AREA * shorter,
        width_px=_CORNER_WIDTH * shorter,
        height_px=_CORNER_HEIGHT * shorter,
    )
    # Even, since colour has half the pixels of lightness.
    left = _up_to_even(zone.left) if corner == "top left" else (zone.right - width) // 2 * 2
    for top in (_up_to_even(zone.top), (zone.bottom - height) // 2 * 2):
        place = CornerPlace(left, top, width, height)
        if captions_px is None or not _touch(place, captions_px):
            return place
    return None


def _up_to_even(position: int) -> int:
    return (position + 1) // 2 * 2


def _touch(place: CornerPlace, box: _Box) -> bool:
    left, top, right, bottom = box
    return (
        place.left < right
        and place.left + place.width > left
        and place.top < bottom
        and place.top + place.height > top
    )


def corner_picture(
    logo: Image.Image, place: CornerPlace, preset: Preset
) -> tuple[Image.Image, tuple[int, int]]:
    """The logo for the corner on a soft edge, and where that picture's left and top go."""
    soft_px = _EDGE_SOFT * min(preset.width, preset.height)
    margin = 2 * math.ceil(1.25 * soft_px)
    sharp = drawn(logo, (place.width, place.height))
    picture = Image.new("RGBA", (place.width + 2 * margin, place.height + 2 * margin))
    picture.paste(sharp, (margin, margin))
    edge = picture.getchannel("A").filter(ImageFilter.GaussianBlur(soft_px))
    colour = (0, 0, 0) if _is_light(sharp) else (255, 255, 255)
    ground = Image.new("RGBA", picture.size, (*colour, 0))
    ground.putalpha(edge.point(lambda alpha: round(_EDGE_STRONG * alpha)))
    return Image.alpha_composite(ground, picture), (place.left - margin, place.top - margin)


def _is_light(logo: Image.Image) -> bool:
    """Whether what is visible of a logo is nearer to white than to black."""
    pixels = np.asarray(logo, np.float64).reshape(-1, 4)
    return bool(np.average(pixels[:, :3].max(axis=1), weights=pixels[:, 3]) > 127)


def drawn(logo: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The logo in another size, its colours carried on into what is see-through.

    Video keeps one colour for four pixels; without that, edges would take on the black of nothing.
    """
    small = logo.resize(size, Image.Resampling.LANCZOS)
    around = small.convert("RGBa").filter(ImageFilter.BoxBlur(2)).convert("RGBA")
    filled = Image.composite(small, around, small.getchannel("A").point(lambda alpha: 255 * (alpha > 0)))
    filled.putalpha(small.getchannel("A"))
    return filled


def is_seen_on(logo: Image.Image, ground: Rgb) -> bool:
    """Whether enough of a logo stands out from a plain ground for it to be made out."""
    small = logo.copy()
    small.thumbnail((64, 64))
    pixels = np.asarray(small, np.uint8).reshape(-1, 4)
    alpha: NDArray[np.float64] = pixels[:, 3] / 255
    stands_out = np.array(
        [contrast_ratio((int(r), int(g), int(b)), ground) >= _TOLD_APART for r, g, b, _ in pixels]
    )
    return bool((alpha * stands_out).sum() >= _SEEN_SHARE * alpha.sum())
