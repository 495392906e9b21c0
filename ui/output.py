"""What a command prints: one JSON document, or text for a person; errors as sentences; exit codes.

Results go to standard output, everything else to standard error, so that `--json` can be piped.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.errors import ReelflowError
from models.redaction import redact

#: For people: notes, progress, errors.
notes = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


def print_json(document: dict[str, Any]) -> None:
    """Prints one JSON document."""
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    sys.stdout.write(json.dumps(document, ensure_ascii=not is_utf8, indent=2) + "\n")


def print_text(text: str) -> None:
    """Prints text as it is, without markup."""
    sys.stdout.write(text + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Prints rows for a person, or one sentence when there are none."""
    if not rows:
        print_text(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    width = None if sys.stdout.isatty() else 200
    Console(highlight=False, markup=False, emoji=False, width=width).print(table)


def print_note(label: str, message: str, *, colour: str = "yellow") -> None:
    """Prints a labelled sentence for a person on standard error; whatever is in it is shown as it is."""
    notes.print(Text.assemble((f"{label}:", colour), " ", message))


def print_error(message: str, *, kind: str, as_json: bool) -> None:
    """Says what went wrong, but never a secret: a sentence for a person, a document for a program."""
    message = redact(message)
    if as_json:
        print_json({"error": {"kind": kind, "message": message}})
    print_note("error", message, colour="red")


def error_kind(error: ReelflowError) -> str:
    """A stable name for programs: "not_found"."""
    name = type(error).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
