"""Who gets into a profile, as what, and for how long."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import select

from models.access import LOCAL, Identity, Member, Role, join, profiles_of
from models.errors import BadInput, Forbidden, NotFound, ScopeViolation
from models.members import found_profile, invite_member, list_members, remove_member, set_role
from models.person import Membership, Person
from models.profiles import create_profile, delete_profile, set_default
from models.project import Project
from models.session import Database

ISSUER = "https://id.example"


def person(name: str, *, is_verified: bool = True, issuer: str = ISSUER, subject: str = "") -> Identity:
    return Identity.from_claims(
        {
            "iss": issuer,
            "sub": subject or f"id of {name}",
            "email": f"{name}@Example.com",
            "name": name.title(),
            "email_verified": is_verified,
        }
    )


ANA, BOB, EVE = person("ana"), person("bob"), person("eve")


@pytest.fixture
def acme(database: Database) -> Database:
    """Two profiles; Ana was invited to Acme as its owner on the command line."""
    create_profile(database, "Acme")
    create_profile(database, "Rival")
    invite_member(join(database, LOCAL, "acme"), "ana@example.com", Role.OWNER)
    return database


def let_in(database: Database, identity: Identity, role: Role) -> Member:
    invite_member(join(database, LOCAL, "acme"), identity.email, role)
    return join(database, identity, "acme")


def test_without_sign_in_one_owns_everything(database: Database) -> None:
    create_profile(database, "Acme")

    member = join(database, LOCAL, "acme")
    with member.owning() as session:
        session.add(Project(name="Spring"))

    assert (member.role, [profile.slug for profile in profiles_of(database, LOCAL)]) == (Role.OWNER, ["acme"])
    with database.admin_session() as session:
        assert not session.exec(select(Person)).all()


def test_no_token_can_claim_to_be_the_local_person() -> None:
    for claims in ({"iss": "local", "sub": "x"}, {"iss": ISSUER}, {"sub": "x"}, {"iss": ISSUER, "sub": ""}):
        with pytest.raises(BadInput, match="does not say who you are"):
            Identity.from_claims(claims)


def test_a_member_sees_only_their_profiles(acme: Database) -> None:
    assert [profile.slug for profile in profiles_of(acme, ANA)] == ["acme"]
    assert join(acme, ANA, "acme").role is Role.OWNER


@pytest.mark.parametrize("slug", ["rival", "acme", "nobody", ""])
def test_a_stranger_and_a_missing_profile_get_the_same_answer(acme: Database, slug: str) -> None:
    # pitfall 24
    with pytest.raises(NotFound) as refused:
        join(acme, EVE, slug)

    assert str(refused.value) == f"There is no profile '{slug}'."
    assert profiles_of(acme, EVE) == []
    with acme.admin_session() as session:
        assert [row.email for row in session.exec(select(Person))] == ["ana@example.com"]


@pytest.mark.parametrize("is_verified", [False, None, "no", 1])
def test_an_address_that_nobody_vouches_for_takes_up_no_invitation(acme: Database, is_verified: Any) -> None:
    claims = {"iss": ISSUER, "sub": "x", "email": "ana@example.com", "email_verified": is_verified}

    with pytest.raises(NotFound):
        join(acme, Identity.from_claims(claims), "acme")


def test_an_invitation_is_bound_to_who_takes_it_up_and_not_to_the_address(acme: Database) -> None:
    join(acme, ANA, "acme")

    for other in (person("ana", subject="another"), person("ana", issuer="https://evil.example")):
        with pytest.raises(NotFound):
            join(acme, other, "acme")
    moved = Identity.from_claims({"iss": ISSUER, "sub": "id of ana", "email": "new@example.com"})
    assert join(acme, moved, "acme").role is Role.OWNER


def test_a_second_invitation_joins_what_the_person_has(acme: Database) -> None:
    join(acme, ANA, "acme")
    invite_member(join(acme, LOCAL, "rival"), "Ana@Example.com ", Role.VIEWER)

    assert [profile.slug for profile in profiles_of(acme, ANA)] == ["acme", "rival"]
    with acme.admin_session() as session:
        assert len(session.exec(select(Person)).all()) == 1


def test_of_two_roles_in_one_profile_the_higher_stays(acme: Database) -> None:
    bob = let_in(acme, BOB, Role.VIEWER)
    with acme.admin_session() as session:  # invited by a new address that the same person has as well
        pending = Person(email="bob@work.example")
        session.add(pending)
        session.flush()
        session.add(Membership(profile_id=bob.profile.id, person_id=pending.id, role=Role.EDITOR))

    both = Identity(ISSUER, "id of bob", "bob@work.example", "Bob", is_email_verified=True)

    assert join(acme, both, "acme").role is Role.EDITOR
    assert join(acme, BOB, "acme").role is Role.EDITOR


ALLOWED = {
    Role.VIEWER: {"reading"},
    Role.EDITOR: {"reading", "writing"},
    Role.OWNER: {"reading", "writing", "owning"},
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("way", ["reading", "writing", "owning"])
def test_a_role_opens_what_it_should(acme: Database, role: Role, way: str) -> None:
    bob = let_in(acme, BOB, role)

    if way in ALLOWED[role]:
        with getattr(bob, way)() as session:
            assert session.profile.slug == "acme"
    else:
        with pytest.raises(Forbidden, match=r"Acme.*owners|owners of Acme"), getattr(bob, way)():
            pass


def test_a_reading_session_can_t_write(acme: Database) -> None:
    with let_in(acme, BOB, Role.OWNER).reading() as session:
        session.add(Project(name="Spring"))
        with pytest.raises(OperationalError, match="readonly"):
            session.flush()
        session.rollback()


def test_who_is_removed_is_out_at_the_next_session_whatever_they_still_hold(acme: Database) -> None:
    # pitfall 24
    bob = let_in(acme, BOB, Role.EDITOR)
    owner = join(acme, ANA, "acme")
    with bob.writing():
        pass

    remove_member(owner, next(row.person_id for row in list_members(owner) if row.name == "Bob"))

    for opened in (bob.reading, bob.writing):
        with pytest.raises(NotFound), opened():
            pass
    with pytest.raises(NotFound):
        join(acme, BOB, "acme")
    with acme.admin_session() as session:
        assert [row.name for row in session.exec(select(Person))] == ["Ana"]


def test_a_lower_role_holds_at_once(acme: Database) -> None:
    bob = let_in(acme, BOB, Role.EDITOR)
    owner = join(acme, ANA, "acme")

    set_role(owner, next(row.person_id for row in list_members(owner) if row.name == "Bob"), Role.VIEWER)

    with pytest.raises(Forbidden), bob.writing():
        pass
    with bob.reading():
        pass


def test_a_deleted_profile_takes_its_memberships_along(acme: Database) -> None:
    ana = join(acme, ANA, "acme")
    set_default(acme, "rival")

    delete_profile(acme, "acme")

    with acme.admin_session() as session:
        assert session.exec(select(Membership)).all() == []
    with pytest.raises(NotFound), ana.reading():
        pass


def changes(owner: Member, other: UUID) -> dict[str, Callable[[Member], Any]]:
    return {
        "invite": lambda member: invite_member(member, "eve@example.com", Role.OWNER),
        "set role": lambda member: set_role(member, other, Role.OWNER),
        "remove": lambda member: remove_member(member, other),
    }


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_only_owners_change_the_members(acme: Database, role: Role) -> None:
    owner, bob = join(acme, ANA, "acme"), let_in(acme, BOB, role)
    before = list_members(owner)

    for change in changes(owner, before[0].person_id).values():
        with pytest.raises(Forbidden):
            change(bob)

    assert list_members(bob) == before


def test_anybody_may_leave_but_the_last_owner(acme: Database) -> None:
    owner, bob = join(acme, ANA, "acme"), let_in(acme, BOB, Role.VIEWER)
    ids = {row.name: row.person_id for row in list_members(owner)}

    for leave in (lambda: remove_member(owner, ids["Ana"]), lambda: set_role(owner, ids["Ana"], Role.EDITOR)):
        with pytest.raises(BadInput, match="last owner of Acme"):
            leave()
    remove_member(bob, ids["Bob"])

    assert [(row.name, row.role) for row in list_members(owner)] == [("Ana", Role.OWNER)]


def test_members_of_another_profile_are_not_found(acme: Database) -> None:
    invite_member(join(acme, LOCAL, "rival"), "eve@example.com", Role.OWNER)
    theirs = list_members(join(acme, LOCAL, "rival"))[0]
    ana = join(acme, ANA, "acme")

    for change in (
        lambda: set_role(ana, theirs.person_id, Role.VIEWER),
        lambda: remove_member(ana, theirs.person_id),
    ):
        with pytest.raises(NotFound):
            change()


@pytest.mark.parametrize("email", ["", "ana", "a b@c.d", "ana@", "@example.com", "a@b\n", "x" * 300 + "@e.x"])
def test_what_is_no_address_is_refused(acme: Database, email: str) -> None:
    if email == "a@b\n":  # white space around one is nobody's mistake
        assert invite_member(join(acme, ANA, "acme"), email, Role.VIEWER).email == "a@b"
        return
    with pytest.raises(BadInput, match="no e-mail address"):
        invite_member(join(acme, ANA, "acme"), email, Role.VIEWER)


def test_nobody_is_invited_twice(acme: Database) -> None:
    for owner in (join(acme, LOCAL, "acme"), join(acme, ANA, "acme")):  # before and after taking it up
        with pytest.raises(BadInput, match="is a member of Acme already"):
            invite_member(owner, "ANA@example.com", Role.VIEWER)


def test_owners_add_profiles_of_their_own_and_others_don_t(acme: Database) -> None:
    found_profile(acme, ANA, "Second")
    bob = let_in(acme, BOB, Role.EDITOR)

    assert [profile.slug for profile in profiles_of(acme, ANA)] == ["acme", "second"]
    for stranger in (bob.identity, EVE):
        with pytest.raises(Forbidden):
            found_profile(acme, stranger, "Third")


def test_people_are_out_of_a_profile_s_reach(acme: Database) -> None:
    with join(acme, ANA, "acme").owning() as session:
        for model in (Person, Membership):
            with pytest.raises(ScopeViolation):
                session.exec(select(model)).all()
        with pytest.raises(ScopeViolation):
            session.add(Person(email="x@y.z"))


def test_the_database_itself_refuses_a_second_open_invitation(acme: Database) -> None:
    create_profile(acme, "Third")
    with pytest.raises(IntegrityError), acme.admin_session() as session:
        session.add_all([Person(email="bob@example.com"), Person(email="bob@example.com")])
