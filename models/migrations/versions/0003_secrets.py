"""Sealed secrets of profiles, and each profile's provider settings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Adds the table and the column; every profile starts offline."""
    op.create_table(
        "profile_secret",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["profile.id"],
            name=op.f("fk_profile_secret_profile_id_profile"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("profile_id", "id", name=op.f("pk_profile_secret")),
        sa.UniqueConstraint("profile_id", "name", name=op.f("uq_profile_secret_profile_id_name")),
    )
    triggers = _take_triggers()
    with op.batch_alter_table("profile") as profile:
        profile.add_column(sa.Column("providers", JSON, nullable=False, server_default="{}"))
    with op.batch_alter_table("profile") as profile:
        profile.alter_column("providers", existing_type=JSON, existing_nullable=False, server_default=None)
    for statement in triggers:
        op.execute(statement)


def downgrade() -> None:
    """Takes both back; the stored keys are gone."""
    triggers = _take_triggers()
    with op.batch_alter_table("profile") as profile:
        profile.drop_column("providers")
    op.drop_table("profile_secret")
    for statement in triggers:
        op.execute(statement)


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
