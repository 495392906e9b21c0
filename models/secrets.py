"""The keys that profiles have with providers: stored sealed, opened at the moment of a call.

A profile's own key comes first, then the installation's from the environment; a call without a key is
refused with the way to set one. A key is never a parameter of a flow: what runs gets the profile's id
and asks here.
"""

from typing import Literal, get_args
from uuid import UUID

from pydantic import SecretStr
from sqlmodel import select

from models.errors import BadInput, MissingKey, NotFound
from models.key_ring import KeyRing, add_key, drop_old_keys, keys_locked, load_key_ring, make_key_ring
from models.profiles import list_profiles
from models.redaction import remember
from models.secret import ProfileSecret
from models.session import Database, ProfileSession
from models.settings import Settings
from models.tenant import now_utc

KeyedProvider = Literal["gemini", "elevenlabs"]
KeySource = Literal["profile", "installation"]

#: The providers that are reached with a key.
KEYED_PROVIDERS: tuple[KeyedProvider, ...] = get_args(KeyedProvider)

#: As their makers write them.
PROVIDER_TITLES: dict[KeyedProvider, str] = {"gemini": "Gemini", "elevenlabs": "ElevenLabs"}

_MAX_LENGTH = 512


def set_key(database: Database, profile_id: UUID, provider: str, value: SecretStr) -> None:
    """Stores a profile's key for a provider, in place of an earlier one.

    Raises:
        NotFound: there is no such profile.
        BadInput: no such provider, or what was given can't be a key.
    """
    name = _checked(provider)
    remember(value)
    key = _tidy(name, value)
    settings = database.settings
    with keys_locked(settings), database.profile_session(profile_id) as session:
        sealed = make_key_ring(settings).seal(profile_id, name, key)
        row = _row(session, name)
        if row is None:
            session.add(ProfileSecret(profile_id=profile_id, name=name, sealed=sealed))
        else:
            row.sealed, row.changed_at = sealed, now_utc()


def remove_key(database: Database, profile_id: UUID, provider: str) -> None:
    """Forgets a profile's own key for a provider.

    Raises:
        NotFound: there is no such profile, or it has no key of its own.
        BadInput: no such provider.
    """
    name = _checked(provider)
    with database.profile_session(profile_id) as session:
        row = _row(session, name)
        if row is None:
            raise NotFound("key of this profile for", name)
        session.delete(row)


def key_for(database: Database, profile_id: UUID, provider: str) -> SecretStr:
    """The key for a call: the profile's own, else the installation's.

    Raises:
        NotFound: there is no such profile.
        MissingKey: neither has one.
        BadInput: no such provider, or others can read the key file.
        Fault: the stored key can't be opened.
        ScopeViolation: the stored key was made for another profile.
    """
    name = _checked(provider)
    with keys_locked(database.settings):
        with database.profile_session(profile_id, read_only=True) as session:
            row = _row(session, name)
            slug = session.profile.slug
        if row is not None:
            return load_key_ring(database.settings).unseal(profile_id, name, row.sealed)
    installed = installation_key(database.settings, name)
    if installed is None:
        raise MissingKey(
            f"{slug} has no {PROVIDER_TITLES[name]} key: "
            f"run `reelflow profile set-key {name} --profile {slug}`, "
            f"or set REELFLOW_{name.upper()}_API_KEY for all profiles."
        )
    return installed


def key_source(database: Database, profile_id: UUID, provider: str) -> KeySource | None:
    """Whose key a call would use, without opening it; None when there is none."""
    name = _checked(provider)
    with database.profile_session(profile_id, read_only=True) as session:
        if _row(session, name) is not None:
            return "profile"
    return "installation" if installation_key(database.settings, name) else None


def has_key(database: Database, profile_id: UUID, provider: str) -> bool:
    """Whether a call would find a key."""
    return key_source(database, profile_id, provider) is not None


def installation_key(settings: Settings, provider: KeyedProvider) -> SecretStr | None:
    """The key that profiles without one of their own use."""
    value = settings.gemini_api_key if provider == "gemini" else settings.elevenlabs_api_key
    return None if value is None else _tidy(provider, value)


def rotate_secrets(database: Database) -> int:
    """Seals every stored secret anew with a new key and drops the old one; returns how many there are.

    With `REELFLOW_SECRET_KEY` the new key is its first one; the others can be taken out afterwards. A
    crash on the way leaves all secrets readable: the old key goes last. Older backups of the database
    then need the older key file.

    Raises:
        Fault: a stored secret can't be opened; the old key stays, so that nothing else is lost.
    """
    settings = database.settings
    with keys_locked(settings):
        ring = add_key(settings) if settings.secret_key is None else load_key_ring(settings)
        count = sum(_seal_anew(database, profile.id, ring) for profile in list_profiles(database))
        if settings.secret_key is None:
            drop_old_keys(settings)
    return count


def _seal_anew(database: Database, profile_id: UUID, ring: KeyRing) -> int:
    with database.profile_session(profile_id) as session:
        rows = session.exec(select(ProfileSecret)).all()
        for row in rows:
            row.sealed = ring.seal(profile_id, row.name, ring.unseal(profile_id, row.name, row.sealed))
    return len(rows)


def _row(session: ProfileSession, name: str) -> ProfileSecret | None:
    return session.exec(select(ProfileSecret).where(ProfileSecret.name == name)).first()


def _checked(provider: str) -> KeyedProvider:
    for known in KEYED_PROVIDERS:
        if provider == known:
            return known
    raise BadInput(f"{provider!r} is no provider with a key; choose {' or '.join(KEYED_PROVIDERS)}.")


def _tidy(provider: KeyedProvider, value: SecretStr) -> SecretStr:
    """A key without the white space that copying adds; its text never reaches a message."""
    text = value.get_secret_value().strip()
    # Anything else breaks an HTTP header, in an error that quotes the whole of it.
    if not text or len(text) > _MAX_LENGTH or not all("!" <= character <= "~" for character in text):
        raise BadInput(
            f"This can't be a {PROVIDER_TITLES[provider]} key: "
            "a key is one word of letters, digits and signs. Copy it again from your account."
        )
    remember(text)
    return SecretStr(text)
