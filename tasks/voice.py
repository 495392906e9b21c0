"""Scripts become voice-overs: spoken once, kept under the fingerprint of all inputs, found again for ever."""

from uuid import UUID

from prefect import task

from models.budget import Purpose
from models.errors import ProviderRefused, ProviderUnavailable
from models.limits import check_script
from models.money import dollars
from models.prices import ElevenLabsPrice
from models.provider_settings import PauseSettings
from models.redaction import errors_redacted
from tasks.media.pauses import PAUSES_VERSION, PauseRule, trim_pauses
from tasks.media.words import remap, tidy
from tasks.paid_call import Paid, Purchase, pay_once
from tasks.policies import LONGEST_QUEUE_S, PROVIDER, wait_as_asked, will_try_again
from tasks.provider_choice import ChosenVoice, chosen_voice, fingerprint, offline_voice, settings_of
from tasks.provider_queue import queue_at
from tasks.providers.ports import Speech
from tasks.run_context import RunContext
from tasks.voice_store import LEAD_S, TAIL_S, SpokenScript, find_voice, load_voice, store_voice

__all__ = ["LEAD_S", "TAIL_S", "SpokenScript", "load_voice", "speak_script"]

_TIMEOUT_S = 300.0

_REUSED = "The voice-over is there already: reused, $0.00."


@task(name="speak script", **PROVIDER)
@errors_redacted()
def speak_script(run: RunContext, script: str, project_id: UUID | None = None) -> SpokenScript:
    """Speaks a script with the profile's voice, or finds it spoken: nothing is paid for twice.

    Pauses are shortened afterwards, if the profile wants it, in a copy: what was paid for stays as it is.

    Raises:
        BadInput: nothing to say, too long, or no such voice.
        BudgetRefused: it does not fit the profile's budget or the run's limit.
        ProviderRefused, ProviderUnavailable: from the voice, unless the profile chose a fallback.
    """
    text = check_script(script)
    settings = settings_of(run)
    try:
        with chosen_voice(run, settings) as chosen:
            spoken = _speak(run, text, chosen, project_id, concurrency=settings.elevenlabs.concurrency)
    except (ProviderRefused, ProviderUnavailable) as error:
        if settings.fallback != "offline" or will_try_again(error):
            wait_as_asked(error)
            raise
        run.warn(
            "voice_fallback",
            f"The offline voice speaks instead of {settings.voice}, as the profile allows: {error}",
            provider=settings.voice,
        )
        spoken = _speak_free(run, text, offline_voice(run))
    return _with_shorter_pauses(run, spoken, settings.pauses) if settings.pauses.are_trimmed else spoken


def _speak(
    run: RunContext, text: str, chosen: ChosenVoice, project_id: UUID | None, *, concurrency: int | None
) -> SpokenScript:
    if chosen.price is None:
        return _speak_free(run, text, chosen)
    paid = _buy(run, text, chosen, chosen.price, project_id, concurrency)
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


def _speak_free(run: RunContext, text: str, chosen: ChosenVoice) -> SpokenScript:
    """Speaks without paying."""
    address = chosen.address(text)
    known = find_voice(run, address)
    if known:
        run.tell("voice_reused", _REUSED, voice_over_id=str(known.id))
        return known
    speech = chosen.voice.speak(chosen.request(text), run.folder("voice"), timeout_s=_TIMEOUT_S)
    return store_voice(run, speech, text, address)


def _buy(
    run: RunContext,
    text: str,
    chosen: ChosenVoice,
    price: ElevenLabsPrice,
    project_id: UUID | None,
    concurrency: int | None,
) -> Paid[SpokenScript]:
    voice, request, address = chosen.voice, chosen.request(text), chosen.address(text)
    with queue_at(run, "elevenlabs", own_limit=concurrency) as turn:

        def call() -> Speech:
            speech = voice.speak(request, run.folder("voice"), timeout_s=_TIMEOUT_S)
            turn.learn(speech.calls_at_once)
            return speech

        return pay_once(
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
                find=lambda: find_voice(run, address),
                call=call,
                usage=lambda speech: speech.usage,
                cost=chosen.cost_micro_usd,
                store=lambda speech: store_voice(run, speech, text, address),
                turn=turn,
            ),
            lifetime_s=_TIMEOUT_S * 2 + LONGEST_QUEUE_S,
        )


def _with_shorter_pauses(run: RunContext, spoken: SpokenScript, settings: PauseSettings) -> SpokenScript:
    """The voice-over with its long pauses shortened and its words moved along; itself when it has none.

    A voice-over of its own under a fingerprint of its own: another setting is made of the same paid sound.
    """
    rule = PauseRule(settings.longer_than_s, settings.shortened_to_s)
    address = fingerprint(
        {
            "voice_over": spoken.fingerprint,
            "longer_than_s": rule.longer_than_s,
            "shortened_to_s": rule.shortened_to_s,
            "version": PAUSES_VERSION,
        }
    )
    trimmed = find_voice(run, address)
    if trimmed is None:
        target = run.folder("voice") / f"{address}.wav"
        cut = trim_pauses(spoken.sound, target, rule)
        if cut is None:
            return spoken
        speech = Speech(
            audio=target,
            sample_rate=cut.sample_rate,
            duration_s=cut.duration_s,
            words=tidy(remap(spoken.words, cut.kept), duration_s=cut.duration_s),
            characters=len(spoken.text),
            provider=spoken.provider,
            model=spoken.model,
            voice=spoken.voice,
        )
        trimmed = store_voice(run, speech, spoken.text, address)
    run.tell(
        "pauses_shortened",
        f"Pauses longer than {rule.longer_than_s:g} s are shortened to {rule.shortened_to_s:g} s: "
        f"the voice-over lasts {trimmed.duration_s:.1f} s instead of {spoken.duration_s:.1f} s.",
        voice_over_id=str(trimmed.id),
        before_s=round(spoken.duration_s, 3),
        after_s=round(trimmed.duration_s, 3),
    )
    return trimmed
