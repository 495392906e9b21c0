"""Brings a database to the tables this code knows, once, whoever opens it first.

Separate from the session because it alone may change tables, and because the tool it uses takes longer
to import than the usual answer, that there is nothing to do.
"""

import contextlib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from models.engine import READ_ONLY, database_url, describe, make_engine
from models.errors import BadInput, Fault
from models.settings import Settings

#: The newest revision under `migrations/versions`; a test holds the two together.
HEAD = "0007"

_LOCK_TIMEOUT_S = 300
_ADVISORY_LOCK = 0x5265656C  # "Reel": any number that nobody else locks


def bring_up_to_date(settings: Settings) -> None:
    """Creates or migrates the configured database; returns at once when it is current.

    Raises:
        BadInput: the database was made by a newer Reelflow.
        Fault: it can't be opened.
    """
    url = database_url(settings)
    if url.get_backend_name() == "sqlite":
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = make_engine(url, foreign_keys=False)
    try:
        if _revision(engine) != HEAD:
            upgrade(engine)
    except DBAPIError as error:
        raise Fault(f"The database {describe(url)} can't be opened: {error.orig}") from error
    finally:
        engine.dispose()


def upgrade(engine: Engine) -> None:
    """Applies what is missing, in one transaction, while every other process waits.

    Args:
        engine: Made with `foreign_keys=False`.

    Raises:
        BadInput: the database was made by a newer Reelflow.
        Fault: a migration left a reference to a row that is not there; nothing was changed.
    """
    with _only_one(engine.url), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        if _stored_revision(connection) == HEAD:
            return
        _run_migrations(connection)
        if engine.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise Fault("A migration would have left rows without what they refer to; nothing was changed.")


def _run_migrations(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    # Config fills in %(names)s, so a percent sign in the folder's own path is doubled.
    config.set_main_option("script_location", str(files("models") / "migrations").replace("%", "%%"))
    stored = _stored_revision(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if stored is not None and stored not in known:
        raise BadInput(
            f"The database {describe(connection.engine.url)} was made by a newer Reelflow "
            f"(its tables are at {stored}, this one knows {HEAD}); update Reelflow, "
            "or choose another folder with REELFLOW_HOME."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(engine: Engine) -> str | None:
    with engine.execution_options(**{READ_ONLY: True}).connect() as connection:
        return _stored_revision(connection)


def _stored_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if revision is None else str(revision)


@contextlib.contextmanager
def _only_one(url: URL) -> Iterator[None]:
    """On SQLite, a lock beside the file: the switch to WAL is not covered by the database's own."""
    if url.get_backend_name() != "sqlite":
        yield
        return
    with FileLock(f"{url.database}.lock", timeout=_LOCK_TIMEOUT_S):
        _switch_to_wal(url)
        yield


def _switch_to_wal(url: URL) -> None:
    """Write-ahead logging is kept in the file, lets readers read during a write, and is set only once."""
    engine = make_engine(url)
    driver = engine.raw_connection()
    try:
        driver.cursor().execute("PRAGMA journal_mode=WAL")
    finally:
        driver.close()
        engine.dispose()
