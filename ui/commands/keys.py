"""`reelflow profile set-key`, `remove-key`, `rotate-secrets`: the keys a profile has with providers.

A key is typed at a hidden prompt or piped in. On the command line it would be in the shell's history and
in the list of processes, for every user of the machine to read.
"""

import sys
from typing import Annotated, Literal

import typer
from pydantic import SecretStr

from models import secrets
from models.errors import BadInput
from models.redaction import remember
from models.secrets import PROVIDER_TITLES, KeyedProvider
from ui.commands.context import JsonOption, ProfileOption, Workplace, installation, workplace
from ui.output import notes, print_json, print_text

ProviderArgument = Annotated[
    KeyedProvider, typer.Argument(metavar="gemini|elevenlabs", show_default=False, help="Whose key.")
]

#: A pipe that never ends is no key.
_MAX_CHARACTERS = 4096

_SOURCES: dict[secrets.KeySource | None, str] = {
    "profile": "yes (its own)",
    "installation": "yes (the installation's)",
    None: "no",
}


def set_key(
    provider: ProviderArgument,
    given: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Store a profile's key for a provider: typed at a prompt, or piped in."""
    for word in given or ():
        remember(word)
    if given:
        raise BadInput(
            "A key is never given on the command line, where others can read it. Leave it out and type it "
            f"when asked, or pipe it in: reelflow profile set-key {provider} < file. "
            "If this one is in your shell's history, make a new one."
        )
    with workplace(profile) as place:
        value = _read(PROVIDER_TITLES[provider], place.profile.name)
        secrets.set_key(place.database, place.profile.id, provider, value)
    if as_json:
        print_json({"profile_id": str(place.profile.id), "provider": provider, "source": "profile"})
        return
    print_text(f"{place.profile.name} has a key for {PROVIDER_TITLES[provider]} now. Try it: reelflow doctor")


def remove_key(
    provider: ProviderArgument, profile: ProfileOption = None, as_json: JsonOption = False
) -> None:
    """Forget a profile's own key for a provider."""
    with workplace(profile) as place:
        secrets.remove_key(place.database, place.profile.id, provider)
        source = secrets.key_source(place.database, place.profile.id, provider)
    if as_json:
        print_json({"profile_id": str(place.profile.id), "provider": provider, "source": source})
        return
    rest = " Calls now use the installation's." if source else ""
    print_text(f"{place.profile.name} has no key of its own for {PROVIDER_TITLES[provider]} any more.{rest}")


def rotate_secrets(as_json: JsonOption = False) -> None:
    """Seal all stored keys anew with a new secret key; needed when the key file was seen by others."""
    with installation() as (settings, database):
        count = secrets.rotate_secrets(database)
    if as_json:
        print_json({"sealed": count})
        return
    source = "the first key of REELFLOW_SECRET_KEY" if settings.secret_key else str(settings.secret_key_path)
    print_text(f"Sealed {count} stored {'key' if count == 1 else 'keys'} anew with {source}.")


def key_sources(place: Workplace) -> dict[KeyedProvider, Literal["profile", "installation"] | None]:
    """Whose key each provider would be called with."""
    return {
        provider: secrets.key_source(place.database, place.profile.id, provider)
        for provider in secrets.KEYED_PROVIDERS
    }


def describe_source(source: secrets.KeySource | None) -> str:
    """Whether there is a key and whose it is, for a person."""
    return _SOURCES[source]


def _read(title: str, owner: str) -> SecretStr:
    if _is_a_person_there():
        return SecretStr(typer.prompt(f"{title} key of {owner} (not shown)", hide_input=True, err=True))
    text = sys.stdin.read(_MAX_CHARACTERS)
    if not text.strip():
        raise BadInput(f"There is no key on standard input; pipe the {title} key in, or use a terminal.")
    return SecretStr(text)


def _is_a_person_there() -> bool:
    return sys.stdin.isatty() and notes.is_terminal
