"""A store's logo: taken from a browser, checked, and kept as a PNG without anything hidden in it.

Apart from the pages, which write no files.
"""

import io
import tempfile
from pathlib import Path
from typing import Final
from uuid import uuid4

from PIL import Image, UnidentifiedImageError

from models.brand import LOGO_SUFFIX, LOGOS, brand_of, logo_id, logos_in_use, store_brand
from models.errors import BadInput
from models.storage import Storage
from ui.components.desk import Desk

__all__ = ["MAX_SIDE_PX", "logo_id", "remove_logo", "store_logo"]

#: Longest side that is kept; cards are 1080 pixels wide.
MAX_SIDE_PX: Final = 1_024

#: A picture that unpacks to more is a mistake or an attack.
_MOST_PIXELS: Final = 40_000_000


def store_logo(desk: Desk, data: bytes) -> None:
    """Gives the profile a logo in place of the one that it has.

    Raises:
        Forbidden: the member may only look.
        BadInput: no picture that can be used.
        Fault: the disk is full.
    """
    picture = _opened(data)
    storage = desk.storage
    storage.check_room(len(data), name="the logo")
    key = storage.key_for(LOGOS, uuid4(), LOGO_SUFFIX)
    with tempfile.TemporaryDirectory(prefix="reelflow-logo-") as folder:
        file = Path(folder) / "logo.png"
        picture.save(file, "PNG", optimize=True)
        _change(desk, storage, key, file)


def remove_logo(desk: Desk) -> None:
    """Takes the profile's logo away.

    Raises:
        Forbidden: the member may only look.
    """
    _change(desk, desk.storage, None, None)


def _change(desk: Desk, storage: Storage, key: str | None, file: Path | None) -> None:
    """The new file first, then its name, then the old file: whatever happens, what is named is there."""
    with desk.writing() as session:
        if key and file:
            storage.publish(file, key)
        brand = brand_of(session.profile)
        old = brand.logo_key
        store_brand(session, brand.changed(logo_key=key))
        # Clips that show it can go on being rendered; the nightly cleaning takes it when none does.
        is_shown = old is not None and logo_id(old) in logos_in_use(session)
    if old and not is_shown:
        storage.remove(old)


def _opened(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise BadInput(
                    f"This picture has {picture.width} × {picture.height} pixels; "
                    f"{MAX_SIDE_PX} × {MAX_SIDE_PX} are plenty for a logo. Make it smaller."
                )
            kept: Image.Image = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise BadInput("This is no picture that can be read; use a PNG, JPEG or WebP file.") from error
    kept.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
    return kept
