"""The database's own wall between profiles, whatever a session and a compiler let through.

On SQLite each scoped connection sees tenant tables through views of its own profile, triggers refuse a
write for another, and an authorizer refuses whatever tries to go round both. On PostgreSQL the same
wall is row-level security, hung on the same connection-local scope: `scope_connection` is where it goes.
"""

import secrets
import sqlite3
from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import IdentifierPreparer

from models.engine import run_on_driver

_SCOPE = "reelflow.profile"  # in a pooled connection's info: whose rows its transaction may see
_IN_COMPILED_WRITE = "reelflow.compiled_write"  # a statement of the compiler's is changing rows


# ------------------------------------------------------------------ the scope of a connection


def scope_connection(connection: Connection, profile_id: UUID) -> None:
    """Opens a connection to the rows of one profile until its transaction ends."""
    connection.info[_SCOPE] = profile_id.hex


def end_scope_with_transaction(engine: Engine) -> None:
    """A connection without a running scoped transaction is open to no profile at all."""

    @event.listens_for(engine, "commit")
    @event.listens_for(engine, "rollback")
    def end(connection: Connection) -> None:
        connection.info.pop(_SCOPE, None)

    @event.listens_for(engine, "reset")
    def reset(_driver: DBAPIConnection, entry: ConnectionPoolEntry, _state: Any) -> None:
        entry.info.pop(_SCOPE, None)
        entry.info.pop(_IN_COMPILED_WRITE, None)


# ------------------------------------------------------------------ SQLite: views, triggers, authorizer


