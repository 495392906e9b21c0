"""How long a script is spoken: by the voice's own pace where it is known, and what a clip becomes."""

import pytest

from models.provider_settings import ElevenLabsSettings, ProviderSettings
from models.voice import VoiceOver
from tasks.voice_store import LEAD_S, TAIL_S
from ui.components.script_length import AROUND_S, fit_sentence, pace_of, spoken_s

TEXT = "Slow down. One golden box. One good cup. Ten calm minutes, wherever you are."


def voice_over(text: str, duration_s: float, voice: str = "en-us", provider: str = "offline") -> VoiceOver:
    return VoiceOver(
        fingerprint="f" * 64, provider=provider, model="m", voice=voice, text=text, characters=len(text),
        storage_key="voice", duration_s=duration_s, words=[],
    )  # fmt: skip


def test_the_silence_around_a_voice_is_the_one_that_clips_are_given() -> None:
    assert pytest.approx(LEAD_S + TAIL_S) == AROUND_S


def test_an_unknown_voice_is_taken_to_be_an_ordinary_one() -> None:
    pace = pace_of(ProviderSettings(), "en-us", [])
    assert not pace.is_measured
    assert spoken_s(TEXT, pace) == pytest.approx(6.1, rel=0.1)  # eSpeak NG takes 6.13 s


def test_a_slower_setting_takes_longer() -> None:
    quick, slow = (
        pace_of(
            ProviderSettings(
                voice="elevenlabs", elevenlabs=ElevenLabsSettings(voice_id="abcdefgh", speed=speed)
            ),
            "abcdefgh",
            [],
        )
        for speed in (1.2, 0.7)
    )
    assert spoken_s(TEXT, slow) > 1.4 * spoken_s(TEXT, quick)


def test_a_voice_is_measured_by_what_it_said_itself() -> None:
    own = [voice_over("a" * 100, 10.0), voice_over("b" * 100, 10.0)]
    others = [voice_over("c" * 100, 1.0, voice="de"), voice_over("d" * 100, 1.0, provider="elevenlabs")]
    pace = pace_of(ProviderSettings(), "en-us", [*own, *others])
    assert pace.is_measured
    assert spoken_s("x" * 50, pace) == pytest.approx(5.0)


@pytest.mark.parametrize("text", ["", "  \n ", "…!"])
def test_nothing_to_say_takes_no_time(text: str) -> None:
    assert spoken_s(text, pace_of(ProviderSettings(), "en-us", [])) == 0


@pytest.mark.parametrize(
    ("length_s", "clip_s", "sentence"),
    [
        (24.0, 30.0, "the clip is 30 s, it will be trimmed to about 25 s"),
        (32.0, 30.0, "the clip is 30 s, more footage is added up to about 33 s"),
        (29.3, 30.0, "the clip is 30 s, it stays about as long"),
    ],
)
def test_what_a_clip_becomes_is_said(length_s: float, clip_s: float, sentence: str) -> None:
    assert fit_sentence(length_s, clip_s) == sentence
