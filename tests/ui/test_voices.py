"""`reelflow voices` and `reelflow profile subscription`: lists that cost nothing."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from models.profiles import find_profile
from models.secrets import set_key
from tests.fakes import FakeElevenLabs
from tests.program import Reelflow

GEORGE = "JBFqnCBsd6RMkjVDRZzb"


@pytest.fixture
def eleven(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeElevenLabs]:
    with FakeElevenLabs() as server:
        monkeypatch.setenv("REELFLOW_ELEVENLABS_BASE_URL", server.base_url)
        yield server


@pytest.fixture
def acme(quick: Reelflow, eleven: FakeElevenLabs) -> Reelflow:
    """A profile in Bucharest that speaks with ElevenLabs' George."""
    assert quick.call("profile", "add", "Acme", "--timezone", "Europe/Bucharest").code == 0
    with quick.database() as database:
        set_key(database, find_profile(database).id, "elevenlabs", SecretStr(eleven.key))
    assert quick.call("profile", "set", "acme", "--voice-provider", "elevenlabs", "--voice", GEORGE).code == 0
    return quick


def test_voices_are_listed_with_labels_and_samples(acme: Reelflow, eleven: FakeElevenLabs) -> None:
    document = acme.call("voices", "--json").document

    assert document["provider"] == "elevenlabs"
    assert [(voice["name"], voice["is_chosen"]) for voice in document["voices"]] == [
        ("Rachel", False),
        ("George", True),
        ("Daniel", False),
    ]
    assert document["voices"][1] == {
        "voice": GEORGE,
        "name": "George",
        "category": "premade",
        "labels": {"accent": "british", "gender": "male"},
        "description": "George reads product texts.",
        "sample_url": f"{eleven.base_url}/samples/{GEORGE}.mp3",
        "is_chosen": True,
    }
    assert eleven.bill == []


def test_a_person_sees_the_chosen_voice_and_where_to_hear_it(acme: Reelflow, eleven: FakeElevenLabs) -> None:
    lines = acme.call("voices", "--profile", "acme").out.splitlines()

    (chosen,) = [line for line in lines if line.startswith("chosen")]
    assert all(
        part in chosen for part in (GEORGE, "George", "premade, british, male", f"{eleven.base_url}/samples/")
    )


def test_an_offline_profile_sees_the_offline_voices(quick: Reelflow) -> None:
    quick.call("profile", "add", "Acme")

    document = quick.call("voices", "--json").document

    assert document["provider"] == "offline"
    names = {voice["voice"]: voice["name"] for voice in document["voices"]}
    assert (names["de"], names["ro"]) == ("German", "Romanian")
    assert [voice["voice"] for voice in document["voices"] if voice["is_chosen"]] == ["en-us"]


def test_other_voices_can_be_looked_at_before_they_are_chosen(acme: Reelflow) -> None:
    document = acme.call("voices", "--provider", "offline", "--json").document

    assert document["provider"] == "offline"
    assert not any(voice["is_chosen"] for voice in document["voices"])


@pytest.mark.parametrize("command", [("voices", "--provider", "elevenlabs"), ("profile", "subscription")])
def test_without_a_key_the_next_step_is_told(quick: Reelflow, command: tuple[str, ...]) -> None:
    quick.call("profile", "add", "Acme")

    ended = quick.call(*command)

    assert ended.code == 2
    assert "reelflow profile set-key elevenlabs --profile acme" in ended.sentence


def test_a_refused_key_is_told(acme: Reelflow, eleven: FakeElevenLabs) -> None:
    eleven.keys = ("another",)

    ended = acme.call("profile", "subscription")

    assert ended.code == 5
    assert "does not know this key" in ended.sentence


def test_the_subscription_tells_what_is_left_and_until_when(acme: Reelflow, eleven: FakeElevenLabs) -> None:
    document = acme.call("profile", "subscription", "acme", "--json").document

    assert document.pop("profile_id")
    assert document == {
        "provider": "elevenlabs",
        "plan": "creator",
        "used_characters": 0,
        "limit_characters": 100_000,
        "remaining_characters": 100_000,
        "resets_at": "2027-01-01T00:00:00+00:00",
    }
    text = acme.call("profile", "subscription").out
    assert "100,000 of 100,000 left this period" in text
    assert "2027-01-01 02:00 (Europe/Bucharest)" in text
    assert eleven.bill == []
