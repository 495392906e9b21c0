"""Real speech for ElevenLabs' stand-in: eSpeak NG's, coded as asked, with the time of each character."""

import hashlib
import io
import tempfile
import threading
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.edit import Word
from tasks.media import ffmpeg
from tasks.providers.offline import OfflineVoice
from tasks.providers.ports import SpeechRequest

MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "pcm": "audio/pcm",
    "wav": "audio/wav",
    "opus": "audio/ogg",
    "ulaw": "audio/basic",
}
_CODECS = {
    "mp3": ("libmp3lame", "mp3"),
    "pcm": ("pcm_s16le", "s16le"),
    "wav": ("pcm_s16le", "wav"),
    "opus": ("libopus", "ogg"),
    "ulaw": ("pcm_mulaw", "mulaw"),
}  # fmt: skip


@dataclass(frozen=True)
class Spoken:
    """A text as sound."""

    text: str
    wav: bytes
    duration_s: float
    words: tuple[Word, ...]


_spoken: dict[tuple[str, str, float], Spoken] = {}
_by_sound: dict[str, Spoken] = {}
_lock = threading.Lock()


def speak(text: str, voice: str, speed: float) -> Spoken:
    """Speaks a text, once per process."""
    wanted = (text, voice, speed)
    with _lock:
        if wanted not in _spoken:
            with tempfile.TemporaryDirectory() as folder:
                said = OfflineVoice().speak(SpeechRequest(text, voice, speed), Path(folder), timeout_s=60)
                spoken = Spoken(text, said.audio.read_bytes(), said.duration_s, said.words)
            _spoken[wanted] = spoken
        return _spoken[wanted]


def code(spoken: Spoken, output_format: str) -> bytes:
    """The sound in one of the service's formats."""
    kind, rate, *bitrate = output_format.split("_")
    codec, container = _CODECS[kind]
    out = bytearray()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "in.wav").write_bytes(spoken.wav)
        arguments = ["-i", "in.wav", "-ar", rate, "-ac", "1", "-c:a", codec]
        arguments += ["-b:a", f"{bitrate[0]}k"] if bitrate else []
        arguments += ["-fflags", "+bitexact", "-f", container, "pipe:1"]
        ffmpeg.run(
            arguments, doing="coding the fake's voice", timeout_s=60, cwd=Path(folder), on_output=out.extend
        )
    if kind == "pcm":
        with _lock:
            _by_sound[_fingerprint(bytes(out))] = spoken
    return bytes(out)


def heard(audio: bytes) -> tuple[tuple[Word, ...], float]:
    """Words and length of a sound file.

    What was spoken here as PCM is known by its samples; of other sound there are only the stretches in
    which something is heard.
    """
    with wave.open(io.BytesIO(audio)) as file:
        samples, rate = file.readframes(file.getnframes()), file.getframerate()
    duration_s = len(samples) / 2 / rate
    with _lock:
        known = _by_sound.get(_fingerprint(samples)) or next(
            (spoken for spoken in _spoken.values() if spoken.wav == audio), None
        )
    if known:
        return known.words, duration_s
    return tuple(
        Word(text=f"word{number}", start_s=round(start_s, 3), end_s=round(end_s, 3))
        for number, (start_s, end_s) in enumerate(_stretches(samples, rate), start=1)
    ), duration_s


def align(spoken: Spoken) -> dict[str, Any]:
    """The time of each character of the text: evenly spread over its word, spaces between words."""
    starts: list[float] = []
    ends: list[float] = []
    words = list(spoken.words)
    position, last_s = 0, 0.0
    for number, word in enumerate(words):
        begin = spoken.text.index(word.text.split()[0], position)
        end = begin
        for token in word.text.split():
            end = spoken.text.index(token, end) + len(token)
        starts += [last_s] * (begin - position)
        ends += [word.start_s] * (begin - position)
        each_s = (word.end_s - word.start_s) / (end - begin)
        starts += [round(word.start_s + each_s * index, 4) for index in range(end - begin)]
        ends += [round(word.start_s + each_s * (index + 1), 4) for index in range(end - begin)]
        position, last_s = end, word.end_s
        if number == len(words) - 1:
            starts += [last_s] * (len(spoken.text) - end)
            ends += [spoken.duration_s] * (len(spoken.text) - end)
    return {
        "characters": list(spoken.text),
        "character_start_times_seconds": starts,
        "character_end_times_seconds": ends,
    }


def _fingerprint(samples: bytes) -> str:
    return hashlib.sha256(samples).hexdigest()


def _stretches(samples: bytes, rate: int) -> list[tuple[float, float]]:
    block = rate // 50
    values = memoryview(samples).cast("h")
    loud = [max(abs(value) for value in values[at : at + block]) > 600 for at in range(0, len(values), block)]
    found: list[tuple[float, float]] = []
    begin: int | None = None
    for position, is_loud in enumerate([*loud, False]):
        if is_loud and begin is None:
            begin = position
        elif not is_loud and begin is not None:
            found.append((begin / 50, position / 50))
            begin = None
    return found
