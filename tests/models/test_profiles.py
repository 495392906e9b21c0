"""Profiles as a set: names, the one default, and leaving without a trace."""

import sqlite3
from contextlib import closing
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select, update

from models.errors import BadInput, NotFound, ScopeViolation
from models.profile import Profile
from models.profiles import (
    change_profile,
    create_profile,
    delete_profile,
    ensure_default,
    find_profile,
    list_profiles,
    removal_preview,
    set_default,
    slugify,
)
from models.run import Run, RunState
from models.session import Database
from models.storage import Storage
from models.tables import TENANT_TABLES
from models.work_dir import open_work_dir


def defaults(database: Database) -> list[str]:
    return [profile.slug for profile in list_profiles(database) if profile.is_default]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Café Zürich", "cafe-zurich"),
        ("  Mum's   Mugs! ", "mums-mugs"),
        ("日本", "profile"),
        ("a" * 200, "a" * 63),
        ("--", "profile"),
        ("A/../B", "a-b"),
    ],
)
def test_a_slug_is_short_ascii(name: str, slug: str) -> None:
    assert slugify(name) == slug


def test_the_first_profile_is_the_default_and_the_second_is_not(database: Database) -> None:
    first = create_profile(database, "Mugs", timezone="Europe/Bucharest")
    second = create_profile(database, "Cups")

    assert (first.is_default, second.is_default) == (True, False)
    assert find_profile(database).id == first.id
    assert find_profile(database, "cups").id == second.id
    assert find_profile(database, str(second.id)).id == second.id
    assert find_profile(database, second.id).slug == "cups"
    assert [profile.name for profile in list_profiles(database)] == ["Mugs", "Cups"]


def test_names_that_give_the_same_slug_are_told_apart(database: Database) -> None:
    assert [create_profile(database, name).slug for name in ("Café", "Cafe", "Cafe!")] == [
        "cafe",
        "cafe-2",
        "cafe-3",
    ]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "  "}, "1 to 200 printable characters"),
        ({"name": "x" * 201}, "1 to 200 printable characters"),
        ({"name": "a\0b"}, "1 to 200 printable characters"),
        ({"name": "MUGS"}, "already a profile called 'MUGS'; choose another name"),
        ({"name": "New", "slug": "mugs"}, "'mugs' is taken; 'mugs-2' is free"),
        ({"name": "New", "slug": "My Mugs"}, "such as 'my-mugs'"),
        ({"name": "New", "slug": "../x"}, "such as 'x'"),
        ({"name": "New", "slug": "a" * 64}, "at most 63 characters"),
        ({"name": "New", "slug": str(UUID(int=1))}, "looks like an id"),
        ({"name": "New", "timezone": "Mars/Olympus"}, "no time zone; use an IANA name such as"),
        ({"name": "New", "timezone": "../etc/passwd"}, "no time zone"),
        ({"name": "New", "timezone": ""}, "no time zone"),
        ({"name": "New", "timezone": "Europe"}, "no time zone"),
    ],
)
def test_what_can_t_be_used_is_refused_with_a_way_out(
    database: Database, given: dict[str, str], sentence: str
) -> None:
    create_profile(database, "Mugs")

    with pytest.raises(BadInput, match=sentence.replace("(", r"\(")):
        create_profile(database, **given)

    assert len(list_profiles(database)) == 1


def test_a_profile_can_be_renamed_but_not_to_a_taken_name(database: Database) -> None:
    mugs, _ = create_profile(database, "Mugs"), create_profile(database, "Cups")

    changed = change_profile(database, "mugs", name="MUGS & more", timezone="Asia/Tokyo")

    assert (changed.id, changed.slug) == (mugs.id, "mugs")
    assert (find_profile(database, "mugs").name, find_profile(database, "mugs").timezone) == (
        "MUGS & more",
        "Asia/Tokyo",
    )
    with pytest.raises(BadInput, match="already"):
        change_profile(database, "mugs", name="cups")


def test_there_is_exactly_one_default_after_every_change(database: Database) -> None:
    # pitfall 29
    for name in ("A", "B", "C"):
        create_profile(database, name)
        assert len(defaults(database)) == 1
    for slug in ("b", "b", "c", "a"):
        set_default(database, slug)
        assert defaults(database) == [slug]
    with pytest.raises(NotFound):
        set_default(database, "nobody")
    assert defaults(database) == ["a"]


def test_the_database_itself_refuses_a_second_default(database: Database) -> None:
    create_profile(database, "A")
    with pytest.raises(IntegrityError), database.admin_session() as session:
        session.add(Profile(slug="x", name="X", is_default=True))


