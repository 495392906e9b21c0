"""Which analyser and which voice a run uses: what the profile chose, opened with the profile's own key.

A client lives for one task and one profile. Nothing is replaced by anything else in here: a fallback is
decided by the tasks, and only where the profile allows it.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from models.errors import BadInput
from models.prices import (
    ElevenLabsPrice,
    GeminiPrice,
    PriceTable,
    TranscriptionPrice,
    elevenlabs_cost,
    gemini_cost,
    transcription_cost,
)
from models.provider_settings import ProviderSettings, provider_settings
from models.secrets import KeyedProvider, key_for
from models.session import Database, ProfileSession
from models.settings import Settings
from models.tenant import now_utc
from tasks.providers.elevenlabs import ElevenLabsVoice, VoiceSettings
from tasks.providers.elevenlabs_account import ElevenLabsAccount
from tasks.providers.gemini import GeminiAnalyser
from tasks.providers.offline import OfflineAnalyser, OfflineVoice
from tasks.providers.ports import Analyser, SpeechRequest, Usage, Voice

#: Goes up whenever the same footage would be asked about in another way.
TRANSCRIPT_VERSION = "hear-1"


class Customer(Protocol):
    """Whose providers these are: a run's context has all of it."""

    @property
    def profile_id(self) -> UUID:
        """The profile."""
        ...

    @property
    def settings(self) -> Settings:
        """The installation's."""
        ...

    @property
    def database(self) -> Database:
        """The open one."""
        ...

    def reading(self) -> AbstractContextManager[ProfileSession]:
        """A transaction that only reads."""
        ...


@dataclass(frozen=True)
class ChosenVoice:
    """A voice, how it is asked, and its price; None is free."""

    voice: Voice
    name: str
    price: ElevenLabsPrice | None = None
    characters_per_request: int | None = None
    """Longer texts are spoken in parts; None: whatever their length, at once."""

    def request(self, text: str) -> SpeechRequest:
        """The request for a text."""
        return SpeechRequest(text=text, voice=self.name)

    def address(self, text: str) -> str:
        """The fingerprint under which the spoken text is kept."""
        inputs = {"voice": self.name, "speed": self.request(text).speed, "text": text}
        if self.characters_per_request is not None and len(text) > self.characters_per_request:
            inputs["characters_per_request"] = self.characters_per_request
        return fingerprint({**inputs, **self.voice.identity})

    def cost_micro_usd(self, usage: Usage) -> int:
        """What so much speaking costs."""
        return 0 if self.price is None else elevenlabs_cost(self.price, characters=usage.characters)


@dataclass(frozen=True)
class ChosenAnalyser:
    """An analyser and its price; None is free."""

    analyser: Analyser
    price: GeminiPrice | None = None

    def cost_micro_usd(self, usage: Usage) -> int:
        """What so much judging costs."""
        if self.price is None:
            return 0
        return gemini_cost(
            self.price,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            thinking_tokens=usage.thinking_tokens,
        )


@dataclass(frozen=True)
class ChosenListener:
    """Who hears the footage's own speech, how it is asked, and its price."""

    account: ElevenLabsAccount
    model: str
    language: str | None
    price: TranscriptionPrice
    calls_at_once: int | None
    """Most at once by the profile's settings; None leaves it to the plan."""
    provider: KeyedProvider = "elevenlabs"

    def address(self, footage_sha256: str) -> str:
        """The fingerprint under which a footage's words are kept."""
        return fingerprint(
            {
                "footage": footage_sha256,
                "provider": self.provider,
                "model": self.model,
                "language": self.language or "auto",
                "version": TRANSCRIPT_VERSION,
            }
        )

    def cost_micro_usd(self, usage: Usage) -> int:
        """What so much listening costs."""
        return transcription_cost(self.price, duration_s=usage.audio_s)


def settings_of(customer: Customer) -> ProviderSettings:
    """The profile's provider settings."""
    with customer.reading() as session:
        return provider_settings(session.profile)


@contextlib.contextmanager
def chosen_voice(customer: Customer, settings: ProviderSettings) -> Iterator[ChosenVoice]:
    """The profile's voice.

    Raises:
        MissingKey: the profile chose a provider that it has no key for.
        BadInput: the model has no price today.
    """
    if settings.voice == "offline":
        yield offline_voice(customer)
        return
    chosen = settings.elevenlabs
    price = PriceTable.load().price_for("elevenlabs", chosen.model, now_utc().date())
    at_once = min(price.max_characters, chosen.characters_per_request or price.max_characters)
    with ElevenLabsVoice(
        key_for(customer.database, customer.profile_id, "elevenlabs"),
        chosen.model,
        VoiceSettings(
            stability=chosen.stability,
            similarity_boost=chosen.similarity,
            style=chosen.style,
            speed=chosen.speed,
            language_code=chosen.language,
        ),
        max_characters=at_once,
        credits_per_character=price.credits_per_character,
        base_url=str(customer.settings.elevenlabs_base_url),
    ) as voice:
        yield ChosenVoice(voice, chosen.voice_id or "", price, at_once)


def offline_voice(customer: Customer) -> ChosenVoice:
    """The voice that needs no key."""
    with customer.reading() as session:
        return ChosenVoice(OfflineVoice(), session.profile.voice)


@contextlib.contextmanager
def chosen_analyser(customer: Customer, settings: ProviderSettings) -> Iterator[ChosenAnalyser]:
    """The profile's analyser; raises as `chosen_voice`."""
    if settings.analyser == "offline":
        yield ChosenAnalyser(OfflineAnalyser())
        return
    chosen = settings.gemini
    table = PriceTable.load()
    price = table.price_for("gemini", chosen.model, now_utc().date())
    with GeminiAnalyser(
        key_for(customer.database, customer.profile_id, "gemini"),
        chosen.model,
        image_tokens=table.image_tokens,
        prompt_version=chosen.prompt_version,
        backend=chosen.backend,
        base_url=str(customer.settings.gemini_base_url),
    ) as analyser:
        yield ChosenAnalyser(analyser, price)


@contextlib.contextmanager
def chosen_listener(customer: Customer, settings: ProviderSettings) -> Iterator[ChosenListener]:
    """Who hears the footage's own speech for the profile.

    Raises:
        BadInput: the profile has no provider that can, or the model has no price today.
        MissingKey: it has no key for it.
    """
    if settings.voice == "offline":
        with customer.reading() as session:
            slug = session.profile.slug
        raise BadInput(
            "What is said in the footage can't be heard offline, only by ElevenLabs. Run `reelflow profile "
            f"set {slug} --voice-provider elevenlabs --voice VOICE_ID` and `reelflow profile set-key "
            f"elevenlabs --profile {slug}`, or give a script instead."
        )
    chosen = settings.elevenlabs
    price = PriceTable.load().transcription_price_for(chosen.transcription_model, now_utc().date())
    with ElevenLabsAccount(
        key_for(customer.database, customer.profile_id, "elevenlabs"),
        base_url=str(customer.settings.elevenlabs_base_url),
    ) as account:
        yield ChosenListener(
            account,
            model=chosen.transcription_model,
            language=chosen.language,
            price=price,
            calls_at_once=chosen.concurrency,
        )


def fingerprint(inputs: Any) -> str:
    """The address of whatever these inputs buy: SHA-256 of their canonical JSON."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
