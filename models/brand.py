"""A store's brand kit: a document stored on its profile, which clips take their logo and end card from."""

from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import Field, ValidationError
from sqlalchemy import String, cast
from sqlmodel import col, select

from models.clip import Clip
from models.edit import COLOUR, CaptionStyle, Corner, Document, Edit, EndCard, LogoFile, Overlays
from models.errors import BadInput
from models.profile import Profile
from models.session import ProfileSession
from models.storage import Storage, file_sha256

#: The folder of the library that logos lie in.
LOGOS: Final = "brand"

LOGO_SUFFIX: Final = ".png"


class Brand(Document):
    """Colours, font, logo and the words at the end."""

    version: Literal[1] = 1
    primary_colour: str = Field(default="#111111", pattern=COLOUR, description="Background of cards.")
    secondary_colour: str = Field(default="#FFFFFF", pattern=COLOUR, description="Text on cards.")
    font_family: str = Field(default="Inter", min_length=1, max_length=100)
    logo_key: str | None = Field(default=None, max_length=255, description="The logo in the library.")
    logo_corner: Corner | None = Field(default="top right", description="Nothing: on the end card only.")
    has_end_card: bool = Field(default=True, description="Once there is a logo, or words for it.")
    end_card_text: str = Field(default="", max_length=200, description="Nothing: the logo alone.")

    def changed(self, **changes: Any) -> "Brand":
        """A copy with other values.

        Raises:
            BadInput: a value can't be used.
        """
        try:
            return Brand.model_validate(self.model_dump() | changes)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]).replace("_", " ")
            raise BadInput(f"The brand's {where} can't be used: {first['msg']}.") from None


def brand_of(profile: Profile) -> Brand:
    """A profile's brand kit, defaults filled in."""
    return Brand.model_validate(profile.brand)


def store_brand(session: ProfileSession, brand: Brand) -> None:
    """Gives the session's profile another brand kit, for clips and cards made from now on."""
    session.profile.brand = brand.model_dump(mode="json")


def logo_id(logo_key: str) -> UUID:
    """The id in a logo's storage key, by which edits name it and the browser asks for it."""
    return UUID(Path(logo_key).stem)


def logo_key(storage: Storage, logo: LogoFile) -> str:
    """Where the logo of an edit lies, or lay, in the profile's library."""
    return storage.key_for(LOGOS, logo.id, LOGO_SUFFIX)


def overlays_of(profile: Profile, storage: Storage) -> Overlays | None:
    """What the brand kit puts on a clip now; None when there is nothing to show.

    Reads the logo's file; one that is gone from the library is left out (see `is_logo_missing`).
    """
    brand = brand_of(profile)
    logo = None
    if brand.logo_key and storage.has(brand.logo_key):
        logo = LogoFile(id=logo_id(brand.logo_key), sha256=file_sha256(storage.path(brand.logo_key)))
    text = " ".join(brand.end_card_text.split())
    card = EndCard(
        text=text,
        primary_colour=brand.primary_colour,
        secondary_colour=brand.secondary_colour,
        font_family=brand.font_family,
    )
    overlays = Overlays(
        logo=logo,
        corner=brand.logo_corner if logo else None,
        card=card if brand.has_end_card and (logo or text) else None,
    )
    return overlays if overlays.corner or overlays.card else None


def is_logo_missing(profile: Profile, storage: Storage) -> bool:
    """Whether the brand kit has a logo whose file is gone from the library."""
    key = brand_of(profile).logo_key
    return key is not None and not storage.has(key)


def logos_in_use(session: ProfileSession) -> set[UUID]:
    """Logos that the brand kit or the edit of any clip names."""
    kept = brand_of(session.profile).logo_key
    # Only a logo has this word in an edit, so that most edits need not be read.
    edits = session.exec(select(Clip.edit).where(cast(col(Clip.edit), String).like('%"sha256"%'))).all()
    shown = [Edit.model_validate(edit).overlays for edit in edits]
    used = {overlays.logo.id for overlays in shown if overlays and overlays.logo}
    return used | {logo_id(kept)} if kept else used


def caption_style_of(profile: Profile) -> CaptionStyle:
    """How a profile's captions look unless a clip says otherwise."""
    return CaptionStyle.model_validate(profile.caption_style)


def store_caption_style(session: ProfileSession, style: CaptionStyle) -> None:
    """Gives the captions of clips made from now on another look; clips that exist keep theirs."""
    session.profile.caption_style = style.model_dump(mode="json")
