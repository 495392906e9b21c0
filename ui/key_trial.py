"""Whether a profile's key is taken by its provider: asked by a request that costs nothing.

Apart from the pages, which know nothing of tasks; `reelflow doctor` asks the same of all keys.
"""

from dataclasses import dataclass

from models.errors import ReelflowError
from models.provider_settings import provider_settings
from models.redaction import redact
from models.secrets import KeyedProvider, key_for
from ui.components.desk import Desk


@dataclass(frozen=True, slots=True)
class KeyTrial:
    """What a provider said to a key."""

    is_well: bool
    """Whether it can be used."""
    detail: str
    """The answer in words; never the key."""


def try_profile_key(desk: Desk, provider: KeyedProvider) -> KeyTrial:
    """Tries the key that the profile's calls would use: its own, else the installation's."""
    from tasks.providers.keys import try_key

    model = provider_settings(desk.profile).gemini.model if provider == "gemini" else None
    try:
        key = key_for(desk.database, desk.profile.id, provider)
    except ReelflowError as error:
        return KeyTrial(False, redact(str(error)))
    found = try_key(provider, key, desk.settings, name=provider, model=model)
    return KeyTrial(found.is_well, redact(found.detail))
