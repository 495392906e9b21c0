"""When each word of a voice-over is heard: made from what a voice reports, kept right through edits.

All functions are pure and give words in order that never overlap and never last less than
`MIN_WORD_S`; a word too short for that joins its neighbour, because a caption of no length would drop it.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from models.edit import Word
from models.errors import BadInput

#: Shortest time between two words: two frames at 30 fps, less can't be shown.
MIN_WORD_S = 0.067

_EVENT_TOLERANCE_S = 0.04  # voices report a word at the end of the one before, a little before the pause

_TOKEN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch `[start_s, end_s)` of some audio."""

    start_s: float
    """First moment inside."""
    end_s: float
    """First moment after it."""


@dataclass(frozen=True, slots=True)
class WordEvent:
    """A voice's report that it starts a word."""

    position: int
    """Index of a character of the word in the text."""
    start_s: float
    """When it is heard."""


@dataclass(slots=True)
class _Timed:
    text: str
    start_s: float
    end_s: float


def words_from_events(
    text: str, events: Iterable[WordEvent], *, duration_s: float, silences: Sequence[Span] = ()
) -> tuple[Word, ...]:
    """Words from a voice that reports the start of each spoken word (eSpeak NG).

    A whitespace-separated token takes the first event that falls into it, for "$9.99" is reported four
    times. A token that is never spoken by itself (a dash, an emoji) joins the word before it. Starts that
    fall into a silence move to its end, and a word that is followed by a silence ends with it.

    Args:
        text: What was spoken.
        events: In any order.
        duration_s: Length of the audio.
        silences: Where the audio is silent, in order.

    Returns:
        The words; empty when the text has no token or no event fits.
    """
    tokens = [(match.start(), match.group()) for match in _TOKEN.finditer(text)]
    ends = [start + len(token) for start, token in tokens]
    heard: dict[int, float] = {}
    for event in sorted(events, key=lambda event: event.start_s):
        # A position on the space before a word counts for the word: eSpeak's after "wool. soft".
        index = bisect_right(ends, event.position)
        if index == len(tokens):
            continue
        # eSpeak reports "- only" at the dash, which itself makes no sound.
        if not _is_speakable(tokens[index][1]) and index + 1 < len(tokens) and index + 1 not in heard:
            index += 1
        heard.setdefault(index, event.start_s)
    timed: list[_Timed] = []
    leading = ""
    for index, (_, token) in enumerate(tokens):
        if index in heard:
            timed.append(_Timed(leading + token, heard[index], math.inf))
            leading = ""
        elif timed:
            timed[-1].text += f" {token}"
        else:
            leading += f"{token} "
    for word in timed:
        word.start_s = _leave_silence(word.start_s, silences)
    for word, following in zip_longest(timed, timed[1:]):
        word.end_s = min(duration_s, following.start_s if following else duration_s)
        word.end_s = _end_with_sound(word, silences)
    return _settle(timed, duration_s)


def words_from_characters(
    characters: Sequence[str],
    starts_s: Sequence[float],
    ends_s: Sequence[float],
    *,
    duration_s: float | None = None,
) -> tuple[Word, ...]:
    """Words from a voice that reports the time of each character (ElevenLabs' alignment).

    Punctuation stays with its word; tokens without a letter, digit or sign join the word before them.

    Args:
        characters: The text, one character each.
        starts_s: When each is first heard.
        ends_s: When each is last heard.
        duration_s: Length of the audio, when known; no word ends later.

    Raises:
        BadInput: the three lists differ in length.
    """
    if not len(characters) == len(starts_s) == len(ends_s):
        raise BadInput(
            f"The voice's alignment has {len(characters)} characters, {len(starts_s)} starts and"
            f" {len(ends_s)} ends; they have to be equally many."
        )
    tokens: list[_Timed] = []
    is_inside = False
    for character, start_s, end_s in zip(characters, starts_s, ends_s, strict=True):
        if not character.strip():
            is_inside = False
        elif is_inside:
            tokens[-1].text += character
            tokens[-1].end_s = max(tokens[-1].end_s, end_s)
        else:
            tokens.append(_Timed(character, start_s, max(start_s, end_s)))
            is_inside = True
    timed: list[_Timed] = []
    for token in tokens:
        if timed and not _is_speakable(token.text):
            timed[-1].text += f" {token.text}"
        else:
            timed.append(token)
    return _settle(timed, duration_s)


