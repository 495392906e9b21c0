"""ElevenLabs as a voice: scripts become speech with the time of every word.

Scripts longer than the model takes at once are split at sentences, each part is spoken knowing its
neighbours' text, and the parts are joined sample by sample, so that word times stay exact.
"""

import base64
import binascii
import math
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from elevenlabs import VoiceSettings as ServiceSettings
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from models.edit import Word
from models.errors import BadInput, ProviderRefused, ProviderUnavailable
from tasks.media.words import shift, tidy, words_from_characters
from tasks.providers.deadline import Deadline
from tasks.providers.elevenlabs_audio import Pcm, decode, join, write_wav
from tasks.providers.elevenlabs_connection import Connection
from tasks.providers.ports import Speech, SpeechRequest, Usage
from tasks.providers.sentences import split_text

#: Samples as they are, on every plan; 44.1 kHz would need a higher one.
OUTPUT_FORMAT = "pcm_24000"

#: How much of a neighbouring part is told for the tone of voice.
_NEIGHBOUR_CHARACTERS = 1_000

#: They refuse `previous_text` and `next_text` (https://github.com/pipecat-ai/pipecat/pull/4925).
_MODELS_WITHOUT_NEIGHBOURS = ("eleven_v3",)

_SPEEDS = (0.7, 1.2)

#: Times are rounded and the sound's end may be trimmed; more than this is missing sound.
_SHORTFALL_S = 0.5


