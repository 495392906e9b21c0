"""How long a script takes to speak, and what that does to a clip; pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.provider_settings import ProviderSettings
from models.voice import VoiceOver

#: Silence that the picture has before and after the voice.
AROUND_S: Final = 0.55

#: Characters in a second at normal speed, without pauses: eSpeak NG's measured on product texts, ElevenLabs'
#: what narrators speak (some 160 words a minute).
_CHARACTERS_PER_S: Final = {"elevenlabs": 15.5, "offline": 15.9}

#: A pause at the end of a sentence, which is not in the letters.
_SENTENCE_S: Final = 0.35

#: A clip that differs by less is as long as its voice.
_SAME_S: Final = 0.5

#: So many voice-overs tell how fast a voice is.
_ENOUGH: Final = 2


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the chosen voice speaks."""

    characters_per_s: float
    is_measured: bool
    """By what this voice has spoken for this profile, not by what voices usually do."""


def pace_of(settings: ProviderSettings, voice: str, spoken: Sequence[VoiceOver]) -> Pace:
    """The pace of a profile's voice.

    Args:
        settings: The profile's; the speed counts.
        voice: The voice's id, as voice-overs name it.
        spoken: The profile's voice-overs, by any voice.
    """
    mine = [one for one in spoken if one.provider == settings.voice and one.voice == voice]
    length_s = sum(one.duration_s for one in mine)
    if len(mine) >= _ENOUGH and length_s > 0:
        return Pace(sum(len(one.text) for one in mine) / length_s, is_measured=True)
    speed = settings.elevenlabs.speed if settings.voice == "elevenlabs" else 1.0
    return Pace(_CHARACTERS_PER_S[settings.voice] * speed, is_measured=False)


def spoken_s(text: str, pace: Pace) -> float:
    """About how long a script is when it is spoken; 0 when there is nothing to say."""
    words = " ".join(text.split())
    if not any(character.isalnum() for character in words):
        return 0.0
    if pace.is_measured:  # its pauses are in the pace
        return len(words) / pace.characters_per_s
    pauses = sum(words.count(f"{end} ") for end in ".!?")
    return len(words) / pace.characters_per_s + pauses * _SENTENCE_S


def fit_sentence(length_s: float, clip_s: float) -> str:
    """What becomes of a clip whose voice is so long: "the clip is 30 s, it will be trimmed to 25 s"."""
    picture_s = length_s + AROUND_S
    clip, target = f"{clip_s:.0f} s", f"{math.ceil(picture_s)} s"
    if abs(picture_s - clip_s) < _SAME_S or clip == target:
        return f"the clip is {clip}, it stays about as long"
    if picture_s < clip_s:
        return f"the clip is {clip}, it will be trimmed to about {target}"
    return f"the clip is {clip}, more footage is added up to about {target}"
