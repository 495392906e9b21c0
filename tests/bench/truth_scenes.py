"""What the videos of `truth_set` show: textures, pictures and moving plates, seen through a moving window."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, FPS = 640, 360, 30
SAMPLE = Path(__file__).resolve().parents[2] / "tasks/media/assets/sample"
Picture = NDArray[np.uint8]
Rng = np.random.Generator


@dataclass(frozen=True)
class Sprite:
    """Something that moves in front of the scene, in shares of the frame and of the frame per second."""

    look: int
    x: float
    y: float
    size: float
    speed_x: float
    speed_y: float


def expose(picture: Picture, gain: float, lift: float, noise: float, rng: Rng) -> Picture:
    """The picture brighter or darker, with grain."""
    if gain == 1.0 and lift == 0.0 and noise < 0.3:
        return picture
    # A shifted window on one field of grain is new grain, at a tenth of the cost.
    y, x = int(rng.integers(0, 360)), int(rng.integers(0, 640))
    grain = _grain()[y : y + HEIGHT, x : x + WIDTH]
    out = picture.astype(np.float32)
    if gain != 1.0 or lift != 0.0:
        out = out * gain + lift
    return np.asarray(np.clip(out + grain[..., None] * noise, 0, 255), np.uint8)


@cache
def _grain() -> NDArray[np.float32]:
    return np.random.default_rng(5).normal(0, 1, (720, 1280)).astype(np.float32)


def view(plate: Picture, x: float, y: float, zoom: float, *, blur_px: int) -> Picture:
    """What a camera sees of a plate; its centre in shares of the plate."""
    height, width = plate.shape[:2]
    scale = zoom * WIDTH / width
    matrix = np.array(
        [[scale, 0, WIDTH / 2 - scale * x * width], [0, scale, HEIGHT / 2 - scale * y * height]]
    )
    seen = cv2.warpAffine(
        plate, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(cv2.blur(seen, (blur_px * 3, 1)) if blur_px else seen, np.uint8)


@cache
def _sprite_look(look: int) -> Picture:
    rng = np.random.default_rng(look)
    texture = cv2.resize(
        rng.integers(0, 256, (4, 4, 3)).astype(np.uint8), (256, 256), interpolation=cv2.INTER_CUBIC
    )
    for _ in range(4):
        a, b = rng.integers(0, 256, 2), rng.integers(0, 256, 2)
        cv2.line(texture, a.tolist(), b.tolist(), rng.integers(0, 256, 3).tolist(), int(rng.integers(3, 20)))
    return np.asarray(texture, np.uint8)


def draw(picture: Picture, sprite: Sprite, t: float, shift: float) -> None:
    """Puts something in front of the scene, as it is `t` seconds after the shot's begin."""
    size = int(sprite.size * WIDTH * 0.6)
    left = int((sprite.x + sprite.speed_x * t - shift) * WIDTH - size / 2)
    top = int((sprite.y + sprite.speed_y * t) * HEIGHT - size / 2)
    x0, y0, x1, y1 = max(0, left), max(0, top), min(WIDTH, left + size), min(HEIGHT, top + size)
    if x1 <= x0 or y1 <= y0:
        return
    look = cv2.resize(_sprite_look(sprite.look), (size, size), interpolation=cv2.INTER_AREA)
    shape = _sprite_mask(size, sprite.look % 2 == 0)
    part = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    np.copyto(picture[y0:y1, x0:x1], look[part], where=shape[part][..., None])


@cache
def _sprite_mask(size: int, is_round: bool) -> NDArray[np.bool_]:
    mask = np.zeros((size, size), np.uint8)
    if is_round:
        cv2.circle(mask, (size // 2, size // 2), size // 2, 1, -1)
    else:
        mask[size // 10 : size - size // 10] = 1
    return mask.astype(bool)


def scene_count() -> int:
    return len(scenes())


@cache
def scenes() -> tuple[list[Picture], ...]:
    """Procedural pictures, real pictures and real moving plates, each a list of frames."""
    rng = np.random.default_rng(77)
    made = [[_texture(rng, style)] for style in ("clouds", "shelf", "stripes", "gradient") * 6]
    plates = [_sample(name, frames=160, step=1) for name in ("box.mp4", "cup.mp4")]
    stills = [[picture] for picture in _sample("meadow.webm", frames=600, step=90)]
    return (*made, *stills, *plates, *[[plate[0]] for plate in plates], *plates)


def _sample(name: str, *, frames: int, step: int) -> list[Picture]:
    pictures: list[Picture] = []
    with av.open(str(SAMPLE / name)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index >= frames:
                break
            if index % step == 0:
                picture = frame.to_ndarray(format="bgr24")
                pictures.append(np.asarray(cv2.resize(picture, (960, 540)), np.uint8))
    return pictures


def _texture(rng: Rng, style: str) -> Picture:
    picture = np.zeros((720, 1280, 3), np.float32) + rng.uniform(40, 200, 3).astype(np.float32)
    if style == "clouds":
        for cells, weight in ((3, 70), (8, 45), (24, 30), (90, 18)):
            field = rng.normal(0, 1, (cells, cells * 2, 3)).astype(np.float32)
            picture += cv2.resize(field, (1280, 720), interpolation=cv2.INTER_CUBIC) * weight
    elif style == "shelf":
        for _ in range(90):
            x, y = int(rng.integers(-60, 1280)), int(rng.integers(-60, 720))
            size = rng.integers(30, 220, 2).tolist()
            colour = rng.uniform(10, 245, 3).tolist()
            cv2.rectangle(picture, (x, y), (x + size[0], y + size[1]), colour, -1)
    elif style == "stripes":
        angle, step = rng.uniform(0, 3.1), rng.uniform(30, 120)
        ys, xs = np.mgrid[0:720, 0:1280].astype(np.float32)
        wave = np.sign(np.sin((xs * np.cos(angle) + ys * np.sin(angle)) / step * 6.28))
        picture += wave[..., None] * rng.uniform(15, 50, 3).astype(np.float32)
        for _ in range(12):
            centre = (int(rng.integers(0, 1280)), int(rng.integers(0, 720)))
            cv2.circle(picture, centre, int(rng.integers(20, 130)), rng.uniform(10, 245, 3).tolist(), -1)
    else:
        ys, xs = np.mgrid[0:720, 0:1280].astype(np.float32)
        slope = (xs / 1280 * rng.uniform(-1, 1) + ys / 720 * rng.uniform(-1, 1))[..., None]
        picture += slope * rng.uniform(60, 150, 3).astype(np.float32)
        for _ in range(4):
            centre = (int(rng.integers(200, 1080)), int(rng.integers(100, 620)))
            axes = rng.integers(50, 200, 2).tolist()
            cv2.ellipse(
                picture,
                centre,
                axes,
                float(rng.uniform(0, 180)),
                0,
                360,
                rng.uniform(10, 245, 3).tolist(),
                -1,
            )
    picture += cv2.resize(rng.normal(0, 8, (360, 640, 3)).astype(np.float32), (1280, 720))
    return np.asarray(np.clip(picture, 0, 255), np.uint8)
