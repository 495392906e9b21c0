"""`reelflow profile set`: which analyser and which voice a profile uses, and how."""

from typing import Annotated, Any

import typer

from models.errors import BadInput
from models.provider_settings import (
    AnalyserName,
    Fallback,
    GeminiBackend,
    PauseSettings,
    ProviderSettings,
    VoiceName,
    provider_settings,
    store_provider_settings,
)
from ui.commands.context import JsonOption, workplace
from ui.output import print_json, print_text

_ELEVENLABS_ONLY = "Only ElevenLabs voices have that; add --voice-provider elevenlabs."


def set_(
    reference: Annotated[str, typer.Argument(metavar="PROFILE", help="Slug or id.")] = "",
    analyser: Annotated[AnalyserName | None, typer.Option(help="Who judges the footage.")] = None,
    gemini_model: Annotated[str | None, typer.Option(metavar="MODEL", help="Its model.")] = None,
    gemini_backend: Annotated[
        GeminiBackend | None, typer.Option(help="The client library that talks to it.")
    ] = None,
    voice_provider: Annotated[VoiceName | None, typer.Option(help="Who speaks the scripts.")] = None,
    voice: Annotated[
        str | None, typer.Option(metavar="VOICE", help='ElevenLabs: a voice\'s id; offline: such as "en-us".')
    ] = None,
    voice_model: Annotated[str | None, typer.Option(metavar="MODEL", help="Its ElevenLabs model.")] = None,
    stability: Annotated[float | None, typer.Option(help="0 lively to 1 even.")] = None,
    similarity: Annotated[float | None, typer.Option(help="How near to the original, 0 to 1.")] = None,
    style: Annotated[float | None, typer.Option(help="How much style, 0 to 1.")] = None,
    speed: Annotated[float | None, typer.Option(help="0.7 to 1.2.")] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help='Such as "ro"; "auto" tells it by the text.')
    ] = None,
    transcription_model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="ElevenLabs' model that hears the footage's speech.")
    ] = None,
    concurrency: Annotated[
        str | None,
        typer.Option(metavar="N", help='Most ElevenLabs calls at once; "auto" is what the plan allows.'),
    ] = None,
    characters_per_request: Annotated[
        str | None,
        typer.Option(metavar="N", help='Longer scripts are spoken in parts; "auto" is what the model takes.'),
    ] = None,
    trim_pauses: Annotated[
        str | None,
        typer.Option(
            metavar="on|off|N:M", help="Shorten pauses of a voice: those over N seconds to M; on is 0.25:0.1."
        ),
    ] = None,
    fallback: Annotated[
        Fallback | None, typer.Option(help="Instead of a provider that fails: none, or offline and say so.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Choose a profile's analyser and voice; what is left out stays as it is."""
    speaking: dict[str, Any] = {
        "model": voice_model,
        "stability": stability,
        "similarity": similarity,
        "style": style,
        "speed": speed,
        "language": language,
        "transcription_model": transcription_model,
        "concurrency": concurrency,
        "characters_per_request": characters_per_request,
    }
    others = (analyser, gemini_model, gemini_backend, voice_provider, voice, trim_pauses, fallback)
    if all(option is None for option in (*others, *speaking.values())):
        raise BadInput("Say what to change, such as --analyser gemini; see reelflow profile set --help.")
    pauses = None if trim_pauses is None else read_pauses(trim_pauses)
    with workplace(reference or None) as place, place.writing() as session:
        before = provider_settings(session.profile)
        is_elevenlabs = (voice_provider or before.voice) == "elevenlabs"
        if not is_elevenlabs and any(value is not None for value in speaking.values()):
            raise BadInput(_ELEVENLABS_ONLY)
        after = before.changed(
            analyser=analyser,
            voice=voice_provider,
            fallback=fallback,
            gemini={"model": gemini_model, "backend": gemini_backend},
            elevenlabs={**speaking, "voice_id": voice if is_elevenlabs else None},
            pauses=pauses,
        )
        if voice and not is_elevenlabs:
            session.profile.voice = voice
        store_provider_settings(session, after)
        spoken_by = session.profile.voice
    if as_json:
        print_json({"profile_id": str(place.profile.id), "voice": spoken_by, **providers_document(after)})
        return
    for line in describe_providers(after, offline_voice=spoken_by):
        print_text(line)


def read_pauses(text: str) -> dict[str, Any]:
    """What `--trim-pauses` asks for, as the settings have it.

    Raises:
        BadInput: neither on, off nor two lengths.
    """
    if text == "off":
        return {"are_trimmed": False}
    if text == "on":
        return {"are_trimmed": True, **PauseSettings().model_dump(exclude={"are_trimmed"})}
    longer_than, _, shortened_to = text.partition(":")
    try:
        lengths_s = {"longer_than_s": float(longer_than), "shortened_to_s": float(shortened_to)}
    except ValueError:
        raise BadInput(
            f"--trim-pauses {text!r} is neither on, off nor two lengths in seconds, such as 0.25:0.1."
        ) from None
    return {"are_trimmed": True, **lengths_s}


def providers_document(settings: ProviderSettings) -> dict[str, Any]:
    """The settings as JSON, as `profile show` and `profile set` print them."""
    return {"providers": settings.model_dump(mode="json", exclude={"version"})}


def describe_providers(settings: ProviderSettings, *, offline_voice: str) -> list[str]:
    """The settings that matter as they stand, for a person."""
    gemini, spoken = settings.gemini, settings.elevenlabs
    analyser = settings.analyser
    if analyser == "gemini":
        analyser_text = f"gemini, {gemini.model} through {gemini.backend}, prompt {gemini.prompt_version}"
    else:
        analyser_text = "offline, measures only"
    if settings.voice == "elevenlabs":
        voice_text = (
            f"elevenlabs, {spoken.voice_id}, {spoken.model}, stability {spoken.stability:g}, "
            f"similarity {spoken.similarity:g}, style {spoken.style:g}, speed {spoken.speed:g}, "
            f"language {spoken.language or 'auto'}, "
            f"calls at once {spoken.concurrency or 'as the plan allows'}, "
            f"characters per request {spoken.characters_per_request or 'as the model takes'}"
        )
    else:
        voice_text = f"offline, {offline_voice}"
    pauses = settings.pauses
    pauses_text = (
        f"over {pauses.longer_than_s:g} s are shortened to {pauses.shortened_to_s:g} s"
        if pauses.are_trimmed
        else "as they are spoken"
    )
    fallback = "none: the run fails" if settings.fallback == "none" else "offline, with a warning"
    return [
        f"{'analyser':12} {analyser_text}",
        f"{'voice':12} {voice_text}",
        f"{'pauses':12} {pauses_text}",
        f"{'fallback':12} {fallback}",
    ]
