"""Scripts become voice-overs: spoken once, kept under the fingerprint of all inputs, found again for ever."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from prefect import task
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from models.budget import Purpose
from models.edit import VoiceTrack, Word
from models.errors import ProviderRefused, ProviderUnavailable
from models.limits import check_script
from models.money import dollars
from models.redaction import errors_redacted
from models.voice import VoiceOver
from tasks.paid_call import Purchase, pay_once
from tasks.policies import PROVIDER, wait_as_asked, will_try_again
from tasks.provider_choice import ChosenVoice, chosen_voice, offline_voice, settings_of
from tasks.providers.ports import Speech
from tasks.run_context import RunContext

#: Pauses before the first word and after the last: picture and voice end together without a click.
LEAD_S = 0.2
TAIL_S = 0.35

_TIMEOUT_S = 300.0

_REUSED = "The voice-over is there already: reused, $0.00."


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
@errors_redacted()
def speak_script(run: RunContext, script: str, project_id: UUID | None = None) -> SpokenScript:
    """Speaks a script with the profile's voice, or finds it spoken: nothing is paid for twice.

    Raises:
        BadInput: nothing to say, too long, or no such voice.
        BudgetRefused: it does not fit the profile's budget or the run's limit.
        ProviderRefused, ProviderUnavailable: from the voice, unless the profile chose a fallback.
    """
    text = check_script(script)
    settings = settings_of(run)
    try:
        with chosen_voice(run, settings) as chosen:
            return _speak(run, text, chosen, project_id)
    except (ProviderRefused, ProviderUnavailable) as error:
        if settings.fallback != "offline" or will_try_again(error):
            wait_as_asked(error)
            raise
        run.warn(
            "voice_fallback",
            f"The offline voice speaks instead of {settings.voice}, as the profile allows: {error}",
            provider=settings.voice,
        )
        return _speak(run, text, offline_voice(run), project_id)


def _speak(run: RunContext, text: str, chosen: ChosenVoice, project_id: UUID | None) -> SpokenScript:
    voice, request, price = chosen.voice, chosen.request(text), chosen.price
    address = chosen.address(text)
    if price is None:
        known = _find(run, address)
        if known:
            run.tell("voice_reused", _REUSED, voice_over_id=str(known.id))
            return known
        return _store(run, voice.speak(request, run.folder("voice"), timeout_s=_TIMEOUT_S), text, address)
    paid = pay_once(
        run,
        Purchase(
            purpose=Purpose(
                fingerprint=address,
                provider=voice.name,
                model=voice.model,
                operation="speech",
                price_id=price.price_id,
                run_id=run.run_id,
                project_id=project_id,
            ),
            estimate_micro_usd=chosen.cost_micro_usd(voice.estimate(request)),
            find=lambda: _find(run, address),
            call=lambda: voice.speak(request, run.folder("voice"), timeout_s=_TIMEOUT_S),
            usage=lambda speech: speech.usage,
            cost=chosen.cost_micro_usd,
            store=lambda speech: _store(run, speech, text, address),
        ),
        lifetime_s=_TIMEOUT_S * 2,
    )
    spoken = paid.artefact
    if paid.is_reused:
        run.tell("voice_reused", _REUSED, voice_over_id=str(spoken.id))
    else:
        run.tell(
            "voice_made",
            f"Voice-over of {spoken.duration_s:.1f} s by {spoken.provider}: {dollars(paid.cost_micro_usd)}.",
            voice_over_id=str(spoken.id),
            cost_micro_usd=paid.cost_micro_usd,
        )
    return spoken


def _store(run: RunContext, speech: Speech, text: str, address: str) -> SpokenScript:
    """Keeps a voice-over: the file first, then its row."""
    voice_over_id = uuid4()
    key = run.storage.key_for("voice", voice_over_id, ".wav")
    run.storage.publish(speech.audio, key)
    row = VoiceOver(
        profile_id=run.profile_id,
        id=voice_over_id,
        fingerprint=address,
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
            return _spoken(run, row)
    except IntegrityError:
        # A run on another machine spoke the same script at the same moment; one of the two is kept.
        run.storage.remove(key)
        known = _find(run, address)
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
