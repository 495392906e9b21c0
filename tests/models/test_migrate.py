"""Migrations: the same tables as the models, made once whoever comes first, nothing newer touched."""

import contextlib
import re
import sqlite3
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

from models import migrate
from models.engine import database_url, make_engine
from models.errors import BadInput, Fault
from models.profiles import ensure_default, find_profile
from models.session import open_database
from models.settings import Settings
from models.tables import REGISTRY_TABLES, TENANT_TABLES


@pytest.fixture(autouse=True)
def _copied_tables() -> None:
    """Here every new home is migrated."""


def schema_of(path: Path) -> dict[str, str]:
    """Every table and index of a SQLite file as normalised SQL, constraints in a fixed order."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'"
        ).fetchall()
    return {
        name: "\n".join(sorted(line.strip().rstrip(",") for line in sql.replace('"', "").splitlines()))
        for name, sql in rows
        if name != "alembic_version"
    }


def triggers_of(path: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}


def test_migrations_and_models_make_the_same_tables(empty_database: Path, tmp_path: Path) -> None:
    # pitfall 78
    fresh = tmp_path / "fresh.db"
    engine = create_engine(f"sqlite:///{fresh}")
    SQLModel.metadata.create_all(engine)
    engine.dispose()

    made, migrated = schema_of(fresh), schema_of(empty_database)

    assert migrated.keys() == made.keys()
    for name in made:
        assert migrated[name] == made[name], name
    assert "ck_run_runstate CHECK (state IN ('pending'" in made["run"]  # the dump does show CHECKs
    assert triggers_of(empty_database) == {
        "cost_entry_never_changes",
        "cost_entry_stays",
        "profile_default_goes_last",
    }


def test_alembic_itself_sees_no_difference(empty_database: Path) -> None:
    engine = create_engine(f"sqlite:///{empty_database}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(files("models") / "migrations").replace("%", "%%"))

    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


def test_all_tables_compile_for_postgresql() -> None:
    for table in SQLModel.metadata.sorted_tables:
        ddl = str(CreateTable(table).compile(dialect=postgresql.dialect()))
        assert "JSONB" in ddl or "JSON" not in ddl
        for index in table.indexes:
            assert "CREATE" in str(CreateIndex(index).compile(dialect=postgresql.dialect()))


def test_the_migrations_themselves_compile_for_postgresql() -> None:
    from io import StringIO

    from alembic.operations import Operations
    from alembic.script import ScriptDirectory as Scripts

    written = StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written}
    )
    config = Config()
    config.set_main_option("script_location", str(files("models") / "migrations").replace("%", "%%"))
    with Operations.context(context):
        for revision in reversed(list(Scripts.from_config(config).walk_revisions())):
            revision.module.upgrade()

    ddl = written.getvalue()
    assert "ck_cost_entry_entrykind CHECK" in ddl
    assert ddl.count("CREATE TABLE") == len(TENANT_TABLES) + len(REGISTRY_TABLES)
    assert len(re.findall(r"CREATE TRIGGER", ddl)) == 3
    assert "WHERE is_default" in ddl
    assert "JSONB" in ddl


def test_every_unique_rule_and_reference_of_a_tenant_table_starts_with_the_profile() -> None:
    # pitfalls 23, 35: a rule over all profiles would tell one about another
    for model in TENANT_TABLES:
        table = SQLModel.metadata.tables[str(model.__tablename__)]
        assert [column.name for column in table.primary_key.columns] == ["profile_id", "id"]
        for constraint in table.constraints:
            columns = [column.name for column in getattr(constraint, "columns", [])]
            if type(constraint).__name__ in ("UniqueConstraint", "ForeignKeyConstraint"):
                assert columns[0] == "profile_id", constraint.name
        for index in table.indexes:
            assert next(iter(index.columns)).name == "profile_id", index.name


OPEN_AND_LOOK = """
import sys
from pathlib import Path
from models.profiles import ensure_default
from models.session import open_database
from models.settings import Settings
with open_database(Settings(home=Path(sys.argv[1]))) as database:
    print(ensure_default(database).id)
"""


def test_many_processes_open_a_new_database_at_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", OPEN_AND_LOOK, str(home)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    ends = [(*process.communicate(timeout=60), process.returncode) for process in processes]

    assert [end[1] for end in ends] == [""] * 4  # no warning, and no word from the migration tool
    assert [end[2] for end in ends] == [0] * 4
    assert len({end[0] for end in ends}) == 1  # one first profile, not four


def test_opening_again_changes_nothing_and_needs_no_migration_tool(settings: Settings) -> None:
    with open_database(settings) as database:
        first = ensure_default(database)
    code = OPEN_AND_LOOK + "\nassert 'alembic' not in sys.modules"

    again = subprocess.run(
        [sys.executable, "-c", code, str(settings.home_dir)], capture_output=True, text=True, check=True
    )

    assert again.stdout.strip() == str(first.id)


def test_a_database_of_a_newer_reelflow_is_refused_and_left_alone(settings: Settings) -> None:
    open_database(settings).close()
    path = settings.home_dir / "reelflow.db"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(BadInput, match=r"made by a newer Reelflow.*9999.*update Reelflow"):
        open_database(settings)

    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


def test_a_migration_that_fails_leaves_nothing_behind(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr("alembic.operations.Operations.execute", fail)  # the triggers come last
    with pytest.raises(RuntimeError, match="in the middle"):
        open_database(settings)
    monkeypatch.undo()

    assert schema_of(settings.home_dir / "reelflow.db") == {}
    open_database(settings).close()


def test_what_is_no_database_is_named(settings: Settings) -> None:
    settings.home_dir.mkdir()
    (settings.home_dir / "reelflow.db").write_bytes(b"not a database at all" * 100)

    with pytest.raises(Fault, match=r"reelflow\.db can't be opened: file is not a database"):
        open_database(settings)


@pytest.mark.parametrize(
    "name", ["a b", "it's", "Überraschung 日本", "what?", "#1", "50%", "%(here)s", "a;b&c=d", ":memory:"]
)
def test_the_home_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    # pitfall 44
    settings = Settings(home=tmp_path / name)

    with open_database(settings) as database:
        ensure_default(database)
    with open_database(settings) as database:
        assert find_profile(database).is_default
    assert (tmp_path / name / "reelflow.db").stat().st_size > 0
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_connections_are_ready_for_several_processes(settings: Settings) -> None:
    open_database(settings).close()
    engine = make_engine(database_url(settings))
    with engine.connect() as connection:
        values = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        ]
    engine.dispose()

    assert values == ["wal", 1, 30_000, 2]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "not a url", "nodatabase://x/y"])
def test_an_unusable_url_is_refused_in_a_sentence(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadInput, match="REELFLOW_DATABASE_URL"):
        open_database(Settings(home=tmp_path, database_url=url))


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="nodatabase://me:hunter2@host/name")

    with pytest.raises(BadInput) as refused:
        open_database(settings)

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "written",
    ["postgresql://me:pw@host/name", "postgres://me:pw@host/name", "postgresql+psycopg://me:pw@host/name"],
)
def test_postgresql_is_spoken_to_by_the_driver_that_is_installed(tmp_path: Path, written: str) -> None:
    url = database_url(Settings(home=tmp_path, database_url=written))

    assert (url.drivername, url.username, url.password, url.host, url.database) == (
        *("postgresql+psycopg", "me", "pw", "host", "name"),
    )
    assert make_engine(url).dialect.driver == "psycopg"
