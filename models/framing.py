"""What stays in the picture when it fills another shape: a pure decision, shared by planning and editing.

The measuring is in `tasks.media.reframe`; what it found is kept with the segment as a `Subject`. The
decision comes with a sentence, because the user sees it and may set another crop.
"""

import math
from typing import NamedTuple

from pydantic import Field

from models.edit import Crop, Document

#: Whether a picture is filled or fitted is decided for the tallest format; the others lose less.
TALLEST_ASPECT = 9 / 16

#: A picture that keeps at least this share when filling is as good as in shape already.
_SAME_SHAPE = 0.97

#: Filling that keeps less than this needs a known subject: 16:9 in 9:16 keeps 0.32 and is filled,
#: wider than 2.4:1 in 9:16 keeps less than 0.234 and, without a subject, is shown whole.
_MIN_KEPT = 0.5625 / 2.4

#: Movement this far from the middle says where the subject is; nearer, it may be the camera's.
_CLEAR_MOTION = 0.05


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

    def starting_at(self, offset_s: float) -> "Subject":
        """The same for a segment that starts so much later (or, below zero, earlier) than this one."""
        steps = round(offset_s / self.step_s)
        if steps >= 0:
            track = self.track[min(steps, len(self.track) - 1) :]
        else:
            track = (self.track[0],) * -steps + self.track
        return self.model_copy(update={"track": track})


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
