"""Budgets: a limit per profile and run, months with their counters, reservations, the ledger's reasons."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

# SQLite alters a table by making it anew, which drops its triggers; and it refuses the last step of that
# while any other trigger names the table. So all of 0001's go first and come back last, word for word.
SQLITE_TRIGGERS = {
    "cost_entry_never_changes": """
    CREATE TRIGGER cost_entry_never_changes BEFORE UPDATE ON cost_entry
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
    """,
    "cost_entry_stays": """
    CREATE TRIGGER cost_entry_stays BEFORE DELETE ON cost_entry
    WHEN EXISTS (SELECT 1 FROM profile WHERE id = OLD.profile_id)
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
    """,
    "profile_default_goes_last": """
    CREATE TRIGGER profile_default_goes_last BEFORE DELETE ON profile
    WHEN OLD.is_default AND EXISTS (SELECT 1 FROM profile WHERE id <> OLD.id)
    BEGIN SELECT RAISE(ABORT, 'the default profile goes last'); END
    """,
}

# What is in the ledger already counts as spent, so that the counters equal it from the first day.
MONTHS_OF_THE_LEDGER = """
    INSERT INTO budget_month
        (profile_id, id, created_at, month, limit_micro_usd, reserved_micro_usd, spent_micro_usd)
    SELECT profile_id, {new_id}, min(created_at), month, NULL, 0, sum(amount_micro_usd)
    FROM cost_entry GROUP BY profile_id, month
"""
NEW_ID = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}


def upgrade() -> None:
    """Adds what budgets need; keeps every row."""
    dialect = op.get_context().dialect.name
    if dialect == "sqlite":
        for name in SQLITE_TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
    with op.batch_alter_table("profile") as profile:
        profile.add_column(sa.Column("monthly_budget_micro_usd", sa.BigInteger(), nullable=True))
        profile.create_check_constraint(op.f("ck_profile_monthly_budget"), "monthly_budget_micro_usd >= 0")
    with op.batch_alter_table("run") as run:
        run.add_column(sa.Column("max_cost_micro_usd", sa.BigInteger(), nullable=True))
        run.create_check_constraint(op.f("ck_run_max_cost"), "max_cost_micro_usd >= 0")
    _create_budget_month()
    _create_reservation()
    _extend_cost_entry()
    op.execute(MONTHS_OF_THE_LEDGER.format(new_id=NEW_ID[dialect]))
    if dialect == "sqlite":
        for statement in SQLITE_TRIGGERS.values():
            op.execute(statement)


def _create_budget_month() -> None:
    op.create_table(
        "budget_month",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("limit_micro_usd", sa.BigInteger(), nullable=True),
        sa.Column("reserved_micro_usd", sa.BigInteger(), nullable=False),
        sa.Column("spent_micro_usd", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("limit_micro_usd >= 0", name=op.f("ck_budget_month_limit")),
        sa.CheckConstraint("reserved_micro_usd >= 0", name=op.f("ck_budget_month_reserved")),
        sa.CheckConstraint("spent_micro_usd >= 0", name=op.f("ck_budget_month_spent")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_budget_month_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", "id", name=op.f("pk_budget_month")),
        sa.UniqueConstraint("profile_id", "month", name=op.f("uq_budget_month_profile_id_month")),
    )


def _create_reservation() -> None:
    op.create_table(
        "reservation",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idempotency_key", sa.String(180), nullable=False),
        sa.Column("fingerprint", sa.String(128), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *("held", "sent", "settled", "released", "estimated"),
                name="reservationstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_micro_usd", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("clip_id", sa.Uuid(), nullable=True),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("operation", sa.String(64), nullable=False),
        sa.Column("price_id", sa.String(160), nullable=True),
        sa.Column("units", JSON, nullable=False),
        sa.CheckConstraint("amount_micro_usd >= 0", name=op.f("ck_reservation_amount")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_reservation_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["profile_id", "month"],
            ["budget_month.profile_id", "budget_month.month"],
            name=op.f("fk_reservation_profile_id_month_budget_month"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("profile_id", "id", name=op.f("pk_reservation")),
        sa.UniqueConstraint(
            "profile_id", "idempotency_key", name=op.f("uq_reservation_profile_id_idempotency_key")
        ),
    )
    op.create_index("ix_reservation_state", "reservation", ["profile_id", "state", "expires_at"])
    op.create_index("ix_reservation_fingerprint", "reservation", ["profile_id", "fingerprint"])
    op.create_index("ix_reservation_run", "reservation", ["profile_id", "run_id"])


def _extend_cost_entry() -> None:
    with op.batch_alter_table("cost_entry") as entry:
        entry.add_column(sa.Column("kind", sa.String(32), nullable=False, server_default="charge"))
        # Written out: an enum's own rule is not carried along by ALTER TABLE ADD COLUMN.
        entry.create_check_constraint(
            op.f("ck_cost_entry_entrykind"), "kind IN ('charge', 'estimate', 'adjust')"
        )
        entry.add_column(sa.Column("reservation_id", sa.Uuid(), nullable=True))
        entry.add_column(sa.Column("price_id", sa.String(160), nullable=True))
        entry.create_foreign_key(
            op.f("fk_cost_entry_profile_id_reservation_id_reservation"),
            "reservation",
            ["profile_id", "reservation_id"],
            ["profile_id", "id"],
            ondelete="CASCADE",
        )
        entry.create_index("ix_cost_entry_reservation", ["profile_id", "reservation_id"])
    with op.batch_alter_table("cost_entry") as entry:
        entry.alter_column("kind", existing_type=sa.String(32), existing_nullable=False, server_default=None)


def downgrade() -> None:
    """Refused: the ledger's newer lines could not be told from charges any more."""
    raise NotImplementedError("a ledger is never taken back; restore a copy of the database instead")
