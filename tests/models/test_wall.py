"""Attempts to reach another profile's rows: through the session, past it, and on the bare connection.

Each attempt gets a session of ours and knows everything about theirs. It may fail or come back empty;
it may not return a word of theirs, nor leave a changed byte.
"""
# ruff: noqa: ARG005 - every attempt is given both sides

import contextlib
import sqlite3
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import (
    DDL,
    Column,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    column,
    create_engine,
    delete,
    func,
    insert,
    literal,
    literal_column,
    table,
    text,
    update,
)
from sqlalchemy import select as core_select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased, make_transient_to_detached
from sqlalchemy.sql.elements import quoted_name
from sqlmodel import col, select

from models.errors import ScopeViolation
from models.profile import Profile
from models.session import Database, ProfileSession
from models.tables import TENANT_TABLES, Clip, Footage, Project

ANY_CLIP: Any = aliased(Clip, name="x")
Attempt = Callable[[ProfileSession, Any], Any]


def their_clip(them: Any) -> Any:
    return {
        "profile_id": them.profile_id,
        "id": uuid4(),
        "project_id": them[Project],
        "run_id": uuid4(),
        "variant": 7,
        "name": "forged",
        "edit": {},
        "duration_s": 1.0,
        "seed": 1,
        "is_picked": False,
    }


def forged(them: Any, **changes: Any) -> Clip:
    """Their clip as if we had loaded it."""
    clip = Clip(**(their_clip(them) | {"id": them[Clip]} | changes))
    make_transient_to_detached(clip)
    return clip


def flushed(session: ProfileSession, change: Any) -> None:
    _ = change
    session.flush()


def driver(session: ProfileSession) -> sqlite3.Connection:
    connection = session.connection().connection.dbapi_connection
    assert isinstance(connection, sqlite3.Connection)
    return connection


def sql(statement: str) -> Attempt:
    """On the bare connection, past every Python wall."""
    return lambda session, them: (
        driver(session).execute(statement.format(them=them.profile_id.hex)).fetchall()
    )


