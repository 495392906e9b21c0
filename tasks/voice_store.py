"""Voice-overs in the library: kept under the fingerprint of all their inputs, found again, told when lost."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from models.edit import VoiceTrack, Word
from models.errors import Fault
from models.session import ProfileSession
from models.voice import VoiceOver
from tasks.providers.ports import Speech
from tasks.run_context import RunContext

#: Pauses before the first word and after the last: picture and voice end together without a click.
LEAD_S = 0.2
TAIL_S = 0.35


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

    @property
    def sound(self) -> Path:
        """The file, which is there.

        Raises:
            Fault: somebody has removed it from the library.
        """
        if not self.path.is_file():
            raise Fault(
                f"The sound of the voice-over {self.id} is gone from the library ({self.path}). Put it back "
                "from a backup, or have the script spoken again: reelflow clip render CLIP --script TEXT."
            )
        return self.path


def find_voice(run: RunContext, fingerprint: str) -> SpokenScript | None:
    """The voice-over with this fingerprint; None when there is none, or its file is gone, which is told."""
    with run.reading() as session:
        row = _row(session, fingerprint)
        if row is None:
            return None
        spoken = _spoken(run, row)
    if spoken.path.is_file():
        return spoken
    run.warn(
        "voice_lost",
        "The sound of a voice-over is gone from the library, so it is made again: "
        "what a provider spoke is paid for once more.",
        voice_over_id=str(spoken.id),
    )
    return None


def store_voice(run: RunContext, speech: Speech, text: str, fingerprint: str) -> SpokenScript:
    """Keeps a voice-over: the file first, then its row.

    A row whose file is gone gets the new one, so that clips that name it have their voice again.
    """
    file_id = uuid4()
    key = run.storage.key_for("voice", file_id, ".wav")
    run.storage.publish(speech.audio, key)
    columns: dict[str, Any] = {
        "provider": speech.provider,
        "model": speech.model,
        "voice": speech.voice,
        "text": text,
        "characters": speech.characters,
        "storage_key": key,
        "duration_s": speech.duration_s,
        "words": [word.model_dump() for word in speech.words],
    }
    try:
        with run.session() as session:
            row = _row(session, fingerprint)
            if row is None:
                row = VoiceOver(profile_id=run.profile_id, id=file_id, fingerprint=fingerprint, **columns)
                session.add(row)
            elif run.storage.has(row.storage_key):
                run.storage.remove(key)  # another run spoke the same at the same moment
            else:
                row.sqlmodel_update(columns)
            return _spoken(run, row)
    except IntegrityError:
        # The same, in the middle of both transactions, where the database lets two write at once.
        run.storage.remove(key)
        known = find_voice(run, fingerprint)
        if known is None:
            raise
        return known


def load_voice(run: RunContext, voice_over_id: UUID) -> SpokenScript:
    """A stored voice-over.

    Raises:
        NotFound: the profile has no such voice-over.
    """
    with run.reading() as session:
        return _spoken(run, session.require(VoiceOver, voice_over_id))


def _row(session: ProfileSession, fingerprint: str) -> VoiceOver | None:
    return session.exec(select(VoiceOver).where(VoiceOver.fingerprint == fingerprint)).first()


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
