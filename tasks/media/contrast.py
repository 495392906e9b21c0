"""Whether captions can be told from what is behind them, by the contrast that WCAG 2.2 asks of large text.

Source: success criterion 1.4.3 and the definition of contrast ratio in <https://www.w3.org/TR/WCAG22/>.
"""

from collections.abc import Sequence

from models.edit import CaptionStyle

Rgb = tuple[int, int, int]

#: Large text needs 3 : 1.
READABLE = 3.0

#: An outline of this share of the letters' height separates them from any picture.
_WIDE_OUTLINE = 0.04

#: So much of the picture behind a caption may be too near to its colour.
_TOLERATED_SHARE = 0.25


def rgb(colour: str) -> Rgb:
    """A colour such as "#FFD400" as red, green, blue from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def contrast_ratio(one: Rgb, other: Rgb) -> float:
    """How far two colours are apart in lightness: 1 for none, 21 for black on white."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def has_own_ground(style: CaptionStyle) -> bool:
    """Whether the outline alone makes every letter readable, whatever the picture."""
    outline = rgb(style.outline_colour)
    return style.outline >= _WIDE_OUTLINE and all(
        contrast_ratio(rgb(colour), outline) >= READABLE for colour in _letters(style).values()
    )


def contrast_warnings(style: CaptionStyle, behind: Sequence[Rgb]) -> tuple[str, ...]:
    """One sentence for each colour of the letters that the picture behind them swallows.

    Args:
        style: The captions' look.
        behind: Colours of the picture where the letters are.
    """
    if has_own_ground(style) or not behind:
        return ()
    outline = rgb(style.outline_colour)
    warnings = []
    for what, colour in _letters(style).items():
        if style.outline >= _WIDE_OUTLINE and contrast_ratio(rgb(colour), outline) >= READABLE:
            continue
        ratios = [contrast_ratio(rgb(colour), ground) for ground in behind]
        share = sum(ratio < READABLE for ratio in ratios) / len(ratios)
        if share > _TOLERATED_SHARE:
            warnings.append(
                f"{what} ({colour.upper()}) is hard to read on {share:.0%} of the picture behind it; "
                f"widen the outline to {_WIDE_OUTLINE:.0%} or more in a colour that differs from it."
            )
    return tuple(warnings)


def _letters(style: CaptionStyle) -> dict[str, str]:
    return {"The text colour": style.text_colour, "The spoken word's colour": style.highlight_colour}


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(value / 255) for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
