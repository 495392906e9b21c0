"""The end card: the brand's ground slides over the picture, logo and words rise on it and stay.

Composed by MoviePy, picture by picture, and only for as long as something moves: less than a second. Those
pictures become one small file without loss, with alpha while the ground comes in, which the call that makes
a final reads beside its sources and whose last picture it holds (see `tasks.media.on_top`). A card is the
same for every clip of a brand and format, so it is made once and kept.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ffmpeg
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from models.edit import CaptionStyle, EndCard
from tasks.media.contrast import rgb
from tasks.media.ffmpeg import run
from tasks.media.logo import drawn, fitted, is_seen_on
from tasks.media.on_top import CARD_NAME
from tasks.media.presets import Preset
from tasks.media.subtitles import caption_rows
from tasks.media.text_layout import Block, drawable, fit, load_font, missing_glyphs

#: Goes up whenever the same design would give other pictures.
CARD_VERSION: Final = 1

#: How long a card is shown, from its first pixel to the end of the clip.
CARD_S: Final = 2.0

#: In a shorter clip a card would hide more than a third of what there is to see.
SHORTEST_CLIP_S: Final = 6.0

#: When what moves: the ground comes in, then the logo, then the words; after that all stands still.
_GROUND_S = 0.4
_LOGO_AT_S, _WORDS_AT_S, _RISE_S = 0.2, 0.3, 0.4
_MOVES_S = _WORDS_AT_S + _RISE_S

#: Sizes as shares of the frame's shorter side; the logo's area as its root.
_LOGO_AREA, _LOGO_WIDTH, _LOGO_HEIGHT = 0.34, 0.62, 0.42
_WORDS_EM, _GAP, _RISE = 0.075, 0.065, 0.03
_MAX_LINES = 3

#: Where captions leave little height, all sizes shrink with it: below this share of the shorter side.
_ROOMY = 0.6

#: A logo that its ground would swallow stands on a plate in the other colour, this much larger.
_PLATE_MARGIN, _PLATE_RADIUS = 0.04, 0.035

#: The logo leaves at least this share of the height to the words.
_LOGO_SHARE = 0.5

_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class CardDesign:
    """All that decides a card."""

    card: EndCard
    """Words, colours and font, which must be one that is bundled."""
    preset: Preset
    """Size, rate and safe zone."""
    logo: Image.Image | None = None
    """As `tasks.media.logo.open_logo` hands it out."""
    logo_sha256: str | None = None
    """Of the logo's file."""
    captions: CaptionStyle | None = None
    """Look of the captions that are shown on the card; None when there are none meanwhile."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all of it."""
        inputs = {
            "version": CARD_VERSION,
            "card": self.card.model_dump(mode="json"),
            "logo": self.logo_sha256,
            "size": (self.preset.width, self.preset.height, self.preset.fps),
            "rows": self.rows,
            "column": self.preset.text_column,
        }
        return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()

    @property
    def rows(self) -> tuple[float, float]:
        """First and last row for logo and words: the safe zone, but for what captions may cover."""
        zone = self.preset.safe_zone
        if self.captions is None:
            return zone.top, zone.bottom
        first, last = caption_rows(self.captions, self.preset)
        gap = _GAP / 2 * min(self.preset.width, self.preset.height)
        return max((zone.top, first - gap), (last + gap, zone.bottom), key=lambda rows: rows[1] - rows[0])

    @property
    def unit_px(self) -> float:
        """What sizes are shares of: the frame's shorter side, less where there is little height."""
        first, last = self.rows
        return min(self.preset.width, self.preset.height, (last - first) / _ROOMY)


@dataclass(frozen=True, slots=True)
class _Part:
    """A picture on the card and where it comes to stand."""

    image: Image.Image
    left: int
    top: int


def card_frame(frames: int, *, fps: int) -> int | None:
    """The frame at which a clip's card begins; None when the clip is too short for one."""
    return None if frames < SHORTEST_CLIP_S * fps else frames - round(CARD_S * fps)


