"""Captions: timed words on the picture, a few at a time, with the spoken one highlighted.

Made in three steps that can be looked at one by one: words become pages, pages are set into the
preset's safe zone, and each word of a page becomes one ASS event in which it has the accent colour.
All events of a page differ in nothing but that colour, so nothing moves between two words.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import pysubs2

from models.edit import CaptionStyle, Word
from tasks.media.presets import Preset
from tasks.media.text_layout import OVERHANG_EM, Block, Font, drawable, fit, load_font, missing_glyphs
from tasks.media.words import MIN_WORD_S, has_break, tidy

#: The one style of the ASS file.
STYLE_NAME = "Caption"
#: Width of the drop shadow in em; a little depth on busy footage.
SHADOW_EM = 0.03

_PAUSE_S = 0.45  # a silence this long starts a new page
_HOLD_S = 0.7  # how long a page stays after its last word when no other follows
_MAX_LINES = 2
_SPLIT_BELOW = 0.88  # a page is divided rather than set smaller than this share of the wanted size
_SENTENCE_ENDS = tuple(".!?…。！？؟।")
_CLAUSE_ENDS = (*",;:–—،、，；：", " -")
_CLOSING = "\"'”’»)]}"
#: Keeps a backslash from being read as a command; invisible, and in the font.
_AFTER_BACKSLASH = "\u200b"


@dataclass(frozen=True, slots=True)
class Page:
    """Words that are on the screen together, set into lines."""

    words: tuple[Word, ...]
    """Texts as drawn; the times are when each is highlighted."""
    block: Block
    """Their lines."""
    centre_px: tuple[float, float]
    """Where the block's centre is, x and y."""
    end_s: float
    """When the page leaves the screen; it appears with its first word."""


@dataclass(frozen=True, slots=True)
class Captions:
    """All captions of one video in one size."""

    pages: tuple[Page, ...]
    """In time order, not overlapping."""
    style: CaptionStyle
    """Look."""
    preset: Preset
    """Size and safe zone they were set for."""
    warnings: tuple[str, ...]
    """What could not be shown as it was written, one sentence each, for the user."""


def build_captions(
    words: Sequence[Word],
    *,
    style: CaptionStyle,
    preset: Preset,
    duration_s: float,
    breaks_s: Sequence[float] = (),
) -> Captions:
    """Sets timed words as captions for one preset.

    Args:
        words: In spoken order; times in seconds of the finished video.
        style: Look; its size counts relative to the shorter side, so that landscape stays in proportion.
        preset: Gives frame size and safe zone.
        duration_s: Length of the video; nothing is shown later.
        breaks_s: Moments that no page reaches over.

    Raises:
        BadInput: the style's font is not bundled.
    """
    font = load_font(style.font_family)
    heard = [word for word in words if word.start_s <= duration_s - MIN_WORD_S]
    drawn = _as_drawn(tidy(heard, duration_s=duration_s), style, font)
    pages: list[Page] = []
    for group in paginate(drawn, words_per_page=style.words_per_page, breaks_s=breaks_s):
        pages += _lay_out(group, style, preset, font)
    return Captions(
        pages=_hold(pages, duration_s),
        style=style,
        preset=preset,
        warnings=_warnings(words, len(heard), pages, font),
    )


def _as_drawn(words: Sequence[Word], style: CaptionStyle, font: Font) -> list[Word]:
    drawn = []
    for word in words:
        text = drawable(word.text.upper() if style.uppercase else word.text, font)
        if text:
            drawn.append(word.model_copy(update={"text": text}))
    return drawn


def _warnings(words: Sequence[Word], heard: int, pages: Sequence[Page], font: Font) -> tuple[str, ...]:
    warnings = []
    if late := words[heard:]:
        warnings.append(
            f"{len(late)} of {len(words)} words are spoken after the video's end and have no caption,"
            f" from {late[0].text!r} on."
        )
    if missing := missing_glyphs(" ".join(word.text for word in words), font):
        warnings.append(
            f"The caption font {font.family} has no {' '.join(missing[:12])}: emoji are left out, letters"
            " may look different or be missing."
        )
    if any(not page.block.is_complete for page in pages):
        warnings.append("A word is too long for the picture; its caption ends in an ellipsis.")
    return tuple(warnings)


