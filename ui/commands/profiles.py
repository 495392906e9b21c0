"""`reelflow profile`: the store brands of this installation."""

from typing import Annotated

import typer

from models.budget import set_budget
from models.errors import BadInput
from models.money import dollars, parse_usd
from models.profiles import create_profile, delete_profile, find_profile, list_profiles, set_default
from models.provider_settings import provider_settings
from ui.commands.context import JsonOption, YesOption, installation, open_workplace, workplace
from ui.commands.keys import describe_source, key_sources, remove_key, rotate_secrets, set_key
from ui.commands.provider_choice import describe_providers, providers_document, set_
from ui.commands.voices import subscription
from ui.documents import profile_document
from ui.output import notes, print_json, print_table, print_text

app = typer.Typer(help="Store brands: each with its own library, runs and costs.", no_args_is_help=True)

app.command("set")(set_)
app.command("set-key")(set_key)
app.command("remove-key")(remove_key)
app.command("rotate-secrets")(rotate_secrets)
app.command()(subscription)

ReferenceArgument = Annotated[str, typer.Argument(metavar="PROFILE", help="Slug or id.")]
OptionalReferenceArgument = Annotated[
    str | None, typer.Argument(metavar="PROFILE", help="Slug or id; the default one when left out.")
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The brand, as people write it.")],
    slug: Annotated[
        str | None, typer.Option(help="Short name for commands; made of the name when left out.")
    ] = None,
    timezone: Annotated[str, typer.Option(help='Such as "Europe/Bucharest".')] = "UTC",
    as_json: JsonOption = False,
) -> None:
    """Add a profile; the first one becomes the default."""
    with installation() as (_, database):
        profile = create_profile(database, name, slug, timezone)
    if as_json:
        print_json(profile_document(profile))
        return
    print_text(f"Added {profile.name} ({profile.slug}){', the default' if profile.is_default else ''}.")


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List all profiles."""
    with installation() as (_, database):
        profiles = list_profiles(database)
    if as_json:
        print_json({"profiles": [profile_document(profile) for profile in profiles]})
        return
    print_table(
        ["slug", "name", "time zone", "default"],
        [(p.slug, p.name, p.timezone, "yes" if p.is_default else "") for p in profiles],
        empty="No profiles yet. Add one: reelflow profile add NAME",
    )


@app.command()
def show(reference: OptionalReferenceArgument = None, as_json: JsonOption = False) -> None:
    """Show one profile; the default one when none is named."""
    with workplace(reference) as place:
        document, keys = profile_document(place.profile), key_sources(place)
        providers = provider_settings(place.profile)
    if as_json:
        print_json({**document, **providers_document(providers), "keys": keys})
        return
    offline_voice = document.pop("voice")
    budget = document.pop("monthly_budget_micro_usd")
    del document["monthly_budget_usd"]
    for key, value in document.items():
        print_text(f"{key:12} {value}")
    print_text(f"{'budget':12} {'no limit' if budget is None else f'{dollars(budget)} a month'}")
    for line in describe_providers(providers, offline_voice=offline_voice):
        print_text(line)
    described = ", ".join(f"{provider}: {describe_source(source)}" for provider, source in keys.items())
    print_text(f"{'keys':12} {described}")


@app.command("set-default")
def set_default_(reference: ReferenceArgument, as_json: JsonOption = False) -> None:
    """Make a profile the default one."""
    with installation() as (_, database):
        profile = set_default(database, reference)
    if as_json:
        print_json(profile_document(profile))
        return
    print_text(f"{profile.name} is the default now.")


@app.command("set-budget")
def set_budget_(
    reference: ReferenceArgument,
    amount: Annotated[
        str, typer.Argument(metavar="AMOUNT|none", help="Dollars a month, such as 25 or 7.50.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Set what a profile may spend a month, from the current month on."""
    limit = None if amount.casefold() == "none" else parse_usd(amount)
    with installation() as (_, database):
        profile = find_profile(database, reference)
        month = set_budget(database, profile.id, limit)
        profile = find_profile(database, profile.id)
    if as_json:
        print_json(profile_document(profile))
        return
    may = "any amount" if limit is None else f"{dollars(limit)} a month"
    print_text(f"{profile.name} may spend {may}, from {month} on.")


@app.command()
def delete(reference: ReferenceArgument, yes: YesOption = False, as_json: JsonOption = False) -> None:
    """Delete a profile with everything in it."""
    with installation() as (_, database):
        profile = open_workplace(database, find_profile(database, reference)).profile
        confirm(f"Delete {profile.name} with its library, projects, runs and costs?", yes=yes)
        deleted = delete_profile(database, reference)
    if as_json:
        print_json({"deleted": str(profile.id), "rows": deleted.rows, "files": deleted.files})
        return
    print_text(f"Deleted {profile.name}: {sum(deleted.rows.values())} rows, {deleted.files} files.")


def confirm(question: str, *, yes: bool) -> None:
    """Asks a person; a script must say --yes.

    Raises:
        BadInput: nobody can answer, or the answer was no.
    """
    if yes:
        return
    if not (notes.is_terminal and typer.get_text_stream("stdin").isatty()):
        raise BadInput(f"{question} Say --yes to go ahead.")
    if not typer.confirm(question, err=True):
        raise BadInput("Nothing was deleted.")
