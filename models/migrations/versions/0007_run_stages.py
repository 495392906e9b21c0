"""Which stages a run has planned and entered; indexes that the ledger's sums are read from alone."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

NEW_COLUMNS: dict[str, tuple[tuple[str, Any, str], ...]] = {
    "run": (("planned_stages", JSON, "[]"), ("entered_stages", JSON, "[]")),
    "run_event": (("stage", sa.String(64), ""),),
}


INDEXES = {
    "ix_cost_entry_month": ["profile_id", "month", "created_at"],
    "ix_cost_entry_run": ["profile_id", "run_id"],
    "ix_cost_entry_project": ["profile_id", "project_id", "amount_micro_usd"],
    "ix_cost_entry_clip": ["profile_id", "clip_id", "amount_micro_usd"],
}
NEW_INDEXES = {
    "ix_cost_entry_month": ["profile_id", "month", "created_at", "provider", "model", "amount_micro_usd"],
    "ix_cost_entry_run": ["profile_id", "run_id", "month", "amount_micro_usd"],
    "ix_cost_entry_project": ["profile_id", "project_id", "month", "amount_micro_usd"],
    "ix_cost_entry_clip": ["profile_id", "clip_id", "month", "amount_micro_usd"],
}


def upgrade() -> None:
    """Adds the columns; earlier runs have no stages to tell."""
    _index_anew(NEW_INDEXES)
    triggers = _take_triggers()
    for table, columns in NEW_COLUMNS.items():
        with op.batch_alter_table(table) as altered:
            for name, kind, default in columns:
                altered.add_column(sa.Column(name, kind, nullable=False, server_default=default))
        with op.batch_alter_table(table) as altered:
            for name, kind, _ in columns:
                altered.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)
    for statement in triggers:
        op.execute(statement)


def downgrade() -> None:
    """Takes them back."""
    _index_anew(INDEXES)
    triggers = _take_triggers()
    for table, columns in NEW_COLUMNS.items():
        with op.batch_alter_table(table) as altered:
            for name, _, _ in columns:
                altered.drop_column(name)
    for statement in triggers:
        op.execute(statement)


def _index_anew(indexes: dict[str, list[str]]) -> None:
    for name, columns in indexes.items():
        op.drop_index(name, "cost_entry")
        op.create_index(name, "cost_entry", columns)


def _take_triggers() -> list[str]:
    """Drops SQLite's triggers and returns what makes them again.

    SQLite alters a table by making it anew, and refuses the last step of that while a trigger names it.
    """
    if op.get_context().dialect.name != "sqlite":
        return []
    rows = op.get_bind().exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for name, _ in rows:
        op.execute(f"DROP TRIGGER {name}")
    return [statement for _, statement in rows]
