"""What every command starts with: settings, the database, the profile it works for."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import typer
from sqlmodel import select

from models.errors import BadInput, NotFound
from models.profile import Profile
from models.profiles import find_profile
from models.project import Project
from models.session import Database, ProfileSession, open_database
from models.settings import Settings, load_settings
from models.storage import Storage
from tasks.run_end import end_killed_runs
from ui.output import print_note

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile", envvar="REELFLOW_PROFILE", metavar="SLUG", help="The default one when left out."
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]


@dataclass(frozen=True)
class Workplace:
    """An open installation and the profile that a command works for."""

    settings: Settings
    database: Database
    profile: Profile
    storage: Storage

    def reading(self) -> contextlib.AbstractContextManager[ProfileSession]:
        """A transaction that only reads."""
        return self.database.profile_session(self.profile.id, read_only=True)

    def writing(self) -> contextlib.AbstractContextManager[ProfileSession]:
        """A transaction that may write."""
        return self.database.profile_session(self.profile.id)


@contextlib.contextmanager
def installation() -> Iterator[tuple[Settings, Database]]:
    """Settings and the open database.

    Raises:
        BadInput: nothing can be kept where REELFLOW_HOME points.
    """
    settings = load_settings()
    make_home(settings)
    with open_database(settings) as database:
        yield settings, database


def make_home(settings: Settings) -> None:
    """Makes the home folder.

    Raises:
        BadInput: there can't be one.
    """
    try:
        settings.home_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"REELFLOW_HOME can't be {settings.home_dir}: {error.strerror}; choose another folder."
        ) from error


@contextlib.contextmanager
def workplace(slug: str | None) -> Iterator[Workplace]:
    """The installation, for one profile.

    Raises:
        NotFound: there is no such profile, or none at all.
    """
    with installation() as (_, database):
        yield open_workplace(database, find_profile(database, slug))


def open_workplace(database: Database, profile: Profile) -> Workplace:
    """The workplace of a profile, cleared of what killed runs left in it."""
    for run_id in end_killed_runs(database, profile.id):
        print_note(
            "note", f"Run {run_id} was killed before it was done; what it left behind is cleared away."
        )
    return Workplace(database.settings, database, profile, Storage(database.settings.storage_dir, profile.id))


def find_project(session: ProfileSession, reference: str) -> Project:
    """A project by its id or its name.

    Raises:
        NotFound: the profile has neither.
    """
    with contextlib.suppress(ValueError):
        return session.require(Project, UUID(reference))
    project = session.exec(select(Project).where(Project.name == reference)).first()
    if project is None:
        raise NotFound("project", reference)
    return project


def id_of(kind: str, text: str) -> UUID:
    """An id from the command line.

    Raises:
        NotFound: it is none; what is no id is not found either.
    """
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(kind, text) from None
