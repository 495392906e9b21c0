"""How wide text really is in the bundled font, and how words are set into a box of given size.

Measured with the font's own outlines (FreeType and HarfBuzz through Pillow, as libass does), so that
what is checked is what is drawn. Sizes are em heights in pixels; ASS counts font sizes differently, see
`Font.ass_size`.
"""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations, pairwise
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import ImageFont

from models.errors import BadInput

#: Fonts and nothing else, to be given to ffmpeg as `fontsdir`: libass tries to open every file in it.
FONTS_DIR = Path(__file__).parent / "assets" / "fonts" / "otf"

_FILES = {"Inter": "Inter-Bold.otf"}

#: The bundled fonts, as a caption style names them.
FONT_FAMILIES = tuple(_FILES)

#: Smallest size that is tried before words are broken, as a share of the wanted one.
MIN_SCALE = 0.55
#: How far the tallest letters (Ǻ) and lowest signs (Ⓐ) reach out of their line, in em; measured.
OVERHANG_EM = 0.15

_SCALES = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.65, 0.6, MIN_SCALE)
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Font:
    """A bundled font, bold."""

    family: str
    """The name libass finds it by, together with bold."""
    path: Path
    """The font file."""
    units_per_em: int
    """Font units to one em."""
    line_units: int
    """Height of a line in font units: OS/2 usWinAscent + usWinDescent."""
    characters: frozenset[int]
    """Code points it has glyphs for."""

    def ass_size(self, em_px: float) -> float:
        """The font size to write into ASS for letters of that em height.

        ASS sizes, as VSFilter's and GDI's before it, count the line (ascent + descent), not the em.
        Source: `set_font_metrics` in <https://github.com/libass/libass/blob/master/libass/ass_font.c>.
        """
        return em_px * self.line_units / self.units_per_em

    def line_px(self, em_px: float) -> float:
        """Distance of two lines as libass sets them: exactly the ASS size."""
        return self.ass_size(em_px)


@dataclass(frozen=True, slots=True)
class Piece:
    """A word of a line, or a part of one that had to be broken."""

    text: str
    """As drawn."""
    word: int
    """Index of the word it belongs to."""


@dataclass(frozen=True, slots=True)
class Block:
    """Words set into lines."""

    lines: tuple[tuple[Piece, ...], ...]
    """Top to bottom; the pieces of a line are drawn with a space between them."""
    em_px: float
    """Size of the letters."""
    width_px: float
    """Width of the widest line, without the outline."""
    height_px: float
    """Height of all lines."""
    is_complete: bool = True
    """False when the text was so long that its end had to be replaced by an ellipsis."""


@cache
def load_font(family: str) -> Font:
    """The bundled font of that family.

    Raises:
        BadInput: there is none; the message lists the choices.
    """
    if family not in _FILES:
        raise BadInput(f"There is no caption font {family!r}; choose one of {', '.join(_FILES)}.")
    path = FONTS_DIR / _FILES[family]
    with TTFont(path, lazy=True) as tables:
        return Font(
            family=family,
            path=path,
            units_per_em=tables["head"].unitsPerEm,
            line_units=tables["OS/2"].usWinAscent + tables["OS/2"].usWinDescent,
            characters=frozenset(tables.getBestCmap()),
        )


def missing_glyphs(text: str, font: Font) -> tuple[str, ...]:
    """Characters of the text that the font can't draw, once each, in order of appearance.

    Invisible ones (spaces, joiners, variation selectors) don't count.
    """
    found = dict.fromkeys(
        character
        for character in text
        if ord(character) not in font.characters and not character.isspace() and not _is_invisible(character)
    )
    return tuple(found)


def drawable(text: str, font: Font) -> str:
    """The text without symbols that the font lacks (emoji, arrows); letters stay, whatever their script.

    Only fonts that happen to be on the machine could draw them, so they would differ from one machine to
    the next. Invisible characters and repeated spaces go too.
    """
    kept = (
        " " if character.isspace() else character
        for character in text
        if character.isspace()
        or ord(character) in font.characters
        or not (_is_invisible(character) or unicodedata.category(character) in ("So", "Sk", "Sm"))
    )
    return " ".join("".join(kept).split())


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf") or 0xFE00 <= ord(character) <= 0xFE0F


@cache
def _face(path: Path, units_per_em: int) -> ImageFont.FreeTypeFont:
    # One pixel per font unit: hinting, which rounds to whole pixels, has nothing left to change.
    return ImageFont.truetype(str(path), units_per_em)


