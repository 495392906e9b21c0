"""`reelflow voices` and `reelflow profile subscription`: what a profile can choose from, and what is left.

Both ask the provider for lists only; neither spends anything.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from models.provider_settings import VoiceName, provider_settings
from models.secrets import key_for
from tasks.providers.elevenlabs_account import ElevenLabsAccount, Subscription
from tasks.providers.offline import OfflineVoice
from tasks.providers.ports import OfferedVoice
from ui.commands.context import JsonOption, ProfileOption, Workplace, workplace
from ui.output import print_json, print_table, print_text

_TIMEOUT_S = 60.0


def voices(
    provider: Annotated[
        VoiceName | None, typer.Option(help="Whose voices; those of the profile's provider when left out.")
    ] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the voices that a profile can speak with, and where to hear them; costs nothing."""
    with workplace(profile) as place:
        settings = provider_settings(place.profile)
        asked = provider or settings.voice
        if asked == "elevenlabs":
            with _account(place) as account:
                offered = account.list_voices(timeout_s=_TIMEOUT_S)
            chosen = settings.elevenlabs.voice_id
        else:
            offered = OfflineVoice().list_voices(timeout_s=_TIMEOUT_S)
            chosen = place.profile.voice.partition("+")[0]  # without its variant
    is_in_use = asked == settings.voice
    if as_json:
        print_json(
            {
                "provider": asked,
                "voices": [
                    {**_voice_document(voice), "is_chosen": is_in_use and voice.id == chosen}
                    for voice in offered
                ],
            }
        )
        return
    print_table(
        ["", "voice", "name", "labels", "sample"],
        [
            (
                "chosen" if is_in_use and voice.id == chosen else "",
                voice.id,
                voice.name,
                ", ".join(filter(None, (voice.category, *voice.labels.values()))),
                voice.sample_url,
            )
            for voice in offered
        ],
        empty="There are no voices on this account: add one at https://elevenlabs.io/app/voice-library.",
    )


def subscription(
    reference: Annotated[
        str | None, typer.Argument(metavar="PROFILE", help="Slug or id; the default one when left out.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a profile's plan at ElevenLabs, the characters left and when it renews; costs nothing."""
    with workplace(reference) as place, _account(place) as account:
        found = account.subscription(timeout_s=_TIMEOUT_S)
    if as_json:
        print_json(_subscription_document(found, str(place.profile.id)))
        return
    renewal = "not told"
    if found.resets_at_s is not None:
        at = datetime.fromtimestamp(found.resets_at_s, ZoneInfo(place.profile.timezone))
        renewal = f"{at:%Y-%m-%d %H:%M} ({place.profile.timezone})"
    print_text(f"{'plan':12} {found.tier}")
    print_text(
        f"{'characters':12} {found.remaining_characters:,} of {found.limit_characters:,} left this period"
    )
    print_text(f"{'renews':12} {renewal}")


def _account(place: Workplace) -> ElevenLabsAccount:
    return ElevenLabsAccount(
        key_for(place.database, place.profile.id, "elevenlabs"),
        base_url=place.settings.elevenlabs_base_url,
    )


def _voice_document(voice: OfferedVoice) -> dict[str, Any]:
    return {"voice" if name == "id" else name: value for name, value in asdict(voice).items()}


def _subscription_document(found: Subscription, profile_id: str) -> dict[str, Any]:
    resets_at_s = found.resets_at_s
    return {
        "profile_id": profile_id,
        "provider": "elevenlabs",
        "plan": found.tier,
        "used_characters": found.used_characters,
        "limit_characters": found.limit_characters,
        "remaining_characters": found.remaining_characters,
        "resets_at": None if resets_at_s is None else datetime.fromtimestamp(resets_at_s, UTC).isoformat(),
    }
