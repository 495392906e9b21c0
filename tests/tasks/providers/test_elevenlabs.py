"""Scripts spoken by ElevenLabs: every word timed, long ones in parts, settings that travel along."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from models.errors import BadInput
from tasks.providers.elevenlabs import VoiceSettings
from tasks.providers.ports import SpeechRequest, Voice
from tests.fakes import FakeElevenLabs
from tests.tasks.providers.conftest import KEY
from tests.tasks.providers.elevenlabs_calls import RACHEL, SCRIPT, SENTENCES, OpenVoice, samples, speak


@pytest.mark.parametrize(("output_format", "rate"), [("pcm_24000", 24_000), ("mp3_44100_128", 44_100)])
def test_a_script_becomes_audio_with_every_word_timed(
    output_format: str, rate: int, open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
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


def test_settings_travel_with_the_request(
    open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
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
    open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    voice = open_voice(settings=VoiceSettings(speed=1.1))
    speak(voice, "Hello there", tmp_path, speed=0.8)
    assert eleven.paid_requests()[0].body["voice_settings"]["speed"] == pytest.approx(0.88)
    with pytest.raises(BadInput, match=r"0\.7 to 1\.2 times its normal speed, not at 1\.32"):
        speak(voice, "Hello there", tmp_path, speed=1.2)
    assert len(eleven.paid_requests()) == 1


def test_a_long_script_is_split_at_sentences_and_joined_sample_by_sample(
    open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
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
    open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    speak(open_voice(model="eleven_v3", max_characters=40), SENTENCES, tmp_path)
    assert all("previous_text" not in seen.body for seen in eleven.paid_requests())


def test_without_the_services_number_the_characters_count(
    open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    eleven.fail_next("no_cost_header")
    usage = speak(open_voice(), "Hello there", tmp_path).usage
    assert (usage.characters, usage.raw) == (11, {})


def test_the_answer_says_how_many_calls_the_plan_allows(
    open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    eleven.calls_at_once = 3

    speech = open_voice().speak(SpeechRequest("Tea.", RACHEL), tmp_path, timeout_s=60)

    assert speech.calls_at_once == 3


@pytest.mark.parametrize("text", ["", "  \n", "… - !", "🎉"])
def test_nothing_to_say_is_refused_before_the_call(
    text: str, open_voice: OpenVoice, eleven: FakeElevenLabs, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="nothing to say"):
        speak(open_voice(), text, tmp_path)
    assert eleven.seen == []


def test_a_format_that_can_not_be_used_is_refused(open_voice: OpenVoice) -> None:
    with pytest.raises(BadInput, match="ulaw_8000"):
        open_voice(output_format="ulaw_8000")
