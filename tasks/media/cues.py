"""Subtitle files for players and platforms that bring their own look: SRT and WebVTT.

Written by hand, not through pysubs2: it takes braces for ASS commands and drops them, and in these
formats they are plain text.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from models.edit import Word
from tasks.media.words import MIN_WORD_S, has_break, tidy

#: Characters in a line and lines in a cue, as in Netflix's timed text style guide.
LINE_CHARACTERS = 42
LINES = 2
#: Words in a line.
LINE_WORDS = 7

_PAUSE_S = 0.6  # a silence this long starts a new cue
_HOLD_S = 0.5  # a cue stays this long after its last word, when nothing follows
_SENTENCE_ENDS = tuple(".!?…。！？؟।")
_CLAUSE_ENDS = tuple(",;:，、–—")
_CLAUSE_BONUS = 0.1  # as much as one cue being a third of a cue longer than the other


@dataclass(frozen=True, slots=True)
class Cue:
    """A few words that are shown together."""

    start_s: float
    """When it appears, to the millisecond."""
    end_s: float
    """When it leaves, never after the next one's start."""
    lines: tuple[str, ...]
    """One or two lines of plain text."""


def build_cues(
    words: Sequence[Word], *, duration_s: float, breaks_s: Sequence[float] = ()
) -> tuple[Cue, ...]:
    """Groups words into cues of at most two lines.

    Args:
        words: In spoken order; times in seconds of the finished video.
        duration_s: Length of the video; nothing is shown later.
        breaks_s: Moments that no cue reaches over.
    """
    heard = tidy([word for word in words if word.start_s <= duration_s - MIN_WORD_S], duration_s=duration_s)
    groups = [cue for phrase in _phrases(heard, breaks_s) for cue in _share_out(phrase)]
    end_ms = math.floor(duration_s * 1000)
    cues = []
    for group, following in zip_longest(groups, groups[1:]):
        next_ms = round(following[0].start_s * 1000) if following else end_ms
        last_ms = min(round((group[-1].end_s + _HOLD_S) * 1000), next_ms, end_ms)
        # A single word longer than a line stays whole: players wrap it themselves.
        lines = _set(group) or (" ".join(group[0].text.split()),)
        cues.append(Cue(round(group[0].start_s * 1000) / 1000, last_ms / 1000, lines))
    return tuple(cues)


def _phrases(words: Sequence[Word], breaks_s: Sequence[float]) -> list[list[Word]]:
    """Words between sentence ends, pauses and breaks."""
    phrases: list[list[Word]] = []
    for word in words:
        if phrases and not _is_break(phrases[-1][-1], word, breaks_s):
            phrases[-1].append(word)
        else:
            phrases.append([word])
    return phrases


def _is_break(word: Word, following: Word, breaks_s: Sequence[float]) -> bool:
    return (
        _ends_with(word, _SENTENCE_ENDS)
        or following.start_s - word.end_s > _PAUSE_S
        or has_break(word, following, breaks_s)
    )


def _ends_with(word: Word, marks: tuple[str, ...]) -> bool:
    return word.text.rstrip("\"'”’»)").endswith(marks)


def _share_out(phrase: Sequence[Word]) -> list[Sequence[Word]]:
    """The phrase as few cues as possible, alike in length, ending with a clause where that costs little.

    A sentence just too long for one cue would otherwise leave its last word alone in the next.
    """
    # best[i]: (cues, unevenness, where the last cue starts) for the first i words.
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    for end in range(1, len(phrase) + 1):
        options = []
        for start in range(end - 1, max(-1, end - 1 - LINES * LINE_WORDS), -1):
            group = phrase[start:end]
            if len(group) > 1 and _set(group) is None:
                break
            length = len(" ".join(word.text for word in group)) / (LINES * LINE_CHARACTERS)
            bonus = _CLAUSE_BONUS if _ends_with(group[-1], _CLAUSE_ENDS) else 0.0
            cues, unevenness, _ = best[start]
            options.append((cues + 1, unevenness + length * length - bonus, start))
        best.append(min(options))
    shared: list[Sequence[Word]] = []
    end = len(phrase)
    while end:
        start = best[end][2]
        shared.insert(0, phrase[start:end])
        end = start
    return shared


def _set(group: Sequence[Word]) -> tuple[str, ...] | None:
    """The words in one line, else in two even ones; None when they don't fit."""
    texts = [token for word in group for token in word.text.split()]
    if _fits(texts):
        return (" ".join(texts),)
    divisions = [
        (texts[:cut], texts[cut:])
        for cut in range(1, len(texts))
        if _fits(texts[:cut]) and _fits(texts[cut:])
    ]
    if not divisions:
        return None
    first, second = min(divisions, key=lambda lines: abs(len(" ".join(lines[0])) - len(" ".join(lines[1]))))
    return " ".join(first), " ".join(second)


def _fits(texts: Sequence[str]) -> bool:
    return len(texts) <= LINE_WORDS and len(" ".join(texts)) <= LINE_CHARACTERS


def to_srt(cues: Sequence[Cue]) -> str:
    """The cues as a SubRip document."""
    blocks = (
        f"{number}\n{_clock(cue.start_s, ',')} --> {_clock(cue.end_s, ',')}\n" + "\n".join(cue.lines) + "\n"
        for number, cue in enumerate(cues, start=1)
    )
    return "\n".join(blocks)


def to_vtt(cues: Sequence[Cue]) -> str:
    """The cues as a WebVTT document. Source: <https://www.w3.org/TR/webvtt1/>."""
    blocks = (
        f"{_clock(cue.start_s, '.')} --> {_clock(cue.end_s, '.')}\n"
        + "\n".join(
            line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in cue.lines
        )
        + "\n"
        for cue in cues
    )
    return "\n".join(["WEBVTT\n", *blocks])


def write_srt(
    words: Sequence[Word], path: Path, *, duration_s: float, breaks_s: Sequence[float] = ()
) -> None:
    """Writes the words as a SubRip file."""
    path.write_text(to_srt(build_cues(words, duration_s=duration_s, breaks_s=breaks_s)), encoding="utf-8")


def write_vtt(
    words: Sequence[Word], path: Path, *, duration_s: float, breaks_s: Sequence[float] = ()
) -> None:
    """Writes the words as a WebVTT file."""
    path.write_text(to_vtt(build_cues(words, duration_s=duration_s, breaks_s=breaks_s)), encoding="utf-8")


def _clock(moment_s: float, separator: str) -> str:
    seconds, milliseconds = divmod(round(moment_s * 1000), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{separator}{milliseconds:03}"
