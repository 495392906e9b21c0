"""One look at an inbox: what is whole is made once, what can't be used is told, nothing is lost."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from filelock import FileLock
from sqlmodel import select

import flows.inbox
from flows.inbox import InboxLook, look_into_inbox
from models.profile import Profile
from models.profiles import create_profile
from models.project import Project
from models.run import Run, RunState
from models.session import Database, open_database
from models.settings import Settings
from tests.conftest import SAMPLE

FILM = SAMPLE / "cup.mp4"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(Settings(home=tmp_path)) as opened:
        yield opened


@pytest.fixture
def acme(database: Database) -> Profile:
    return create_profile(database, "Acme")


@pytest.fixture
def inbox(database: Database, acme: Profile, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inbox in which everything has been left alone for long."""
    now = time.time
    monkeypatch.setattr(flows.inbox.time, "time", lambda: now() + 60)
    folder = database.settings.inbox_dir("acme")
    folder.mkdir(parents=True)
    return folder


class Starter:
    """Takes the place of Prefect: remembers what was started, and fails when told to."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.is_away = False

    def __call__(
        self, database: Database, profile: Profile, kind: str, parameters: dict[str, Any], **rest: Any
    ) -> None:
        if self.is_away:
            raise ConnectionError("Prefect is away")
        self.asked.append({**parameters, **rest, "kind": kind})
        with database.profile_session(profile.id) as session:
            session.add(
                Run(profile_id=profile.id, id=rest["run_id"], kind=kind, prefect_flow_run_id=rest["run_id"])
            )


@pytest.fixture
def starter(monkeypatch: pytest.MonkeyPatch) -> Starter:
    starter = Starter()
    monkeypatch.setattr(flows.inbox, "start_run", starter)
    return starter


def drop(inbox: Path, name: str, content: bytes | None = None) -> Path:
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(FILM.read_bytes() if content is None else content)
    return path


def the_run_says(database: Database, acme: Profile, state: RunState, *, has_project: bool) -> UUID:
    """What a worker would have written by now."""
    with database.profile_session(acme.id) as session:
        run = session.exec(select(Run).where(Run.state == RunState.PENDING)).one()
        run.state, run.error = state, None if has_project else "The budget is spent."
        if has_project:
            project = Project(profile_id=acme.id, name=f"of {run.id}")
            session.add(project)
            session.flush()
            run.project_id = project.id
    return run.id


def test_a_film_with_its_script_is_made_once_and_put_away(
    database: Database, acme: Profile, inbox: Path, starter: Starter
) -> None:
    drop(inbox, "Summer sale.mp4")
    drop(inbox, "Summer sale.txt", b"Fresh tea for you.")

    assert look_into_inbox(database, acme) == InboxLook(started=["Summer sale"])
    assert look_into_inbox(database, acme) == InboxLook(), "it waits for the run"

    (asked,) = starter.asked
    assert (asked["kind"], asked["project"], asked["script"]) == (
        "make_reels",
        "Summer sale",
        "Fresh tea for you.",
    )
    assert Path(asked["files"][0]).is_file(), "the run reads it where it lies now"

    the_run_says(database, acme, RunState.RUNNING, has_project=True)
    assert look_into_inbox(database, acme) == InboxLook(done=["Summer sale"])
    assert {path.name for path in (inbox / "done").iterdir()} == {"Summer sale.mp4", "Summer sale.txt"}


def test_the_same_content_is_not_made_twice(
    database: Database, acme: Profile, inbox: Path, starter: Starter
) -> None:
    drop(inbox, "tea.mp4")
    look_into_inbox(database, acme)
    drop(inbox, "tea.mp4")
    assert look_into_inbox(database, acme) == InboxLook(), "the first one's end decides"

    the_run_says(database, acme, RunState.COMPLETED, has_project=True)
    look_into_inbox(database, acme)

    assert len(starter.asked) == 1
    assert {path.name for path in (inbox / "done").iterdir()} == {"tea.mp4", "tea (2).mp4"}


def test_a_run_that_failed_before_its_project_gives_the_film_back_with_the_reason(
    database: Database, acme: Profile, inbox: Path, starter: Starter
) -> None:
    drop(inbox, "tea.mp4")
    look_into_inbox(database, acme)
    first = the_run_says(database, acme, RunState.FAILED, has_project=False)

    assert look_into_inbox(database, acme) == InboxLook(refused=["tea"])
    refused = inbox / "refused" / "tea.mp4"
    assert "The budget is spent." in refused.with_name("tea.mp4 - why.txt").read_text()

    refused.rename(inbox / "tea.mp4")
    assert look_into_inbox(database, acme) == InboxLook(started=["tea"]), "moved back, it is tried again"
    assert starter.asked[1]["run_id"] != first


def test_a_start_that_failed_is_made_good_by_the_next_look(
    database: Database, acme: Profile, inbox: Path, starter: Starter
) -> None:
    drop(inbox, "tea.mp4")
    starter.is_away = True
    with pytest.raises(ConnectionError):
        look_into_inbox(database, acme)

    starter.is_away = False

    assert look_into_inbox(database, acme) == InboxLook(started=["tea"])
    assert len(starter.asked) == 1


def test_what_is_no_film_is_refused_without_a_run(
    database: Database, acme: Profile, inbox: Path, starter: Starter
) -> None:
    drop(inbox, "list.mp4", b"tea, cups, a box")
    drop(inbox, "Sale/tea.mp4")
    drop(inbox, "Sale/notes.pdf", b"%PDF")

    look = look_into_inbox(database, acme)

    assert (sorted(look.refused), starter.asked) == (["Sale", "list"], [])
    assert "notes.pdf can't be used" in (inbox / "refused" / "Sale - why.txt").read_text()
    assert (inbox / "refused" / "Sale" / "tea.mp4").is_file()


def test_one_watcher_at_a_time(database: Database, acme: Profile, inbox: Path, starter: Starter) -> None:
    drop(inbox, "tea.mp4")

    with FileLock(inbox / ".watcher.lock"):
        assert look_into_inbox(database, acme) == InboxLook()

    assert starter.asked == []


def test_a_file_that_is_still_being_copied_waits(database: Database, acme: Profile, starter: Starter) -> None:
    film = drop(database.settings.inbox_dir("acme"), "tea.mp4")

    assert look_into_inbox(database, acme) == InboxLook()

    assert film.is_file()
