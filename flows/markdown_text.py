"""Markdown made of users' words, for what is shown in Prefect."""

from collections.abc import Sequence

_SPECIAL = frozenset("\\`*_{}[]<>#|!~&")


def escaped(text: str) -> str:
    """A text as Markdown shows it letter by letter, on one line, also inside a table."""
    return "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in " ".join(text.split()))


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the first column is read, the others are numbers and stand to the right."""
    lines = [columns, ["---", *["---:"] * (len(columns) - 1)]]
    lines += [[escaped(cell) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
