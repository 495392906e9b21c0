"""Who may do what in which profile: the one door between a signed-in person and a profile's session.

Roles are enforced here, below every page. A membership is read from the database whenever a session is
opened, so somebody who was removed is out at once, whatever a browser still shows.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from sqlmodel import and_, col, or_, select

from models.errors import BadInput, Forbidden, NotFound
from models.person import Membership, Person, Role
from models.profile import Profile
from models.profiles import list_profiles
from models.session import AdminSession, Database, ProfileSession

__all__ = ["LOCAL", "Identity", "Member", "Role", "join", "profiles_of", "registered"]

#: No provider can be called so: an issuer is a URL.
_LOCAL_ISSUER = "local"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, as the sign-in provider says."""

    issuer: str
    """The provider's address."""
    subject: str
    """Its own unchanging id of the person."""
    email: str
    """Lower case; may be empty."""
    name: str
    """As people call them; may be empty."""
    is_email_verified: bool = False
    """Whether the provider vouches that the address is theirs."""

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> Self:
        """The identity in the claims of an ID token whose signature was checked.

        Raises:
            BadInput: no issuer or no subject, so nobody can be told apart from anybody.
        """
        issuer, subject = claims.get("iss"), claims.get("sub")
        vouched = claims.get("email_verified")
        if not (isinstance(issuer, str) and "://" in issuer and isinstance(subject, str) and subject):
            raise BadInput(
                "The sign-in provider does not say who you are (no `iss` or `sub`); "
                "check the [auth] section of its settings."
            )
        return cls(
            issuer,
            subject,
            str(claims.get("email") or "").strip().lower(),
            " ".join(str(claims.get("name") or "").split()),
            # Some providers send the word; anything else is no vouching.
            vouched is True or vouched == "true",
        )

    @property
    def is_local(self) -> bool:
        """Whether this is `LOCAL`."""
        return self.issuer == _LOCAL_ISSUER


#: Whoever sits at this machine while sign-in is off, and the command line: owns every profile.
LOCAL = Identity(_LOCAL_ISSUER, "", "", "You")


class Member:
    """One person in one profile. Made by `join` only.

    Args:
        database: Where.
        identity: Who.
        profile: Which profile, as it was at `join`.
        role: What they may do, as it was at `join`; each session asks again.
    """

    def __init__(self, database: Database, identity: Identity, profile: Profile, role: Role) -> None:
        self._database = database
        self._identity = identity
        self._profile = profile
        self._role = role

    @property
    def database(self) -> Database:
        """The open database; its settings say where files lie."""
        return self._database

    @property
    def identity(self) -> Identity:
        """Who they are."""
        return self._identity

    @property
    def profile(self) -> Profile:
        """The profile as it was at `join`."""
        return self._profile

    @property
    def role(self) -> Role:
        """The role at `join`, for what a page shows; what is allowed is asked anew."""
        return self._role

    def require(self, role: Role) -> None:
        """Makes sure, from the database, that they may do now what `role` may.

        Raises:
            NotFound: they are no member any more, or the profile is gone.
            Forbidden: their role does not include it.
        """
        with self._database.admin_session(read_only=True) as session:
            held = _role_in(session, self._identity, self._profile)
        if not held.includes(role):
            raise Forbidden(_refusal(held, self._profile))

    @contextlib.contextmanager
    def reading(self) -> Iterator[ProfileSession]:
        """A session that only reads; see `Database.profile_session`.

        Raises:
            NotFound: they are no member any more.
        """
        self.require(Role.VIEWER)
        with self._database.profile_session(self._profile.id, read_only=True) as session:
            yield session

    @contextlib.contextmanager
    def writing(self) -> Iterator[ProfileSession]:
        """A session for making and changing reels; keep it short.

        Raises:
            NotFound: they are no member any more.
            Forbidden: they are a viewer.
        """
        with self._session_for(Role.EDITOR) as session:
            yield session

    @contextlib.contextmanager
    def owning(self) -> Iterator[ProfileSession]:
        """A session for what only owners do: budget, keys, members, deleting the profile.

        Raises:
            NotFound: they are no member any more.
            Forbidden: they are no owner.
        """
        with self._session_for(Role.OWNER) as session:
            yield session

    @contextlib.contextmanager
    def _session_for(self, role: Role) -> Iterator[ProfileSession]:
        self.require(role)
        with self._database.profile_session(self._profile.id) as session:
            yield session


