"""ElevenLabs that fails: one request, one error with the next step, and parts that were paid are kept."""

import ctypes
import pickle
import threading
from pathlib import Path

import pytest

from models.errors import (
    BadInput,
    KeyRefused,
    ProviderBusy,
    ProviderRefused,
    ProviderUnavailable,
    QuotaExhausted,
)
from tasks.providers.ports import SpeechRequest
from tests.fakes import FakeElevenLabs
from tests.tasks.providers.conftest import KEY
from tests.tasks.providers.elevenlabs_calls import RACHEL, SENTENCES, OpenVoice, speak

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
    fault: str, open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
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
    open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    eleven.fail_next("not_sound")
    with pytest.raises(ProviderUnavailable, match="no sound"):
        speak(open_voice(output_format="mp3_44100_128"), "Hello", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_parts_paid_before_a_failure_are_on_the_error(
    open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    eleven.fail_next(None, "system_busy")
    with pytest.raises(ProviderUnavailable) as caught:
        speak(open_voice(max_characters=40), SENTENCES, tmp_path)
    assert caught.value.usage.characters == eleven.billed("characters") == 27
    assert caught.value.never_billed  # beyond that


def test_a_second_try_asks_only_for_the_parts_that_are_missing(
    open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
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


def test_a_slow_answer_ends_with_the_time_limit(
    open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    eleven.fail_next("slow")
    with pytest.raises(ProviderUnavailable, match=r"did not answer") as caught:
        open_voice().speak(SpeechRequest("Hello", RACHEL), tmp_path, timeout_s=0.4)
    assert not caught.value.never_billed
    assert len(eleven.paid_requests()) == 1


def test_a_cancelled_run_leaves_at_once_and_leaves_nothing(
    open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
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
    thread.join(60)
    assert not thread.is_alive()
    assert isinstance(caught[0], KeyboardInterrupt)
    assert list(tmp_path.iterdir()) == []
