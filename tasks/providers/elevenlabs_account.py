"""What an ElevenLabs account offers besides speaking: its voices, what is left of it, and its ears."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from models.edit import Word
from models.errors import BadInput
from tasks.media.words import MIN_WORD_S, tidy
from tasks.providers.elevenlabs_connection import Connection
from tasks.providers.ports import OfferedVoice, Transcript, Usage

_MOST_VOICE_PAGES = 20


@dataclass(frozen=True, slots=True)
class Subscription:
    """What the account may still use."""

    tier: str
    """The plan."""
    used_characters: int
    """Of this period."""
    limit_characters: int
    """Of this period."""
    resets_at_s: int | None
    """When the next period begins, in seconds since 1970."""

    @property
    def remaining_characters(self) -> int:
        """What is left of this period."""
        return max(0, self.limit_characters - self.used_characters)


class ElevenLabsAccount(Connection):
    """One profile's account."""

    def list_voices(self, *, timeout_s: float) -> tuple[OfferedVoice, ...]:
        """The account's voices with their samples; costs nothing.

        Raises:
            KeyRefused, ProviderRefused, ProviderUnavailable: from the service.
        """
        deadline = self.deadline(timeout_s)
        voices: list[OfferedVoice] = []
        token: str | None = None
        for _ in range(_MOST_VOICE_PAGES):
            page = self.ask(deadline, partial(self._voice_page, token))
            voices += [_offered(voice) for voice in page.voices or ()]
            token = page.next_page_token
            if not page.has_more or not token:
                break
        return tuple(voices)

    def subscription(self, *, timeout_s: float) -> Subscription:
        """What the account may still use; costs nothing.

        Raises:
            KeyRefused, ProviderRefused, ProviderUnavailable: from the service.
        """
        found = self.ask(
            self.deadline(timeout_s),
            lambda options: self.client.user.subscription.get(request_options=options),
        )
        return Subscription(
            tier=found.tier,
            used_characters=found.character_count,
            limit_characters=found.character_limit,
            resets_at_s=found.next_character_count_reset_unix,
        )

    def transcribe(
        self, audio: Path, *, audio_s: float, timeout_s: float, model: str, language_code: str | None = None
    ) -> Transcript:
        """What is said in a sound file, with the time of each word.

        Args:
            audio: The file.
            audio_s: Its length, which is what is charged when the service does not say.
            timeout_s: Longest time the call may take.
            model: The service's speech-to-text model, such as `scribe_v1`.
            language_code: ISO 639 code; found by the service when None.

        Raises:
            BadInput: the file can't be read.
            KeyRefused, QuotaExhausted, ProviderRefused, ProviderUnavailable: from the service.
        """
        try:
            content = audio.read_bytes()
        except OSError as error:
            raise BadInput(f"The sound {audio.name} can't be read ({type(error).__name__}).") from None
        hints: dict[str, Any] = {"language_code": language_code} if language_code else {}
        answer = self.ask(
            self.deadline(timeout_s),
            lambda options: self.client.speech_to_text.with_raw_response.convert(
                model_id=model,
                file=("audio" + audio.suffix, content),
                timestamps_granularity="word",
                tag_audio_events=False,
                request_options=options,
                **hints,
            ),
            model=model,
        )
        said: Any = answer.data
        heard = [
            _heard(word.text.strip(), word.start, word.end)
            for word in said.words or ()
            if word.type == "word" and word.text.strip() and word.start is not None and word.end is not None
        ]
        counted_s = getattr(said, "audio_duration_secs", None)
        return Transcript(
            words=tidy(heard),
            language=said.language_code or "",
            usage=Usage(audio_s=float(counted_s or audio_s), requests=1),
        )

    def _voice_page(self, token: str | None, options: Any) -> Any:
        hints = {"next_page_token": token} if token else {}
        return self.client.voices.search(page_size=100, request_options=options, **hints)


def _heard(text: str, start_s: float, end_s: float) -> Word:
    """A word as the service tells it; one without any length gets the shortest there is (pitfall 58)."""
    start_s = max(0.0, start_s)
    return Word(text=text, start_s=start_s, end_s=end_s if end_s > start_s else start_s + MIN_WORD_S)


def _offered(voice: Any) -> OfferedVoice:
    return OfferedVoice(
        id=voice.voice_id,
        name=voice.name or voice.voice_id,
        category=voice.category or "",
        labels=voice.labels or {},
        description=voice.description or "",
        sample_url=voice.preview_url or "",
    )
