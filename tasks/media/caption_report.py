"""Checks a finished caption file with numbers: is every caption in the video's time and in its safe zone.

Reads the ASS file that is burned and measures it anew; it does not ask the code that wrote it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pysubs2

from tasks.media.presets import Preset
from tasks.media.subtitles import unescape_ass
from tasks.media.text_layout import OVERHANG_EM, line_width, load_font

_TAGS = re.compile(r"(?<!\\)\{([^}]*)\}")
_POSITION = re.compile(r"\\pos\(([-\d.]+),([-\d.]+)\)")
_VALUE = r"\\{}([\d.]+)"
_HALF_PIXEL = 0.5


@dataclass(frozen=True, slots=True)
class CaptionsReport:
    """What was measured."""

    passed: bool
    """No problem was found."""
    problems: tuple[str, ...]
    """One sentence each."""
    events: int
    """Captions in the file; a page of three words is three."""
    first_start_s: float | None
    """When the first appears; None without captions."""
    last_end_s: float | None
    """When the last leaves."""
    box_px: tuple[float, float, float, float] | None
    """Left, top, right, bottom around everything that is drawn, outline and shadow included."""
    smallest_em_px: float | None
    """Height of the smallest letters."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One event as libass draws it."""

    box: tuple[float, float, float, float]
    em_px: float


def captions_report(ass: Path, *, preset: Preset, duration_s: float) -> CaptionsReport:
    """Measures a caption file against the preset and the length of the video.

    Args:
        ass: File written by `tasks.media.subtitles.write_ass`.
        preset: The format it was made for.
        duration_s: Length of the finished file.

    Raises:
        BadInput: the file asks for a font that is not bundled.
    """
    document = pysubs2.load(str(ass), encoding="utf-8", format_="ass")
    problems: list[str] = []
    frame = (int(document.info.get("PlayResX", 0)), int(document.info.get("PlayResY", 0)))
    if frame != (preset.width, preset.height):
        problems.append(
            f"The captions are made for {frame[0]}x{frame[1]}, not for {preset.width}x{preset.height}."
        )
    drawn: list[_Drawn] = []
    previous_end = 0
    for event in document.events:
        start_s, end_s = event.start / 1000, event.end / 1000
        if event.end <= event.start:
            problems.append(f"The caption at {start_s:.2f} s is never shown.")
        if event.start < previous_end:
            problems.append(f"The caption at {start_s:.2f} s starts before the one before it ends.")
        if end_s > duration_s + 1e-6:
            problems.append(f"The caption at {start_s:.2f} s ends after the video, at {end_s:.2f} s.")
        previous_end = event.end
        measured = _measure(event, document.styles[event.style])
        if measured is None:
            problems.append(f"The caption at {start_s:.2f} s has no position.")
            continue
        drawn.append(measured)
        left, top, right, bottom = measured.box
        inset = (left + _HALF_PIXEL, top + _HALF_PIXEL, right - _HALF_PIXEL, bottom - _HALF_PIXEL)
        if not preset.safe_zone.holds(*inset):
            problems.append(f"The caption at {start_s:.2f} s leaves the safe zone of {preset.name}.")
    events = document.events
    return CaptionsReport(
        passed=not problems,
        problems=tuple(problems),
        events=len(events),
        first_start_s=events[0].start / 1000 if events else None,
        last_end_s=max(event.end for event in events) / 1000 if events else None,
        box_px=_around([one.box for one in drawn]),
        smallest_em_px=min((one.em_px for one in drawn), default=None),
    )


def _measure(event: pysubs2.SSAEvent, style: pysubs2.SSAStyle) -> _Drawn | None:
    font = load_font(style.fontname)
    tags = "".join(_TAGS.findall(event.text))
    position = _POSITION.search(tags)
    if position is None:
        return None
    ass_size = _value("fs", tags, style.fontsize)
    em_px = ass_size / font.ass_size(1.0)
    outline, shadow = _value("bord", tags, style.outline), _value("shad", tags, style.shadow)
    lines = [unescape_ass(line) for line in _TAGS.sub("", event.text).split(r"\N")]
    half_width = max(line_width(line, font, em_px) for line in lines) / 2 + outline
    half_height = len(lines) * ass_size / 2 + OVERHANG_EM * em_px + outline
    x, y = float(position[1]), float(position[2])
    # The shadow falls to the right and down.
    return _Drawn((x - half_width, y - half_height, x + half_width + shadow, y + half_height + shadow), em_px)


def _value(name: str, tags: str, default: float) -> float:
    found = re.search(_VALUE.format(name), tags)
    return float(found[1]) if found else default


def _around(
    boxes: list[tuple[float, float, float, float]],
) -> tuple[float, float, float, float] | None:
    if not boxes:
        return None
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
