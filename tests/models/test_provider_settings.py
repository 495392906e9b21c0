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
        (
            {"gemini": {"model": "gemini-1.0-nano"}},
            r"no Gemini model .* choose one of .*gemini-3\.5-flash-lite",
        ),
        (
            {"elevenlabs": {"model": "scribe_v1"}},
            "no ElevenLabs model .* for speech; choose one of .*eleven_v3",
        ),
        ({"elevenlabs": {"transcription_model": "eleven_v3"}}, "hearing speech; choose one of .*scribe_v1"),
        ({"elevenlabs": {"concurrency": 0}}, r"elevenlabs\.concurrency"),
        ({"elevenlabs": {"concurrency": "many"}}, r"elevenlabs\.concurrency"),
        ({"pauses": {"longer_than_s": 0.2, "shortened_to_s": 0.2}}, r"0\.2 s can't be shortened to 0\.2 s"),
        ({"pauses": {"shortened_to_s": 0}}, r"pauses\.shortened_to_s"),
        ({"pauses": {"longer_than_s": float("nan")}}, r"pauses\.longer_than_s"),
        ({"fallback": "maybe"}, "fallback"),
        ({"analyser": "elevenlabs"}, "analyser"),
    ],
)
def test_what_can_t_be_used_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        ProviderSettings().changed(**changes)


def test_pauses_stay_as_they_are_spoken_until_it_is_asked_for() -> None:
    settings = ProviderSettings()
    assert not settings.pauses.are_trimmed

    on = settings.changed(pauses={"are_trimmed": True, "longer_than_s": 0.5})
    off = on.changed(pauses={"are_trimmed": False})

    assert (on.pauses.longer_than_s, on.pauses.shortened_to_s) == (0.5, 0.1)
    assert (off.pauses.are_trimmed, off.pauses.longer_than_s) == (False, 0.5)


def test_calls_at_once_are_limited_and_left_to_the_plan_again() -> None:
    limited = ProviderSettings().changed(elevenlabs={"concurrency": "3"})

    assert limited.elevenlabs.concurrency == 3
    assert limited.changed(elevenlabs={"concurrency": "auto"}).elevenlabs.concurrency is None


def test_a_model_that_has_left_the_table_since_stays_until_it_is_changed() -> None:
    old = ProviderSettings.model_validate({"gemini": {"model": "gemini-1.0-nano"}})

    assert old.changed(fallback="offline").gemini.model == "gemini-1.0-nano"


def test_a_typo_is_no_silent_default() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        ProviderSettings.model_validate({"analyzer": "gemini"})


def test_profiles_of_before_start_offline(database: Database) -> None:
    # a profile that was there before these settings has an empty document
    acme = create_profile(database, "Acme")
    assert acme.providers == {}
    assert provider_settings(acme) == ProviderSettings()