READS: dict[str, Attempt] = {
    "get": lambda s, them: s.get(Clip, (them.profile_id, them[Clip])),
    "where owner": lambda s, them: s.exec(select(Clip).where(Clip.profile_id == them.profile_id)).all(),
    "or true": lambda s, them: s.exec(select(Clip).where((Clip.variant == 1) | literal(True))).all(),
    "alias": lambda s, them: s.exec(select(aliased(Clip, name="x"))).all(),
    "cartesian": lambda s, them: s.execute(core_select(Project.name, aliased(Clip).name)).all(),
    "max": lambda s, them: s.exec(select(func.max(Clip.name))).all(),
    "lateral subquery": lambda s, them: s.execute(
        core_select(core_select(Clip.name).subquery().c.name)
    ).all(),
    "core table": lambda s, them: s.execute(core_select(Clip.__table__)).all(),
    "core alias": lambda s, them: s.execute(core_select(Clip.__table__.alias("x"))).all(),
    "core table in a subquery": lambda s, them: s.execute(
        core_select(Project.name, core_select(func.max(Clip.__table__.c.name)).scalar_subquery())
    ).all(),
    "table clause": lambda s, them: s.execute(core_select(table("clip", column("name")))).all(),
    "qualified table": lambda s, them: s.execute(
        core_select(table("clip", column("name"), schema="main"))
    ).all(),
    "namesake": lambda s, them: s.execute(
        core_select(Table("clip", MetaData(), Column("name", String)).c.name)
    ).all(),
    "text": lambda s, them: s.execute(text("SELECT name FROM clip")).all(),
    "qualified text": lambda s, them: s.execute(text("SELECT name FROM main.clip")).all(),
    "text as columns": lambda s, them: s.execute(text("SELECT name FROM main.clip").columns(name=Text)).all(),
    "from text": lambda s, them: s.scalars(
        core_select(Clip).from_statement(text("SELECT * FROM main.clip"))
    ).all(),
    "text that outweighs the predicate": lambda s, them: s.exec(select(Clip).where(text("1=1 OR 1=1"))).all(),
    "literal column": lambda s, them: s.exec(
        select(literal_column("(SELECT max(name) FROM main.clip)"))
    ).all(),
    "literal predicate": lambda s, them: s.exec(select(Clip).where(literal_column("1=1 OR 1"))).all(),
    "operator": lambda s, them: s.exec(
        select(Clip).where(col(Clip.variant).op("= 1 OR 1 =", precedence=100)(1))
    ).all(),
    "prefix": lambda s, them: s.execute(
        core_select(Clip.name).prefix_with("name FROM main.clip UNION SELECT ")
    ).all(),
    "suffix": lambda s, them: s.execute(
        core_select(Clip.name).suffix_with("UNION SELECT name FROM main.clip")
    ).all(),
    "unquoted name": lambda s, them: s.execute(
        core_select(column(quoted_name("name FROM main.clip --", quote=False)))
    ).all(),
    "function name": lambda s, them: s.execute(
        core_select(getattr(func, "max(name) FROM main.clip --")())
    ).all(),
    "refresh": lambda s, them: s.refresh(forged(them)),
    "expired": lambda s, them: (clip := forged(them), s.add(clip), s.expire(clip), clip.name),
    "other profiles": lambda s, them: s.exec(select(Profile.slug, Profile.name)).all(),
    "other profile": lambda s, them: s.get(Profile, them.profile_id),
    "another bind": lambda s, them: s.execute(
        core_select(Clip), bind_arguments={"bind": create_engine("sqlite://")}
    ).all(),
    "driver SQL": lambda s, them: s.connection().exec_driver_sql("SELECT name FROM main.clip").all(),
    "update from": lambda s, them: (
        s.execute(
            update(Project).where(col(Project.state) != ANY_CLIP.name).values(name=ANY_CLIP.name),
            execution_options={"synchronize_session": False},
        ),
        s.exec(select(Project.name)).all(),
    ),
    "bare view": sql("SELECT name FROM clip"),
    "bare table": sql("SELECT name FROM main.clip"),
    "bare subquery": sql("SELECT * FROM (SELECT name FROM main.clip) AS clip"),
    "bare CTE called like the view": sql("WITH clip AS (SELECT name FROM main.clip) SELECT * FROM clip"),
    "bare CTE": sql("WITH x AS (SELECT name FROM main.clip) SELECT * FROM x"),
    "bare count": sql("SELECT 'theirs' FROM main.clip LIMIT 1 OFFSET 1"),
    "bare view's text": sql("SELECT sql FROM sqlite_temp_master"),
    "bare view's text by schema": sql("SELECT sql FROM temp.sqlite_master"),
    "bare view dropped": lambda s, them: (
        driver(s).execute("DROP VIEW temp.clip"),
        driver(s).execute("SELECT name FROM clip").fetchall(),
    ),
    "bare view made": lambda s, them: (
        driver(s).execute("CREATE TEMP VIEW v AS SELECT name FROM main.clip"),
        driver(s).execute("SELECT name FROM v").fetchall(),
    ),
    "bare attach": lambda s, them: (
        driver(s).execute("ATTACH ? AS again", [s.get_bind().url.database]),
        driver(s).execute("SELECT name FROM again.clip").fetchall(),
    ),
    "pooled connection afterwards": lambda s, them: (
        s.connection().engine.raw_connection().cursor().execute("SELECT name FROM clip").fetchall()
    ),
    "after a commit on the connection": lambda s, them: (
        s.connection().commit(),
        driver(s).execute("SELECT name FROM main.clip").fetchall(),
    ),
    "written into ours": lambda s, them: (
        driver(s).execute("UPDATE main.project SET name = (SELECT max(name) FROM main.clip)"),
        s.exec(select(Project.name)).all(),
    ),
}