def install_sqlite_wall(engine: Engine, owners: Mapping[str, str]) -> None:
    """Puts the database's own wall round every connection of a SQLite engine.

    Args:
        engine: Its reads then go to the views, its compiled writes to the tables under the triggers.
        owners: Table name to the column naming its profile.
    """
    _write_to_main_schema(engine, owners)
    _mark_compiled_writes(engine)

    @event.listens_for(engine, "connect")
    def build(driver: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        info = entry.info
        # "Deterministic" in SQLite's sense: the same all through one statement, so it is called once in each
        # and not for every row.
        driver.create_function("app_profile", 0, lambda: info.get(_SCOPE), deterministic=True)
        # The authorizer is told through which view or CTE a column is read, but any statement can name a
        # CTE like a view. So the views read through a CTE whose name nobody else knows.
        gate = f"gate_{secrets.token_hex(16)}"
        for table, owner in owners.items():
            own = f'SELECT * FROM main."{table}" WHERE "{owner}" = app_profile()'  # noqa: S608 - our own names
            view = f'CREATE TEMP VIEW "{table}" AS WITH "{gate}" AS ({own}) SELECT * FROM "{gate}"'  # noqa: S608
            run_on_driver(driver, view)
            for operation, refused in _refused_writes(table, owner).items():
                run_on_driver(
                    driver,
                    f'CREATE TEMP TRIGGER "wall_{table}_{operation}" BEFORE {operation} ON main."{table}" '
                    f"WHEN {refused} BEGIN SELECT RAISE(ABORT, 'row of another profile'); END",
                )
        driver.set_authorizer(_authorizer(info, open_tables=frozenset(), gate=gate))


def install_sqlite_authorizer(engine: Engine, open_tables: Collection[str]) -> None:
    """Lets connections of a SQLite engine touch `open_tables`, and others only by their cascades."""
    _mark_compiled_writes(engine)

    @event.listens_for(engine, "connect")
    def build(driver: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        driver.set_authorizer(_authorizer(entry.info, open_tables=frozenset(open_tables), gate=None))


def _refused_writes(table: str, owner: str) -> dict[str, str]:
    """Operation on `table` to the condition under which it is refused."""
    foreign_new = f'NEW."{owner}" IS NOT app_profile()'
    foreign_old = f'OLD."{owner}" IS NOT app_profile()'
    if table == "profile":  # never made, nor made the default, from inside one
        default_moves = "NEW.is_default IS NOT OLD.is_default"
        return {
            "INSERT": "1",
            "UPDATE": f"{foreign_new} OR {foreign_old} OR {default_moves}",
            "DELETE": foreign_old,
        }
    return {"INSERT": foreign_new, "UPDATE": f"{foreign_new} OR {foreign_old}", "DELETE": foreign_old}


def _write_to_main_schema(engine: Engine, tables: Collection[str]) -> None:
    """Renders the targets of INSERT, UPDATE and DELETE as `main.clip`: a view can't be written."""
    preparer_base: Any = engine.dialect.preparer
    compiler_base: Any = engine.dialect.statement_compiler

    class Preparer(preparer_base):  # type: ignore[misc]  # the dialect's own class, known at run time
        def format_table(self, table: Any, use_schema: bool = True, name: str | None = None) -> str:
            formatted = str(super().format_table(table, use_schema, name))
            return f"main.{formatted}" if table.name in tables else formatted

    class Compiler(compiler_base):  # type: ignore[misc]  # the same
        def visit_table(self, table: Any, *args: Any, **kwargs: Any) -> str:
            rendered = str(super().visit_table(table, *args, **kwargs))
            is_target = kwargs.get("asfrom") and kwargs.get("iscrud") and table.name in tables
            return f"main.{rendered}" if is_target else rendered

    preparer: IdentifierPreparer = Preparer(engine.dialect)
    engine.dialect.preparer = Preparer
    engine.dialect.identifier_preparer = preparer
    engine.dialect.statement_compiler = Compiler


def _mark_compiled_writes(engine: Engine) -> None:
    """Lets the authorizer tell the compiler's writes, and their cascades, from anybody's raw SQL."""

    @event.listens_for(engine, "before_cursor_execute")
    def mark(connection: Connection, _cursor: Any, _statement: str, *rest: Any) -> None:
        context = rest[1]
        is_write = context.compiled is not None and (context.isinsert or context.isupdate or context.isdelete)
        connection.info[_IN_COMPILED_WRITE] = is_write

    @event.listens_for(engine, "after_cursor_execute")
    def unmark(connection: Connection, *_rest: Any) -> None:
        connection.info[_IN_COMPILED_WRITE] = False

    @event.listens_for(engine, "handle_error")
    def unmark_failed(context: ExceptionContext) -> None:
        if context.connection is not None and not context.connection.closed:
            context.connection.info[_IN_COMPILED_WRITE] = False


_ALWAYS = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
    | {sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT}
)
_WRITES = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})

Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]


def _authorizer(info: Mapping[str, Any], *, open_tables: frozenset[str], gate: str | None) -> Authorizer:
    """Decides, when SQLite prepares a statement, on each thing the statement would touch.

    Whatever is not listed is denied: ATTACH, DDL, and every PRAGMA but the one each transaction sets.
    """

    def is_allowed(action: int, name: str | None, schema: str | None, through: str | None) -> bool:
        if action in _ALWAYS:
            return True
        if action == sqlite3.SQLITE_PRAGMA:
            return name == "query_only"
        if name is None or name.startswith("sqlite_"):
            return False
        if action == sqlite3.SQLITE_READ:
            # A foreign key's check reads its parent directly, inside a write that the triggers bound.
            through_gate = gate is not None and through == gate
            own_view = schema == "temp"
            return own_view or through_gate or name in open_tables or bool(info.get(_IN_COMPILED_WRITE))
        if action in _WRITES:
            return name in open_tables or bool(info.get(_IN_COMPILED_WRITE))
        return False

    def authorize(
        action: int, first: str | None, _second: str | None, schema: str | None, through: str | None
    ) -> int:
        return sqlite3.SQLITE_OK if is_allowed(action, first, schema, through) else sqlite3.SQLITE_DENY

    return authorize