def test_the_default_can_t_be_moved_from_inside_a_profile(database: Database) -> None:
    create_profile(database, "A")
    other = create_profile(database, "B")

    with pytest.raises(ScopeViolation), database.profile_session(other.id) as session:
        session.profile.is_default = True

    assert defaults(database) == ["a"]


def test_a_missing_default_is_put_right(database: Database) -> None:
    assert ensure_default(database).slug == "my-store"
    assert ensure_default(database).slug == "my-store"
    with database.admin_session() as session:
        session.exec(update(Profile).values(is_default=False))
    with pytest.raises(NotFound, match="default"):
        find_profile(database)

    assert ensure_default(database).slug == "my-store"
    assert len(list_profiles(database)) == 1


@pytest.mark.parametrize("reference", ["nobody", "", str(UUID(int=1)), uuid4(), None, "' OR 1=1 --"])
def test_who_is_not_there_is_not_found(database: Database, reference: Any) -> None:
    with pytest.raises(NotFound):
        find_profile(database, reference)


def test_a_deleted_profile_leaves_nothing_and_takes_nothing_of_others(
    database: Database, ours: Any, theirs: Any
) -> None:
    # pitfall 35
    settings = database.settings
    ids = (ours.profile_id, theirs.profile_id)
    mine, kept = (Storage(settings.storage_dir, profile_id) for profile_id in ids)
    for storage in (mine, kept):
        path = storage.path(storage.key_for("exports", uuid4(), ".mp4"))
        path.parent.mkdir(parents=True)
        path.write_bytes(b"1234")
    with open_work_dir(settings, theirs.profile_id, uuid4(), keep=True):
        pass

    gone = delete_profile(database, "theirs")

    assert gone.slug == "theirs"
    assert gone.rows == {str(model.__tablename__): 1 for model in TENANT_TABLES}
    assert gone.files == (1, 4)
    assert gone.work_dirs == 1
    assert not list(settings.home_dir.rglob(f"*{theirs.profile_id}*"))
    with closing(sqlite3.connect(settings.home_dir / "reelflow.db")) as connection:
        for model in TENANT_TABLES:
            owners = connection.execute(f"SELECT profile_id FROM {model.__tablename__}").fetchall()  # noqa: S608
            assert owners == [(ours.profile_id.hex,)], model
    assert len(list(settings.storage_dir.rglob("*.mp4"))) == 1


def test_the_default_goes_last(database: Database) -> None:
    create_profile(database, "A")
    create_profile(database, "B")

    with pytest.raises(BadInput, match="make another one the default"):
        delete_profile(database, "a")
    delete_profile(database, "b")
    delete_profile(database, "a")

    assert list_profiles(database) == []


def test_the_default_stays_even_when_another_profile_comes_in_between(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pitfall 29: what the check saw is no longer so when the row is deleted
    create_profile(database, "A")
    create_profile(database, "B")
    monkeypatch.setattr("models.profiles.list_profiles", lambda _database: [None])

    with pytest.raises(BadInput, match="make another one the default"):
        delete_profile(database, "a")

    assert find_profile(database).slug == "a"


@pytest.mark.parametrize("state", [RunState.PENDING, RunState.RUNNING])
def test_a_profile_with_a_live_run_stays(database: Database, theirs: Any, state: RunState) -> None:
    with database.profile_session(theirs.profile_id) as session:
        session.require(Run, theirs[Run]).state = state

    with pytest.raises(BadInput, match="1 run under way; cancel"):
        delete_profile(database, "theirs")

    with database.profile_session(theirs.profile_id) as session:
        assert session.exec(select(Run).where(col(Run.state) == state)).one()


def test_what_a_deletion_would_remove_is_told_before(database: Database, ours: Any, theirs: Any) -> None:
    storage = Storage(database.settings.storage_dir, theirs.profile_id)
    kept = storage.path(storage.key_for("footage", uuid4(), ".mp4"))
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"12345")

    going = removal_preview(database, "theirs")

    assert (going.slug, going.files, going.rows["clip"]) == ("theirs", (1, 5), 1)
    assert kept.exists()
    gone = delete_profile(database, "theirs")
    assert (gone.rows, gone.files) == (going.rows, going.files)


def test_a_preview_is_refused_where_the_deletion_is(database: Database, ours: Any, theirs: Any) -> None:
    with pytest.raises(BadInput, match="default profile"):
        removal_preview(database, "ours")
    with database.profile_session(theirs.profile_id) as session:
        session.add(Run(kind="make_reels", state=RunState.RUNNING))
    with pytest.raises(BadInput, match="1 run under way"):
        removal_preview(database, "theirs")
    with pytest.raises(NotFound):
        removal_preview(database, "nobody")
