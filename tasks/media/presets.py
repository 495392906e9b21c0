"""Delivery formats: what a platform wants to be handed, and which part of its screen stays free.

The safe zones leave out what the platforms cover with their own header, buttons, name and description,
rounded inwards so that an interface which grows a little hides nothing: TikTok asks for about 150 px on
top, 440-480 px below and 150 px on the right; Instagram for 14 % on top and 6 % at the sides. For adverts
Instagram asks for 35 % below as well, so captions are anchored above that even where the zone reaches
lower. 16:9 keeps the 5 % of EBU R 95 and the player's controls.
"""

from dataclasses import dataclass

from models.errors import BadInput


@dataclass(frozen=True, slots=True)
class SafeZone:
    """Box in output pixels that text has to stay in; `right` and `bottom` are the first pixels outside."""

    left: int
    """First column inside."""
    top: int
    """First row inside."""
    right: int
    """First column to the right of it, counted from the frame's left edge."""
    bottom: int
    """First row below it, counted from the frame's top edge."""

    @property
    def width(self) -> int:
        """Columns inside."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows inside."""
        return self.bottom - self.top

    def holds(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Whether a box, given by its edges, lies inside entirely."""
        return left >= self.left and top >= self.top and right <= self.right and bottom <= self.bottom


@dataclass(frozen=True, slots=True)
class Preset:
    """A delivery format: size, frame rate, codec settings, loudness, safe zone."""

    name: str
    """What users choose it by."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    safe_zone: SafeZone
    """Where text may be."""
    caption_anchor: float
    """Height of the captions' centre as a share of the frame, 0 at the top."""
    fps: int = 30
    """Frames per second, constant."""
    crf: int = 20
    """x264 constant rate factor; lower is better and larger."""
    x264_preset: str = "veryfast"
    """x264 speed; at CRF 20 it measures VMAF 96 in less than half of the time `medium` takes."""
    gop_s: int = 2
    """Longest distance between key frames: platforms cut and seek at these."""
    audio_bitrate: str = "192k"
    """AAC."""
    integrated_lufs: float = -14.0
    """Loudness of the whole, EBU R 128."""
    true_peak_dbtp: float = -1.0
    """Highest true peak."""

    @property
    def text_column(self) -> tuple[float, float]:
        """Where the middle of centred text is, and how far it may reach to either side, in pixels.

        Centred in the frame looks right; a zone far to one side gets its own centre.
        """
        zone, middle = self.safe_zone, self.width / 2
        half = min(middle - zone.left, zone.right - middle)
        if half < zone.width / 3:
            return (zone.left + zone.right) / 2, zone.width / 2
        return middle, half


_VERTICAL = (1080, 1920)

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        # Header on top; name, caption and music below; the column of buttons on the right.
        Preset("reels", *_VERTICAL, safe_zone=SafeZone(66, 270, 960, 1500), caption_anchor=0.59),
        Preset("tiktok", *_VERTICAL, safe_zone=SafeZone(66, 150, 920, 1440), caption_anchor=0.59),
        Preset("shorts", *_VERTICAL, safe_zone=SafeZone(66, 200, 940, 1480), caption_anchor=0.59),
        # Shown in the feed with nothing on top of the picture; profile grids crop the feed's edges.
        Preset("feed", 1080, 1350, safe_zone=SafeZone(64, 64, 1016, 1286), caption_anchor=0.80),
        Preset("square", 1080, 1080, safe_zone=SafeZone(64, 64, 1016, 1016), caption_anchor=0.80),
        # The player's controls cover the lowest tenth while they are shown.
        Preset("youtube", 1920, 1080, safe_zone=SafeZone(96, 54, 1824, 972), caption_anchor=0.82),
    )
}


def find_preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        BadInput: there is none; the message lists the choices.
    """
    try:
        return PRESETS[name]
    except KeyError:
        raise BadInput(f"There is no preset {name!r}; choose one of {', '.join(PRESETS)}.") from None
