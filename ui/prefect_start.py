"""Gets Prefect ready for a command that runs a flow in its own process."""

import contextlib
import importlib
import logging
import sys
from collections.abc import Iterator

from flows.embedded_server import prefect_server
from models.errors import Fault
from models.settings import Settings
from ui.output import notes

#: How Prefect's client begins the only sentence it has for a server that can't be reached.
_UNREACHABLE = "Failed to reach API"


@contextlib.contextmanager
def prefect_ready(settings: Settings) -> Iterator[None]:
    """Has a Prefect server to report to while the block runs.

    Prefect must not be imported before this is entered: it reads its settings once.

    Raises:
        Fault: no server answers.
    """
    if "prefect" in sys.modules:
        raise RuntimeError("Prefect was imported before its settings were made")
    with notes.status("starting Prefect"), contextlib.ExitStack() as stack:
        stack.enter_context(prefect_server(settings))
        keep = stack.pop_all()
    with keep:
        _settle_logs()
        from prefect.exceptions import CancelledRun

        try:
            yield
        except CancelledRun:  # Ctrl-C in a run that could still tell Prefect
            raise KeyboardInterrupt from None
        except RuntimeError as error:
            if not str(error).startswith(_UNREACHABLE):
                raise
            raise Fault(
                f"{error}: no Prefect server answers there. Correct or unset PREFECT_API_URL."
            ) from error


def _settle_logs() -> None:
    """Everything goes to Prefect's history; the terminal gets Reelflow's own lines, or its progress bar.

    Prefect's lines stay off the terminal: it prints a traceback for every error, ours included, and
    errors are told in one sentence by the command line.
    """
    importlib.import_module("prefect")
    logging.getLogger("prefect").propagate = False
    log = logging.getLogger("reelflow")
    log.setLevel(logging.INFO)
    log.propagate = not notes.is_terminal
