"""Shows how a run gets on, by reading its row: what any other reader of the database sees."""

import contextlib
import threading
from collections.abc import Iterator
from uuid import UUID

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import SQLAlchemyError

from models.errors import ReelflowError
from models.run import Run
from models.session import Database
from ui.output import notes

_EVERY_S = 0.4


@contextlib.contextmanager
def follow(database: Database, profile_id: UUID, run_id: UUID) -> Iterator[None]:
    """Shows a progress bar on standard error while the block runs, where a person looks."""
    if not notes.is_terminal:
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=_bar, args=(database, profile_id, run_id, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _read(database: Database, profile_id: UUID, run_id: UUID) -> Run | None:
    with database.profile_session(profile_id, read_only=True) as session:
        return session.get(Run, (profile_id, run_id))


def _bar(database: Database, profile_id: UUID, run_id: UUID, done: threading.Event) -> None:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    # A bar that can't read the run ends; the run itself goes on.
    with (
        contextlib.suppress(ReelflowError, SQLAlchemyError),
        Progress(*columns, console=notes, transient=True) as progress,
    ):
        bar = progress.add_task("starting", total=1.0)
        while not done.wait(_EVERY_S):
            run = _read(database, profile_id, run_id)
            if run:
                progress.update(bar, description=run.stage or "starting", completed=run.progress)
