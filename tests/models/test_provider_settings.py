"""Provider settings of a profile: offline until chosen, checked when changed, kept whole."""

from typing import Any

import pytest
from pydantic import ValidationError

from models.errors import BadInput
from models.profiles import create_profile, find_profile
from models.provider_settings import (
    DEFAULT_GEMINI_MODEL,
    ProviderSettings,
    provider_settings,
    store_provider_settings,
)
from models.session import Database

VOICE = "JBFqnCBsd6RMkjVDRZzb"


def test_a_new_profile_is_offline_and_falls_back_to_nothing(database: Database) -> None:
    settings = provider_settings(create_profile(database, "Acme"))

    assert (settings.analyser, settings.voice, settings.fallback) == ("offline", "offline", "none")
    assert settings.gemini.model == DEFAULT_GEMINI_MODEL
    spoken = settings.elevenlabs
    assert (
        spoken.model,
        spoken.stability,
        spoken.similarity,
        spoken.style,
        spoken.speed,
        spoken.language,
    ) == (
        "eleven_multilingual_v2",
        0.5,
        0.75,
        0.0,
        1.0,
        None,
    )


def test_what_is_stored_comes_back_and_the_rest_stays(database: Database) -> None:
    acme, bolt = create_profile(database, "Acme"), create_profile(database, "Bolt")
    with database.profile_session(acme.id) as session:
        settings = provider_settings(session.profile).changed(
            analyser="gemini",
            voice="elevenlabs",
            elevenlabs={"voice_id": VOICE, "speed": 1.1, "language": "ro"},
        )
        store_provider_settings(session, settings)
    with database.profile_session(acme.id) as session:
        before = provider_settings(session.profile)
        store_provider_settings(session, before.changed(fallback="offline", elevenlabs={"language": "auto"}))

    after = provider_settings(find_profile(database, "acme"))
    assert (after.analyser, after.voice, after.fallback) == ("gemini", "elevenlabs", "offline")
    assert (after.elevenlabs.voice_id, after.elevenlabs.speed) == (VOICE, 1.1)
    assert (before.elevenlabs.language, after.elevenlabs.language) == ("ro", None)
    assert provider_settings(find_profile(database, bolt.id)) == ProviderSettings()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"voice": "elevenlabs"}, "ElevenLabs needs a voice: give its id with --voice"),
        ({"elevenlabs": {"speed": 1.3}}, r"elevenlabs\.speed: .* less than or equal to 1\.2"),
        ({"elevenlabs": {"stability": -0.1}}, r"elevenlabs\.stability"),
        ({"elevenlabs": {"stability": float("nan")}}, r"elevenlabs\.stability"),
        ({"elevenlabs": {"voice_id": "../../etc"}}, r"elevenlabs\.voice_id"),
        ({"elevenlabs": {"language": "Romanian"}}, r"elevenlabs\.language"),
        ({"gemini": {"model": "models/../x"}}, r"gemini\.model"),
        ({"gemini": {"backend": "curl"}}, r"gemini\.backend"),
        ({"fallback": "maybe"}, "fallback"),
        ({"analyser": "elevenlabs"}, "analyser"),
    ],
)
def test_what_can_t_be_used_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        ProviderSettings().changed(**changes)


def test_a_typo_is_no_silent_default() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        ProviderSettings.model_validate({"analyzer": "gemini"})


def test_profiles_of_before_start_offline(database: Database) -> None:
    # a profile that was there before these settings has an empty document
    acme = create_profile(database, "Acme")
    assert acme.providers == {}
    assert provider_settings(acme) == ProviderSettings()
