"""Which analyser and which voice a run uses: what the profile chose, opened with the profile's own key.

A client lives for one task and one profile. Nothing is replaced by anything else in here: a fallback is
decided by the tasks, and only where the profile allows it.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.prices import ElevenLabsPrice, GeminiPrice, PriceTable
from models.provider_settings import ProviderSettings, provider_settings
from models.secrets import key_for
from models.tenant import now_utc
from tasks.providers.elevenlabs import ElevenLabsVoice, VoiceSettings
from tasks.providers.gemini import GeminiAnalyser
from tasks.providers.offline import OfflineAnalyser, OfflineVoice
from tasks.providers.ports import Analyser, SpeechRequest, Voice
from tasks.run_context import RunContext


@dataclass(frozen=True)
class ChosenVoice:
    """A voice, how it is asked, and its price; None is free."""

    voice: Voice
    name: str
    price: ElevenLabsPrice | None = None

    def request(self, text: str) -> SpeechRequest:
        """The request for a text."""
        return SpeechRequest(text=text, voice=self.name)


@dataclass(frozen=True)
class ChosenAnalyser:
    """An analyser and its price; None is free."""

    analyser: Analyser
    price: GeminiPrice | None = None


def settings_of(run: RunContext) -> ProviderSettings:
    """The profile's provider settings."""
    with run.reading() as session:
        return provider_settings(session.profile)


@contextlib.contextmanager
def chosen_voice(run: RunContext, settings: ProviderSettings) -> Iterator[ChosenVoice]:
    """The profile's voice.

    Raises:
        MissingKey: the profile chose a provider that it has no key for.
        BadInput: the model has no price today.
    """
    if settings.voice == "offline":
        yield offline_voice(run)
        return
    chosen = settings.elevenlabs
    price = PriceTable.load().price_for("elevenlabs", chosen.model, now_utc().date())
    with ElevenLabsVoice(
        key_for(run.database, run.profile_id, "elevenlabs"),
        chosen.model,
        VoiceSettings(
            stability=chosen.stability,
            similarity_boost=chosen.similarity,
            style=chosen.style,
            speed=chosen.speed,
            language_code=chosen.language,
        ),
        max_characters=price.max_characters,
        credits_per_character=price.credits_per_character,
        base_url=str(run.settings.elevenlabs_base_url),
    ) as voice:
        yield ChosenVoice(voice, chosen.voice_id or "", price)


def offline_voice(run: RunContext) -> ChosenVoice:
    """The voice that needs no key."""
    with run.reading() as session:
        return ChosenVoice(OfflineVoice(), session.profile.voice)


@contextlib.contextmanager
def chosen_analyser(run: RunContext, settings: ProviderSettings) -> Iterator[ChosenAnalyser]:
    """The profile's analyser; raises as `chosen_voice`."""
    if settings.analyser == "offline":
        yield ChosenAnalyser(OfflineAnalyser())
        return
    chosen = settings.gemini
    table = PriceTable.load()
    price = table.price_for("gemini", chosen.model, now_utc().date())
    with GeminiAnalyser(
        key_for(run.database, run.profile_id, "gemini"),
        chosen.model,
        image_tokens=table.image_tokens,
        prompt_version=chosen.prompt_version,
        backend=chosen.backend,
        base_url=str(run.settings.gemini_base_url),
    ) as analyser:
        yield ChosenAnalyser(analyser, price)


def fingerprint(inputs: Any) -> str:
    """The address of whatever these inputs buy: SHA-256 of their canonical JSON."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
