"""The end card of a brand kit as a picture, drawn by what draws it for a final; for the panel's brand page.

Kept in the library by all that decides it and gone with the nightly cleaning. Apart from the pages, which
know nothing of tasks.
"""

import tempfile
from pathlib import Path
from typing import Final
from uuid import UUID

from models.brand import logo_key, overlays_of
from models.errors import BadInput
from tasks.media.cards import CARD_S, SHORTEST_CLIP_S, CardDesign, card_warnings, draw_card
from tasks.media.logo import open_logo
from tasks.media.presets import find_preset
from tasks.media.text_layout import FONT_FAMILIES
from ui.caption_preview import KIND
from ui.components.desk import Desk

__all__ = ["CARD_S", "SHORTEST_CLIP_S", "preview_card"]

_PRESET: Final = find_preset("reels")


def preview_card(desk: Desk) -> tuple[UUID, tuple[str, ...]] | None:
    """Draws the end card that new clips of the profile get, without captions.

    Returns:
        The picture, for `media_url(desk, "caption-preview", ...)`, and what can't be shown as it was written;
        None when they get no card.

    Raises:
        BadInput: the logo's file can't be used.
        Fault: the disk is full.
    """
    overlays = overlays_of(desk.profile, desk.storage)
    if overlays is None or overlays.card is None:
        return None
    card, logo, storage = overlays.card, overlays.logo, desk.storage
    if card.font_family not in FONT_FAMILIES:
        raise BadInput(f"There is no font {card.font_family!r}; choose one of {', '.join(FONT_FAMILIES)}.")
    design = CardDesign(
        card=card,
        preset=_PRESET,
        logo=open_logo(storage.path(logo_key(storage, logo))) if logo else None,
        logo_sha256=logo.sha256 if logo else None,
    )
    picture_id = UUID(design.fingerprint[:32])
    key = storage.key_for(KIND, picture_id, ".jpg")
    if not storage.has(key):
        storage.check_room(0, name="a picture")
        with tempfile.TemporaryDirectory(prefix="reelflow-card-") as folder:
            file = Path(folder) / "card.jpg"
            draw_card(design).save(file, quality=90, subsampling=0)
            storage.publish(file, key)
    return picture_id, card_warnings(design)
