"""The scoped session: what belongs to the profile works as usual, everything else does not exist."""
# ruff: noqa: ARG005 - every attempt is given both sides

import contextlib
import threading
from collections.abc import Callable
from sqlite3 import DatabaseError
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, exists, insert, text, update
from sqlalchemy import select as core_select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, OperationalError
from sqlalchemy.orm import aliased
from sqlmodel import col, func, select

from models.errors import NotFound, ScopeViolation
from models.profile import Profile
from models.run import Run
from models.session import Database, ProfileSession
from models.tables import TENANT_TABLES, Clip, CostEntry, Footage, Project, TenantModel, VoiceOver


def new_clip(project_id: UUID, **values: Any) -> Clip:
    given = {"variant": 2, "name": "new", "edit": {}, "duration_s": 1.0, "seed": 1} | values
    return Clip(project_id=project_id, run_id=uuid4(), **given)


# ------------------------------------------------------------------ positive controls

READS: dict[str, Callable[[ProfileSession], Any]] = {
    "entity": lambda s: [clip.name for clip in s.exec(select(Clip)).all()],
    "column": lambda s: list(s.exec(select(Clip.name)).all()),
    "count": lambda s: ["x"] * s.exec(select(func.count()).select_from(Clip)).one(),
    "count of a subquery": lambda s: (
        ["x"] * s.exec(select(func.count()).select_from(select(Clip).subquery())).one()
    ),
    "alias": lambda s: [clip.name for clip in s.exec(select(aliased(Clip))).all()],
    "join": lambda s: list(
        s.exec(select(Clip.name).join(Project, col(Project.id) == col(Clip.project_id))).all()
    ),
    "exists": lambda s: list(
        s.exec(select(Project.name).where(exists().where(col(Clip.project_id) == col(Project.id)))).all()
    ),
    "scalar subquery": lambda s: [s.exec(select(select(func.max(Clip.name)).scalar_subquery())).one()],
    "cte": lambda s: [row[0] for row in s.execute(core_select(core_select(Clip.name).cte("x").c.name))],
    "union": lambda s: [
        row[0] for row in s.execute(core_select(Clip.name).union_all(core_select(Clip.name).where(False)))
    ],
    "core table": lambda s: [row[0] for row in s.execute(core_select(Clip.__table__.c.name))],
    "yield_per": lambda s: [clip.name for clip in s.exec(select(Clip).execution_options(yield_per=1))],
    "from a select": lambda s: [
        clip.name for clip in s.scalars(core_select(Clip).from_statement(core_select(Clip))).all()
    ],
    "every profile": lambda s: list(s.exec(select(Profile.slug)).all()),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_each_way_to_read_returns_ones_own_row_and_no_other(
    read: Callable[[ProfileSession], Any], database: Database, ours: Any, theirs: Any
) -> None:
    # pitfall 23
    for rows in (ours, theirs, ours):  # cached statements are shared between profiles
        with database.profile_session(rows.profile_id, read_only=True) as session:
            found = read(session)
        assert len(found) == 1
        assert found[0] in ("x", "Spring", rows.profile.slug, f"secret of {rows.profile.slug}")


def test_one_can_write_in_every_usual_way(database: Database, ours: Any, theirs: Any) -> None:
    with database.profile_session(ours.profile_id) as session:
        session.add(new_clip(ours[Project]))
        session.flush()
        clip = session.require(Clip, ours[Clip])
        clip.name = "renamed"
        session.exec(update(Clip).where(col(Clip.variant) == 2).values(is_picked=True))
        session.execute(
            insert(VoiceOver),
            [
                {
                    "id": uuid4(),
                    "fingerprint": letter * 64,
                    "provider": "offline",
                    "model": "m",
                    "voice": "v",
                    "text": "t",
                    "characters": 1,
                    "storage_key": "k",
                    "duration_s": 1.0,
                    "words": [],
                }
                for letter in "de"
            ],
        )
    with database.profile_session(ours.profile_id) as session:
        assert session.exec(select(Clip.name, Clip.is_picked).order_by(Clip.variant)).all() == [
            ("renamed", False),
            ("new", True),
        ]
        assert session.exec(select(func.count()).select_from(VoiceOver)).one() == 3
        session.exec(delete(Clip).where(col(Clip.variant) == 2))
        session.delete(session.require(Clip, ours[Clip]))
    with database.profile_session(ours.profile_id) as session:
        assert session.exec(select(Clip)).all() == []
    with database.profile_session(theirs.profile_id) as session:
        assert [clip.is_picked for clip in session.exec(select(Clip)).all()] == [False]


def test_an_upsert_keeps_the_first_line_of_the_ledger(database: Database, ours: Any) -> None:
    line = {
        "id": uuid4(),
        "idempotency_key": "k",
        "month": "2026-11",
        "provider": "p",
        "model": "m",
        "operation": "o",
        "amount_micro_usd": 9,
        "units": {},
    }
    statement = upsert(CostEntry).values(**line).on_conflict_do_nothing().returning(col(CostEntry.id))
    with database.profile_session(ours.profile_id) as session:
        assert session.execute(statement).first() is None
        assert session.exec(select(CostEntry.amount_micro_usd)).all() == [7]


def test_the_session_stamps_new_rows_with_its_profile(database: Database, ours: Any) -> None:
    clip = new_clip(ours[Project])

    with database.profile_session(ours.profile_id) as session:
        session.add(clip)

    assert clip.profile_id == ours.profile_id
    assert clip.name == "new"  # still readable after the session has ended


def test_an_exception_takes_everything_back(database: Database, ours: Any) -> None:
    with contextlib.suppress(ZeroDivisionError), database.profile_session(ours.profile_id) as session:
        session.require(Project, ours[Project]).name = "half done"
        session.flush()
        raise ZeroDivisionError

    with database.profile_session(ours.profile_id) as session:
        assert session.require(Project, ours[Project]).name == "Spring"


def test_a_savepoint_keeps_the_scope(database: Database, ours: Any, theirs: Any) -> None:
    with database.profile_session(ours.profile_id) as session:
        with contextlib.suppress(IntegrityError), session.begin_nested():
            session.add(new_clip(ours[Project], variant=1))
            session.flush()
            pytest.fail("a second variant 1")
        assert session.exec(select(Clip.name)).all() == ["secret of ours"]


def test_settings_of_the_profile_itself_can_be_changed(database: Database, ours: Any, theirs: Any) -> None:
    with database.profile_session(ours.profile_id) as session:
        session.profile.voice = "de"

    with database.profile_session(ours.profile_id) as session:
        assert session.profile.voice == "de"
    with database.profile_session(theirs.profile_id) as session:
        assert session.profile.voice == "en-us"


def test_a_session_ends_with_its_block(database: Database, ours: Any) -> None:
    with database.profile_session(ours.profile_id) as session:
        pass
    with pytest.raises(InvalidRequestError):
        session.exec(select(Clip)).all()


# ------------------------------------------------------------------ missing and foreign are the same


@pytest.mark.parametrize("model", TENANT_TABLES, ids=lambda model: model.__tablename__)
def test_missing_and_foreign_give_the_same_answer(
    model: type[TenantModel], database: Database, ours: Any, theirs: Any, unknown_id: UUID
) -> None:
    # pitfalls 24, 30
    with database.profile_session(ours.profile_id, read_only=True) as session:
        assert session.require(model, ours[model]).id == ours[model]
        with pytest.raises(NotFound) as foreign:
            session.require(model, theirs[model])
        with pytest.raises(NotFound) as missing:
            session.require(model, unknown_id)

    assert foreign.value.kind == missing.value.kind
    assert str(foreign.value).replace(str(theirs[model]), "?") == str(missing.value).replace(
        str(unknown_id), "?"
    )


def test_what_is_no_id_is_not_found(database: Database, ours: Any) -> None:
    with database.profile_session(ours.profile_id) as session:
        assert session.require(Clip, str(ours[Clip])).id == ours[Clip]
        with pytest.raises(NotFound, match=r"There is no voice-over '\.\./x'"):
            session.require(VoiceOver, "../x")


def test_an_unknown_profile_has_no_session(database: Database, unknown_id: UUID) -> None:
    with pytest.raises(NotFound, match="no profile"), database.profile_session(unknown_id):
        pytest.fail("opened")


@pytest.mark.parametrize("nobody", [None, "", "ours"])
def test_a_session_without_a_profile_can_t_be_built(database: Database, nobody: Any) -> None:
    # pitfall 25
    with pytest.raises(TypeError), database.profile_session(nobody):
        pytest.fail("opened")


# ------------------------------------------------------------------ transactions


def test_a_read_only_session_can_t_write(database: Database, ours: Any) -> None:
    with (
        pytest.raises(OperationalError, match="readonly"),
        database.profile_session(ours.profile_id, read_only=True) as session,
    ):
        session.require(Project, ours[Project]).name = "x"

    with database.profile_session(ours.profile_id) as session:  # the pooled connection can write again
        session.require(Project, ours[Project]).name = "y"


def test_a_reader_does_not_wait_for_a_writer(database: Database, ours: Any) -> None:
    with database.profile_session(ours.profile_id) as writer:
        writer.require(Project, ours[Project]).name = "not yet"
        writer.flush()
        with database.profile_session(ours.profile_id, read_only=True) as reader:
            assert reader.require(Project, ours[Project]).name == "Spring"


def test_writers_in_many_threads_lose_no_update(database: Database, ours: Any) -> None:
    def add_ten() -> None:
        for _ in range(10):
            with database.profile_session(ours.profile_id) as session:
                run = session.require(Run, ours[Run])
                run.parameters = {"n": run.parameters.get("n", 0) + 1}

    threads = [threading.Thread(target=add_ten) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.profile_session(ours.profile_id) as session:
        assert session.require(Run, ours[Run]).parameters == {"n": 40}


# ------------------------------------------------------------------ cascades


def test_a_project_goes_with_its_clips_and_exports_but_not_its_footage(database: Database, ours: Any) -> None:
    # pitfall 35
    with database.profile_session(ours.profile_id) as session:
        session.delete(session.require(Project, ours[Project]))

    with database.profile_session(ours.profile_id) as session:
        left = {
            str(model.__tablename__)
            for model in TENANT_TABLES
            if session.exec(select(func.count()).select_from(model)).one()
        }
    gone = {"project", "project_footage", "clip", "export"}
    assert left == {str(model.__tablename__) for model in TENANT_TABLES} - gone


def test_footage_in_use_stays(database: Database, ours: Any) -> None:
    with pytest.raises(IntegrityError), database.profile_session(ours.profile_id) as session:
        session.delete(session.require(Footage, ours[Footage]))


def test_unused_footage_goes_with_its_segments(database: Database, ours: Any) -> None:
    with database.profile_session(ours.profile_id) as session:
        session.delete(session.require(Project, ours[Project]))
        session.flush()
        session.delete(session.require(Footage, ours[Footage]))


LEDGER_CHANGES: dict[str, Any] = {
    "update": lambda s, line: setattr(line, "amount_micro_usd", 0),
    "bulk update": lambda s, line: s.exec(update(CostEntry).values(amount_micro_usd=0)),
    "delete": lambda s, line: s.delete(line),
    "bulk delete": lambda s, line: s.exec(delete(CostEntry)),
}


@pytest.mark.parametrize("change", LEDGER_CHANGES.values(), ids=LEDGER_CHANGES.keys())
def test_the_ledger_is_append_only(change: Any, database: Database, ours: Any) -> None:
    with (
        pytest.raises(DBAPIError, match="append-only"),
        database.profile_session(ours.profile_id) as session,
    ):
        change(session, session.require(CostEntry, ours[CostEntry]))

    with database.profile_session(ours.profile_id) as session:
        assert session.require(CostEntry, ours[CostEntry]).amount_micro_usd == 7


# ------------------------------------------------------------------ the session of the registry

REGISTRY_ESCAPES: dict[str, Callable[[Any, Any], Any]] = {
    "entity": lambda s, them: s.exec(select(Clip)).all(),
    "core table": lambda s, them: s.execute(core_select(Clip.__table__)).all(),
    "subquery": lambda s, them: s.exec(select(Profile).where(exists().where(col(Clip.variant) == 1))).all(),
    "get": lambda s, them: s.get(Clip, (them.profile_id, them[Clip])),
    "text": lambda s, them: s.execute(text("SELECT name FROM clip")).all(),
    "driver SQL": lambda s, them: s.connection().exec_driver_sql("SELECT name FROM clip").all(),
    "cursor": lambda s, them: s.connection().connection.cursor().execute("SELECT name FROM clip").fetchall(),
    "cursor write": lambda s, them: s.connection().connection.cursor().execute("DELETE FROM clip"),
    "add": lambda s, them: s.add(new_clip(them[Project], profile_id=them.profile_id)),
    "bulk insert": lambda s, them: s.bulk_insert_mappings(
        Project, [{"profile_id": them.profile_id, "id": uuid4(), "name": "x"}]
    ),
    "update": lambda s, them: s.exec(update(Clip).values(name="x")),
    "delete": lambda s, them: s.exec(delete(Clip)),
}


@pytest.mark.parametrize("escape", REGISTRY_ESCAPES.values(), ids=REGISTRY_ESCAPES.keys())
def test_the_registry_never_reaches_a_tenant_table(
    escape: Callable[[Any, Any], Any], database: Database, ours: Any, theirs: Any
) -> None:
    with (
        pytest.raises(
            (ScopeViolation, DatabaseError),
            match=r"not for the table|refused|through|not authorized|prohibited",
        ),
        database.admin_session() as session,
    ):
        escape(session, theirs)