def is_black(card: EndCard) -> bool:
    """Whether a detector of black pictures may find the card's ground: luma of 24 or less, as coded."""
    red, green, blue = rgb(card.primary_colour)
    return 16 + 219 / 255 * (0.2126 * red + 0.7152 * green + 0.0722 * blue) <= 24


def card_warnings(design: CardDesign) -> tuple[str, ...]:
    """What can't be shown as it was written, a sentence each."""
    font, text = load_font(design.card.font_family), design.card.text
    warnings = []
    if missing := missing_glyphs(text, font):
        warnings.append(
            f"The end card's font {font.family} has no {' '.join(missing[:12])}: emoji are left out, letters "
            "may look different or be missing."
        )
    block = _words(design, _logo_size(design))
    if block is not None and not block.is_complete:
        warnings.append("The end card's words don't fit into the picture; they end in an ellipsis.")
    return tuple(warnings)


def draw_card(design: CardDesign) -> Image.Image:
    """The card as it stands at the end, in RGB."""
    picture = Image.new("RGB", (design.preset.width, design.preset.height), rgb(design.card.primary_colour))
    for part in _parts(design):
        if part is not None:
            picture.paste(part.image, (part.left, part.top), part.image)
    return picture


def make_card(design: CardDesign, *, folder: Path) -> Path:
    """Makes the moving card: `folder/card.nut`, FFV1 in BT.709 with alpha.

    Raises:
        MediaToolFailed, MediaToolTimedOut, RunStopped: from the media process.
    """
    # Takes a fifth of a second, which who finds a card that is kept does without.
    from tasks.media.moviepy_clips import ColorClip, CompositeVideoClip, ImageClip, vfx

    preset = design.preset
    size, ground = (preset.width, preset.height), rgb(design.card.primary_colour)
    frames = round(_MOVES_S * preset.fps) + 1
    length_s = (frames + 1) / preset.fps
    clips = [
        ImageClip(np.asarray(part.image))
        .with_start(at_s)
        .with_end(length_s)
        .with_position(_rising(part, _RISE * design.unit_px))
        .with_effects([vfx.CrossFadeIn(_RISE_S)])
        for part, at_s in zip(_parts(design), (_LOGO_AT_S, _WORDS_AT_S), strict=True)
        if part is not None
    ]
    over = CompositeVideoClip(clips, size, bg_color=ground)
    sheet = ColorClip(size, 1.0, is_mask=True, duration=length_s)
    mask = CompositeVideoClip(
        [sheet.with_position(lambda t: (0, _ground_top(t, preset)))], size, bg_color=0.0, is_mask=True
    )
    for number in range(frames):
        # The ground is on its way in the first picture already.
        t = (number + 1) / preset.fps
        picture = Image.fromarray(over.get_frame(t))
        picture.putalpha(Image.fromarray(np.rint(mask.get_frame(t) * 255).astype(np.uint8)))
        picture.save(folder / f"card{number:03d}.png", compress_level=1)
    encoded = (
        ffmpeg.input("card%03d.png", f="image2", framerate=preset.fps)
        .filter("scale", out_color_matrix="bt709", out_range="tv", flags="accurate_rnd+full_chroma_int")
        .filter("format", "yuva420p")
        # Golomb coding runs through plain areas: a tenth of the time to decode.
        .output(CARD_NAME, f="nut", **{"c:v": "ffv1", "level": 3, "coder": 0, "context": 0, "slices": 4})
    )
    run(
        ["-v", "warning", *encoded.overwrite_output().compile()[1:]],
        doing="making the end card",
        timeout_s=_TIMEOUT_S,
        cwd=folder,
    )
    for number in range(frames):
        (folder / f"card{number:03d}.png").unlink()
    return folder / CARD_NAME


def _ease(share: float) -> float:
    """From 0 to 1, quick at first and slow at the end."""
    return 1 - (1 - min(1.0, max(0.0, share))) ** 3


def _ground_top(t: float, preset: Preset) -> int:
    return round((1 - _ease(t / _GROUND_S)) * preset.height)


def _rising(part: _Part, by_px: float) -> Callable[[float], tuple[int, int]]:
    return lambda t: (part.left, part.top + round((1 - _ease(t / _RISE_S)) * by_px))