WRITES: dict[str, Attempt] = {
    "add": lambda s, them: flushed(s, s.add(Clip(**their_clip(them)))),
    "add into our profile, their project": lambda s, them: flushed(
        s, s.add(Clip(**(their_clip(them) | {"profile_id": s.profile_id})))
    ),
    "attribute of a forged row": lambda s, them: (
        clip := forged(them),
        s.add(clip),
        setattr(clip, "name", "forged"),
        s.flush(),
    ),
    "delete of a forged row": lambda s, them: flushed(s, s.delete(forged(them))),
    "merge": lambda s, them: flushed(s, s.merge(Clip(**(their_clip(them) | {"id": them[Clip]})))),
    "merge without load": lambda s, them: flushed(s, s.merge(forged(them), load=False)),
    "hand a row over": lambda s, them: flushed(
        s, setattr(s.exec(select(Clip)).one(), "profile_id", them.profile_id)
    ),
    "update": lambda s, them: s.exec(update(Clip).values(name="forged")),
    "update by id": lambda s, them: s.exec(
        update(Clip).where(col(Clip.id) == them[Clip]).values(name="forged")
    ),
    "update of the owner": lambda s, them: s.exec(update(Clip).values(profile_id=them.profile_id)),
    "update of the owner by parameter": lambda s, them: s.execute(
        update(Clip), {"profile_id": them.profile_id}
    ),
    "update of the core table": lambda s, them: s.execute(update(Clip.__table__).values(name="forged")),
    "update of the core table's owner": lambda s, them: s.execute(
        update(Clip.__table__).values(profile_id=them.profile_id)
    ),
    "update by primary keys": lambda s, them: s.execute(
        update(Clip), [{"profile_id": them.profile_id, "id": them[Clip], "name": "forged"}]
    ),
    "delete": lambda s, them: s.exec(delete(Clip).where(col(Clip.profile_id) == them.profile_id)),
    "delete from the core table": lambda s, them: s.execute(delete(Clip.__table__)),
    "insert": lambda s, them: s.execute(insert(Clip).values(**their_clip(them))),
    "insert with parameters": lambda s, them: s.execute(insert(Clip), their_clip(them)),
    "insert of many": lambda s, them: s.execute(insert(Clip), [their_clip(them)]),
    "insert of many values": lambda s, them: s.execute(insert(Clip).values([their_clip(them)])),
    "insert into the core table": lambda s, them: s.execute(
        insert(Clip.__table__).values(**their_clip(them))
    ),
    "insert of a bound owner": lambda s, them: s.execute(
        insert(Clip).values(their_clip(them) | {"profile_id": bindparam("p")}), {"p": them.profile_id}
    ),
    "insert of a computed owner": lambda s, them: s.execute(
        insert(Clip).values(their_clip(them) | {"profile_id": func.coalesce(them.profile_id)})
    ),
    "insert from a select": lambda s, them: s.execute(
        insert(Project).from_select(
            ["profile_id", "id", "name"],
            core_select(literal(them.profile_id), literal(uuid4()), literal("x")),
        )
    ),
    "insert returned as rows": lambda s, them: s.scalars(
        core_select(Clip).from_statement(insert(Clip).values(**their_clip(them)).returning(Clip))
    ).all(),
    "insert in a CTE": lambda s, them: s.execute(
        core_select(insert(Clip).values(**their_clip(them)).returning(Clip.id).cte().c.id)
    ).all(),
    "upsert over their row": lambda s, them: s.execute(
        upsert(Clip)
        .values(their_clip(them) | {"id": them[Clip]})
        .on_conflict_do_update(index_elements=["profile_id", "id"], set_={"name": "forged"})
    ),
    "upsert that moves ours": lambda s, them: s.execute(
        upsert(Clip)
        .values(their_clip(them) | {"id": s.exec(select(Clip.id)).one(), "profile_id": s.profile_id})
        .on_conflict_do_update(
            index_elements=["profile_id", "id"], set_={"profile_id": them.profile_id, "variant": 8}
        )
    ),
    "bulk_save_objects": lambda s, them: s.bulk_save_objects([Clip(**their_clip(them))]),
    "bulk_insert_mappings": lambda s, them: s.bulk_insert_mappings(Clip, [their_clip(them)]),
    "bulk_update_mappings": lambda s, them: s.bulk_update_mappings(
        Clip, [{"profile_id": them.profile_id, "id": them[Clip], "name": "forged"}]
    ),
    "their profile's settings": lambda s, them: s.exec(update(Profile).values(voice="forged")),
    "their profile's deletion": lambda s, them: flushed(s, s.delete(them.profile)),
    "all profiles' deletion": lambda s, them: s.exec(delete(Profile)),
    "a new profile": lambda s, them: flushed(s, s.add(Profile(slug="new", name="New"))),
    "their row of a table without a fingerprint": lambda s, them: flushed(
        s, s.delete(Footage(profile_id=them.profile_id, id=them[Footage]))
    ),
    "text that writes": lambda s, them: s.execute(text("UPDATE main.clip SET name = 'forged'")),
    "DDL": lambda s, them: s.execute(DDL("DELETE FROM main.clip")),
    "drop": lambda s, them: Clip.__table__.drop(s.connection()),
    "driver SQL that writes": lambda s, them: s.connection().exec_driver_sql("DELETE FROM main.clip"),
    "bare update": sql("UPDATE main.clip SET name = 'forged'"),
    "bare update through the view": sql("UPDATE clip SET name = 'forged'"),
    "bare delete": sql("DELETE FROM main.clip"),
    "bare cascade": sql("DELETE FROM main.profile"),
    "bare replace": sql("REPLACE INTO main.profile SELECT * FROM profile"),
    "bare trigger of the ledger dropped": sql("DROP TRIGGER main.cost_entry_never_changes"),
    "bare table dropped": sql("DROP TABLE main.clip"),
    "bare schema": sql("DELETE FROM main.sqlite_master"),
}

#: How an attempt is allowed to end, besides coming back empty.
REFUSALS = (ScopeViolation, SQLAlchemyError, sqlite3.Error)


