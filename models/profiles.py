"""Making, finding, choosing and deleting profiles.

The only code that works on profiles as a set; whatever belongs to one of them goes through its own
session. While any profile exists, exactly one is the default: an index allows no second one, and a
trigger lets the default go last.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select, update

from models.errors import BadInput, NotFound
from models.profile import Profile
from models.run import FINAL_STATES, Run
from models.session import AdminSession, Database, ProfileSession
from models.storage import Removed, Storage
from models.tables import TENANT_TABLES
from models.work_dir import remove_profile_work

MAX_NAME = 200
MAX_SLUG = 63
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FIRST_NAME = "My store"


@dataclass(frozen=True, slots=True)
class ProfileRemoval:
    """What deleting a profile would take along, shown before it is done."""

    slug: str
    """The profile's short name."""
    rows: dict[str, int]
    """Rows that would go, by table; tables that have none are left out."""
    files: Removed
    """Files that would go from the library."""


@dataclass(frozen=True, slots=True)
class DeletedProfile:
    """What went with a profile."""

    slug: str
    """The profile's short name, free again."""
    rows: dict[str, int]
    """Rows removed, by table; tables that had none are left out."""
    files: Removed
    """Files removed from the library."""
    work_dirs: int
    """Work dirs that crashed runs had left behind."""


def create_profile(database: Database, name: str, slug: str | None = None, timezone: str = "UTC") -> Profile:
    """Adds a profile; the first one becomes the default.

    Args:
        database: Where.
        name: As people write it, at most 200 characters, unique whatever its case.
        slug: Short name for addresses, tags and commands; made from `name` when not given.
        timezone: IANA name such as "Europe/Bucharest"; the store's day and month are counted in it.

    Raises:
        BadInput: a name, slug or time zone that can't be used, or is taken.
    """
    name, timezone = _checked_name(name), _checked_timezone(timezone)
    try:
        with database.admin_session() as session:
            others = session.exec(select(Profile)).all()
            _refuse_taken_name(name, others)
            taken = {other.slug for other in others}
            profile = Profile(
                name=name,
                slug=_free_slug(slugify(name), taken) if slug is None else _checked_slug(slug, taken),
                timezone=timezone,
                is_default=not any(other.is_default for other in others),
            )
            session.add(profile)
    except IntegrityError as error:  # only where two transactions may run at once: PostgreSQL
        raise BadInput("Another profile was created at the same moment; try again.") from error
    return profile


def change_profile(
    database: Database, reference: str | UUID, *, name: str | None = None, timezone: str | None = None
) -> Profile:
    """Renames a profile or moves it to another time zone; its slug stays, addresses depend on it.

    Raises:
        NotFound: there is no such profile.
        BadInput: a name or time zone that can't be used, or is taken.
    """
    with database.admin_session() as session:
        profile = _find(session, reference)
        if name is not None:
            name = _checked_name(name)
            _refuse_taken_name(name, [p for p in session.exec(select(Profile)) if p.id != profile.id])
            profile.name = name
        if timezone is not None:
            profile.timezone = _checked_timezone(timezone)
    return profile


def list_profiles(database: Database) -> list[Profile]:
    """All profiles, the default first, then by name."""
    with database.admin_session(read_only=True) as session:
        profiles = session.exec(select(Profile)).all()
    return sorted(profiles, key=lambda profile: (not profile.is_default, profile.name.casefold()))


def find_profile(database: Database, reference: str | UUID | None = None) -> Profile:
    """The profile with this slug or id; the default one for None.

    Raises:
        NotFound: there is no such profile, or none at all.
    """
    with database.admin_session(read_only=True) as session:
        return _find(session, reference)


def set_default(database: Database, reference: str | UUID) -> Profile:
    """Makes a profile the default instead of the one that was, in one transaction.

    Raises:
        NotFound: there is no such profile; the default stays.
    """
    with database.admin_session() as session:
        profile = _find(session, reference)
        _move_default(session, profile)
    return profile


def ensure_default(database: Database) -> Profile:
    """The default profile, made if there is no profile yet; what a fresh installation starts with."""
    with database.admin_session() as session:
        profile = session.exec(select(Profile).where(col(Profile.is_default))).first()
        if profile is None:
            profile = session.exec(select(Profile).order_by(col(Profile.created_at))).first()
            profile = profile or Profile(name=_FIRST_NAME, slug=slugify(_FIRST_NAME))
            session.add(profile)
            _move_default(session, profile)
    return profile


def removal_preview(database: Database, reference: str | UUID) -> ProfileRemoval:
    """What deleting a profile would remove; refused as the deletion itself would be.

    Raises:
        NotFound: there is no such profile.
        BadInput: it is the default while others exist, or a run of it is still live.
    """
    profile = _deletable(database, reference)
    with database.profile_session(profile.id, read_only=True) as session:
        _refuse_live(session)
        rows = _row_counts(session)
    return ProfileRemoval(profile.slug, rows, Storage(database.settings.storage_dir, profile.id).measure())


