import ctypes
import logging
import pickle
import threading
import wave
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
from pydantic import SecretStr, ValidationError

from models.errors import (
    BadInput,
    KeyRefused,
    ProviderBusy,
    ProviderRefused,
    ProviderUnavailable,
    QuotaExhausted,
    ReelflowError,
)
from tasks.providers.elevenlabs import ElevenLabsVoice, VoiceSettings
from tasks.providers.elevenlabs_account import ElevenLabsAccount
from tasks.providers.ports import Speech, SpeechRequest, Voice
from tests.fakes import FakeElevenLabs

KEY = "key-of-profile-a"
RACHEL = "21m00Tcm4TlvDq8ikWAM"
SCRIPT = "New in store today: the brass lamp - only $49.99! Handmade in Porto, it's naïve. 🎉 50% off"
SENTENCES = "This lamp is made of brass. It is made by hand in Porto. Come in today, and take it home."

Open = Callable[..., ElevenLabsVoice]


@pytest.fixture
def open_voice(eleven: FakeElevenLabs) -> Iterator[Open]:
    with ExitStack() as stack:

        def make(
            key: str = KEY,
            model: str = "eleven_multilingual_v2",
            settings: VoiceSettings | None = None,
            *,
            max_characters: int = 10_000,
            credits_per_character: str = "1",
            **options: str,
        ) -> ElevenLabsVoice:
            voice = ElevenLabsVoice(
                SecretStr(key),
                model,
                settings,
                max_characters=max_characters,
                credits_per_character=Decimal(credits_per_character),
                base_url=eleven.base_url,
                **options,
            )
            return stack.enter_context(voice)

        yield make


@pytest.fixture
def account(eleven: FakeElevenLabs) -> Iterator[ElevenLabsAccount]:
    with ElevenLabsAccount(SecretStr(KEY), base_url=eleven.base_url) as account:
        yield account


def speak(voice: ElevenLabsVoice, text: str, into: Path, *, speed: float = 1.0) -> Speech:
    return voice.speak(SpeechRequest(text, RACHEL, speed), into, timeout_s=60)


def samples(path: Path) -> tuple[np.ndarray, int]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float), file.getframerate()


