"""Footage is listened to: what is said in it, word by word, bought once and found again for ever."""

from dataclasses import dataclass
from uuid import UUID

from prefect import task
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from models.budget import Purpose
from models.edit import HeardFootage, Word
from models.errors import ProviderRefused, ProviderUnavailable
from models.footage import Footage
from models.money import dollars
from models.redaction import errors_redacted
from models.transcript import StoredTranscript
from tasks.media.own_sound import OwnSound, extract_sound
from tasks.media.timeline import SourceFile
from tasks.paid_call import Purchase, Turn, pay_once
from tasks.policies import LONGEST_QUEUE_S, PROVIDER, wait_as_asked, will_try_again
from tasks.probing import footage_info
from tasks.provider_choice import ChosenListener, chosen_listener, settings_of
from tasks.provider_queue import queue_at
from tasks.providers.ports import Transcript, Usage
from tasks.run_context import RunContext

_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class FootageTranscript:
    """A stored transcript."""

    id: UUID
    fingerprint: str
    provider: str
    model: str
    language: str
    """As the provider found it; empty when it did not say."""
    words: tuple[Word, ...]
    """On the footage's clock, in order, not overlapping."""


@task(name="hear speech", task_run_name="hear {footage_id}", **PROVIDER)
@errors_redacted()
def hear_footage(run: RunContext, footage_id: UUID, project_id: UUID | None = None) -> HeardFootage | None:
    """Has a footage's own sound transcribed, or finds that done: nothing is paid for twice.

    Sound in which nothing can be heard is not sent to anybody.

    Args:
        run: The run.
        footage_id: What to listen to.
        project_id: Whose costs these are.

    Returns:
        What came of it; None when the provider failed and the profile allows going on without.

    Raises:
        BadInput, MissingKey: the profile has nobody who could hear it.
        BudgetRefused: it does not fit the profile's budget or the run's limit.
        NotFound: the profile has no such footage.
        ProviderRefused, ProviderUnavailable: from the provider, unless the profile chose a fallback.
    """
    settings = settings_of(run)
    with run.reading() as session:
        footage = session.require(Footage, footage_id)
    if not footage.has_audio:
        return _silent(run, footage)
    try:
        with chosen_listener(run, settings) as chosen:
            return _hear(run, footage, chosen, project_id)
    except (ProviderRefused, ProviderUnavailable) as error:
        if settings.fallback != "offline" or will_try_again(error):
            wait_as_asked(error)
            raise
        run.warn(
            "transcript_fallback",
            f"What is said in {footage.name} gets no captions, as the profile allows: {error}",
            provider=settings.voice,
            footage_id=str(footage_id),
        )
        return None


def load_transcript(run: RunContext, transcript_id: UUID) -> FootageTranscript:
    """A stored transcript.

    Raises:
        NotFound: the profile has no such transcript.
    """
    with run.reading() as session:
        return _loaded(session.require(StoredTranscript, transcript_id))


def _hear(run: RunContext, footage: Footage, chosen: ChosenListener, project_id: UUID | None) -> HeardFootage:
    known = _find(run, chosen.address(footage.sha256))
    if known is not None:
        return _reused(run, footage, known)
    source = SourceFile(run.storage.path(footage.storage_key), footage_info(footage))
    sound = extract_sound(source, run.folder("hear", str(footage.id)))
    if sound.is_silent:
        return _silent(run, footage)
    with queue_at(run, chosen.provider, own_limit=chosen.calls_at_once) as turn:
        paid = pay_once(
            run,
            _purchase(run, footage, chosen, sound, project_id, turn),
            lifetime_s=_TIMEOUT_S * 2 + LONGEST_QUEUE_S,
        )
    if paid.is_reused:
        return _reused(run, footage, paid.artefact)
    count = len(paid.artefact.words)
    words = "1 word" if count == 1 else f"{count or 'No'} words"
    run.tell(
        "transcript_made",
        f"{words} heard in {sound.duration_s:.1f} s of {footage.name}: {dollars(paid.cost_micro_usd)}.",
        footage_id=str(footage.id),
        transcript_id=str(paid.artefact.id),
        words=count,
        cost_micro_usd=paid.cost_micro_usd,
    )
    return HeardFootage(footage_id=footage.id, transcript_id=paid.artefact.id)


def _purchase(
    run: RunContext,
    footage: Footage,
    chosen: ChosenListener,
    sound: OwnSound,
    project_id: UUID | None,
    turn: Turn,
) -> Purchase[Transcript, FootageTranscript]:
    address = chosen.address(footage.sha256)
    return Purchase(
        purpose=Purpose(
            fingerprint=address,
            provider=chosen.provider,
            model=chosen.model,
            operation="transcription",
            price_id=chosen.price.price_id,
            run_id=run.run_id,
            project_id=project_id,
        ),
        estimate_micro_usd=chosen.cost_micro_usd(Usage(audio_s=sound.duration_s, requests=1)),
        find=lambda: _find(run, address),
        call=lambda: chosen.account.transcribe(
            sound.path,
            audio_s=sound.duration_s,
            timeout_s=_TIMEOUT_S,
            model=chosen.model,
            language_code=chosen.language,
        ),
        usage=lambda transcript: transcript.usage,
        cost=chosen.cost_micro_usd,
        store=lambda transcript: _store(run, footage, chosen, transcript, address),
        turn=turn,
    )


def _silent(run: RunContext, footage: Footage) -> HeardFootage:
    lacks = "is silent" if footage.has_audio else "has no sound"
    run.tell("footage_silent", f"{footage.name} {lacks}: nothing is said in it.", footage_id=str(footage.id))
    return HeardFootage(footage_id=footage.id, transcript_id=None)


def _reused(run: RunContext, footage: Footage, known: FootageTranscript) -> HeardFootage:
    run.tell(
        "transcript_reused",
        f"What is said in {footage.name} is known already: reused, $0.00.",
        footage_id=str(footage.id),
        transcript_id=str(known.id),
    )
    return HeardFootage(footage_id=footage.id, transcript_id=known.id)


def _store(
    run: RunContext, footage: Footage, chosen: ChosenListener, transcript: Transcript, address: str
) -> FootageTranscript:
    row = StoredTranscript(
        profile_id=run.profile_id,
        fingerprint=address,
        footage_sha256=footage.sha256,
        provider=chosen.provider,
        model=chosen.model,
        language=transcript.language[:16],
        audio_s=transcript.usage.audio_s,
        words=[word.model_dump() for word in transcript.words],
    )
    try:
        with run.session() as session:
            session.add(row)
            return _loaded(row)
    except IntegrityError:
        # A run on another machine had the same heard at the same moment; one of the two is kept.
        known = _find(run, address)
        if known is None:
            raise
        return known


def _find(run: RunContext, address: str) -> FootageTranscript | None:
    with run.reading() as session:
        row = session.exec(select(StoredTranscript).where(StoredTranscript.fingerprint == address)).first()
        return _loaded(row) if row else None


def _loaded(row: StoredTranscript) -> FootageTranscript:
    return FootageTranscript(
        id=row.id,
        fingerprint=row.fingerprint,
        provider=row.provider,
        model=row.model,
        language=row.language,
        words=tuple(Word.model_validate(word) for word in row.words),
    )
