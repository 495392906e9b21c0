"""Sound as ElevenLabs sends it becomes one WAV file: 16 bit, mono, parts joined sample by sample."""

import os
import wave
from dataclasses import dataclass
from pathlib import Path

from models.errors import MediaToolFailed, ProviderUnavailable
from tasks.media import ffmpeg

_SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True)
class Pcm:
    """Mono sound, 16-bit little-endian samples."""

    samples: bytes
    """The samples, one after the other."""
    sample_rate: int
    """Samples per second."""

    @property
    def duration_s(self) -> float:
        """Its length."""
        return len(self.samples) / _SAMPLE_BYTES / self.sample_rate


def decode(audio: bytes, output_format: str, *, scratch: Path, timeout_s: float) -> Pcm:
    """Sound in one of the service's formats as samples.

    Args:
        audio: As the service sent it.
        output_format: As the service calls it: `pcm_24000`, `mp3_44100_128`.
        scratch: A folder for the files in between; they are gone afterwards.
        timeout_s: Longest time for decoding.

    Raises:
        ProviderUnavailable: it is not sound, or none.
        MediaToolTimedOut: decoding took too long.
    """
    if output_format.startswith("pcm_"):
        sound = Pcm(audio[: len(audio) // _SAMPLE_BYTES * _SAMPLE_BYTES], int(output_format.split("_")[1]))
    else:
        sound = _decode_coded(audio, scratch, timeout_s)
    if not sound.samples:
        raise ProviderUnavailable("ElevenLabs sent no sound.")
    return sound


def join(parts: list[Pcm]) -> Pcm:
    """Parts of one voice, one after the other.

    Raises:
        ProviderUnavailable: they have different sample rates.
    """
    if len({part.sample_rate for part in parts}) != 1:
        raise ProviderUnavailable("ElevenLabs sent the parts of one text with different sample rates.")
    return Pcm(b"".join(part.samples for part in parts), parts[0].sample_rate)


def write_wav(sound: Pcm, path: Path) -> None:
    """Writes a WAV file; whatever interrupts it, the name never holds half of one."""
    unfinished = path.with_suffix(".part")
    try:
        with wave.open(str(unfinished), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(_SAMPLE_BYTES)
            file.setframerate(sound.sample_rate)
            file.writeframes(sound.samples)
        os.replace(unfinished, path)  # noqa: PTH105 - atomic, also over an older file
    finally:
        unfinished.unlink(missing_ok=True)


def _decode_coded(audio: bytes, scratch: Path, timeout_s: float) -> Pcm:
    coded, plain = scratch / "speech-part.bin", scratch / "speech-part.wav"
    try:
        coded.write_bytes(audio)
        arguments = ["-y", "-protocol_whitelist", "file", "-i", coded.name]
        arguments += ["-map", "0:a:0", "-ac", "1", "-c:a", "pcm_s16le", plain.name]
        ffmpeg.run(arguments, doing="decoding the voice", timeout_s=timeout_s, cwd=scratch)
        with wave.open(str(plain)) as file:
            return Pcm(file.readframes(file.getnframes()), file.getframerate())
    except MediaToolFailed:
        raise ProviderUnavailable("ElevenLabs sent something that is no sound.") from None
    finally:
        coded.unlink(missing_ok=True)
        plain.unlink(missing_ok=True)
