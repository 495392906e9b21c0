"""Pictures that are known to the pixel: made into footage, rendered, and looked at as a player shows them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from models.edit import Crop
from tasks.media import ffmpeg
from tasks.media.picture import PictureJob, render_picture
from tasks.media.presets import Preset
from tasks.media.timeline import PlacedCut
from tests.tasks.media.coded import FPS, SMALL, render

Rgb = tuple[int, int, int]
RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 180, 40), (40, 50, 190), (220, 220, 220)

X264 = "-c:v libx264 -preset ultrafast -crf 12 -pix_fmt yuv420p"
BT709 = "-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv"


def draw(
    path: Path, picture: NDArray[np.uint8], *, options: str, filters: str = "null", frames: int = 20
) -> Path:
    """Encodes one RGB picture `(height, width, 3)` as footage without sound."""
    height, width = picture.shape[:2]
    ffmpeg.run_process(
        [
            *(ffmpeg.ffmpeg_path(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"),
            *("-s", f"{width}x{height}", "-r", str(FPS), "-i", "-"),
            *("-vf", filters, *options.split(), str(path)),
        ],
        doing=f"making {path.name}",
        timeout_s=60,
        stdin=picture.tobytes() * frames,
    )
    return path


def quarters(width: int, height: int) -> NDArray[np.uint8]:
    """Red and green above blue and white."""
    picture = np.zeros((height, width, 3), np.uint8)
    half_w, half_h = width // 2, height // 2
    picture[:half_h, :half_w], picture[:half_h, half_w:] = RED, GREEN
    picture[half_h:, :half_w], picture[half_h:, half_w:] = BLUE, WHITE
    return picture


def show(path: Path, *, number: int = 5) -> NDArray[np.uint8]:
    """A picture of a finished file as a player shows it: RGB, `(height, width, 3)`."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        width, height = video.width, video.height
    data: list[bytes] = []
    ffmpeg.run(
        [
            *("-v", "error", "-i", str(path), "-an", "-frames:v", "1"),
            *("-vf", f"select='eq(n,{number})',scale=in_color_matrix=bt709:in_range=tv,format=rgb24"),
            *("-f", "rawvideo", "-"),
        ],
        doing="reading a picture",
        timeout_s=60,
        on_output=data.append,
    )
    return np.frombuffer(b"".join(data), np.uint8).reshape(height, width, 3)


def corners(picture: NDArray[np.uint8]) -> list[Rgb]:
    """Mean colours of the quarters' middles: above left and right, below left and right."""
    height, width = picture.shape[:2]
    return [colour_at(picture, width * x // 4, height * y // 4) for y in (1, 3) for x in (1, 3)]


def colour_at(picture: NDArray[np.uint8], x: int, y: int) -> Rgb:
    red, green, blue = picture[y - 3 : y + 3, x - 3 : x + 3].reshape(-1, 3).mean(0)
    return round(red), round(green), round(blue)


def near(found: Sequence[Rgb], wanted: Sequence[Rgb], *, by: int = 10) -> bool:
    return bool(np.abs(np.array(found) - np.array(wanted)).max() <= by)


def make(
    source: Path, folder: Path, *, preset: Preset = SMALL, crop: Crop | None = None, end_s: float = 0.5
) -> Path:
    """Renders the beginning of a file."""
    return render([(source, 0.0, end_s)], folder, preset=preset, crop=crop).path


def picture_only(placed: Sequence[PlacedCut], folder: Path, preset: Preset) -> Path:
    """Renders with a stand-in for the sound."""
    folder.mkdir()
    sound = folder / "silence.m4a"
    ffmpeg.run(
        [
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "anullsrc=r=48000:cl=stereo",
            "-t",
            "1",
            "-c:a",
            "aac",
            str(sound),
        ],
        doing="making silence",
        timeout_s=30,
    )
    job = PictureJob(placed=placed, preset=preset, audio=sound, has_captions=False)
    return render_picture(job, "final.mp4", folder=folder)


def tiny(preset: Preset) -> Preset:
    """A preset in a tenth of its size."""
    return replace(
        preset, width=preset.width // 20 * 2, height=preset.height // 20 * 2, x264_preset="ultrafast"
    )
