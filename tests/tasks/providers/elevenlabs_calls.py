"""What the tests of the ElevenLabs adapter say, and how they read the sound."""

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tasks.providers.elevenlabs import ElevenLabsVoice
from tasks.providers.ports import Speech, SpeechRequest

RACHEL = "21m00Tcm4TlvDq8ikWAM"
SCRIPT = "New in store today: the brass lamp - only $49.99! Handmade in Porto, it's naïve. 🎉 50% off"
SENTENCES = "This lamp is made of brass. It is made by hand in Porto. Come in today, and take it home."
OpenVoice = Callable[..., ElevenLabsVoice]


def speak(voice: ElevenLabsVoice, text: str, into: Path, *, speed: float = 1.0) -> Speech:
    return voice.speak(SpeechRequest(text, RACHEL, speed), into, timeout_s=60)


def samples(path: Path) -> tuple[np.ndarray, int]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float), file.getframerate()
