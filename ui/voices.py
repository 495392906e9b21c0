"""The voices that a profile can speak with, and what they sound like; nothing in here costs anything.

Apart from the pages, which know nothing of tasks; the command line's own is `reelflow voices`.
"""

import re
import tempfile
from pathlib import Path
from typing import Final

from models.limits import check_script
from models.provider_settings import VoiceName
from models.secrets import key_for
from tasks.providers.ports import OfferedVoice, SpeechRequest
from ui.components.desk import Desk

__all__ = ["OfferedVoice", "offered_voices", "offline_sample", "sample_text"]

_LIST_TIMEOUT_S = 20.0
_SAMPLE_TIMEOUT_S = 30.0

#: A sample is one sentence of the script, or this.
SAMPLE_TEXT: Final = "This is how your product will sound."
_MOST_SAMPLE_CHARACTERS = 160
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s")


def offered_voices(desk: Desk, provider: VoiceName) -> tuple[OfferedVoice, ...]:
    """The voices of a provider, as the profile's own key sees them.

    Raises:
        MissingKey: the profile has no key for it.
        KeyRefused, ProviderRefused, ProviderUnavailable: from the service.
        Fault: eSpeak NG is not installed.
    """
    if provider == "offline":
        from tasks.providers.offline import OfflineVoice

        return OfflineVoice().list_voices(timeout_s=_LIST_TIMEOUT_S)
    key = key_for(desk.database, desk.profile.id, "elevenlabs")
    from tasks.providers.elevenlabs_account import ElevenLabsAccount  # its client takes a second to load

    with ElevenLabsAccount(key, base_url=desk.settings.elevenlabs_base_url) as account:
        return account.list_voices(timeout_s=_LIST_TIMEOUT_S)


def offline_sample(voice: str, text: str) -> bytes:
    """A text spoken by the offline voice, as a WAV file of some seconds.

    Args:
        voice: Such as `en-us` or `en-us+f3`.
        text: Short, such as `sample_text` gives.

    Raises:
        BadInput: there is nothing to say, or no such voice.
        Fault: eSpeak NG is not installed.
        MediaToolTimedOut: it took too long.
    """
    from tasks.providers.offline import OfflineVoice

    with tempfile.TemporaryDirectory(prefix="reelflow-voice-") as folder:
        request = SpeechRequest(text=check_script(text), voice=voice)
        return OfflineVoice().speak(request, Path(folder), timeout_s=_SAMPLE_TIMEOUT_S).audio.read_bytes()


def sample_text(script: str) -> str:
    """The first sentence of a script, or as much of it as makes a sample."""
    text = " ".join(script.split())
    if not any(character.isalnum() for character in text):
        return SAMPLE_TEXT
    first = _SENTENCE_END.split(text, maxsplit=1)[0]
    if len(first) <= _MOST_SAMPLE_CHARACTERS:
        return first
    return first[:_MOST_SAMPLE_CHARACTERS].rsplit(" ", 1)[0]
