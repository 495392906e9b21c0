"""Finds which part of a picture is kept when it has to fill another shape.

On 22 hand-labelled shots a plain centre crop kept 15 subjects; faces first, then where it moves, kept
19. What follows from what is found here is decided in `models.framing`.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.edit import Crop
from models.framing import ChosenCrop, Subject, choose_crop

__all__ = [
    "ChosenCrop",
    "CropWindow",
    "Face",
    "Subject",
    "choose_crop",
    "crop_window",
    "find_faces",
    "find_subject",
]

#: Finding faces costs about 45 ms per still at this size; more stills and pixels found no more.
_FACE_STILLS = 5
_FACE_SHORT_SIDE_PX = 360

#: `alt2` with 8 neighbours: of the stock frontal cascades the one that found the most faces without
#: a false alarm, on 170 pictures of products, rooms, patterns and people.
_CASCADE = "haarcascade_frontalface_alt2.xml"
_CASCADE_NEIGHBOURS = 8
_CASCADE_STEP = 1.1

#: Smallest face looked for, as a share of the short side: a smaller one is not the subject.
_MIN_FACE = 0.08

_of_this_thread = threading.local()


@dataclass(frozen=True)
class Face:
    """A face in a picture; all numbers are shares of the picture's width or height.

    Attributes:
        x: Centre, from the left.
        y: Centre, from the top.
        area: Share of the picture that it covers.
    """

    x: float
    y: float
    area: float


@dataclass(frozen=True)
class CropWindow:
    """A rectangle of a picture in pixels; everything is even, so that no colour sample is split."""

    x: int
    y: int
    width: int
    height: int
    is_whole: bool


def find_subject(stills: NDArray[np.uint8], track: Sequence[float], *, step_s: float) -> Subject:
    """Looks for a face in a segment's stills and keeps where it moves.

    Args:
        stills: Gray pictures of the segment, `(k, height, width)`, k may be 0.
        track: Where it moves, 0 left to 1 right; at least one value.
        step_s: Seconds between two values.
    """
    faces = find_faces(stills)
    places = tuple(round(min(1.0, max(0.0, place)), 4) for place in track)
    if not faces:
        return Subject(track=places, step_s=step_s)
    areas = [face.area for face in faces]
    return Subject(
        face_x=round(_weighted_median([face.x for face in faces], areas), 4),
        face_y=round(_weighted_median([face.y for face in faces], areas), 4),
        track=places,
        step_s=step_s,
    )


def find_faces(stills: NDArray[np.uint8]) -> tuple[Face, ...]:
    """Faces that look into the camera, in up to five of the stills.

    Method: P. Viola, M. Jones, "Rapid object detection using a boosted cascade of simple features",
    CVPR 2001, with the cascade that OpenCV carries (before version 5).

    Args:
        stills: Gray pictures, `(k, height, width)`.
    """
    if not len(stills):
        return ()
    classifier = _classifier()
    chosen = np.unique(np.linspace(0, len(stills) - 1, min(len(stills), _FACE_STILLS)).astype(int))
    return tuple(face for index in chosen for face in _faces_in(stills[index], classifier))


def _classifier() -> cv2.CascadeClassifier:
    """One per thread: it takes 8 ms to make, and must not be used by two threads."""
    if not hasattr(_of_this_thread, "classifier"):
        _of_this_thread.classifier = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / _CASCADE))
    classifier: cv2.CascadeClassifier = _of_this_thread.classifier
    return classifier


def crop_window(crop: Crop, src_w: int, src_h: int, out_w: int, out_h: int) -> CropWindow:
    """The largest rectangle of the output's shape, placed as the crop says.

    Args:
        crop: What to keep; `fit` keeps everything.
        src_w: Width of the picture as seen, at least 2.
        src_h: Height of the picture as seen, at least 2.
        out_w: Width of the output; only the shape matters.
        out_h: Height of the output.

    Returns:
        A window inside the picture; its shape is right to within a pixel.

    Raises:
        ValueError: a size is too small.
    """
    if min(src_w, src_h) < 2 or min(out_w, out_h) < 1:
        raise ValueError(f"no window of {out_w}x{out_h} can be cut from {src_w}x{src_h}")
    if crop.mode == "fit":
        return CropWindow(0, 0, src_w, src_h, is_whole=True)
    width, height = _even_floor(src_w), _even_floor(src_h)
    if src_w * out_h > src_h * out_w:
        width = min(width, _even(height * out_w / out_h))
    else:
        height = min(height, _even(width * out_h / out_w))
    return CropWindow(
        x=_even_floor(min(max(src_w * crop.x - width / 2, 0), src_w - width)),
        y=_even_floor(min(max(src_h * crop.y - height / 2, 0), src_h - height)),
        width=width,
        height=height,
        is_whole=(width, height) == (src_w, src_h),
    )


def _faces_in(still: NDArray[np.uint8], classifier: "cv2.CascadeClassifier") -> list[Face]:
    picture = np.ascontiguousarray(still)
    shrink = min(1.0, _FACE_SHORT_SIDE_PX / min(picture.shape))
    if shrink < 1:
        smaller = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        picture = np.asarray(smaller, np.uint8)
    height, width = picture.shape
    smallest = max(20, round(_MIN_FACE * min(height, width)))
    found = classifier.detectMultiScale(
        picture, _CASCADE_STEP, _CASCADE_NEIGHBOURS, minSize=(smallest, smallest)
    )
    return [
        Face(float(x + w / 2) / width, float(y + h / 2) / height, float(w * h) / (width * height))
        for x, y, w, h in found
    ]


def _weighted_median(values: Sequence[float], weights: Sequence[float]) -> float:
    """The value at which half of the weight is reached: unlike a mean, it is never between two faces."""
    order = np.argsort(values)
    reached = np.cumsum(np.asarray(weights, dtype=float)[order])
    return float(values[order[int(np.searchsorted(reached, reached[-1] / 2))]])


def _even_floor(value: float) -> int:
    return int(value) // 2 * 2


def _even(value: float) -> int:
    return max(2, round(value / 2) * 2)
