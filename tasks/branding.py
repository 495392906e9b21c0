"""A store's brand on its clips: taken from the brand kit, and drawn as files for the picture to read.

The logo lies in the profile's library, and so do its end cards: each is made once for all clips, drafts
and runs, and goes with the nightly cleaning once nobody has used it for a day.
"""

import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from PIL import Image

from models.brand import is_logo_missing, logo_key, overlays_of
from models.clip import Clip
from models.edit import Edit, EndCard, Overlays
from models.errors import BadInput
from models.storage import file_sha256
from tasks.clips import LoadedClip
from tasks.media.caption_report import CaptionsReport
from tasks.media.cards import (
    CARD_VERSION,
    SHORTEST_CLIP_S,
    CardDesign,
    card_frame,
    card_warnings,
    is_black,
    make_card,
)
from tasks.media.contrast import contrast_warnings, rgb
from tasks.media.logo import corner_picture, corner_place, open_logo
from tasks.media.on_top import CARD_NAME, LOGO_NAME, NOTHING, OnTop
from tasks.media.presets import Preset
from tasks.media.text_layout import FONT_FAMILIES
from tasks.run_context import RunContext

#: The folder of the library that end cards lie in.
CARDS: Final = "cards"

#: Two finals of one format want the same card at the same moment: the second finds it made.
_making = threading.Lock()


@dataclass(frozen=True)
class ShownCard:
    """When an end card is on the screen."""

    from_s: float
    """Its first pixel, in seconds of the clip; it stays to the end."""
    is_black: bool
    """Whether its ground is black."""


@dataclass(frozen=True)
class ShownBrand:
    """What of its brand a clip's picture shows."""

    on_top: OnTop = NOTHING
    card: ShownCard | None = None
    facts: dict[str, Any] | None = field(default=None)
    """For the manifest; None for a clip without a brand."""


def overlays_now(run: RunContext) -> Overlays | None:
    """What the profile's brand kit puts on a clip now; a logo that is gone is told on the run."""
    with run.reading() as session:
        profile = session.profile
        overlays = overlays_of(profile, run.storage)
        is_missing = is_logo_missing(profile, run.storage)
    if is_missing:
        run.warn(
            "logo_missing",
            "The brand kit's logo is no longer in the library, so clips are made without it. "
            "Upload it again under Settings, Brand.",
        )
    return overlays


def brand_clip_again(run: RunContext, clip_id: UUID, is_wanted: bool | None) -> bool:
    """Gives a clip the brand kit of now, or takes its brand off; returns whether its edit changed.

    Args:
        run: The run.
        clip_id: Whose brand.
        is_wanted: None leaves the clip as it is.

    Raises:
        NotFound: the profile has no such clip.
    """
    if is_wanted is None:
        return False
    overlays = overlays_now(run) if is_wanted else None
    if is_wanted and overlays is None:
        run.warn(
            "no_brand",
            "The brand kit has neither a logo nor words for the end card, so clips show none. "
            "Give it some under Settings, Brand.",
        )
    with run.session() as session:
        clip = session.require(Clip, clip_id)
        edit = Edit.model_validate(clip.edit)
        if edit.overlays == overlays:
            return False
        clip.edit = edit.model_copy(update={"overlays": overlays}).model_dump(mode="json")
        return True


def brand_inputs(run: RunContext, overlays: Overlays) -> dict[str, Any]:
    """What decides the pictures of a brand beside the edit, for the fingerprint of a final."""
    return {"version": CARD_VERSION, "has_logo": _logo_file(run, overlays) is not None}


def draw_brand(
    run: RunContext,
    clip: LoadedClip,
    preset: Preset,
    *,
    frames: int,
    captions: CaptionsReport | None,
    folder: Path,
) -> ShownBrand:
    """Puts the files that a clip's brand needs into `folder`; what can't be shown is recorded on the run.

    Args:
        run: The run.
        clip: The clip.
        preset: Format of the picture.
        frames: Length of the picture.
        captions: What was measured of its captions, if it has any.
        folder: The picture's scratch folder.
    """
    overlays = clip.edit.overlays
    if overlays is None:
        return ShownBrand()
    logo = _open_logo(run, clip, overlays)
    logo_px = _draw_corner(run, clip, overlays, logo, preset, captions=captions, folder=folder)
    shown = None if overlays.card is None else _card_time(run, clip, overlays.card, preset, frames=frames)
    facts: dict[str, Any] = {
        "logo_sha256": overlays.logo.sha256 if overlays.logo and logo else None,
        "corner": overlays.corner if logo_px else None,
        "end_card": None,
    }
    if overlays.card is None or shown is None or not (logo or overlays.card.text):
        return ShownBrand(OnTop(logo_px), None, facts)
    has_captions = captions is not None and (captions.last_end_s or 0.0) > shown.from_s
    design = CardDesign(
        card=_drawable(run, clip, overlays.card),
        preset=preset,
        logo=logo,
        logo_sha256=overlays.logo.sha256 if overlays.logo and logo else None,
        captions=clip.edit.captions if has_captions else None,
    )
    _tell_problems(run, clip, design)
    _fetch_card(run, design, folder)
    facts["end_card"] = {
        "from_s": shown.from_s,
        "fingerprint": design.fingerprint,
        **design.card.model_dump(mode="json"),
    }
    return ShownBrand(OnTop(logo_px, round(shown.from_s * preset.fps)), shown, facts)


