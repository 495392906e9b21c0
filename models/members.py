"""Who belongs to a profile: invited, given a role, removed. Only owners change it, and one always stays.

Apart from `models.access`, which only asks who may enter and is on the way of every page.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from models.access import Identity, Member, registered
from models.errors import BadInput, Forbidden, NotFound
from models.person import Membership, Person, Role
from models.profile import Profile
from models.profiles import create_profile
from models.session import AdminSession, Database

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One line of the list of members."""

    person_id: UUID
    """What `set_role` and `remove_member` take."""
    email: str
    """Their address; for an invitation the one that has to sign in."""
    name: str
    """As the provider says; empty before the first sign-in."""
    role: Role
    """What they may do."""
    is_invited: bool
    """Whether they have not signed in yet."""
    since: datetime
    """When they were let in or invited."""


def list_members(member: Member) -> list[MemberRow]:
    """The members of a profile and whom it invited, owners first, then by address.

    Raises:
        NotFound: the asking person is no member any more.
    """
    member.require(Role.VIEWER)
    with member.database.admin_session(read_only=True) as session:
        rows = session.exec(
            select(Membership, Person)
            .join(Person, col(Person.id) == col(Membership.person_id))
            .where(Membership.profile_id == member.profile.id)
        ).all()
    order = list(Role)
    members = [_row(membership, person) for membership, person in rows]
    return sorted(members, key=lambda row: (order.index(row.role), row.email, str(row.person_id)))


def invite_member(member: Member, email: str, role: Role) -> MemberRow:
    """Lets whoever signs in with a verified e-mail address into the profile.

    Raises:
        BadInput: no e-mail address, or it is a member's already.
        Forbidden: the asking person is no owner.
    """
    member.require(Role.OWNER)
    email = _checked_email(email)
    profile = member.profile
    with member.database.admin_session() as session:
        here = session.exec(
            select(Person)
            .join(Membership, col(Membership.person_id) == col(Person.id))
            .where(Membership.profile_id == profile.id, Person.email == email)
        ).first()
        if here is not None:
            raise BadInput(f"{email} is a member of {profile.name} already; change their role instead.")
        person = session.exec(
            select(Person).where(Person.email == email, col(Person.subject).is_(None))
        ).first()
        if person is None:
            person = Person(email=email)
            session.add(person)
            session.flush()
        membership = Membership(profile_id=profile.id, person_id=person.id, role=role)
        session.add(membership)
    return _row(membership, person)


def set_role(member: Member, person_id: UUID, role: Role) -> MemberRow:
    """Gives a member another role.

    Raises:
        NotFound: the profile has no such member.
        BadInput: nobody would own the profile any more.
        Forbidden: the asking person is no owner.
    """
    member.require(Role.OWNER)
    with member.database.admin_session() as session:
        membership, person = _find(session, member.profile, person_id)
        if role is not Role.OWNER:
            _keep_an_owner(session, member.profile, membership)
        membership.role = role
    return _row(membership, person)


def remove_member(member: Member, person_id: UUID) -> MemberRow:
    """Takes a member or an invitation out of the profile; whatever they look at ends at once.

    A person without any profile is forgotten.

    Raises:
        NotFound: the profile has no such member.
        BadInput: nobody would own the profile any more.
        Forbidden: the asking person is no owner, and it is not themselves.
    """
    with member.database.admin_session(read_only=True) as session:
        _, person = _find(session, member.profile, person_id)
    is_leaving = (person.issuer, person.subject) == (member.identity.issuer, member.identity.subject)
    member.require(Role.VIEWER if is_leaving else Role.OWNER)
    with member.database.admin_session() as session:
        membership, person = _find(session, member.profile, person_id)
        _keep_an_owner(session, member.profile, membership)
        session.delete(membership)
        session.flush()
        if not session.exec(select(Membership.role).where(Membership.person_id == person_id)).first():
            session.delete(person)
    return _row(membership, person)


def found_profile(
    database: Database, identity: Identity, name: str, slug: str | None = None, timezone: str = "UTC"
) -> Profile:
    """Adds a profile on somebody's behalf and makes them its owner.

    With sign-in on, whoever owns a profile may add another; the first one is made on the command line.

    Raises:
        Forbidden: they own no profile.
        BadInput: see `create_profile`.
    """
    if identity.is_local:
        return create_profile(database, name, slug, timezone)
    person_id = registered(database, identity)
    with database.admin_session(read_only=True) as session:
        owns = session.exec(
            select(Membership.profile_id).where(
                Membership.person_id == person_id, Membership.role == Role.OWNER
            )
        ).first()
    if person_id is None or owns is None:
        raise Forbidden("Only who owns a profile can add another; ask one of the owners.")
    profile = create_profile(database, name, slug, timezone)
    with database.admin_session() as session:
        session.add(Membership(profile_id=profile.id, person_id=person_id, role=Role.OWNER))
    return profile


def _find(session: AdminSession, profile: Profile, person_id: UUID) -> tuple[Membership, Person]:
    membership = session.get(Membership, (profile.id, person_id))
    person = session.get(Person, person_id)
    if membership is None or person is None:
        raise NotFound("member", person_id)
    return membership, person


def _keep_an_owner(session: AdminSession, profile: Profile, leaving: Membership) -> None:
    """Refuses to take the last owner away.

    On databases that lock rows the owners are locked, so that two can't leave at the same moment.
    """
    if leaving.role is not Role.OWNER:
        return
    owners = session.exec(
        select(Membership)
        .where(Membership.profile_id == profile.id, Membership.role == Role.OWNER)
        .with_for_update()
    ).all()
    if len(owners) == 1:
        raise BadInput(
            f"This is the last owner of {profile.name}; make somebody else an owner first, "
            "or delete the profile."
        )


def _row(membership: Membership, person: Person) -> MemberRow:
    return MemberRow(
        person.id, person.email, person.name, membership.role, person.subject is None, membership.created_at
    )


def _checked_email(email: str) -> str:
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise BadInput(f"{email!r} is no e-mail address; write it as name@example.com.")
    return email
