"""Scripts become voice-overs: spoken once, kept under the fingerprint of all inputs, found again for ever."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from prefect import task
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from models.edit import VoiceTrack, Word
from models.limits import check_script
from models.voice import VoiceOver
from tasks.policies import PROVIDER
from tasks.providers.offline import OfflineVoice
from tasks.providers.ports import SpeechRequest, Voice
from tasks.run_context import RunContext

#: Pauses before the first word and after the last: picture and voice end together without a click.
LEAD_S = 0.2
TAIL_S = 0.35

_TIMEOUT_S = 300.0


@dataclass(frozen=True)
class SpokenScript:
    """A stored voice-over with its file on this machine."""

    id: UUID
    text: str
    path: Path
    duration_s: float
    words: tuple[Word, ...]
    provider: str
    model: str
    voice: str
    fingerprint: str

    def track(self) -> VoiceTrack:
        """The voice as an edit names it."""
        return VoiceTrack(voice_over_id=self.id, start_s=LEAD_S, duration_s=self.duration_s)

    @property
    def picture_s(self) -> float:
        """How long the picture must be for both to end together."""
        return LEAD_S + self.duration_s + TAIL_S


@task(name="speak script", **PROVIDER)
def speak_script(run: RunContext, script: str, voice_name: str) -> SpokenScript:
    """Speaks a script, or finds it spoken.

    Raises:
        BadInput: nothing to say, too long, or no such voice.
        ProviderRefused, ProviderUnavailable: from the voice.
    """
    text = check_script(script)
    voice: Voice = OfflineVoice()
    fingerprint = _fingerprint(voice, text, voice_name)
    stored = _find(run, fingerprint)
    if stored:
        run.tell(
            "voice_reused", "The voice-over is there already: reused, $0.00.", voice_over_id=str(stored.id)
        )
        return stored
    speech = voice.speak(
        SpeechRequest(text=text, voice=voice_name), run.folder("voice"), timeout_s=_TIMEOUT_S
    )
    voice_over_id = uuid4()
    key = run.storage.key_for("voice", voice_over_id, ".wav")
    run.storage.publish(speech.audio, key)
    row = VoiceOver(
        profile_id=run.profile_id,
        id=voice_over_id,
        fingerprint=fingerprint,
        provider=speech.provider,
        model=speech.model,
        voice=speech.voice,
        text=text,
        characters=speech.characters,
        storage_key=key,
        duration_s=speech.duration_s,
        words=[word.model_dump() for word in speech.words],
    )
    try:
        with run.session() as session:
            session.add(row)
    except IntegrityError:
        # Another run spoke the same script at the same moment; one of the two is kept.
        run.storage.remove(key)
    stored = _find(run, fingerprint)
    if stored is None:
        raise RuntimeError("a stored voice-over was not found again")
    run.log.info("voice-over: %.1f s, %d words", stored.duration_s, len(stored.words))
    return stored


def load_voice(run: RunContext, voice_over_id: UUID) -> SpokenScript:
    """A stored voice-over.

    Raises:
        NotFound: the profile has no such voice-over.
    """
    with run.reading() as session:
        return _spoken(run, session.require(VoiceOver, voice_over_id))


def _find(run: RunContext, fingerprint: str) -> SpokenScript | None:
    with run.reading() as session:
        row = session.exec(select(VoiceOver).where(VoiceOver.fingerprint == fingerprint)).first()
        return _spoken(run, row) if row else None


def _spoken(run: RunContext, row: VoiceOver) -> SpokenScript:
    return SpokenScript(
        id=row.id,
        text=row.text,
        path=run.storage.path(row.storage_key),
        duration_s=row.duration_s,
        words=tuple(Word.model_validate(word) for word in row.words),
        provider=row.provider,
        model=row.model,
        voice=row.voice,
        fingerprint=row.fingerprint,
    )


def _fingerprint(voice: Voice, text: str, voice_name: str) -> str:
    inputs = {"provider": voice.name, "model": voice.model, "voice": voice_name, "speed": 1.0, "text": text}
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
