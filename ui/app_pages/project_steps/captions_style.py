"""The caption step's controls: everything that a caption style offers, and looks to start from."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import streamlit as st

from models.brand import brand_of, caption_style_of
from models.edit import CaptionStyle
from models.profile import Profile
from ui.caption_preview import FONT_FAMILIES

#: Sizes that make sense on a phone; the document allows a little more on both sides.
_SIZES: Final = (4.0, 14.0)

_LOOKS: Final[Mapping[str, CaptionStyle]] = {
    "Classic": CaptionStyle(),
    "Loud": CaptionStyle(
        size=0.095, highlight_colour="#3DFF8B", outline=0.12, uppercase=True, words_per_page=2
    ),
    "Calm": CaptionStyle(
        size=0.062, highlight_colour="#FFFFFF", outline_colour="#1F1F1F", outline=0.06, words_per_page=6
    ),
    "One word": CaptionStyle(size=0.12, outline=0.1, uppercase=True, words_per_page=1),
}


class Fields(NamedTuple):
    """Keys of the controls; another state of the clip has others, so that what is stored is what is shown."""

    base: str

    def key(self, name: str) -> str:
        """The key of one control."""
        return f"{self.base}_{name}"


def draw_style(
    profile: Profile, stored: CaptionStyle | None, fields: Fields, *, is_on: bool
) -> CaptionStyle | None:
    """Draws the controls; returns the style that they stand for, None for no captions.

    Args:
        profile: Whose default and brand can be started from.
        stored: What the clip has now.
        fields: Of this clip's state.
        is_on: Whether it may be changed.
    """
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        has_captions = st.toggle("Captions", stored is not None, key=fields.key("shown"), disabled=not is_on)
        looks = looks_of(profile)
        look = st.menu_button(
            "Start from", list(looks), icon=":material/style:", key=fields.key("look"), disabled=not is_on
        )
    start = stored or caption_style_of(profile)
    if look:
        _fill(fields, looks[look])
    if not has_captions:
        st.caption("No captions are burned in. Subtitle files still come with the finished video.")
        return None
    if len(FONT_FAMILIES) > 1:
        family = st.selectbox(
            "Font",
            FONT_FAMILIES,
            index=_position(start.font_family),
            key=fields.key("font"),
            disabled=not is_on,
        )
    else:
        family = FONT_FAMILIES[0]
    size = _percent("Size, of the frame's shorter side", start.size, _SIZES, 0.1, fields.key("size"), is_on)
    words = st.slider(
        "Words at a time", 1, 8, start.words_per_page, key=fields.key("words"), disabled=not is_on
    )
    with st.container(horizontal=True, gap="medium"):
        text = st.color_picker("Text", start.text_colour, key=fields.key("text"), disabled=not is_on)
        spoken = st.color_picker(
            "Spoken word", start.highlight_colour, key=fields.key("spoken"), disabled=not is_on
        )
        edge = st.color_picker("Outline", start.outline_colour, key=fields.key("edge"), disabled=not is_on)
        uppercase = st.toggle("CAPITALS", start.uppercase, key=fields.key("capitals"), disabled=not is_on)
    outline = _percent(
        "Outline width, of the letters' height", start.outline, (0.0, 30.0), 0.5, fields.key("outline"), is_on
    )
    return CaptionStyle(
        font_family=family,
        size=size,
        text_colour=text.upper(),
        highlight_colour=spoken.upper(),
        outline_colour=edge.upper(),
        outline=outline,
        uppercase=uppercase,
        words_per_page=words,
    )


def looks_of(profile: Profile) -> dict[str, CaptionStyle]:
    """Styles to start from: the profile's own first, its brand's colours, then ready ones."""
    own, brand = caption_style_of(profile), brand_of(profile)
    in_brand = own.model_copy(
        update={"text_colour": brand.secondary_colour, "outline_colour": brand.primary_colour}
    )
    return {f"{profile.name}'s default": own, f"{profile.name}'s brand colours": in_brand, **_LOOKS}


def _fill(fields: Fields, style: CaptionStyle) -> None:
    """Puts a style into the controls, which are drawn afterwards."""
    st.session_state[fields.key("size")] = min(max(round(style.size * 100, 1), _SIZES[0]), _SIZES[1])
    st.session_state[fields.key("words")] = style.words_per_page
    st.session_state[fields.key("text")] = style.text_colour
    st.session_state[fields.key("spoken")] = style.highlight_colour
    st.session_state[fields.key("edge")] = style.outline_colour
    st.session_state[fields.key("capitals")] = style.uppercase
    st.session_state[fields.key("outline")] = round(style.outline * 100, 1)
    if len(FONT_FAMILIES) > 1:
        st.session_state[fields.key("font")] = style.font_family


def _percent(
    label: str, share: float, bounds: tuple[float, float], step: float, key: str, is_on: bool
) -> float:
    """A share as a slider in percent; one that lies outside stays what it is until it is moved."""
    low, high = bounds
    value = round(share * 100, 1)
    chosen = st.slider(
        label, min(low, value), max(high, value), value, step, format="%.1f %%", key=key, disabled=not is_on
    )
    return round(chosen / 100, 4)


def _position(family: str) -> int:
    return FONT_FAMILIES.index(family) if family in FONT_FAMILIES else 0
