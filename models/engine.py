"""Where the database is and how connections to it behave.

Separate from the session so that migrations, the profiles' registry and the scoped session open
connections in one way.
"""

import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from models.errors import BadInput, Fault
from models.settings import Settings

#: How long a writer waits for another process's write before it gives up.
BUSY_TIMEOUT_S = 30

_PLAIN_POSTGRESQL = ("postgresql", "postgres")

#: Execution option of an engine or connection whose transactions only read.
READ_ONLY = "reelflow_read_only"


def database_url(settings: Settings) -> URL:
    """The configured database, else the SQLite file in the home folder.

    Built from parts, never by formatting text, so that a home folder may hold any character.

    Raises:
        BadInput: the configured URL can't be read, or names an in-memory database, which no second
            process could open.
    """
    if settings.database_url is None:
        return URL.create("sqlite", database=str(settings.home_dir / "reelflow.db"))
    try:
        url = make_url(settings.database_url.get_secret_value())
    except ArgumentError:
        raise BadInput(
            "REELFLOW_DATABASE_URL is not a database URL; write it as postgresql://user:password@host/name."
        ) from None
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise BadInput("REELFLOW_DATABASE_URL names no file; an in-memory database can't be shared.")
    # SQLAlchemy takes a plain postgresql:// for psycopg2, and knows libpq's short form not at all.
    return url.set(drivername="postgresql+psycopg") if url.drivername in _PLAIN_POSTGRESQL else url


def describe(url: URL) -> str:
    """The database as a person knows it: its file, or its address without the password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string()


def make_engine(url: URL, *, foreign_keys: bool = True) -> Engine:
    """An engine whose connections are ready for several processes at once.

    On SQLite a transaction takes the write lock when it begins (`BEGIN IMMEDIATE`), because one that
    reads first and writes later fails at once when somebody wrote in between, whatever the time-out. A
    connection with the option `READ_ONLY` begins plainly instead: in WAL mode it neither waits for a
    writer nor holds one up.

    Args:
        url: From `database_url`.
        foreign_keys: Off only for migrations: SQLite's way to alter a table drops and refills it, and
            with the checks on that silently deletes every child row.

    Raises:
        BadInput: the URL asks for a database whose driver is not installed.
    """
    try:
        if url.get_backend_name() != "sqlite":
            return create_engine(url, pool_pre_ping=True)
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise BadInput(
            f"The database driver for {describe(url)} is not installed ({error}); "
            "install it or change REELFLOW_DATABASE_URL."
        ) from error

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # BEGIN is ours, below
        run_on_driver(connection, f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        # A reservation or a paid artefact that was reported as stored must survive a power cut.
        run_on_driver(connection, "PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        read_only = bool(connection.get_execution_options().get(READ_ONLY, False))
        driver = connection.connection.dbapi_connection
        run_on_driver(driver, f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
        try:
            run_on_driver(driver, "BEGIN" if read_only else "BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise Fault(f"The database stayed busy for {BUSY_TIMEOUT_S} s ({error}); try again.") from error

    return engine


def run_on_driver(connection: Any, statement: str) -> None:
    """Runs SQL on a driver's own connection, past every event and wall."""
    cursor = connection.cursor()
    try:
        cursor.execute(statement)
    finally:
        cursor.close()
