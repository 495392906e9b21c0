"""What an ElevenLabs account has: its voices, what is left to spend, and words heard in sound."""

from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from pydantic import SecretStr

from models.errors import (
    BadInput,
    KeyRefused,
    ProviderUnavailable,
    QuotaExhausted,
    ReelflowError,
)
from tasks.providers.elevenlabs_account import ElevenLabsAccount
from tests.fakes import FakeElevenLabs
from tests.tasks.providers.conftest import KEY
from tests.tasks.providers.elevenlabs_calls import RACHEL, OpenVoice, speak


def test_voices_are_listed_over_all_pages_with_samples(
    account: ElevenLabsAccount, eleven: FakeElevenLabs
) -> None:
    voices = account.list_voices(timeout_s=60)
    assert [voice.name for voice in voices] == ["Rachel", "George", "Daniel"]
    assert voices[0].id == RACHEL
    assert voices[0].labels["accent"] == "american"
    sample = httpx.get(voices[0].sample_url)
    assert sample.headers["content-type"] == "audio/mpeg"
    assert len(sample.content) > 5000
    assert eleven.bill == []


def test_the_subscription_tells_what_is_left(
    account: ElevenLabsAccount, open_voice: OpenVoice, tmp_path: Path
) -> None:
    speak(open_voice(), "Hello there", tmp_path)
    subscription = account.subscription(timeout_s=60)
    assert subscription.tier == "creator"
    assert (subscription.used_characters, subscription.remaining_characters) == (11, 99_989)


def test_a_bad_key_is_told_by_the_lists_too(eleven: FakeElevenLabs) -> None:
    with ElevenLabsAccount(SecretStr("stranger-key"), base_url=eleven.base_url) as account:
        with pytest.raises(KeyRefused, match="set-key elevenlabs"):
            account.subscription(timeout_s=60)
        with pytest.raises(KeyRefused):
            account.list_voices(timeout_s=60)


def test_the_footages_own_speech_becomes_words(
    account: ElevenLabsAccount, open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    speech = speak(open_voice(), "Hello there, come in.", tmp_path)
    transcript = account.transcribe(
        speech.audio, audio_s=speech.duration_s, timeout_s=30, model="scribe_v1", language_code="en"
    )
    assert [word.text for word in transcript.words] == ["Hello", "there,", "come", "in."]
    assert transcript.words == speech.words
    assert transcript.language == "eng"
    assert transcript.usage.audio_s == pytest.approx(speech.duration_s)
    (seen,) = eleven.paid_requests("transcript")
    assert (seen.key, seen.model) == (KEY, "scribe_v1")


def test_heard_words_without_a_length_or_a_letter_do_no_harm(
    account: ElevenLabsAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # pitfall 58
    told = (("Oh", -0.01, 0.2), ("no", 1.0, 1.0), (" ", 1.2, 1.3), ("more.", 2.0, 1.9))
    words = [SimpleNamespace(type="word", text=text, start=start, end=end) for text, start, end in told]
    said = SimpleNamespace(words=words, language_code=None, audio_duration_secs=None)
    monkeypatch.setattr(account, "ask", lambda *_, **__: SimpleNamespace(data=said))
    (tmp_path / "a.wav").write_bytes(b"")

    transcript = account.transcribe(tmp_path / "a.wav", audio_s=3.0, timeout_s=30, model="scribe_v2")

    assert [(word.text, word.start_s) for word in transcript.words] == [("Oh", 0), ("no", 1), ("more.", 2)]
    assert all(word.end_s - word.start_s >= 0.06 for word in transcript.words)
    assert (transcript.language, transcript.usage.audio_s) == ("", 3.0)


@pytest.mark.parametrize(
    ("fault", "kind"), [("503", ProviderUnavailable), ("quota_exceeded", QuotaExhausted)]
)
def test_listening_fails_like_speaking(
    fault: str,
    kind: type[ReelflowError],
    account: ElevenLabsAccount,
    open_voice: OpenVoice,
    eleven: FakeElevenLabs,
    tmp_path: Path,
) -> None:
    speech = speak(open_voice(), "Hello", tmp_path)
    eleven.fail_next(fault)
    with pytest.raises(kind):
        account.transcribe(speech.audio, audio_s=1, timeout_s=30, model="scribe_v1")
    assert len(eleven.paid_requests("transcript")) == 1


def test_a_lost_sound_file_is_named(account: ElevenLabsAccount, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone\.wav can't be read"):
        account.transcribe(tmp_path / "gone.wav", audio_s=1, timeout_s=30, model="scribe_v1")
