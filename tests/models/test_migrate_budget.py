"""From 0001 to today with rows in it: every row, reference and trigger survives, and the books agree."""

import contextlib
import sqlite3
from importlib.resources import files
from pathlib import Path
from uuid import UUID

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import col, delete, select, update

from models.budget import BudgetState, Purpose, budget_state, reserve
from models.costs import check_ledger
from models.engine import database_url, make_engine
from models.ledger import CostEntry, EntryKind
from models.profiles import create_profile, delete_profile, list_profiles
from models.run import Run
from models.session import Database, open_database
from models.settings import Settings

OURS, THEIRS, RUN = (UUID(int=number).hex for number in (1, 2, 3))
STAMP = "2026-11-01 00:00:00.000000"

ROWS = f"""
    INSERT INTO profile (id, slug, name, timezone, is_default, voice, caption_style, created_at) VALUES
        ('{OURS}', 'ours', 'Ours', 'UTC', 1, 'en-us', '{{}}', '{STAMP}'),
        ('{THEIRS}', 'theirs', 'Theirs', 'UTC', 0, 'en-us', '{{}}', '{STAMP}');
    INSERT INTO run (profile_id, id, created_at, kind, title, state, stage, progress, parameters) VALUES
        ('{OURS}', '{RUN}', '{STAMP}', 'make_reels', 'make 3 reels', 'completed', '', 1.0, '{{}}');
    INSERT INTO run_event (profile_id, id, created_at, run_id, level, code, message, numbers) VALUES
        ('{OURS}', '{UUID(int=4).hex}', '{STAMP}', '{RUN}', 'info', 'done', 'Done.', '{{}}');
    INSERT INTO cost_entry (profile_id, id, created_at, idempotency_key, month, run_id, provider, model,
        operation, units, amount_micro_usd) VALUES
        ('{OURS}', '{UUID(int=5).hex}', '{STAMP}', 'a', '2026-10', '{RUN}', 'p', 'm', 'o', '{{}}', 40),
        ('{OURS}', '{UUID(int=6).hex}', '{STAMP}', 'b', '2026-11', NULL, 'p', 'm', 'o', '{{}}', 2),
        ('{OURS}', '{UUID(int=7).hex}', '{STAMP}', 'c', '2026-11', NULL, 'p', 'm', 'o', '{{}}', 3);
"""  # noqa: S608 - our own ids


@pytest.fixture
def upgraded(tmp_path: Path) -> Database:
    """A database that the first version made and filled, opened by this one."""
    settings = Settings(home=tmp_path / "home")
    settings.home_dir.mkdir()
    engine = make_engine(database_url(settings), foreign_keys=False)
    config = Config()
    config.set_main_option("script_location", str(files("models") / "migrations").replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with contextlib.closing(sqlite3.connect(settings.home_dir / "reelflow.db")) as raw, raw:
        raw.executescript(ROWS)
    return open_database(settings)


def test_every_row_is_still_there_and_every_month_agrees(upgraded: Database) -> None:
    with upgraded, upgraded.profile_session(UUID(OURS)) as session:
        run = session.require(Run, UUID(RUN))
        entries = session.exec(select(CostEntry).order_by(col(CostEntry.idempotency_key))).all()
        states = [budget_state(session, month) for month in ("2026-10", "2026-11")]
        assert check_ledger(session) == []

        assert (run.title, run.max_cost_micro_usd) == ("make 3 reels", None)
        assert [(entry.kind, entry.amount_micro_usd) for entry in entries] == [
            (EntryKind.CHARGE, 40),
            (EntryKind.CHARGE, 2),
            (EntryKind.CHARGE, 3),
        ]
        assert states == [BudgetState(40, 0, None), BudgetState(5, 0, None)]
        reserve(session, "new", 9, Purpose("f", "p", "m", "o"))


def test_the_ledger_is_still_append_only_and_the_default_still_goes_last(upgraded: Database) -> None:
    with upgraded:
        for statement in (update(CostEntry).values(amount_micro_usd=0), delete(CostEntry)):
            with (
                pytest.raises(DBAPIError, match="append-only"),
                upgraded.profile_session(UUID(OURS)) as session,
            ):
                session.execute(statement)
        with (
            pytest.raises(IntegrityError, match="the default profile goes last"),
            upgraded.profile_session(UUID(OURS)) as session,
        ):
            session.delete(session.profile)
        assert delete_profile(upgraded, "theirs").rows == {}
        gone = delete_profile(upgraded, "ours")
        assert (gone.rows["cost_entry"], gone.rows["budget_month"], gone.rows["run_event"]) == (3, 2, 1)
        assert list_profiles(upgraded) == []
        create_profile(upgraded, "Again")