def profiles_of(database: Database, identity: Identity) -> list[Profile]:
    """The profiles that somebody may enter, the default first, then by name."""
    if identity.is_local:
        return list_profiles(database)
    person_id = registered(database, identity)
    if person_id is None:
        return []
    with database.admin_session(read_only=True) as session:
        mine = set(session.exec(select(Membership.profile_id).where(Membership.person_id == person_id)))
    return [profile for profile in list_profiles(database) if profile.id in mine]


def join(database: Database, identity: Identity, slug: str) -> Member:
    """Lets somebody into a profile; asked anew on every rerun of a page.

    Args:
        database: Where.
        identity: Who.
        slug: The profile's short name.

    Raises:
        NotFound: there is no such profile, or they are no member of it; the two are told apart nowhere.
    """
    if not identity.is_local:
        registered(database, identity)
    with database.admin_session(read_only=True) as session:
        profile = session.exec(select(Profile).where(Profile.slug == slug)).first()
        if profile is None:
            raise NotFound("profile", slug)
        return Member(database, identity, profile, _role_in(session, identity, profile))


def registered(database: Database, identity: Identity) -> UUID | None:
    """The id of a person, taking up what they were invited to; None for somebody never invited.

    An invitation is bound to whoever first signs in with its e-mail address, and only if the provider
    vouches for the address. Strangers leave no row behind.
    """
    with database.admin_session(read_only=True) as session:
        known, invited = _rows_of(session, identity)
    if invited is None:
        return known.id if known else None
    with database.admin_session() as session:
        known, invited = _rows_of(session, identity)  # again: another window may have been quicker
        if invited is None:
            return known.id if known else None
        if known is None:
            invited.issuer, invited.subject = identity.issuer, identity.subject
            invited.name = identity.name
            return invited.id
        _move_memberships(session, invited, known)
        return known.id


def _rows_of(session: AdminSession, identity: Identity) -> tuple[Person | None, Person | None]:
    """The person's own row and an open invitation to their address, if there are any."""
    is_known = and_(col(Person.issuer) == identity.issuer, col(Person.subject) == identity.subject)
    is_invited = and_(col(Person.subject).is_(None), col(Person.email) == identity.email)
    may_take_up = identity.is_email_verified and identity.email
    rows = session.exec(select(Person).where(or_(is_known, is_invited) if may_take_up else is_known)).all()
    known = next((row for row in rows if row.subject is not None), None)
    return known, next((row for row in rows if row.subject is None), None)


def _move_memberships(session: AdminSession, invited: Person, known: Person) -> None:
    """Gives a known person what an invitation holds; of two roles in one profile the higher one stays."""
    held = {
        row.profile_id: row
        for row in session.exec(select(Membership).where(Membership.person_id == known.id))
    }
    for offered in session.exec(select(Membership).where(Membership.person_id == invited.id)).all():
        own = held.get(offered.profile_id)
        if own is None:
            session.add(Membership(profile_id=offered.profile_id, person_id=known.id, role=offered.role))
        elif offered.role.includes(own.role):
            own.role = offered.role
        session.delete(offered)
    session.flush()  # before the person, whose deletion would take the memberships along
    session.delete(invited)


def _role_in(session: AdminSession, identity: Identity, profile: Profile) -> Role:
    """The role that somebody has now.

    Raises:
        NotFound: none, or the profile is gone.
    """
    is_there = session.exec(select(Profile.id).where(Profile.id == profile.id)).first()
    if is_there and identity.is_local:
        return Role.OWNER
    membership = session.exec(
        select(Membership)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(
            Membership.profile_id == profile.id,
            Person.issuer == identity.issuer,
            Person.subject == identity.subject,
        )
    ).first()
    if membership is None:
        raise NotFound("profile", profile.slug)
    return membership.role


def _refusal(held: Role, profile: Profile) -> str:
    if held is Role.VIEWER:
        return f"Viewers can look but not change anything in {profile.name}; ask one of its owners for more."
    return f"Only owners of {profile.name} can do this; ask one of them."