def _parts(design: CardDesign) -> tuple[_Part | None, _Part | None]:
    """Logo and words, one above the other in the middle of the rows that are free."""
    first, last = design.rows
    logo_size = _logo_size(design)
    block = _words(design, logo_size)
    logo = None if logo_size is None or design.logo is None else _on_its_ground(design, logo_size)
    words = None if block is None else _drawn_words(design, block)
    gap = round(_GAP * design.unit_px) if logo and words else 0
    height = (logo.height if logo else 0) + gap + (words.height if words else 0)
    top = round((first + last - height) / 2)
    return (
        None if logo is None else _placed(design, logo, top),
        None if words is None else _placed(design, words, top + height - words.height),
    )


def _placed(design: CardDesign, image: Image.Image, top: int) -> _Part:
    middle, _ = design.preset.text_column
    return _Part(image, round(middle - image.width / 2), top)


def _logo_size(design: CardDesign) -> tuple[int, int] | None:
    if design.logo is None:
        return None
    (first, last), (_, half) = design.rows, design.preset.text_column
    margin = 2 * _PLATE_MARGIN * design.unit_px
    share = _LOGO_SHARE if design.card.text else 1.0
    return fitted(
        design.logo.size,
        area_px=_LOGO_AREA * design.unit_px,
        width_px=min(_LOGO_WIDTH * design.unit_px, 2 * half - margin),
        height_px=min(_LOGO_HEIGHT * design.unit_px, share * (last - first) - margin),
    )


def _on_its_ground(design: CardDesign, size: tuple[int, int]) -> Image.Image:
    """The logo, on a plate where the card's ground would swallow it and the other colour would not."""
    if design.logo is None:
        raise ValueError("the card has no logo")
    logo = drawn(design.logo, size)
    primary, secondary = rgb(design.card.primary_colour), rgb(design.card.secondary_colour)
    if is_seen_on(logo, primary) or not is_seen_on(logo, secondary):
        return logo
    margin, radius = (round(share * design.unit_px) for share in (_PLATE_MARGIN, _PLATE_RADIUS))
    plate = Image.new("RGBA", (logo.width + 2 * margin, logo.height + 2 * margin), (*secondary, 0))
    # Drawn four times as large: Pillow's round corners have steps.
    large = Image.new("L", (4 * plate.width, 4 * plate.height), 0)
    ImageDraw.Draw(large).rounded_rectangle((0, 0, large.width - 1, large.height - 1), 4 * radius, fill=255)
    plate.putalpha(large.resize(plate.size, Image.Resampling.BOX))
    plate.alpha_composite(logo, (margin, margin))
    return plate


def _words(design: CardDesign, logo_size: tuple[int, int] | None) -> Block | None:
    """The words set into what the logo leaves free."""
    font = load_font(design.card.font_family)
    words = drawable(design.card.text, font).split()
    if not words:
        return None
    (first, last), (_, half) = design.rows, design.preset.text_column
    taken = 0.0 if logo_size is None else logo_size[1] + (2 * _PLATE_MARGIN + _GAP) * design.unit_px
    return fit(
        words,
        font,
        em_px=_WORDS_EM * design.unit_px,
        width_px=2 * half,
        height_px=last - first - taken,
        max_lines=_MAX_LINES,
    )


def _drawn_words(design: CardDesign, block: Block) -> Image.Image:
    font = load_font(design.card.font_family)
    face = ImageFont.truetype(str(font.path), block.em_px)
    lines = [" ".join(piece.text for piece in line) for line in block.lines]
    line_px = font.line_px(block.em_px)
    # A little wider than measured, for letters that lean out of their line.
    size = (round(block.width_px + block.em_px), round(block.height_px + block.em_px / 2))
    image = Image.new("RGBA", size, (*rgb(design.card.secondary_colour), 0))
    mask = Image.new("L", size, 0)
    pen = ImageDraw.Draw(mask)
    for number, line in enumerate(lines):
        middle_y = block.em_px / 4 + (number + 0.5) * line_px
        pen.text((size[0] / 2, middle_y), line, 255, face, anchor="mm")
    image.putalpha(mask)
    return image
