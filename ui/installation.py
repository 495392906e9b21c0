"""The one open database and the one gateway of the panel's process, shared by pages and routes.

Kept by settings, so that a test with another home has another database.
"""

import functools
from typing import TYPE_CHECKING

from models.session import Database, open_database
from models.settings import Settings

if TYPE_CHECKING:
    from ui.gateway import Gateway

#: A process serves one installation; tests open some more.
_KEPT = 4


@functools.lru_cache(maxsize=_KEPT)
def shared_database(settings: Settings) -> Database:
    """The open, migrated database; threads share it."""
    settings.home_dir.mkdir(parents=True, exist_ok=True)
    return open_database(settings)


@functools.lru_cache(maxsize=_KEPT)
def shared_gateway(settings: Settings) -> "Gateway":
    """What starts and follows runs."""
    # Importing Prefect takes two seconds, which a page that only reads does not wait for.
    from ui.gateway import Gateway

    return Gateway(settings)