@pytest.mark.parametrize(("output_format", "rate"), [("pcm_24000", 24_000), ("mp3_44100_128", 44_100)])
def test_a_script_becomes_audio_with_every_word_timed(
    output_format: str, rate: int, open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    voice: Voice = open_voice(output_format=output_format)
    speech = voice.speak(SpeechRequest(SCRIPT, RACHEL), tmp_path, timeout_s=60)
    audio, found_rate = samples(speech.audio)
    assert [path.name for path in tmp_path.iterdir()] == ["speech.wav"]
    assert found_rate == speech.sample_rate == rate
    assert len(audio) / rate == pytest.approx(speech.duration_s)
    assert np.abs(audio).max() > 3000
    assert " ".join(word.text for word in speech.words) == SCRIPT
    assert speech.words[-1].end_s <= speech.duration_s
    assert (speech.provider, speech.voice, speech.characters) == ("elevenlabs", RACHEL, len(SCRIPT))
    (seen,) = eleven.paid_requests()
    assert (seen.key, seen.text, seen.query["output_format"]) == (KEY, SCRIPT, output_format)
    assert {"previous_text", "next_text", "language_code"}.isdisjoint(seen.body)


def test_settings_travel_with_the_request(open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path) -> None:
    settings = VoiceSettings(
        stability=0.3,
        similarity_boost=0.6,
        style=0.2,
        speed=1.1,
        use_speaker_boost=False,
        language_code="de",
    )
    voice = open_voice(model="eleven_flash_v2_5", settings=settings, credits_per_character="0.5")
    speech = speak(voice, "Guten Tag", tmp_path)
    (seen,) = eleven.paid_requests()
    assert seen.body["voice_settings"] == {
        "stability": 0.3,
        "similarity_boost": 0.6,
        "style": 0.2,
        "speed": 1.1,
        "use_speaker_boost": False,
    }
    assert (seen.model, seen.body["language_code"]) == ("eleven_flash_v2_5", "de")
    # the service counts half a credit per character; we count characters
    assert speech.usage.raw == {"character-cost": 5}
    assert speech.usage.characters == 10  # of 9, rounded up by the service
    assert voice.identity["style"] == 0.2


def test_settings_out_of_range_are_refused() -> None:
    for wrong in ({"stability": 1.2}, {"speed": 0.5}, {"language_code": "german"}, {"pitch": 1}):
        with pytest.raises(ValidationError):
            VoiceSettings.model_validate(wrong)


def test_both_speeds_multiply_within_what_the_service_can_do(
    open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    voice = open_voice(settings=VoiceSettings(speed=1.1))
    speak(voice, "Hello there", tmp_path, speed=0.8)
    assert eleven.paid_requests()[0].body["voice_settings"]["speed"] == pytest.approx(0.88)
    with pytest.raises(BadInput, match=r"0\.7 to 1\.2 times its normal speed, not at 1\.32"):
        speak(voice, "Hello there", tmp_path, speed=1.2)
    assert len(eleven.paid_requests()) == 1


def test_a_long_script_is_split_at_sentences_and_joined_sample_by_sample(
    open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    voice = open_voice(max_characters=40)
    # when three sentences are spoken by a model that takes one at a time
    speech = speak(voice, SENTENCES, tmp_path)
    parts = [seen.text for seen in eleven.paid_requests()]
    assert parts == [
        "This lamp is made of brass.",
        "It is made by hand in Porto.",
        "Come in today, and take it home.",
    ]
    # then each part knows its neighbours
    bodies = [seen.body for seen in eleven.paid_requests()]
    assert [body.get("previous_text") for body in bodies] == [None, parts[0], parts[1]]
    assert [body.get("next_text") for body in bodies] == [parts[1], parts[2], None]
    # and sound and words of each part are where they are when it is spoken alone
    assert " ".join(word.text for word in speech.words) == SENTENCES
    whole, rate = samples(speech.audio)
    offset, word = 0, 0
    for part in parts:
        (tmp_path / "alone").mkdir(exist_ok=True)
        alone = speak(voice, part, tmp_path / "alone")
        audio, _ = samples(alone.audio)
        assert (whole[offset : offset + len(audio)] == audio).all()
        for expected in alone.words:
            assert speech.words[word].text == expected.text
            assert speech.words[word].start_s == pytest.approx(offset / rate + expected.start_s, abs=1e-3)
            word += 1
        offset += len(audio)
    assert (offset, word) == (len(whole), len(speech.words))
    assert (
        speech.usage.characters
        == len(SENTENCES) - 2  # the spaces between
        == voice.estimate(SpeechRequest(SENTENCES, RACHEL)).characters
    )
    assert speech.usage.requests == voice.estimate(SpeechRequest(SENTENCES, RACHEL)).requests == 3


def test_a_model_that_refuses_neighbours_gets_none(
    open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    speak(open_voice(model="eleven_v3", max_characters=40), SENTENCES, tmp_path)
    assert all("previous_text" not in seen.body for seen in eleven.paid_requests())


OUTCOMES = {
    "400": (ProviderRefused, "could not be understood", None),
    "402": (ProviderRefused, "last invoice", None),
    "unusual_activity": (ProviderRefused, "Unusual activity", None),
    "invalid_key": (KeyRefused, "reelflow profile set-key elevenlabs", None),
    "missing_permissions": (KeyRefused, "missing the permission text_to_speech", None),
    "quota_exceeded": (QuotaExhausted, "12 credits remaining", None),
    "voice_not_found": (BadInput, f"no voice '{RACHEL}'", None),
    "unsupported_model": (BadInput, "eleven_multilingual_v2", None),
    "too_long": (BadInput, "6270 characters", None),
    "422": (BadInput, "body.text: field required", None),
    "too_many_concurrent_requests": (ProviderBusy, "maximum of 5", None),
    "system_busy": (ProviderUnavailable, "heavy traffic", 4.0),
    "408": (ProviderUnavailable, "408", None),
    "409": (ProviderUnavailable, "409", None),
    "500": (ProviderUnavailable, "500", None),
    "503": (ProviderUnavailable, "503", 0.0),
    "html": (ProviderUnavailable, "502", None),
    "drop": (ProviderUnavailable, "connection", None),
    "truncated_json": (ProviderUnavailable, "could not be read", None),
    "bad_base64": (ProviderUnavailable, "sound could not be read", None),
    "no_sound": (ProviderUnavailable, "sent no sound", None),
    "not_sound": (ProviderUnavailable, "its last word ends at", None),
    "no_alignment": (ProviderRefused, "choose another model", None),
    "uneven_alignment": (ProviderRefused, "choose another model", None),
}
UNCERTAIN = {"408", "500", "503", "html", "drop", "truncated_json"}


@pytest.mark.parametrize("fault", OUTCOMES)
def test_a_failed_call_is_one_request_and_one_error(
    fault: str, open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
) -> None:  # pitfall 75
    kind, words, retry_after_s = OUTCOMES[fault]
    eleven.fail_next(fault)
    with pytest.raises(kind, match=words) as caught:
        speak(open_voice(), "Hello there, come in.", tmp_path)
    error = caught.value
    assert type(error) is kind
    assert len(eleven.paid_requests()) == 1
    assert list(tmp_path.iterdir()) == []
    assert error.can_retry == isinstance(error, ProviderUnavailable)
    assert getattr(error, "retry_after_s", None) == retry_after_s
    assert KEY not in str(error)
    if fault in UNCERTAIN:
        assert not error.never_billed
    elif eleven.billed("characters"):
        assert error.usage.characters == eleven.billed("characters")
    else:
        assert error.never_billed
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (str(copy), getattr(copy, "retry_after_s", None)) == (str(error), retry_after_s)


def test_something_else_than_sound_is_found_when_it_is_decoded(
    open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    eleven.fail_next("not_sound")
    with pytest.raises(ProviderUnavailable, match="no sound"):
        speak(open_voice(output_format="mp3_44100_128"), "Hello", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_the_services_number_the_characters_count(
    open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    eleven.fail_next("no_cost_header")
    usage = speak(open_voice(), "Hello there", tmp_path).usage
    assert (usage.characters, usage.raw) == (11, {})


def test_parts_paid_before_a_failure_are_on_the_error(
    open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    eleven.fail_next(None, "system_busy")
    with pytest.raises(ProviderUnavailable) as caught:
        speak(open_voice(max_characters=40), SENTENCES, tmp_path)
    assert caught.value.usage.characters == eleven.billed("characters") == 27
    assert caught.value.never_billed  # beyond that


def test_a_second_try_asks_only_for_the_parts_that_are_missing(
    open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    whole = open_voice(max_characters=40).speak(SpeechRequest(SENTENCES, RACHEL), tmp_path, timeout_s=60)
    voice, parts = open_voice(max_characters=40), whole.usage.requests
    assert parts > 2
    eleven.fail_next(None, "too_many_concurrent_requests")
    with pytest.raises(ProviderBusy) as busy:
        voice.speak(SpeechRequest(SENTENCES, RACHEL), tmp_path, timeout_s=60)

    rest = voice.speak(SpeechRequest(SENTENCES, RACHEL), tmp_path, timeout_s=60)

    assert (busy.value.usage.requests, rest.usage.requests) == (1, parts - 1)
    assert busy.value.usage.characters + rest.usage.characters == whole.usage.characters
    assert (rest.words, rest.duration_s) == (whole.words, whole.duration_s)
    # a third time is a new purchase
    third = voice.speak(SpeechRequest(SENTENCES, RACHEL), tmp_path, timeout_s=60)
    assert third.usage == whole.usage


def test_the_answer_says_how_many_calls_the_plan_allows(
    open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    eleven.calls_at_once = 3

    speech = open_voice().speak(SpeechRequest("Tea.", RACHEL), tmp_path, timeout_s=60)

    assert speech.calls_at_once == 3


@pytest.mark.parametrize("text", ["", "  \n", "… - !", "🎉"])
def test_nothing_to_say_is_refused_before_the_call(
    text: str, open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="nothing to say"):
        speak(open_voice(), text, tmp_path)
    assert eleven.seen == []


def test_a_slow_answer_ends_with_the_time_limit(
    open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    eleven.fail_next("slow")
    with pytest.raises(ProviderUnavailable, match=r"did not answer") as caught:
        open_voice().speak(SpeechRequest("Hello", RACHEL), tmp_path, timeout_s=0.4)
    assert not caught.value.never_billed
    assert len(eleven.paid_requests()) == 1


def test_a_cancelled_run_leaves_at_once_and_leaves_nothing(
    open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    voice = open_voice()
    eleven.fail_next("slow")
    caught: list[BaseException] = []

    def work() -> None:
        try:
            speak(voice, "Hello", tmp_path)
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while not eleven.paid_requests():
        thread.join(0.02)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident or 0), ctypes.py_object(KeyboardInterrupt)
    )
    thread.join(20)
    assert not thread.is_alive()
    assert isinstance(caught[0], KeyboardInterrupt)
    assert list(tmp_path.iterdir()) == []


def test_two_profiles_at_once_never_mix_their_keys(
    open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
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
    open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path, caplog: pytest.LogCaptureFixture
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


def test_a_format_that_can_not_be_used_is_refused(open_voice: Open) -> None:
    with pytest.raises(BadInput, match="ulaw_8000"):
        open_voice(output_format="ulaw_8000")


def test_voices_are_listed_over_all_pages_with_samples(
    account: ElevenLabsAccount, eleven: FakeElevenLabs
) -> None:
    voices = account.list_voices(timeout_s=20)
    assert [voice.name for voice in voices] == ["Rachel", "George", "Daniel"]
    assert voices[0].id == RACHEL
    assert voices[0].labels["accent"] == "american"
    sample = httpx.get(voices[0].sample_url)
    assert sample.headers["content-type"] == "audio/mpeg"
    assert len(sample.content) > 5000
    assert eleven.bill == []


def test_the_subscription_tells_what_is_left(
    account: ElevenLabsAccount, open_voice: Open, tmp_path: Path
) -> None:
    speak(open_voice(), "Hello there", tmp_path)
    subscription = account.subscription(timeout_s=20)
    assert subscription.tier == "creator"
    assert (subscription.used_characters, subscription.remaining_characters) == (11, 99_989)


def test_a_bad_key_is_told_by_the_lists_too(eleven: FakeElevenLabs) -> None:
    with ElevenLabsAccount(SecretStr("stranger-key"), base_url=eleven.base_url) as account:
        with pytest.raises(KeyRefused, match="set-key elevenlabs"):
            account.subscription(timeout_s=20)
        with pytest.raises(KeyRefused):
            account.list_voices(timeout_s=20)


def test_the_footages_own_speech_becomes_words(
    account: ElevenLabsAccount, open_voice: Open, eleven: FakeElevenLabs, tmp_path: Path
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
    open_voice: Open,
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
