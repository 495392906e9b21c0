"""A month's ledger as a file to save, written when somebody asks for it and not before."""

import io
from collections.abc import Callable

from models.cost_sheet import names_of, write_sheet
from models.costs import cost_entries
from ui.components.desk import Desk


def sheet_of(desk: Desk, month: str) -> Callable[[], bytes]:
    """What makes the month's CSV, once somebody asks for it."""

    def write() -> bytes:
        with desk.reading() as session:
            entries = cost_entries(session, month)
            names = names_of(session, entries)
        file = io.StringIO(newline="")
        write_sheet(file, entries, names)
        return file.getvalue().encode()

    return write
