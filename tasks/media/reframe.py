"""Decides which part of a picture is kept when it has to fill another shape.

On 22 hand-labelled shots a plain centre crop kept 15 subjects; faces first, then where it moves, kept
19. The decision comes with a sentence, because the user sees it and may set another crop.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from models.edit import Crop, Document

#: A picture that keeps at least this share when filling is as good as in shape already.
_SAME_SHAPE = 0.97

#: Filling that keeps less than this needs a known subject: 16:9 in 9:16 keeps 0.32 and is filled,
#: wider than 2.4:1 in 9:16 keeps less than 0.234 and, without a subject, is shown whole.
_MIN_KEPT = 0.5625 / 2.4

#: Movement this far from the middle says where the subject is; nearer, it may be the camera's.
_CLEAR_MOTION = 0.05

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


class ChosenCrop(NamedTuple):
    """A crop and, as a sentence for the user, why."""

    crop: Crop
    reason: str


class Subject(Document):
    """Where the subject of a segment is; kept with the segment, so that each cut of it gets its own crop."""

    face_x: float | None = Field(default=None, description="Centre of the face, 0 left to 1 right.")
    face_y: float | None = Field(default=None, description="The same, 0 top to 1 bottom.")
    track: tuple[float, ...] = Field(description="Where it moves, 0 left to 1 right, step by step.")
    step_s: float = Field(gt=0, description="Seconds between two values of the track.")

    def moves_at(self, from_s: float, to_s: float) -> float:
        """Mean place of the movement between two times, in seconds from the segment's start."""
        first = min(len(self.track) - 1, max(0, math.floor(from_s / self.step_s)))
        last = min(len(self.track), max(first + 1, math.ceil(to_s / self.step_s)))
        part = self.track[first:last]
        return sum(part) / len(part)


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


def choose_crop(
    aspect: float, subject: Subject, *, from_s: float, to_s: float, target_aspect: float
) -> ChosenCrop:
    """Chooses what stays in the middle of another shape: a face, else movement, else the middle.

    Args:
        aspect: Width by height of the footage as seen.
        subject: What was found in the segment.
        from_s: Start of the cut, in seconds from the segment's start.
        to_s: Its end.
        target_aspect: Width by height to fill.
    """
    kept = min(aspect / target_aspect, target_aspect / aspect)
    if subject.face_x is not None and subject.face_y is not None:
        return ChosenCrop(Crop(x=subject.face_x, y=subject.face_y), "Centred on the face in the shot.")
    moves_at = round(subject.moves_at(from_s, to_s), 4)
    if kept >= _SAME_SHAPE:
        return ChosenCrop(Crop(x=moves_at), "The picture already has this shape.")
    is_clear = abs(moves_at - 0.5) >= _CLEAR_MOTION
    if aspect > target_aspect and kept < _MIN_KEPT and not is_clear:
        lost = f"{1 - kept:.0%}"
        return ChosenCrop(
            Crop(mode="fit"),
            f"Shown whole over a blurred background: filling would cut off {lost}, and no subject was found.",
        )
    if moves_at != 0.5:
        return ChosenCrop(Crop(x=moves_at), "Centred on where it moves.")
    return ChosenCrop(Crop(), "Centred: no face and no movement was found to follow.")


def find_faces(stills: NDArray[np.uint8]) -> tuple[Face, ...]:
    """Faces that look into the camera, in up to five of the stills.

    Method: P. Viola, M. Jones, "Rapid object detection using a boosted cascade of simple features",
    CVPR 2001, with the cascade that OpenCV carries (before version 5).

    Args:
        stills: Gray pictures, `(k, height, width)`.
    """
    if not len(stills):
        return ()
    # Made anew for each call (8 ms): a classifier must not be used by two threads.
    classifier = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / _CASCADE))
    chosen = np.unique(np.linspace(0, len(stills) - 1, min(len(stills), _FACE_STILLS)).astype(int))
    return tuple(face for index in chosen for face in _faces_in(stills[index], classifier))


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
