"""Where the words of footage are heard in a clip: each word goes through the cuts that show its middle."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.edit import Word
from tasks.media.words import tidy

#: What is left of a word has to last this long; less is rounding.
_LEAST_S = 1e-6


@dataclass(frozen=True, slots=True)
class HeardCut:
    """One cut of a clip and what is said in its footage."""

    words: Sequence[Word]
    """Of the whole footage, on the footage's clock: in order, not overlapping."""
    start_s: float
    """First moment of the footage that is shown."""
    duration_s: float
    """How long it is shown."""
    begins_s: float
    """When it begins, in clip time."""

    @property
    def end_s(self) -> float:
        """First moment of the footage that is no longer shown."""
        return self.start_s + self.duration_s


def words_in_cuts(cuts: Sequence[HeardCut]) -> tuple[Word, ...]:
    """The words of a clip in clip time, in the order in which they are heard.

    A word belongs to a cut that holds its middle, and is clamped to that cut: at least half of it is
    heard. Footage shown twice is heard twice. What is left of a word is made at least
    `words.MIN_WORD_S` long, which may take it that much past its cut.

    Args:
        cuts: In the clip's order, each beginning where the one before it ends.

    Returns:
        Words that don't overlap and end with the clip at the latest.
    """
    heard: list[Word] = []
    for cut in cuts:
        first = bisect_left(cut.words, cut.start_s, key=_middle_s)
        after = bisect_left(cut.words, cut.end_s, key=_middle_s)
        for word in cut.words[first:after]:
            start_s = max(word.start_s, cut.start_s) - cut.start_s
            end_s = min(word.end_s, cut.end_s) - cut.start_s
            if end_s - start_s > _LEAST_S:
                heard.append(Word(text=word.text, start_s=cut.begins_s + start_s, end_s=cut.begins_s + end_s))
    return tidy(heard, duration_s=cuts[-1].begins_s + cuts[-1].duration_s if cuts else None)


def breaks_between(cuts: Sequence[HeardCut]) -> tuple[float, ...]:
    """Moments in clip time at which speech jumps: captions of both sides don't belong on one page."""
    return tuple(
        after.begins_s
        for before, after in pairwise(cuts)
        if before.words is not after.words or abs(after.start_s - before.end_s) > _LEAST_S
    )


def _middle_s(word: Word) -> float:
    return (word.start_s + word.end_s) / 2