def delete_profile(database: Database, reference: str | UUID) -> DeletedProfile:
    """Deletes a profile with all its rows, then its files.

    Raises:
        NotFound: there is no such profile.
        BadInput: it is the default while others exist, or a run of it is still live.
    """
    profile = _deletable(database, reference)
    try:
        with database.profile_session(profile.id) as session:
            _refuse_live(session)
            rows = _row_counts(session)
            session.delete(session.profile)
    except IntegrityError as error:  # the database's own trigger: a profile was added since we looked
        raise _default_stays(profile) from error
    settings = database.settings
    return DeletedProfile(
        slug=profile.slug,
        rows=rows,
        work_dirs=len(remove_profile_work(settings, profile.id)),
        files=Storage(settings.storage_dir, profile.id).remove_profile(),
    )


def slugify(name: str) -> str:
    """A slug from any name: ASCII letters, digits and single hyphens, at most 63 characters.

    A name without any ASCII letter or digit becomes "profile".
    """
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", ascii_name.replace("'", ""))
    return "-".join(words)[:MAX_SLUG].strip("-") or "profile"


def _deletable(database: Database, reference: str | UUID) -> Profile:
    profile = find_profile(database, reference)
    if profile.is_default and len(list_profiles(database)) > 1:
        raise _default_stays(profile)
    return profile


def _default_stays(profile: Profile) -> BadInput:
    return BadInput(f"{profile.name!r} is the default profile; make another one the default, then delete it.")


def _refuse_live(session: ProfileSession) -> None:
    live = session.exec(
        select(func.count()).select_from(Run).where(col(Run.state).not_in(FINAL_STATES))
    ).one()
    if live:
        raise BadInput(
            f"{session.profile.name!r} has {live} {'run' if live == 1 else 'runs'} under way; "
            "cancel them or wait for their end, then delete it."
        )


def _find(session: AdminSession, reference: str | UUID | None) -> Profile:
    query = select(Profile)
    if reference is None:
        query = query.where(col(Profile.is_default))
    else:
        profile_id = _as_id(reference)
        query = query.where(
            Profile.slug == str(reference) if profile_id is None else Profile.id == profile_id
        )
    profile = session.exec(query).first()
    if profile is None:
        raise NotFound("profile", "default" if reference is None else reference)
    return profile


def _as_id(reference: str | UUID) -> UUID | None:
    try:
        return reference if isinstance(reference, UUID) else UUID(reference)
    except ValueError:
        return None


def _move_default(session: AdminSession, profile: Profile) -> None:
    session.exec(update(Profile).where(col(Profile.is_default)).values(is_default=False))
    profile.is_default = True


def _row_counts(session: ProfileSession) -> dict[str, int]:
    counts = {
        str(model.__tablename__): session.exec(select(func.count()).select_from(model)).one()
        for model in TENANT_TABLES
    }
    return {table: count for table, count in counts.items() if count}


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise BadInput(f"A profile's name has 1 to {MAX_NAME} printable characters; this one has not.")
    return name


def _refuse_taken_name(name: str, others: Sequence[Profile]) -> None:
    if any(other.name.casefold() == name.casefold() for other in others):
        raise BadInput(f"There is already a profile called {name!r}; choose another name.")


def _checked_slug(slug: str, taken: set[str]) -> str:
    if not _SLUG.fullmatch(slug) or len(slug) > MAX_SLUG:
        raise BadInput(
            f"{slug!r} can't be a profile's short name: use a to z, 0 to 9 and single hyphens, "
            f"at most {MAX_SLUG} characters, such as {slugify(slug)!r}."
        )
    if _as_id(slug) is not None:
        raise BadInput(f"{slug!r} looks like an id; choose a short name that can be told from one.")
    if slug in taken:
        raise BadInput(f"The short name {slug!r} is taken; {_free_slug(slug, taken)!r} is free.")
    return slug


def _free_slug(wanted: str, taken: set[str]) -> str:
    candidate, number = wanted, 1
    while candidate in taken or _as_id(candidate) is not None:
        number += 1
        ending = f"-{number}"
        candidate = wanted[: MAX_SLUG - len(ending)].rstrip("-") + ending
    return candidate


def _checked_timezone(timezone: str) -> str:
    try:
        ZoneInfo(timezone)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError; a folder's name an OSError
        raise BadInput(
            f"{timezone!r} is no time zone; use an IANA name such as 'Europe/Bucharest' or 'UTC'."
        ) from None
    return timezone
