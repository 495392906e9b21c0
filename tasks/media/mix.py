"""The sound of a clip: the footage's own sound, ducked under the voice, as one float WAV.

Two audio-only passes over seconds of sound: the first joins the footage's sound and measures it,
the second puts the voice on top. Levels are set from measurements, so that a loud street and a
quiet room both end up the same distance below the voice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from models.edit import AudioLevels
from tasks.media import loudness
from tasks.media.ffmpeg import run
from tasks.media.timeline import FILE_CLOCK, SAMPLE_RATE, PlacedCut, link_sources, open_sound, total_samples

#: Where a voice is brought to before mixing; the whole mix is mastered later.
_VOICE_LUFS = -18.0

#: The footage's sound is never raised by more than this: it would only raise the room's noise.
_MAX_BOOST_DB = 9.0

_TIMEOUT_FACTOR = 20.0
_TIMEOUT_FLOOR_S = 120.0


@dataclass(frozen=True)
class VoiceFile:
    """A spoken script: the audio file and when it starts in the clip."""

    path: Path
    start_s: float


@dataclass(frozen=True)
class Mix:
    """The mixed sound before mastering.

    Attributes:
        path: Float WAV, stereo, 48 kHz, exactly as long as the picture.
        loudness: Measured on that file.
    """

    path: Path
    loudness: loudness.Loudness


def mix_sound(
    placed: Sequence[PlacedCut], *, fps: int, voice: VoiceFile | None, levels: AudioLevels, folder: Path
) -> Mix:
    """Makes `folder/mix.wav` from the cuts' own sound and the voice.

    Args:
        placed: The cuts, at least one.
        fps: The output's frame rate; the sound is as long as the picture to the sample.
        voice: Spoken script, if any.
        levels: Levels of the edit.
        folder: Scratch folder of this clip.

    Raises:
        MediaToolFailed, MediaToolTimedOut, RunStopped: from the media process.
    """
    samples = total_samples(placed, fps=fps)
    timeout_s = _TIMEOUT_FLOOR_S + _TIMEOUT_FACTOR * samples / SAMPLE_RATE
    link_sources(placed, folder)
    original = _join_original(placed, fps=fps, samples=samples, folder=folder, timeout_s=timeout_s)
    if voice is None:
        return _finish(
            _stereo(ffmpeg.input("original.wav")).filter("volume", f"{levels.original_db:.2f}dB"),
            samples,
            folder,
            timeout_s,
        )
    link = folder / "voice"
    link.unlink(missing_ok=True)
    link.symlink_to(voice.path.resolve())
    spoken = loudness.measure(Path("voice"), cwd=folder, timeout_s=timeout_s)
    voice_gain = 0.0 if spoken.is_silent else _VOICE_LUFS - spoken.integrated_lufs
    under = _VOICE_LUFS + levels.original_under_voice_db
    original_gain = 0.0 if original.is_silent else min(_MAX_BOOST_DB, under - original.integrated_lufs)
    voices = (
        _stereo(ffmpeg.input("voice"))
        .filter("volume", f"{voice_gain:.2f}dB")
        .filter("adelay", delays=round(voice.start_s * 1000), all=1)
        .filter("apad")
        .filter_multi_output("asplit")
    )
    # Both go on for ever and are cut to length at the end: the compressor drops what it still holds when
    # an input ends, up to 0.1 s.
    bed = _stereo(ffmpeg.input("original.wav")).filter("volume", f"{original_gain:.2f}dB").filter("apad")
    ducked = ffmpeg.filter(
        [bed, voices[0]], "sidechaincompress", threshold=0.02, ratio=levels.duck_ratio, attack=20, release=350
    )
    both = ffmpeg.filter([ducked, voices[1]], "amix", inputs=2, normalize=0, duration="first")
    return _finish(both, samples, folder, timeout_s)


def _join_original(
    placed: Sequence[PlacedCut], *, fps: int, samples: int, folder: Path, timeout_s: float
) -> loudness.Loudness:
    parts = []
    for index, cut in enumerate(placed):
        length = (cut.first_frame + cut.frames) * SAMPLE_RATE // fps - cut.first_frame * SAMPLE_RATE // fps
        audio = cut.source.info.audio
        sound = open_sound(index, cut, fps=fps) if audio else _silence(index, cut.frames / fps)
        parts.append(
            _stereo(sound).filter("apad").filter("atrim", end_sample=length).filter("asetpts", "N/SR/TB")
        )
    joined = ffmpeg.concat(*parts, v=0, a=1) if len(parts) > 1 else parts[0]
    output = joined.filter("ebur128", **loudness.METER).filter("aformat", channel_layouts="stereo")
    return _write(output, "original.wav", samples, folder, timeout_s, doing="joining the footage's sound")


def _silence(index: int, least_s: float) -> "ffmpeg.nodes.FilterableStream":
    """Silence for cut `index`; its length makes it an input of its own, as the graph builder needs."""
    return ffmpeg.input(f"anullsrc=r={SAMPLE_RATE}:cl=stereo", f="lavfi", t=f"{least_s + 1 + index:.3f}")


def _finish(mixed: "ffmpeg.nodes.FilterableStream", samples: int, folder: Path, timeout_s: float) -> Mix:
    measured = _write(
        mixed.filter("ebur128", **loudness.METER).filter("aformat", channel_layouts="stereo"),
        "mix.wav",
        samples,
        folder,
        timeout_s,
        doing="mixing the sound",
    )
    return Mix(folder / "mix.wav", measured)


def _write(
    stream: "ffmpeg.nodes.FilterableStream",
    name: str,
    samples: int,
    folder: Path,
    timeout_s: float,
    *,
    doing: str,
) -> loudness.Loudness:
    output = stream.filter("atrim", end_sample=samples).output(name, acodec="pcm_f32le", f="wav")
    arguments = [*FILE_CLOCK, *output.overwrite_output().compile()[1:]]
    return loudness.read_log(
        lambda watch: run(arguments, doing=doing, timeout_s=timeout_s, cwd=folder, on_line=watch)
    )


def _stereo(stream: "ffmpeg.nodes.FilterableStream") -> "ffmpeg.nodes.FilterableStream":
    return stream.filter("aresample", SAMPLE_RATE).filter(
        "aformat", sample_fmts="fltp", channel_layouts="stereo"
    )
