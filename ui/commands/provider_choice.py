"""`reelflow profile set`: which analyser and which voice a profile uses, and how."""

from typing import Annotated, Any

import typer

from models.errors import BadInput
from models.provider_settings import (
    AnalyserName,
    Fallback,
    GeminiBackend,
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
    fallback: Annotated[
        Fallback | None, typer.Option(help="Instead of a provider that fails: none, or offline and say so.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Choose a profile's analyser and voice; what is left out stays as it is."""
    options = (analyser, gemini_model, gemini_backend, voice_provider, voice, voice_model, stability)
    if all(option is None for option in (*options, similarity, style, speed, language, fallback)):
        raise BadInput("Say what to change, such as --analyser gemini; see reelflow profile set --help.")
    with workplace(reference or None) as place, place.writing() as session:
        before = provider_settings(session.profile)
        is_elevenlabs = (voice_provider or before.voice) == "elevenlabs"
        speaking: dict[str, Any] = {
            "model": voice_model,
            "stability": stability,
            "similarity": similarity,
            "style": style,
            "speed": speed,
            "language": language,
        }
        if not is_elevenlabs and any(value is not None for value in speaking.values()):
            raise BadInput(_ELEVENLABS_ONLY)
        after = before.changed(
            analyser=analyser,
            voice=voice_provider,
            fallback=fallback,
            gemini={"model": gemini_model, "backend": gemini_backend},
            elevenlabs={**speaking, "voice_id": voice if is_elevenlabs else None},
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
            f"language {spoken.language or 'auto'}"
        )
    else:
        voice_text = f"offline, {offline_voice}"
    fallback = "none: the run fails" if settings.fallback == "none" else "offline, with a warning"
    return [
        f"{'analyser':12} {analyser_text}",
        f"{'voice':12} {voice_text}",
        f"{'fallback':12} {fallback}",
    ]
