"""Libraries that a quote and a run's start need, loaded while somebody looks at the first page.

They take more than a second, which the first click that needs them would wait for. Loaded when the server
starts they would hold up the first page instead: importing keeps Python's lock for most of that time.
"""

import importlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Final

#: After the first page is drawn, its pictures are fetched.
_PAUSE_S: Final = 2.0

#: By name: what is imported here, pages would seem to import as well.
_NEEDED_LATER: Final = ("tasks.quote", "ui.gateway")

_is_drawn = threading.Event()
_log = logging.getLogger("reelflow.panel")


def page_was_drawn() -> None:
    """Called by each run of the panel's script when it is through."""
    _is_drawn.set()


def load_after_first_page(
    load: Callable[[], None] | None = None, *, pause_s: float = _PAUSE_S
) -> threading.Thread:
    """Waits beside the server for the first page, then loads; what nobody looks at needs nothing loaded.

    Args:
        load: What to do then; loads the libraries when None.
        pause_s: How long after the page.
    """

    def wait() -> None:
        _is_drawn.wait()
        time.sleep(pause_s)
        (load or _load)()

    thread = threading.Thread(target=wait, name="load-ahead", daemon=True)
    thread.start()
    return thread


def _load() -> None:
    for module in _NEEDED_LATER:
        importlib.import_module(module)
    _log.debug("%s are loaded", ", ".join(_NEEDED_LATER))