def paginate(
    words: Sequence[Word], *, words_per_page: int, breaks_s: Sequence[float] = ()
) -> list[tuple[Word, ...]]:
    """Groups words into pages of at most `words_per_page`.

    Sentence ends, pauses and the moments of `breaks_s` always end a page. In between pages are as even
    as possible and, where it costs little, end with a clause: the division with the least squared number
    of empty places wins.
    """
    pages: list[tuple[Word, ...]] = []
    phrase: list[Word] = []
    for word, following in zip_longest(words, words[1:]):
        phrase.append(word)
        if (
            following is None
            or _ends_with(word, _SENTENCE_ENDS)
            or following.start_s - word.end_s > _PAUSE_S
            or has_break(word, following, breaks_s)
        ):
            pages += _even_pages(phrase, words_per_page)
            phrase = []
    return pages


def _even_pages(phrase: Sequence[Word], most: int) -> list[tuple[Word, ...]]:
    # cost[i] is the least cost of dividing the first i words, last[i] where its last page starts.
    cost = [0.0] + [float("inf")] * len(phrase)
    last = [0] * (len(phrase) + 1)
    for end in range(1, len(phrase) + 1):
        is_clause = end < len(phrase) and _ends_with(phrase[end - 1], _CLAUSE_ENDS)
        for start in range(max(0, end - most), end):
            total = cost[start] + (most - (end - start)) ** 2 - (0.9 if is_clause else 0.0)
            if total < cost[end]:
                cost[end], last[end] = total, start
    pages: list[tuple[Word, ...]] = []
    end = len(phrase)
    while end > 0:
        pages.append(tuple(phrase[last[end] : end]))
        end = last[end]
    return pages[::-1]


def _ends_with(word: Word, ends: tuple[str, ...]) -> bool:
    return word.text.rstrip(_CLOSING).endswith(ends)


def _lay_out(group: tuple[Word, ...], style: CaptionStyle, preset: Preset, font: Font) -> list[Page]:
    """The page for a group of words; two or more when the words are too wide for one."""
    zone = preset.safe_zone
    middle, half = preset.text_column
    em_px = style.size * min(preset.width, preset.height)
    margin_em = style.outline + SHADOW_EM
    block = fit(
        [word.text for word in group],
        font,
        em_px=em_px,
        width_px=2 * half,
        height_px=zone.height,
        max_lines=_MAX_LINES,
        margin_em=margin_em,
    )
    if len(group) > 1 and block.em_px < _SPLIT_BELOW * em_px:
        cut = _even_cut(group)
        return [
            *_lay_out(group[:cut], style, preset, font),
            *_lay_out(group[cut:], style, preset, font),
        ]
    reach = block.height_px / 2 + (margin_em + OVERHANG_EM) * block.em_px
    centre_y = _centre_y(reach, preset)
    return [Page(words=group, block=block, centre_px=(middle, centre_y), end_s=group[-1].end_s)]


def _centre_y(reach: float, preset: Preset) -> float:
    """The row of the captions' middle: at their anchor, or as near as the safe zone lets them."""
    zone = preset.safe_zone
    return min(max(preset.caption_anchor * preset.height, zone.top + reach), zone.bottom - reach)


def caption_rows(style: CaptionStyle, preset: Preset) -> tuple[float, float]:
    """First and last row of what captions of that look may cover, whatever they say."""
    font = load_font(style.font_family)
    em_px = style.size * min(preset.width, preset.height)
    reach = _MAX_LINES * font.line_px(em_px) / 2 + (style.outline + SHADOW_EM + OVERHANG_EM) * em_px
    reach = min(reach, preset.safe_zone.height / 2)
    centre_y = _centre_y(reach, preset)
    return centre_y - reach, centre_y + reach


def _even_cut(group: tuple[Word, ...]) -> int:
    lengths = [len(word.text) for word in group]
    return min(range(1, len(group)), key=lambda cut: abs(sum(lengths[:cut]) - sum(lengths[cut:])))


def _hold(pages: Sequence[Page], duration_s: float) -> tuple[Page, ...]:
    """Keeps each page until the next one, or for a moment after its last word."""
    held = []
    duration_s = math.floor(duration_s * 100) / 100  # ASS counts centiseconds
    for page, following in zip_longest(pages, pages[1:]):
        next_s = following.words[0].start_s if following else duration_s
        end_s = min(page.end_s + _HOLD_S, next_s)
        held.append(Page(words=page.words, block=page.block, centre_px=page.centre_px, end_s=end_s))
    return tuple(held)