def everything_of(database: Database, profile_id: Any) -> list[Any]:
    """All rows of a profile, read past the walls."""
    path = database.settings.home_dir / "reelflow.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows: list[Any] = connection.execute(
            "SELECT * FROM profile WHERE id = ?", [profile_id.hex]
        ).fetchall()
        for model in TENANT_TABLES:
            name = model.__tablename__
            rows += connection.execute(
                f"SELECT * FROM {name} WHERE profile_id = ?",  # noqa: S608
                [profile_id.hex],
            ).fetchall()
        rows += connection.execute("SELECT type, name FROM sqlite_master").fetchall()
        rows += connection.execute("SELECT count(*) FROM profile").fetchall()
        return rows


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("attempt", READS.values(), ids=READS.keys())
def test_no_way_to_read_theirs(attempt: Attempt, database: Database, ours: Any, theirs: Any) -> None:
    # pitfalls 23, 24, 28
    seen = ""
    with contextlib.suppress(*REFUSALS), database.profile_session(ours.profile_id) as session:
        seen = repr(attempt(session, theirs))

    assert "theirs" not in seen.lower()
    assert "gate_" not in seen  # the name that opens the views
    assert str(theirs[Clip]) not in seen
    with database.profile_session(ours.profile_id) as session:  # nothing of theirs was copied over either
        assert "theirs" not in repr(session.exec(select(Project.name)).all())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("attempt", WRITES.values(), ids=WRITES.keys())
def test_no_way_to_change_theirs(attempt: Attempt, database: Database, ours: Any, theirs: Any) -> None:
    # pitfalls 23, 24, 28
    before = everything_of(database, theirs.profile_id)

    with contextlib.suppress(*REFUSALS), database.profile_session(ours.profile_id) as session:
        attempt(session, theirs)

    assert everything_of(database, theirs.profile_id) == before


def test_a_connection_without_a_scoped_transaction_sees_nothing(
    database: Database, ours: Any, theirs: Any
) -> None:
    with database.profile_session(ours.profile_id) as session:
        engine = session.get_bind()
        assert len(driver(session).execute("SELECT name FROM clip").fetchall()) == 1

    with engine.connect() as connection:
        assert connection.execute(core_select(Clip.__table__)).all() == []
        assert connection.connection.cursor().execute("SELECT name FROM clip").fetchall() == []


def test_the_scope_ends_with_a_failed_transaction(database: Database, ours: Any) -> None:
    with contextlib.suppress(ZeroDivisionError), database.profile_session(ours.profile_id) as session:
        engine = session.get_bind()
        raise ZeroDivisionError

    with engine.connect() as connection:
        assert connection.execute(core_select(Clip.__table__)).all() == []


def test_a_failed_write_does_not_open_the_connection_to_raw_sql(
    database: Database, ours: Any, theirs: Any
) -> None:
    with database.profile_session(ours.profile_id) as session:
        with contextlib.suppress(SQLAlchemyError), session.begin_nested():
            session.add(Clip(**(their_clip(theirs) | {"profile_id": ours.profile_id})))
            session.flush()
        with pytest.raises(sqlite3.DatabaseError, match=r"prohibited|not authorized"):
            driver(session).execute("SELECT name, seed FROM main.clip")


def test_a_view_of_a_profile_uses_the_table_s_indexes(database: Database, ours: Any) -> None:
    with database.profile_session(ours.profile_id) as session:
        plan = driver(session).execute("EXPLAIN QUERY PLAN SELECT name FROM clip WHERE id = 'x'").fetchall()

    assert "USING INDEX" in plan[0][3]
    assert "profile_id=?" in plan[0][3]
    assert "id=?" in plan[0][3]


#: Stopped before the database is asked, so on every database.
STOPPED_IN_PYTHON = [
    *("qualified table", "namesake", "text", "qualified text", "text as columns", "from text"),
    *("text that outweighs the predicate", "literal column", "literal predicate", "operator"),
    *("prefix", "suffix", "driver SQL", "table clause"),
    *("add", "attribute of a forged row", "delete of a forged row", "merge", "merge without load"),
    *("hand a row over", "update of the owner", "update of the owner by parameter"),
    *("update of the core table's owner", "update by primary keys", "insert", "insert with parameters"),
    *("insert of many", "insert of many values", "insert into the core table", "insert of a bound owner"),
    *("insert of a computed owner", "insert from a select", "insert returned as rows", "insert in a CTE"),
    *("upsert over their row", "upsert that moves ours", "bulk_save_objects", "bulk_insert_mappings"),
    *("bulk_update_mappings", "their profile's settings", "their profile's deletion"),
    *("all profiles' deletion", "a new profile", "DDL", "drop"),
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", STOPPED_IN_PYTHON)
def test_most_attempts_never_reach_the_database(
    name: str, database: Database, ours: Any, theirs: Any
) -> None:
    attempt = READS.get(name) or WRITES[name]

    with pytest.raises(ScopeViolation), database.profile_session(ours.profile_id) as session:
        attempt(session, theirs)
