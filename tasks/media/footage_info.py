"""What the prober found in a footage file.

A document of its own because it is stored with the footage and handed to everything that opens the
file again: no later step has to guess a size, a rate or a rotation.
"""

from fractions import Fraction
from typing import Literal

from pydantic import Field

from models.edit import Document

#: As ffmpeg's scale filter calls them.
Matrix = Literal["bt709", "fcc", "bt601", "smpte240m", "bt2020"]
Transfer = Literal["pq", "hlg"]
Rotation = Literal[0, 90, 180, 270]


#: What nearly all cameras write: planar, at half the colour resolution, 8 or 10 bits.
_PLAIN_FORMATS = frozenset({"yuv420p", "yuv420p10le"})


class AudioInfo(Document):
    """The sound to use, of all that a file has."""

    index: int = Field(ge=0, description="Position among the audio streams: `a:{index}` in ffmpeg.")
    codec: str
    rate: int = Field(gt=0, description="Samples per second.")
    channels: int = Field(gt=0)
    start_s: float = Field(description="When it begins, on the file's clock.")
    duration_s: float | None = Field(description="Length; None where the file does not say.")


class FootageInfo(Document):
    """Facts about one usable video file.

    Times are seconds on the file's clock, which is 0 where the first of its streams begins. That is
    also the clock of `ffmpeg -ss` and of the cuts of an edit.
    """

    container: str = Field(description='Kind of file: "mp4", "mov", "matroska", "avi", ...')
    bytes: int = Field(gt=0, description="Size of the file.")
    video_index: int = Field(ge=0, description="Position of the picture among all streams: `0:{index}`.")
    codec: str
    pix_fmt: str
    coded_width: int = Field(gt=0, description="Stored pixels across that are seen, before turning.")
    coded_height: int = Field(gt=0, description="Stored lines that are seen, before turning.")
    rotation: Rotation = Field(description="Degrees clockwise that a player turns the stored picture.")
    sar: str = Field(description='Width:height of one stored pixel, as "16:11".')
    display_width: int = Field(gt=0, description="Width as seen: turned, in square pixels.")
    display_height: int = Field(gt=0, description="Height as seen; no line is added or lost.")
    fps: float = Field(gt=0, description="Pictures per second; the mean where the rate varies.")
    rate: str = Field(description='Nominal rate as a fraction, as "30000/1001".')
    is_vfr: bool = Field(description="The time between pictures varies by more than rounding.")
    start_s: float = Field(description="When the first picture is shown.")
    duration_s: float = Field(gt=0, description="When the last usable picture ends.")
    frames: int | None = Field(description="Usable pictures, where they could be counted cheaply.")
    is_interlaced: bool
    transfer: Transfer | None = Field(description="HDR transfer curve; None for standard range.")
    colour_range: Literal["tv", "pc"] | None
    colour_primaries: str | None
    colour_matrix: Matrix | None = Field(description="As the scale filter calls it; None when untagged.")
    is_truncated: bool = Field(description="The header promises more than the file holds.")
    audio: AudioInfo | None
    warnings: tuple[str, ...] = Field(default=(), description="Sentences for the user.")

    @property
    def is_hdr(self) -> bool:
        """Whether the picture needs tone mapping to be shown on an ordinary screen."""
        return self.transfer is not None

    @property
    def can_use_zscale(self) -> bool:
        """Whether zscale, which is faster than ffmpeg's own scaler but takes less, takes its pictures."""
        is_even = not (self.frame_width % 2 or self.frame_height % 2)
        return is_even and self.colour_range != "pc" and self.pix_fmt in _PLAIN_FORMATS

    @property
    def is_turned(self) -> bool:
        """Whether width and height change places when shown."""
        return self.rotation in (90, 270)

    @property
    def frame_width(self) -> int:
        """Width of a decoded, turned picture in its own (not always square) pixels."""
        return self.coded_height if self.is_turned else self.coded_width

    @property
    def frame_height(self) -> int:
        """Height of a decoded, turned picture; the same as `display_height`."""
        return self.coded_width if self.is_turned else self.coded_height

    @property
    def display_aspect(self) -> float:
        """Width by height as seen."""
        return self.display_width / self.display_height


def display_size(width: int, height: int, *, rotation: Rotation, sar: Fraction) -> tuple[int, int]:
    """Size of a stored picture as seen: turned, then made of square pixels by changing its width.

    Args:
        width: Of the stored picture, in pixels.
        height: Of the stored picture, in pixels.
        rotation: Degrees clockwise it is turned.
        sar: Width by height of a stored pixel.
    """
    if rotation in (90, 270):
        width, height, sar = height, width, 1 / sar
    return max(1, round(width * sar)), height
