import os
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from models.errors import BadInput, MediaToolTimedOut
from tasks.providers.offline import OfflineAnalyser, OfflineVoice, speakable
from tasks.providers.ports import (
    Analyser,
    AnalysisRequest,
    SegmentFacts,
    SegmentVerdict,
    Speech,
    SpeechRequest,
    Voice,
)

SCRIPT = (
    "New in store today: the classic brass lamp - only $49.99! Handmade in Porto, it's naïve, über-cool…"
    " Come & see it. 🎉 50% off"
)


def speak(text: str, into: Path, *, voice: str = "en-us", speed: float = 1.0) -> Speech:
    return OfflineVoice().speak(SpeechRequest(text, voice, speed), into, timeout_s=60)


def samples(speech: Speech) -> tuple[np.ndarray, int]:
    with wave.open(str(speech.audio)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float), file.getframerate()


def test_they_are_a_voice_and_an_analyser() -> None:
    voice: Voice = OfflineVoice()
    analyser: Analyser = OfflineAnalyser()
    assert voice.name == analyser.name == "offline"


def test_a_script_becomes_audio_with_every_word_timed(tmp_path: Path) -> None:
    speech = speak(SCRIPT, tmp_path)
    audio, rate = samples(speech)
    assert speech.audio == tmp_path / "speech.wav"
    assert rate == speech.sample_rate
    assert len(audio) / rate == pytest.approx(speech.duration_s)
    assert " ".join(word.text for word in speech.words) == SCRIPT
    assert speech.words[0].start_s < 0.1
    assert speech.words[-1].end_s <= speech.duration_s
    assert speech.characters == len(SCRIPT)


@pytest.mark.parametrize("voice", ["en-us", "de", "es", "fr+f3"])
def test_sound_sets_in_where_a_word_starts_after_a_pause(voice: str, tmp_path: Path) -> None:
    # given a text with pauses at its sentence and clause ends
    speech = speak("Come in, today only. Take it home. Pay later, in May.", tmp_path, voice=voice)
    audio, rate = samples(speech)
    loud = 0.05 * np.abs(audio).max()
    after_pause = [
        word
        for previous, word in zip(speech.words, speech.words[1:], strict=False)
        if word.start_s - previous.end_s > 0.1
    ]
    # then each word after a pause is heard within 60 ms, and the pause before it is quiet
    assert len(after_pause) >= 2
    for word in after_pause:
        start = round(word.start_s * rate)
        assert np.abs(audio[start : start + round(0.06 * rate)]).max() > loud, word
        assert np.abs(audio[start - round(0.08 * rate) : start - round(0.02 * rate)]).max() < loud, word


def test_silence_around_the_speech_is_trimmed(tmp_path: Path) -> None:
    speech = speak("  Hello there.  ", tmp_path)
    audio, rate = samples(speech)
    heard = np.nonzero(np.abs(audio) > 0.05 * np.abs(audio).max())[0]
    assert heard[0] / rate < 0.08
    assert (len(audio) - heard[-1]) / rate < 0.25
    assert len(audio) - heard[-1] > 0


def test_speed_shortens_the_speech(tmp_path: Path) -> None:
    text = "A lamp that is made to last for a very long time"
    normal, fast = (speak(text, tmp_path, speed=speed).duration_s for speed in (1.0, 1.5))
    assert fast < 0.8 * normal


def test_the_same_text_gives_the_same_audio(tmp_path: Path) -> None:
    first = speak("Same again", tmp_path).audio.read_bytes()
    assert speak("Same again", tmp_path).audio.read_bytes() == first


@pytest.mark.parametrize("phrase", ["soft wool blankets ", "soft wool. it's 5 €, now! "])
def test_a_long_script_keeps_every_word_apart(phrase: str, tmp_path: Path) -> None:
    # given 5000 characters without any sentence, or with full stops that end none
    text = (phrase * 270)[:5000].strip()
    speech = speak(text, tmp_path)
    assert " ".join(word.text for word in speech.words) == text
    # each word is timed by itself, not glued to the one before
    assert len(speech.words) == len(text.split())


@pytest.mark.parametrize("text", ["", "  \n ", "… - !", "🎉"])
def test_nothing_to_say_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing to say"):
        speak(text, tmp_path)