def tidy(words: Sequence[Word], *, duration_s: float | None = None) -> tuple[Word, ...]:
    """The same words, in order, not overlapping and none blank or too short to be shown.

    Args:
        words: In the order they are spoken.
        duration_s: Length of the audio or video; no word ends later.
    """
    return _settle(
        [_Timed(word.text, word.start_s, word.end_s) for word in words if word.text.strip()], duration_s
    )


def shift(words: Sequence[Word], by_s: float) -> tuple[Word, ...]:
    """The same words, heard `by_s` seconds later (earlier when negative).

    Raises:
        BadInput: the first word would start before the audio does.
    """
    if words and words[0].start_s + by_s < -1e-6:
        raise BadInput(f"The words can't be moved by {by_s} s: the first starts at {words[0].start_s} s.")
    return tuple(
        Word(text=word.text, start_s=max(0.0, word.start_s + by_s), end_s=word.end_s + by_s) for word in words
    )


def remap(words: Sequence[Word], kept: Sequence[Span]) -> tuple[Word, ...]:
    """The words of an audio of which only some spans are kept, one after the other.

    Words that were cut away entirely are gone; a word cut in part keeps what is heard of it.

    Args:
        words: Words of the audio before the edit.
        kept: Spans of that audio, in order, not overlapping.

    Raises:
        BadInput: the spans overlap, are empty or are out of order.
    """
    before_s: list[float] = []
    total_s, last_s = 0.0, 0.0
    for span in kept:
        if span.start_s < last_s or span.end_s <= span.start_s:
            raise BadInput("The kept spans of an audio have to be in order, not empty and without overlaps.")
        before_s.append(total_s)
        total_s += span.end_s - span.start_s
        last_s = span.end_s
    starts = [span.start_s for span in kept]

    def after(moment_s: float) -> float:
        index = bisect_right(starts, moment_s) - 1
        if index < 0:
            return 0.0
        return before_s[index] + min(moment_s, kept[index].end_s) - kept[index].start_s

    timed = [_Timed(word.text, after(word.start_s), after(word.end_s)) for word in words]
    return _settle([word for word in timed if word.end_s - word.start_s > 1e-6], total_s)


def has_break(word: Word, following: Word, breaks_s: Sequence[float]) -> bool:
    """Whether one of these moments lies between the starts of two words."""
    return any(word.start_s < moment_s <= following.start_s for moment_s in breaks_s)


def _is_speakable(token: str) -> bool:
    return any(character.isalnum() or character in "&%+=@€$£¥#°" for character in token)


def _leave_silence(moment_s: float, silences: Sequence[Span]) -> float:
    for silence in silences:
        if silence.start_s - _EVENT_TOLERANCE_S <= moment_s < silence.end_s:
            return silence.end_s
    return moment_s


def _end_with_sound(word: _Timed, silences: Sequence[Span]) -> float:
    """The word's end, or the start of the silence that lasts until then."""
    for silence in silences:
        if word.start_s < silence.start_s < word.end_s <= silence.end_s + MIN_WORD_S:
            return silence.start_s
    return word.end_s


def _settle(timed: Sequence[_Timed], duration_s: float | None) -> tuple[Word, ...]:
    """Makes times monotone, joins words that are too short, and ends everything with the audio."""
    limit_s = math.inf if duration_s is None else duration_s
    settled: list[_Timed] = []
    for word in timed:
        start_s = max(0.0, word.start_s)
        if settled:
            start_s = max(start_s, settled[-1].start_s)
        end_s = max(start_s, word.end_s)
        if settled and start_s - settled[-1].start_s < MIN_WORD_S:
            settled[-1].text += f" {word.text}"
            settled[-1].end_s = max(settled[-1].end_s, end_s)
        else:
            settled.append(_Timed(word.text, start_s, end_s))
    # The last word may start too late to be shown before the audio ends.
    while len(settled) > 1 and limit_s - settled[-1].start_s < MIN_WORD_S:
        last = settled.pop()
        settled[-1].text += f" {last.text}"
        settled[-1].end_s = last.end_s
    words = []
    for word, following in zip_longest(settled, settled[1:]):
        next_s = limit_s if following is None else min(following.start_s, limit_s)
        start_s = max(0.0, min(word.start_s, limit_s - MIN_WORD_S))
        end_s = min(max(word.end_s, start_s + MIN_WORD_S), max(next_s, start_s + MIN_WORD_S))
        words.append(Word(text=word.text, start_s=round(start_s, 4), end_s=min(round(end_s, 4), limit_s)))
    return tuple(words)
