"""A store's brand kit: a document stored on its profile, used by title and end cards and by captions."""

from typing import Any, Literal

from pydantic import Field, ValidationError

from models.edit import CaptionStyle, Document
from models.errors import BadInput
from models.profile import Profile
from models.session import ProfileSession

_COLOUR = r"^#[0-9A-Fa-f]{6}$"


class Brand(Document):
    """Colours, font, logo and the words at the end."""

    version: Literal[1] = 1
    primary_colour: str = Field(default="#111111", pattern=_COLOUR, description="Background of cards.")
    secondary_colour: str = Field(default="#FFFFFF", pattern=_COLOUR, description="Text on cards.")
    font_family: str = Field(default="Inter", min_length=1, max_length=100)
    logo_key: str | None = Field(default=None, max_length=255, description="The logo in the library.")
    end_card_text: str = Field(default="", max_length=200, description="Nothing: no end card.")

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


def caption_style_of(profile: Profile) -> CaptionStyle:
    """How a profile's captions look unless a clip says otherwise."""
    return CaptionStyle.model_validate(profile.caption_style)


def store_caption_style(session: ProfileSession, style: CaptionStyle) -> None:
    """Gives the captions of clips made from now on another look; clips that exist keep theirs."""
    session.profile.caption_style = style.model_dump(mode="json")
