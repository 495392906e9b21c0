"""Each profile's ElevenLabs key: used for itself alone, and in no log and no message."""

import logging
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from models.errors import (
    KeyRefused,
    ReelflowError,
)
from tasks.providers.elevenlabs import ElevenLabsVoice
from tests.fakes import FakeElevenLabs
from tests.tasks.providers.conftest import KEY
from tests.tasks.providers.elevenlabs_calls import OpenVoice, speak


def test_two_profiles_at_once_never_mix_their_keys(
    open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
) -> None:  # pitfall 27
    voices = {name: open_voice(f"key-of-profile-{name}") for name in "ab"}
    eleven.calls_at_once = 40

    def work(number: int) -> None:
        name = "ab"[number % 2]
        into = tmp_path / str(number)
        into.mkdir()
        speak(voices[name], f"Brand {name}, {number}", into)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    seen = sorted((one.key, one.text) for one in eleven.paid_requests())
    sent = (("ab"[number % 2], number) for number in range(40))
    assert seen == sorted((f"key-of-profile-{name}", f"Brand {name}, {number}") for name, number in sent)


@pytest.mark.parametrize("key", [None, SecretStr(""), SecretStr(" ")])
def test_without_a_key_nothing_is_taken_from_the_environment(
    key: SecretStr | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELEVENLABS_API_KEY", "key-of-profile-b")
    with pytest.raises(
        KeyRefused, match="no ElevenLabs key: set one with `reelflow profile set-key elevenlabs`"
    ):
        ElevenLabsVoice(key, "m", max_characters=10, credits_per_character=Decimal(1))


def test_keys_are_in_no_log_and_no_message(
    open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stranger = "unknown-key-0123456789"
    errors: list[ReelflowError] = []
    for voice, fault in ((open_voice(stranger), None), (open_voice(), "400"), (open_voice(), None)):
        eleven.fail_next(*([fault] if fault else []))
        try:
            speak(voice, "Hello", tmp_path)
        except ReelflowError as error:
            errors.append(error)
    assert len(errors) == 2
    written = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    for key in (stranger, KEY):
        assert key not in written
        assert key not in "".join(f"{error!r}{error.__cause__!r}{error.__dict__}" for error in errors)
        assert key not in repr(open_voice(key))
