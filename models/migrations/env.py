"""How Alembic runs our migrations: inside the transaction of `models.migrate`, or of a developer's command.

`alembic revision --autogenerate` finds this folder through `script_location = models/migrations`.
"""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlmodel import SQLModel

import models.tables  # noqa: F401 - fills the metadata
from models.engine import database_url, make_engine
from models.settings import load_settings
from models.tenant import JsonColumn, UTCDateTime


def render_type(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Writes our column types as plain SQLAlchemy, so that a migration never depends on today's code."""
    if kind == "type" and item is JsonColumn:
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and type(item).__name__ == "AutoString":
        return f"sa.String({item.length or ''})"
    return False


def migrate(connection: Connection) -> None:
    """Runs what Alembic was asked for on an open connection."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_item=render_type,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with make_engine(database_url(load_settings()), foreign_keys=False).begin() as own:
        migrate(own)