class VoiceSettings(BaseModel):
    """How a voice speaks; the numbers are the service's own, None leaves the voice's own setting."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stability: float | None = Field(default=None, ge=0, le=1)
    similarity_boost: float | None = Field(default=None, ge=0, le=1)
    style: float | None = Field(default=None, ge=0, le=1)
    speed: float = Field(default=1.0, ge=_SPEEDS[0], le=_SPEEDS[1])
    use_speaker_boost: bool | None = None
    language_code: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$")


class ElevenLabsVoice(Connection):
    """Speaks texts. One per profile: the key is its client's. A context manager.

    Args:
        api_key: The profile's key.
        model: As the service spells it, such as `eleven_multilingual_v2`.
        settings: How the voice speaks.
        max_characters: Most that the model takes at once, from the price table.
        credits_per_character: What the service counts per character, from the price table.
        base_url: Another address than ElevenLabs': https, or this machine.
        output_format: As the service calls it: a `pcm_` or an `mp3_` format.

    Raises:
        KeyRefused: there is no key.
        BadInput: an address that would show the key, or a format that can't be used.
    """

    name = "elevenlabs"

    def __init__(
        self,
        api_key: SecretStr | None,
        model: str,
        settings: VoiceSettings | None = None,
        *,
        max_characters: int,
        credits_per_character: Decimal,
        base_url: str | None = None,
        output_format: str = OUTPUT_FORMAT,
    ) -> None:
        super().__init__(api_key, base_url=base_url)
        if output_format.split("_")[0] not in ("pcm", "mp3"):
            raise BadInput(
                f"The format {output_format!r} can't be used: choose one of the pcm_ or mp3_ ones."
            )
        self.model = model
        self.settings = settings or VoiceSettings()
        self._max_characters = max_characters
        self._credits_per_character = credits_per_character
        self._output_format = output_format
        #: Parts that were answered, by what was asked and their position: a second try of a text that broke
        #: off asks only for the rest of it, and only that is charged.
        self._answered: dict[SpeechRequest, dict[int, tuple[Pcm, tuple[Word, ...]]]] = {}

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides the answer besides the request."""
        return {
            "provider": self.name,
            "model": self.model,
            "output_format": self._output_format,
            **self.settings.model_dump(exclude_none=True),
        }

    def estimate(self, request: SpeechRequest) -> Usage:
        """The characters that speaking the text is charged for."""
        parts = self._parts(request)
        return Usage(characters=sum(len(part) for part in parts), requests=len(parts))

    def speak(self, request: SpeechRequest, into: Path, *, timeout_s: float) -> Speech:
        """Speaks a text into `into/speech.wav`, which is there as a whole or not at all.

        Of a text in several parts, those that an earlier try on this connection got are not asked for again;
        `usage` counts what was asked for now.

        Raises:
            BadInput: there is nothing to say, no such voice, or the speed is out of range.
            KeyRefused, QuotaExhausted, ProviderRefused: ElevenLabs said no for good, or gave no word times.
            ProviderBusy: too many calls on this key at once.
            ProviderUnavailable: no proper answer.
        """
        if not any(character.isalnum() for character in request.text):
            raise BadInput("There is nothing to say in this text: write at least one word.")
        settings = self._settings_for(request)
        deadline = self.deadline(timeout_s)
        parts = self._parts(request)
        answered = self._answered.setdefault(request, {})
        usage = Usage()
        calls_at_once: int | None = None
        sounds: list[Pcm] = []
        words: list[Word] = []
        spoken_s = 0.0
        try:
            for position in range(len(parts)):
                if position not in answered:
                    answer = self._speak_part(request.voice, parts, position, settings, deadline)
                    usage += self._usage(parts[position], answer.headers)
                    calls_at_once = _calls_at_once(answer.headers)
                    answered[position] = self._take(answer.data, into, deadline)
                sound, part_words = answered[position]
                words += shift(part_words, spoken_s)
                sounds.append(sound)
                spoken_s = join(sounds).duration_s
        except (ProviderRefused, ProviderUnavailable) as error:
            error.usage = usage
            raise
        whole = join(sounds)
        write_wav(whole, into / "speech.wav")
        self._answered.pop(request, None)
        return Speech(
            audio=into / "speech.wav",
            sample_rate=whole.sample_rate,
            duration_s=whole.duration_s,
            words=tidy(words, duration_s=whole.duration_s),
            characters=len(request.text),
            provider=self.name,
            model=self.model,
            voice=request.voice,
            usage=usage,
            calls_at_once=calls_at_once,
        )

    def _parts(self, request: SpeechRequest) -> tuple[str, ...]:
        """The text as it is sent; white space at the edges would only be charged."""
        parts = (part.strip() for part in split_text(request.text.strip(), self._max_characters))
        return tuple(part for part in parts if part)

    def _settings_for(self, request: SpeechRequest) -> ServiceSettings:
        speed = self.settings.speed * request.speed
        if not _SPEEDS[0] <= round(speed, 6) <= _SPEEDS[1]:
            raise BadInput(
                f"ElevenLabs speaks at {_SPEEDS[0]} to {_SPEEDS[1]} times its normal speed, not at {speed:g}."
            )
        chosen = self.settings.model_dump(exclude_none=True, exclude={"language_code", "speed"})
        return ServiceSettings(**chosen, speed=speed)

    def _speak_part(
        self,
        voice: str,
        parts: tuple[str, ...],
        position: int,
        settings: ServiceSettings,
        deadline: Deadline,
    ) -> Any:
        hints: dict[str, Any] = {}
        if self.settings.language_code:
            hints["language_code"] = self.settings.language_code
        if not self.model.startswith(_MODELS_WITHOUT_NEIGHBOURS):
            if position > 0:
                hints["previous_text"] = parts[position - 1][-_NEIGHBOUR_CHARACTERS:]
            if position + 1 < len(parts):
                hints["next_text"] = parts[position + 1][:_NEIGHBOUR_CHARACTERS]
        return self.ask(
            deadline,
            lambda options: self.client.text_to_speech.with_raw_response.convert_with_timestamps(
                voice,
                text=parts[position],
                model_id=self.model,
                output_format=self._output_format,
                voice_settings=settings,
                request_options=options,
                **hints,
            ),
            voice=voice,
            model=self.model,
        )

    def _take(self, answer: Any, into: Path, deadline: Deadline) -> tuple[Pcm, tuple[Word, ...]]:
        """Sound and words of an answer."""
        alignment: Any = getattr(answer, "alignment", None)
        try:
            sound = self._decode(answer, into, deadline)
            words = words_from_characters(
                alignment.characters,
                alignment.character_start_times_seconds,
                alignment.character_end_times_seconds,
                duration_s=sound.duration_s,
            )
            last_s = max(alignment.character_end_times_seconds, default=0.0)
        except (BadInput, AttributeError, TypeError):
            raise _without_times(self.model) from None
        except ProviderUnavailable as error:
            error.never_billed = True  # what this answer cost has been counted
            raise
        if not words:
            raise _without_times(self.model)
        if last_s > sound.duration_s + _SHORTFALL_S:
            raise _too_short(last_s, sound.duration_s)
        return sound, words

    def _decode(self, answer: Any, into: Path, deadline: Deadline) -> Pcm:
        try:
            audio = base64.b64decode(answer.audio_base_64, validate=True)
        except (binascii.Error, AttributeError, TypeError) as error:
            kind = type(error).__name__
            raise ProviderUnavailable(f"ElevenLabs' sound could not be read ({kind}).") from None
        return decode(audio, self._output_format, scratch=into, timeout_s=deadline.remaining_s())

    def _usage(self, text: str, headers: Mapping[str, str]) -> Usage:
        """What the service says it has charged for a part, else its characters."""
        charged = headers.get("character-cost", "")
        if not charged.isdigit():
            return Usage(characters=len(text), requests=1)
        characters = math.ceil(int(charged) / self._credits_per_character)
        return Usage(characters=characters, requests=1, raw={"character-cost": int(charged)})


def _calls_at_once(headers: Mapping[str, str]) -> int | None:
    """How many calls at once the plan allows, as real clients read it from an answer."""
    allowed = headers.get("maximum-concurrent-requests", "")
    return int(allowed) if allowed.isdigit() else None


def _too_short(words_s: float, sound_s: float) -> ProviderUnavailable:
    error = ProviderUnavailable(
        f"ElevenLabs' sound lasts {sound_s:.1f} s, yet its last word ends at {words_s:.1f} s."
    )
    error.never_billed = True  # what this answer cost has been counted
    return error


def _without_times(model: str) -> ProviderRefused:
    error = ProviderRefused(
        f"ElevenLabs spoke without telling when each word is heard: choose another model than {model}."
    )
    error.never_billed = False
    return error