@lru_cache(maxsize=8192)
def line_width(text: str, font: Font, em_px: float) -> float:
    """Width of a line of text in pixels, kerned, the larger of its advance and its ink."""
    if not text:
        return 0.0
    face = _face(font.path, font.units_per_em)
    left, _, right, _ = face.getbbox(text)
    units = max(float(face.getlength(text)), float(right) - min(0.0, float(left)))
    return units * em_px / font.units_per_em


def fit(
    words: Sequence[str],
    font: Font,
    *,
    em_px: float,
    width_px: float,
    height_px: float,
    max_lines: int,
    margin_em: float = 0.0,
) -> Block:
    """Sets words into a box: as large as wanted if possible, in few and evenly filled lines.

    A word wider than the box makes the letters smaller, down to `MIN_SCALE`; what is wider still is
    broken; what does not even fit then ends in an ellipsis. The block never exceeds the box.

    Args:
        words: At least one; none of them empty.
        font: Font to measure with.
        em_px: Wanted size of the letters.
        width_px: Width of the box.
        height_px: Height of the box.
        max_lines: Most lines at any size that needs no broken word.
        margin_em: Space that outline and shadow take on each side, in em.
    """
    for scale in _SCALES:
        size = em_px * scale
        room_px = width_px - 2 * margin_em * size
        rows = int((height_px - 2 * (margin_em + OVERHANG_EM) * size) // font.line_px(size))
        lines = _few_even_lines(words, font, size, room_px, min(max_lines, rows))
        if lines is not None:
            return _block(lines, font, size)
    size = min(em_px * MIN_SCALE, height_px / (font.line_px(1.0) + 2 * (margin_em + OVERHANG_EM)))
    rows = max(1, int((height_px - 2 * (margin_em + OVERHANG_EM) * size) // font.line_px(size)))
    return _broken(words, font, size, width_px - 2 * margin_em * size, rows)


def _few_even_lines(
    words: Sequence[str], font: Font, size: float, room_px: float, max_lines: int
) -> list[list[Piece]] | None:
    """The fewest lines that fit, of these the division with the narrowest widest line."""
    for count in range(1, min(max_lines, len(words)) + 1):
        best: tuple[float, list[list[Piece]]] | None = None
        for breaks in combinations(range(1, len(words)), count - 1):
            edges = (0, *breaks, len(words))
            lines = [
                [Piece(words[index], index) for index in range(start, end)] for start, end in pairwise(edges)
            ]
            widest = max(line_width(_text(line), font, size) for line in lines)
            if best is None or widest < best[0]:
                best = widest, lines
        if best is not None and best[0] <= room_px:
            return best[1]
    return None


def _broken(words: Sequence[str], font: Font, size: float, room_px: float, max_lines: int) -> Block:
    lines: list[list[Piece]] = [[]]
    for index, word in enumerate(words):
        for text in _break_word(word, font, size, room_px):
            piece = Piece(text, index)
            if lines[-1] and line_width(_text([*lines[-1], piece]), font, size) > room_px:
                lines.append([])
            lines[-1].append(piece)
    if len(lines) <= max_lines:
        return _block(lines, font, size)
    lines = lines[:max_lines]
    lines[-1] = _with_ellipsis(lines[-1], font, size, room_px)
    return _block(lines, font, size, is_complete=False)


def _with_ellipsis(line: Sequence[Piece], font: Font, size: float, room_px: float) -> list[Piece]:
    """The line with as much of its end cut off as the ellipsis needs, whole words included."""
    for length in range(len(line), 0, -1):
        *before, last = line[:length]
        for end in range(len(last.text), -1, -1):
            ended = [*before, Piece(last.text[:end] + _ELLIPSIS, last.word)]
            if line_width(_text(ended), font, size) <= room_px:
                return ended
    return [Piece(_ELLIPSIS, line[0].word)]


def _break_word(word: str, font: Font, size: float, room_px: float) -> list[str]:
    """Parts of a word that each fit, about equally long; a mark stays with the letter it is set on."""
    whole_px = line_width(word, font, size)
    if whole_px <= room_px:
        return [word]
    count = math.ceil(whole_px / room_px)
    room_px = min(room_px, whole_px / count + size)
    parts = [""]
    for character in word:
        is_mark = unicodedata.category(character).startswith("M")
        if parts[-1] and not is_mark and line_width(parts[-1] + character, font, size) > room_px:
            parts.append("")
        parts[-1] += character
    return parts


def _text(line: Sequence[Piece]) -> str:
    return " ".join(piece.text for piece in line)


def _block(lines: list[list[Piece]], font: Font, size: float, *, is_complete: bool = True) -> Block:
    return Block(
        lines=tuple(tuple(line) for line in lines),
        em_px=size,
        width_px=max(line_width(_text(line), font, size) for line in lines),
        height_px=len(lines) * font.line_px(size),
        is_complete=is_complete,
    )
