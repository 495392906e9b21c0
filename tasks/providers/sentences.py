"""Long texts in parts that a voice takes at once: split where a speaker would pause."""

import re

from models.errors import BadInput

#: Where to split, best first: paragraphs, sentences, clauses, words. A match stays with the part before it.
_BREAKS = (
    re.compile(r"\n\s*\n\s*"),
    re.compile(r"[.!?…]+[\"'”’»)\]]*\s+|[。！？]+[”’」』]*\s*|\n\s*"),
    re.compile(r"[,;:–—]\s+|[、，；：]\s*"),
    re.compile(r"\s+"),
)


def split_text(text: str, limit: int) -> tuple[str, ...]:
    """The text in parts of at most `limit` characters, as few and as long as the pauses allow.

    Joined, the parts are the text again.

    Args:
        text: What is spoken.
        limit: Most characters in one part.

    Raises:
        BadInput: the limit is below 1.
    """
    if limit < 1:
        raise BadInput("A part of a text has at least one character.")
    parts: list[str] = []
    rest = text
    while len(rest) > limit:
        end = _end_of_part(rest, limit)
        parts.append(rest[:end])
        rest = rest[end:]
    # A remainder of white space alone is nothing to say.
    if rest.strip() or not parts:
        parts.append(rest)
    elif rest:
        parts[-1] += rest
    return tuple(parts)


def _end_of_part(text: str, limit: int) -> int:
    """Where the first part ends: the last pause within the limit, however small its kind."""
    for kind in _BREAKS:
        ends = [match.end() for match in kind.finditer(text, 0, limit + 1) if match.end() <= limit]
        # A part of a few words only for the sake of a better pause would sound torn.
        good = [end for end in ends if end >= limit // 3 and text[:end].strip()]
        if good:
            return good[-1]
    return limit