def test_an_unknown_voice_says_how_to_choose(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no voice 'Rachel'.*en-us, en-gb, de"):
        speak("Hello", tmp_path, voice="Rachel")


def test_a_speed_out_of_range_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not at 9"):
        speak("Hello", tmp_path, speed=9)


def test_a_voice_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(MediaToolTimedOut, match="speaking the script"):
        OfflineVoice().speak(SpeechRequest("Hello", "en-us"), tmp_path, timeout_s=0)


def test_hostile_folders_and_another_working_directory_are_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = tmp_path / "it's a\tünï folder 日本; $HOME"
    into.mkdir()
    monkeypatch.chdir(into)
    assert speak("Hello", Path()).audio == into / "speech.wav"
    assert (into / "speech.wav").stat().st_size > 1000


def test_the_library_may_live_in_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given the wheel in a folder with a name that is hostile and longer than the library's path buffer
    espeakng_loader = pytest.importorskip("espeakng_loader")
    folder = tmp_path / "it's ünï 日本" / ("long " * 40)
    shutil.copytree(Path(espeakng_loader.__file__).parent, folder / "espeakng_loader")
    marker = folder / "espeakng_loader" / "__init__.py"
    marker.write_text(
        marker.read_text() + f"\nimport pathlib\npathlib.Path({str(tmp_path / 'used')!r}).touch()\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
    # when it speaks
    speech = speak("Hello there", tmp_path)
    # then that copy did
    assert (tmp_path / "used").exists()
    assert len(speech.words) == 2


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("lamp - only", "lamp , only"),
        ("lamp — only", "lamp , only"),
        ("well-made", "well-made"),
        ("New 🎉!", "New  !"),
        ("→ 20 °C ™ 5 €", "  20 °C ™ 5 €"),
        ("one\ntwo", "one two"),
    ],
)
def test_what_nobody_reads_out_is_not_spoken(text: str, spoken: str) -> None:
    assert speakable(text) == spoken
    assert len(speakable(text)) == len(text)


def facts(index: int = 0, **changes: object) -> SegmentFacts:
    values: dict[str, object] = {
        "duration_s": 3.0,
        "motion": 6.0,
        "sharpness": 100.0,
        "brightness": 120.0,
        "audio_db": -20.0,
    }
    return SegmentFacts(index=index, **{**values, **changes})  # type: ignore[arg-type]


def judge(*segments: SegmentFacts) -> tuple[SegmentVerdict, ...]:
    return OfflineAnalyser().analyse(AnalysisRequest(segments), timeout_s=60).verdicts


def test_a_good_segment_says_why() -> None:
    (verdict,) = judge(facts())
    assert verdict.reason == "Sharp, well lit, lively motion"
    assert verdict.score == verdict.hook == 100
    assert verdict.highlights == ("sharp", "well lit", "lively motion")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"black_share": 0.9, "frozen_share": 0.9, "is_blurred": True}, "Mostly black"),
        ({"frozen_share": 0.8}, "Mostly a still picture"),
        ({"is_blurred": True}, "Blurred"),
    ],
)
def test_spoilt_segments_rank_last_and_keep_a_score(
    changes: dict[str, object], reason: str
) -> None:  # pitfall 55
    # given the worst segment that nothing spoils, and the best one that something does
    poor, spoilt = judge(facts(0, motion=0, sharpness=0, brightness=0), facts(1, **changes))
    assert 0 < spoilt.score < poor.score
    assert spoilt.reason == reason


def test_sharpness_counts_relative_to_the_other_segments() -> None:
    # given the same numbers beside softer and beside sharper footage
    among_soft = judge(facts(0, sharpness=10), *(facts(i, sharpness=5) for i in (1, 2, 3)))[0]
    among_sharp = judge(facts(0, sharpness=10), *(facts(i, sharpness=100) for i in (1, 2, 3)))[0]
    assert among_soft.score > among_sharp.score
    assert "Sharp" in among_soft.reason
    assert "soft" in among_sharp.reason


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"brightness": 25}, "dark"),
        ({"brightness": 240}, "too bright"),
        ({"motion": 0.2}, "hardly any motion"),
        ({"motion": 44}, "hectic motion"),
        ({"is_long_enough": False}, "short"),
        ({"black_share": 0.2}, "partly black"),
        ({"frozen_share": 0.2}, "partly still"),
    ],
)
def test_each_weakness_costs_and_is_named(changes: dict[str, object], phrase: str) -> None:
    good, weak = judge(facts(0), facts(1, **changes))
    assert phrase in weak.reason
    assert weak.score < good.score


def test_verdicts_keep_the_requests_order_and_bounds() -> None:
    verdicts = judge(*(facts(9 - i, motion=i * 8, sharpness=i, brightness=i * 28) for i in range(10)))
    assert [verdict.index for verdict in verdicts] == list(range(9, -1, -1))
    assert all(0 <= verdict.score <= 100 and 0 <= verdict.hook <= 100 for verdict in verdicts)
    assert judge() == ()
