"""What the control panel needs: people and memberships, brand kits, stale drafts, pictures of footage, lists."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
ROLES = sa.Enum(
    *("owner", "editor", "viewer"), name="role", native_enum=False, create_constraint=True, length=32
)

NEW_COLUMNS: dict[str, dict[str, Any]] = {
    "clip": {"draft_fingerprint": sa.String(64)},
    "export": {"edit_fingerprint": sa.String(64)},
    "footage": {"poster_key": sa.String(255), "filmstrip_key": sa.String(255)},
    "run": {"resumes_run_id": sa.Uuid(), "dismissed_at": MOMENT},
}
NEW_INDEXES = {
    "ix_clip_picked": ("clip", ["profile_id", "project_id", "is_picked"]),
    "ix_project_state": ("project", ["profile_id", "state", "created_at"]),
    "ix_run_kind": ("run", ["profile_id", "kind", "state", "finished_at"]),
    "ix_run_resumes": ("run", ["profile_id", "resumes_run_id"]),
    "ix_cost_entry_project": ("cost_entry", ["profile_id", "project_id", "amount_micro_usd"]),
    "ix_cost_entry_clip": ("cost_entry", ["profile_id", "clip_id", "amount_micro_usd"]),
}


def upgrade() -> None:
    """Adds tables, columns and indexes; every row stays."""
    _create_people()
    op.create_table(
        "removed_file",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("storage_key", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_removed_file_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", "id", name=op.f("pk_removed_file")),
        sa.UniqueConstraint(
            "profile_id", "storage_key", name=op.f("uq_removed_file_profile_id_storage_key")
        ),
    )
    triggers = _take_triggers()
    for table, columns in NEW_COLUMNS.items():
        with op.batch_alter_table(table, recreate=_recreate()) as altered:
            for name, kind in columns.items():
                altered.add_column(sa.Column(name, kind, nullable=True))
    with op.batch_alter_table("profile") as profile:
        profile.add_column(sa.Column("brand", JSON, nullable=False, server_default="{}"))
    with op.batch_alter_table("profile") as profile:
        profile.alter_column("brand", existing_type=JSON, existing_nullable=False, server_default=None)
    for name, (table, indexed) in NEW_INDEXES.items():
        op.create_index(name, table, indexed)
    for statement in triggers:
        op.execute(statement)


def _create_people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=True),
        sa.Column("subject", sa.String(255), nullable=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_person_issuer_subject")),
    )
    is_invited = sa.text("subject IS NULL")
    op.create_index(
        "uq_person_invited_email",
        "person",
        ["email"],
        unique=True,
        sqlite_where=is_invited,
        postgresql_where=is_invited,
    )
    op.create_table(
        "membership",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", ROLES, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_membership_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_membership_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", "person_id", name=op.f("pk_membership")),
    )
    op.create_index("ix_membership_person_id", "membership", ["person_id"])


def downgrade() -> None:
    """Takes all of it back; who may enter and the brand kits are gone."""
    triggers = _take_triggers()
    for name, (table, _) in NEW_INDEXES.items():
        op.drop_index(name, table)
    with op.batch_alter_table("profile") as profile:
        profile.drop_column("brand")
    for table, columns in NEW_COLUMNS.items():
        with op.batch_alter_table(table) as altered:
            for name in columns:
                altered.drop_column(name)
    for table in ("removed_file", "membership", "person"):
        op.drop_table(table)
    for statement in triggers:
        op.execute(statement)


def _recreate() -> Literal["always", "never"]:
    """On SQLite a table is made anew, so that its text is the one that a new database has."""
    return "always" if op.get_context().dialect.name == "sqlite" else "never"


def _take_triggers() -> list[str]:
    """Drops SQLite's triggers and returns what makes them again.

    SQLite alters a table by making it anew, which drops its triggers; and it refuses the last step of that
    while any other trigger names the table.
    """
    if op.get_context().dialect.name != "sqlite":
        return []
    rows = op.get_bind().exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for name, _ in rows:
        op.execute(f"DROP TRIGGER {name}")
    return [statement for _, statement in rows]
