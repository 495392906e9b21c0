"""Footage that says what is shown when: each picture carries its number, each whole second a click.

The number is drawn as 16 black or white blocks in the middle of the picture, narrow enough to survive a
crop from 16:9 to 9:16.
"""

import wave
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from uuid import UUID, uuid4

import av
import numpy as np
from numpy.typing import NDArray

from models.edit import AudioLevels, Crop, Cut, Edit
from tasks.media import ffmpeg
from tasks.media.loudness import master
from tasks.media.mix import Mix, VoiceFile, mix_sound
from tasks.media.picture import PictureJob, render_picture
from tasks.media.presets import Preset, find_preset
from tasks.media.probe import probe
from tasks.media.timeline import PlacedCut, SourceFile, place_cuts

WIDTH, HEIGHT = 320, 180
RATE = 48_000
FPS = 30

#: As "reels", but small and quick.
SMALL = replace(find_preset("reels"), name="small", width=108, height=192, x264_preset="ultrafast")

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "60", "-c:a", "aac", "-b:a", "128k")

_BLOCK_W, _BLOCK_H, _TOP = 24, 40, 10
_CLICK_HZ = 2000
_CLICK = np.sin(2 * np.pi * _CLICK_HZ * np.arange(480) / RATE) * np.hanning(480)