def write_ass(captions: Captions, path: Path) -> None:
    """Writes captions to burn: draw them with `subtitles=NAME.ass:fontsdir=FOLDER` and the bundled font."""
    path.write_text(to_ass(captions), encoding="utf-8")


def to_ass(captions: Captions) -> str:
    """The captions as an ASS document whose coordinates are output pixels."""
    style, preset = captions.style, captions.preset
    font = load_font(style.font_family)
    em_px = style.size * min(preset.width, preset.height)
    document = pysubs2.SSAFile()
    document.info.update(
        {
            "PlayResX": str(preset.width),
            "PlayResY": str(preset.height),
            "WrapStyle": "2",
            "ScaledBorderAndShadow": "yes",
            "Kerning": "yes",  # off by default in libass
            "YCbCr Matrix": "None",
        }
    )
    document.styles = {
        STYLE_NAME: pysubs2.SSAStyle(
            fontname=font.family,
            bold=True,
            fontsize=_number(font.ass_size(em_px)),
            primarycolor=_colour(style.text_colour),
            outlinecolor=_colour(style.outline_colour),
            backcolor=pysubs2.Color(0, 0, 0, 110),
            outline=_number(style.outline * em_px),
            shadow=_number(SHADOW_EM * em_px),
            alignment=pysubs2.Alignment.MIDDLE_CENTER,
            marginl=0,
            marginr=0,
            marginv=0,
        )
    }
    for page in captions.pages:
        ends_s = [*(word.start_s for word in page.words[1:]), page.end_s]
        for index, (word, end_s) in enumerate(zip(page.words, ends_s, strict=True)):
            document.append(
                pysubs2.SSAEvent(
                    # The same rounding for an end and the next start, so that they meet exactly.
                    start=_centiseconds(word.start_s) * 10,
                    end=_centiseconds(end_s) * 10,
                    style=STYLE_NAME,
                    text=_event_text(page, index, style, font, em_px),
                )
            )
    return document.to_string("ass", header_notice="Captions by Reelflow")


def _event_text(page: Page, spoken: int, style: CaptionStyle, font: Font, em_px: float) -> str:
    block = page.block
    x, y = (_number(value) for value in page.centre_px)
    opening = f"\\pos({x},{y})"
    if block.em_px != em_px:
        opening += (
            f"\\fs{_number(font.ass_size(block.em_px))}\\bord{_number(style.outline * block.em_px)}"
            f"\\shad{_number(SHADOW_EM * block.em_px)}"
        )
    # Each piece has its colour tag in every event: libass shapes text from tag to tag, so the letters
    # stay where they are when the highlight moves on.
    lines = (
        " ".join(
            f"{{\\1c{_ass_colour(style.highlight_colour if piece.word == spoken else style.text_colour)}}}"
            + escape_ass(piece.text)
            for piece in line
        )
        for line in block.lines
    )
    return f"{{{opening}}}" + r"\N".join(lines)


def escape_ass(text: str) -> str:
    r"""Text that libass draws as it is: no character in it starts a command or a new line.

    Source: <https://github.com/libass/libass/issues/462>; libass knows `\{` and `\}`, and a
    backslash is plain when an invisible character follows it.
    """
    escaped = " ".join(text.split()).replace("\\", "\\" + _AFTER_BACKSLASH)
    return escaped.replace("{", r"\{").replace("}", r"\}")


def unescape_ass(text: str) -> str:
    """What `escape_ass` was given, spaces aside."""
    plain = text.replace(r"\{", "{").replace(r"\}", "}")
    return plain.replace("\\" + _AFTER_BACKSLASH, "\\")


def _centiseconds(moment_s: float) -> int:
    return round(moment_s * 100)


def _number(value: float) -> float:
    return round(value, 2)


def _colour(hexadecimal: str) -> pysubs2.Color:
    return pysubs2.Color(*(int(hexadecimal[start : start + 2], 16) for start in (1, 3, 5)))


def _ass_colour(hexadecimal: str) -> str:
    red, green, blue = (hexadecimal[start : start + 2].upper() for start in (1, 3, 5))
    return f"&H{blue}{green}{red}&"
