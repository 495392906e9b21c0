"""`reelflow profile members`: who may enter a profile once sign-in is on.

Whoever can run commands on this machine owns every profile, so this is also how the first owner is made.
"""

from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

import typer

from models.access import LOCAL, Member, Role, join
from models.errors import BadInput, NotFound
from models.members import MemberRow, invite_member, list_members, remove_member, set_role
from ui.commands.context import JsonOption, ProfileOption, Workplace, workplace
from ui.output import print_json, print_table, print_text

app = typer.Typer(help="Who may enter a profile once sign-in is on.", no_args_is_help=True)

MemberArgument = Annotated[str, typer.Argument(metavar="MEMBER", help="E-mail address or id.")]


@app.command("list")
def list_(profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """List the profile's members and whom it invited."""
    with workplace(profile) as place:
        members = list_members(_owner(place))
    if as_json:
        print_json({"members": [_document(row) for row in members]})
        return
    print_table(
        ["e-mail", "name", "role", "", "id"],
        [
            (row.email, row.name, row.role, "invited" if row.is_invited else "", row.person_id)
            for row in members
        ],
        empty=f"Nobody is a member of {place.profile.name} yet. Add an owner: "
        "reelflow profile members add EMAIL --role owner",
    )


@app.command()
def add(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address they sign in with.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.EDITOR,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let whoever signs in with an e-mail address into the profile."""
    with workplace(profile) as place:
        row = invite_member(_owner(place), email, role)
    _say(row, f"{row.email} may enter {place.profile.name} as {_with_article(role)}.", as_json=as_json)


@app.command()
def remove(member: MemberArgument, profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """Take a member out of the profile; what they look at ends at once."""
    with workplace(profile) as place:
        owner = _owner(place)
        row = remove_member(owner, _find(owner, member).person_id)
    _say(row, f"{row.email} may not enter {place.profile.name} any more.", as_json=as_json)


@app.command("set-role")
def set_role_(
    member: MemberArgument,
    role: Annotated[Role, typer.Argument(metavar="ROLE", help="owner, editor or viewer.")],
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change what a member may do."""
    with workplace(profile) as place:
        owner = _owner(place)
        row = set_role(owner, _find(owner, member).person_id, role)
    _say(row, f"{row.email} is {_with_article(role)} of {place.profile.name} now.", as_json=as_json)


def _owner(place: Workplace) -> Member:
    return join(place.database, LOCAL, place.profile.slug)


def _find(owner: Member, reference: str) -> MemberRow:
    """A member by e-mail address or id.

    Raises:
        NotFound: there is none.
        BadInput: several people have this address.
    """
    wanted: UUID | None = None
    with suppress(ValueError):
        wanted = UUID(reference)
    email = reference.strip().lower()
    found = [row for row in list_members(owner) if row.person_id == wanted or row.email == email]
    if not found:
        raise NotFound("member", reference)
    if len(found) > 1:
        raise BadInput(f"{len(found)} members have the address {email}; name one by its id.")
    return found[0]


def _document(row: MemberRow) -> dict[str, Any]:
    return {
        "person_id": str(row.person_id),
        "email": row.email,
        "name": row.name,
        "role": row.role.value,
        "is_invited": row.is_invited,
        "since": row.since.isoformat(),
    }


def _say(row: MemberRow, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(row))
        return
    print_text(sentence)


def _with_article(role: Role) -> str:
    return "a viewer" if role is Role.VIEWER else f"an {role.value}"