def make_coded(
    path: Path, *, rate: Fraction | int, duration_s: float, output: tuple[str, ...] = X264
) -> Path:
    """Writes footage of numbered pictures and clicks over faint noise.

    Args:
        path: Its ending chooses the container.
        rate: Pictures per second.
        duration_s: Length.
        output: ffmpeg's output options.
    """
    sound = path.with_suffix(".clicks.wav")
    write_wav(sound, clicks(duration_s))
    frames = int(duration_s * rate)
    ffmpeg.run_process(
        [
            *(ffmpeg.ffmpeg_path(), "-v", "error", "-y"),
            *("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(rate), "-i", "-"),
            *("-i", str(sound), "-pix_fmt", "yuv420p", *output, str(path)),
        ],
        doing=f"making {path.name}",
        timeout_s=60,
        stdin=b"".join(_picture(number).tobytes() for number in range(frames)),
    )
    return path


def clicks(duration_s: float) -> NDArray[np.float64]:
    """Noise at -40 dB with a click at each whole second, one channel at 48 kHz."""
    sound = np.random.default_rng(0).normal(0, 0.01, int(duration_s * RATE))
    for second in range(int(duration_s)):
        sound[second * RATE : second * RATE + len(_CLICK)] += 0.7 * _CLICK
    return sound


def write_wav(path: Path, samples: NDArray[np.float64]) -> Path:
    """Writes samples of -1 to 1 at 48 kHz, `(n,)` or `(n, channels)`."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def _picture(number: int) -> NDArray[np.uint8]:
    picture = np.full((HEIGHT, WIDTH), 90, np.uint8)
    for bit in range(16):
        left, top = WIDTH // 2 + (bit % 4 - 2) * _BLOCK_W, _TOP + bit // 4 * _BLOCK_H
        picture[top : top + _BLOCK_H, left : left + _BLOCK_W] = 235 if number >> bit & 1 else 20
    return picture


def read_numbers(path: Path) -> list[int]:
    """The number in each picture of a file, whatever its size."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        width = round(video.width * HEIGHT / video.height)
        return [
            _read_number(frame.reformat(width, HEIGHT, "gray").to_ndarray())
            for frame in container.decode(video)
        ]


def _read_number(picture: NDArray[np.uint8]) -> int:
    number = 0
    for bit in range(16):
        left = picture.shape[1] // 2 + (bit % 4 - 2) * _BLOCK_W
        top = _TOP + bit // 4 * _BLOCK_H
        block = picture[top + 10 : top + _BLOCK_H - 10, left + 7 : left + _BLOCK_W - 7]
        number |= int(block.mean() > 128) << bit
    return number


def read_sound(path: Path) -> NDArray[np.float32]:
    """The first sound of a file as one channel at 48 kHz, from the file's time 0 on."""
    data: list[bytes] = []
    ffmpeg.run(
        [
            *("-v", "error", "-i", str(path), "-map", "0:a:0", "-af", "aresample=async=1:first_pts=0"),
            *("-ac", "1", "-ar", str(RATE), "-f", "f32le", "-"),
        ],
        doing="reading sound",
        timeout_s=60,
        on_output=data.append,
    )
    return np.frombuffer(b"".join(data), "<f4")


def read_clicks(path: Path) -> list[float]:
    """When clicks begin, in seconds."""
    wave_form = np.exp(-2j * np.pi * _CLICK_HZ * np.arange(len(_CLICK)) / RATE) * np.hanning(len(_CLICK))
    energy = np.abs(np.convolve(read_sound(path), wave_form, "same"))
    loud = energy > 0.4 * energy.max()
    found, index = [], 0
    while index < len(energy):
        if loud[index]:
            peak = index + int(np.argmax(energy[index : index + 2400]))
            found.append((peak - len(_CLICK) / 2) / RATE)
            index = peak + RATE // 4
        else:
            index += 1
    return found


def picture_times(path: Path) -> list[Fraction]:
    """When each picture of a file is shown, on the file's clock, in the order shown."""
    with av.open(str(path)) as container:
        zero = Fraction(container.start_time or 0, av.time_base)
        video = max(container.streams.video, key=lambda stream: stream.width)
        times = [
            packet.pts * packet.time_base - zero
            for packet in container.demux(video)
            if packet.pts is not None and packet.size
        ]
    return sorted(times)


def shown_at(times: list[Fraction], grid_frame: int) -> int:
    """Index of the picture that a pass over the whole file shows in frame `grid_frame` at 30 fps."""
    half = Fraction(1, 2)
    shown = [index for index, time in enumerate(times) if int(time * FPS + half) <= grid_frame]
    return shown[-1] if shown else 0


@dataclass(frozen=True)
class Rendered:
    """A finished file and what it was made from."""

    path: Path
    placed: tuple[PlacedCut, ...]
    mix: Mix

    @property
    def frames(self) -> int:
        return self.placed[-1].first_frame + self.placed[-1].frames


def make_edit(
    sources: dict[Path, UUID], cuts: list[tuple[Path, float, float]], *, crop: Crop | None = None
) -> Edit:
    """An edit of `(file, start_s, end_s)` cuts."""
    return Edit(
        cuts=tuple(
            Cut(footage_id=sources[path], start_s=start_s, end_s=end_s, crop=crop or Crop())
            for path, start_s, end_s in cuts
        )
    )


def place(cuts: list[tuple[Path, float, float]], *, crop: Crop | None = None) -> tuple[PlacedCut, ...]:
    """Cuts of probed files at 30 fps."""
    ids = {path: uuid4() for path, _, _ in cuts}
    sources = {footage_id: SourceFile(path, probe(path)) for path, footage_id in ids.items()}
    return place_cuts(make_edit(ids, cuts, crop=crop), sources, fps=FPS)


def render(
    cuts: list[tuple[Path, float, float]],
    folder: Path,
    *,
    preset: Preset = SMALL,
    crop: Crop | None = None,
    voice: VoiceFile | None = None,
    levels: AudioLevels | None = None,
    has_captions: bool = False,
    is_draft: bool = False,
    poster: str | None = None,
) -> Rendered:
    """The whole chain: sound mixed and mastered, picture rendered."""
    placed = place(cuts, crop=crop)
    folder.mkdir(parents=True, exist_ok=True)
    mix = mix_sound(placed, fps=FPS, voice=voice, levels=levels or AudioLevels(), folder=folder)
    sound = folder / "sound.m4a"
    master(
        mix.path,
        sound,
        measured=mix.loudness,
        target_lufs=preset.integrated_lufs,
        ceiling_dbtp=preset.true_peak_dbtp,
        bitrate=preset.audio_bitrate,
        timeout_s=60,
    )
    job = PictureJob(
        placed=placed, preset=preset, audio=sound, has_captions=has_captions, is_draft=is_draft, poster=poster
    )
    return Rendered(render_picture(job, "final.mp4", folder=folder), placed, mix)


def lengths(path: Path) -> tuple[int, float, float]:
    """Pictures, seconds of picture and seconds of sound of a finished file."""
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        frames = sum(1 for packet in container.demux(video) if packet.size)
        return (
            frames,
            float(video.duration * video.time_base),  # type: ignore[operator]  # MP4 states it
            float(audio.duration * audio.time_base),  # type: ignore[operator]  # MP4 states it
        )