def _logo_file(run: RunContext, overlays: Overlays) -> Path | None:
    """The logo's file, if it is still what the edit means."""
    if overlays.logo is None:
        return None
    path = run.storage.path(logo_key(run.storage, overlays.logo))
    try:
        return path if file_sha256(path) == overlays.logo.sha256 else None
    except OSError:
        return None


def _open_logo(run: RunContext, clip: LoadedClip, overlays: Overlays) -> Image.Image | None:
    if overlays.logo is None:
        return None
    path, why = _logo_file(run, overlays), "its logo is no longer in the library"
    if path is not None:
        try:
            return open_logo(path)
        except BadInput as error:
            why = str(error)
    run.warn(
        "logo_missing",
        f"Clip {clip.variant} is made without its logo: {why}. Give the clip the brand kit of today, or take "
        "the brand off it.",
        clip_id=str(clip.id),
    )
    return None


def _draw_corner(
    run: RunContext,
    clip: LoadedClip,
    overlays: Overlays,
    logo: Image.Image | None,
    preset: Preset,
    *,
    captions: CaptionsReport | None,
    folder: Path,
) -> tuple[int, int] | None:
    """Writes `logo.png` for the corner; returns where it goes."""
    if logo is None or overlays.corner is None:
        return None
    box = captions.box_px if captions else None
    place = corner_place(logo.size, overlays.corner, preset, captions_px=box)
    if place is None:
        run.warn(
            "logo_no_room",
            f"Clip {clip.variant} shows no logo beside its captions for {preset.name}: they leave no corner "
            "free. Make the captions smaller.",
            clip_id=str(clip.id),
        )
        return None
    picture, (left, top) = corner_picture(logo, place, preset)
    picture.save(folder / LOGO_NAME)
    return left, top


def _card_time(
    run: RunContext, clip: LoadedClip, card: EndCard, preset: Preset, *, frames: int
) -> ShownCard | None:
    first = card_frame(frames, fps=preset.fps)
    if first is None:
        run.warn(
            "end_card_left_out",
            f"Clip {clip.variant} lasts {frames / preset.fps:.1f} s and has no end card: it takes a clip of "
            f"{SHORTEST_CLIP_S:g} s.",
            clip_id=str(clip.id),
        )
        return None
    return ShownCard(first / preset.fps, is_black(card))


def _drawable(run: RunContext, clip: LoadedClip, card: EndCard) -> EndCard:
    """The card in a font that is there."""
    if card.font_family in FONT_FAMILIES:
        return card
    used = FONT_FAMILIES[0]
    run.warn(
        "end_card",
        f"Clip {clip.variant}: there is no font {card.font_family!r}, so the end card is set in {used}.",
        clip_id=str(clip.id),
    )
    return card.model_copy(update={"font_family": used})


def _tell_problems(run: RunContext, clip: LoadedClip, design: CardDesign) -> None:
    warnings = list(card_warnings(design))
    if design.captions is not None:
        ground = rgb(design.card.primary_colour)
        warnings += [f"On the end card: {one}" for one in contrast_warnings(design.captions, [ground])]
    for warning in warnings:
        run.warn("end_card", f"Clip {clip.variant}: {warning}", clip_id=str(clip.id))


def _fetch_card(run: RunContext, design: CardDesign, folder: Path) -> None:
    """Puts the card into `folder`: the one that is kept, or a new one."""
    key = run.storage.key_for(CARDS, UUID(design.fingerprint[:32]), ".nut")
    kept = run.storage.path(key)
    with _making:
        if not run.storage.has(key):
            run.storage.check_room(0, name="an end card")
            run.storage.publish(make_card(design, folder=folder), key)
        kept.touch()
        # A copy: whatever becomes of the kept one, this picture has its card.
        shutil.copyfile(kept, folder / CARD_NAME)
