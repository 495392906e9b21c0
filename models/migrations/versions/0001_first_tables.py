"""The first tables, the append-only ledger, and the rule that there is always a default profile."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "profile",
    "cost_entry",
    "footage",
    "project",
    "run",
    "voice_over",
    "clip",
    "project_footage",
    "run_event",
    "segment",
    "export",
)

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

# A line of the ledger never changes. It goes only by the cascade of its profile's deletion, which both
# databases run after the profile's own row is gone.
# The default profile goes last, so that a crash or a race never leaves profiles without a default.
SQLITE_TRIGGERS = (
    """
    CREATE TRIGGER cost_entry_never_changes BEFORE UPDATE ON cost_entry
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
    """,
    """
    CREATE TRIGGER cost_entry_stays BEFORE DELETE ON cost_entry
    WHEN EXISTS (SELECT 1 FROM profile WHERE id = OLD.profile_id)
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
    """,
    """
    CREATE TRIGGER profile_default_goes_last BEFORE DELETE ON profile
    WHEN OLD.is_default AND EXISTS (SELECT 1 FROM profile WHERE id <> OLD.id)
    BEGIN SELECT RAISE(ABORT, 'the default profile goes last'); END
    """,
)
POSTGRESQL_TRIGGERS = (
    """
    CREATE FUNCTION cost_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM profile WHERE id = OLD.profile_id) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER cost_entry_append_only BEFORE UPDATE OR DELETE ON cost_entry
    FOR EACH ROW EXECUTE FUNCTION cost_entry_append_only()
    """,
    """
    CREATE TRIGGER cost_entry_never_truncated BEFORE TRUNCATE ON cost_entry
    FOR EACH STATEMENT EXECUTE FUNCTION cost_entry_append_only()
    """,
    """
    CREATE FUNCTION profile_default_goes_last() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.is_default AND EXISTS (SELECT 1 FROM profile WHERE id <> OLD.id) THEN
            RAISE EXCEPTION 'the default profile goes last' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END $$
    """,
    """
    CREATE TRIGGER profile_default_goes_last BEFORE DELETE ON profile
    FOR EACH ROW EXECUTE FUNCTION profile_default_goes_last()
    """,
)


def upgrade() -> None:
    """Creates everything."""
    op.create_table(
        "profile",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(63), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("voice", sa.String(100), nullable=False),
        sa.Column("caption_style", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile")),
        sa.UniqueConstraint("slug", name=op.f("uq_profile_slug")),
    )
    op.create_index(
        "uq_profile_one_default",
        "profile",
        ["is_default"],
        unique=True,
        sqlite_where=sa.text("is_default"),
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "cost_entry",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idempotency_key", sa.String(200), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("clip_id", sa.Uuid(), nullable=True),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("operation", sa.String(64), nullable=False),
        sa.Column("units", JSON, nullable=False),
        sa.Column("amount_micro_usd", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_cost_entry_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", "id", name=op.f("pk_cost_entry")),
        sa.UniqueConstraint(
            "profile_id", "idempotency_key", name=op.f("uq_cost_entry_profile_id_idempotency_key")
        ),
    )
    op.create_index("ix_cost_entry_month", "cost_entry", ["profile_id", "month", "created_at"])
    op.create_index("ix_cost_entry_run", "cost_entry", ["profile_id", "run_id"])
    op.create_table(
        "footage",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("storage_key", sa.String(255), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("fps", sa.Float(), nullable=False),
        sa.Column("has_audio", sa.Boolean(), nullable=False),
        sa.Column("probe", JSON, nullable=False),
        sa.Column("analysed_with", sa.String(64), nullable=True),
        sa.CheckConstraint(
            "duration_s > 0 AND bytes > 0 AND width > 0 AND height > 0", name=op.f("ck_footage_measures")
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_footage_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", "id", name=op.f("pk_footage")),
        sa.UniqueConstraint("profile_id", "sha256", name=op.f("uq_footage_profile_id_sha256")),
    )
    op.create_index("ix_footage_created", "footage", ["profile_id", "created_at"])
    op.create_table(
        "project",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("description", sa.String(2000), nullable=False),
        sa.Column("context", sa.String(8000), nullable=False),
        sa.Column("target_duration_s", sa.Float(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "generating",
                "ready",
                "failed",
                name=op.f("ck_project_projectstate"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("target_duration_s > 0", name=op.f("ck_project_target_duration")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_project_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", "id", name=op.f("pk_project")),
        sa.UniqueConstraint("profile_id", "name", name=op.f("uq_project_profile_id_name")),
    )
    op.create_index("ix_project_created", "project", ["profile_id", "created_at"])
    op.create_table(
        "run",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "running",
                "completed",
                "failed",
                "cancelled",
                name=op.f("ck_run_runstate"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("stage", sa.String(64), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("prefect_flow_run_id", sa.Uuid(), nullable=True),
        sa.Column("parameters", JSON, nullable=False),
        sa.Column("error", sa.String(2000), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("progress >= 0 AND progress <= 1", name=op.f("ck_run_progress")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_run_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", "id", name=op.f("pk_run")),
    )
    op.create_index("ix_run_created", "run", ["profile_id", "created_at"])
    op.create_index("ix_run_project", "run", ["profile_id", "project_id", "created_at"])
    op.create_index("ix_run_state", "run", ["profile_id", "state", "created_at"])
    op.create_table(
        "voice_over",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("voice", sa.String(100), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("storage_key", sa.String(255), nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=False),
        sa.Column("words", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_voice_over_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", "id", name=op.f("pk_voice_over")),
        sa.UniqueConstraint("profile_id", "fingerprint", name=op.f("uq_voice_over_profile_id_fingerprint")),
    )
    op.create_index("ix_voice_over_created", "voice_over", ["profile_id", "created_at"])
    op.create_table(
        "clip",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("variant", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("edit", JSON, nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("draft_key", sa.String(255), nullable=True),
        sa.Column("poster_key", sa.String(255), nullable=True),
        sa.Column("is_picked", sa.Boolean(), nullable=False),
        sa.CheckConstraint("duration_s > 0", name=op.f("ck_clip_duration")),
        sa.CheckConstraint("variant >= 1", name=op.f("ck_clip_variant")),
        sa.ForeignKeyConstraint(
            ["profile_id", "project_id"],
            ["project.profile_id", "project.id"],
            name=op.f("fk_clip_profile_id_project_id_project"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_clip_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", "id", name=op.f("pk_clip")),
        sa.UniqueConstraint(
            "profile_id", "project_id", "variant", name=op.f("uq_clip_profile_id_project_id_variant")
        ),
    )
    op.create_index("ix_clip_created", "clip", ["profile_id", "created_at"])
    op.create_table(
        "project_footage",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("footage_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id", "footage_id"],
            ["footage.profile_id", "footage.id"],
            name=op.f("fk_project_footage_profile_id_footage_id_footage"),
            ondelete="NO ACTION",
        ),
        sa.ForeignKeyConstraint(
            ["profile_id", "project_id"],
            ["project.profile_id", "project.id"],
            name=op.f("fk_project_footage_profile_id_project_id_project"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["profile.id"],
            name=op.f("fk_project_footage_profile_id_profile"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("profile_id", "id", name=op.f("pk_project_footage")),
        sa.UniqueConstraint(
            "profile_id",
            "project_id",
            "footage_id",
            name=op.f("uq_project_footage_profile_id_project_id_footage_id"),
        ),
    )
    op.create_index("ix_project_footage_footage", "project_footage", ["profile_id", "footage_id"])
    op.create_table(
        "run_event",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "info",
                "warning",
                "error",
                name=op.f("ck_run_event_eventlevel"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("message", sa.String(2000), nullable=False),
        sa.Column("numbers", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id", "run_id"],
            ["run.profile_id", "run.id"],
            name=op.f("fk_run_event_profile_id_run_id_run"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_run_event_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", "id", name=op.f("pk_run_event")),
    )
    op.create_index("ix_run_event_run", "run_event", ["profile_id", "run_id", "created_at"])
    op.create_table(
        "segment",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("footage_id", sa.Uuid(), nullable=False),
        sa.Column("start_s", sa.Float(), nullable=False),
        sa.Column("end_s", sa.Float(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "detected",
                "manual",
                name=op.f("ck_segment_segmentorigin"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("shot", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("description", sa.String(1000), nullable=False),
        sa.Column("highlights", JSON, nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("features", JSON, nullable=False),
        sa.Column("is_favorite", sa.Boolean(), nullable=False),
        sa.Column("is_skipped", sa.Boolean(), nullable=False),
        sa.CheckConstraint("end_s > start_s AND start_s >= 0", name=op.f("ck_segment_bounds")),
        sa.CheckConstraint("score >= 0 AND score <= 100", name=op.f("ck_segment_score")),
        sa.ForeignKeyConstraint(
            ["profile_id", "footage_id"],
            ["footage.profile_id", "footage.id"],
            name=op.f("fk_segment_profile_id_footage_id_footage"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_segment_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", "id", name=op.f("pk_segment")),
    )
    op.create_index("ix_segment_footage", "segment", ["profile_id", "footage_id", "start_s"])
    op.create_table(
        "export",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clip_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("preset", sa.String(32), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("storage_key", sa.String(255), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("fps", sa.Float(), nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=False),
        sa.Column("integrated_lufs", sa.Float(), nullable=True),
        sa.Column("true_peak_dbtp", sa.Float(), nullable=True),
        sa.Column("quality", JSON, nullable=False),
        sa.Column("manifest", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id", "clip_id"],
            ["clip.profile_id", "clip.id"],
            name=op.f("fk_export_profile_id_clip_id_clip"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profile.id"], name=op.f("fk_export_profile_id_profile"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", "id", name=op.f("pk_export")),
        sa.UniqueConstraint(
            "profile_id",
            "clip_id",
            "preset",
            "fingerprint",
            name=op.f("uq_export_profile_id_clip_id_preset_fingerprint"),
        ),
    )
    op.create_index("ix_export_created", "export", ["profile_id", "created_at"])
    for statement in SQLITE_TRIGGERS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    """Removes everything; the data is gone."""
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION cost_entry_append_only, profile_default_goes_last")
