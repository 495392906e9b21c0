"""Brand kit: colours, font, logo and the words at the end."""

from typing import Final, get_args

import streamlit as st

from models.brand import Brand, brand_of, is_logo_missing, store_brand
from models.edit import Corner
from models.errors import ReelflowError
from models.redaction import redact
from ui.caption_preview import FONT_FAMILIES
from ui.card_preview import CARD_S, SHORTEST_CLIP_S, preview_card
from ui.components.desk import Desk
from ui.components.media import media_url
from ui.components.messages import tried
from ui.components.wording import escape
from ui.logo import logo_id, remove_logo, store_logo

_LOGO_PX = 160
_CARD_PX = 200
_MOST_LOGO_MB = 1

_CARD_ONLY: Final = "on the end card only"
_PLACES: Final[tuple[str, ...]] = (*reversed(get_args(Corner)), _CARD_ONLY)


def draw(desk: Desk) -> None:
    """Draws the section."""
    brand = brand_of(desk.profile)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _draw_kit(desk, brand)
    with right:
        _draw_logo(desk, brand)
        _draw_card(desk, brand)


def _draw_kit(desk: Desk, brand: Brand) -> None:
    is_on = desk.can_edit
    with st.form("brand", enter_to_submit=False):
        with st.container(horizontal=True, gap="medium"):
            primary = st.color_picker("Primary", brand.primary_colour, disabled=not is_on)
            secondary = st.color_picker("Secondary", brand.secondary_colour, disabled=not is_on)
        families = list(dict.fromkeys([brand.font_family, *FONT_FAMILIES]))
        family = st.selectbox("Font", families, disabled=not is_on)
        place = st.selectbox(
            "Logo in reels",
            _PLACES,
            index=_PLACES.index(brand.logo_corner or _CARD_ONLY),
            format_func=str.capitalize,
            disabled=not is_on,
        )
        has_card = st.toggle("End card", brand.has_end_card, disabled=not is_on)
        text = st.text_input(
            "Words on the end card",
            brand.end_card_text,
            max_chars=200,
            placeholder="Order at acme.example",
            help=f"They are on the screen for {CARD_S:g} seconds: a few words are plenty.",
            disabled=not is_on,
        )
        is_wanted = st.form_submit_button("Save brand kit", type="primary", disabled=not is_on)
    st.caption(
        f"New clips show the logo, and the end card in their last {CARD_S:g} seconds; clips shorter than "
        f"{SHORTEST_CLIP_S:g} seconds have no card. Clips that exist keep theirs until you choose "
        "“Use the brand kit of today” in their project's Render step. Captions take the colours: choose the "
        "brand's under Captions, Start from."
    )

    def save() -> None:
        with desk.writing() as session:
            store_brand(
                session,
                brand_of(session.profile).changed(
                    primary_colour=primary.upper(),
                    secondary_colour=secondary.upper(),
                    font_family=family,
                    logo_corner=None if place == _CARD_ONLY else place,
                    has_end_card=has_card,
                    end_card_text=" ".join(text.split()),
                ),
            )

    if is_wanted and tried(save, done="Brand kit saved"):
        st.rerun()


def _draw_logo(desk: Desk, brand: Brand) -> None:
    st.markdown("**Logo**")
    if is_logo_missing(desk.profile, desk.storage):
        st.warning("The logo's file is gone from the library. Upload it again.", icon=":material/warning:")
    elif brand.logo_key:
        st.image(
            media_url(desk, "logo", logo_id(brand.logo_key)),
            width=_LOGO_PX,
            alt=f"Logo of {desk.profile.name}",
        )
    if not desk.can_edit:
        if not brand.logo_key:
            st.caption(f"{escape(desk.profile.name)} has no logo yet.")
        return
    file = st.file_uploader(
        "PNG, JPEG or WebP; see-through grounds are kept",
        type=["png", "jpg", "jpeg", "webp"],
        max_upload_size=_MOST_LOGO_MB,
        # Another one once a logo was taken, so that the same file is not taken again with each drawing.
        key=f"logo_{brand.logo_key}",
    )
    if file is not None and tried(lambda: store_logo(desk, file.getvalue()), done="Logo saved"):
        st.rerun()
    if (
        brand.logo_key
        and st.button("Remove logo", icon=":material/delete:", type="tertiary")
        and tried(lambda: remove_logo(desk), done="Logo removed")
    ):
        st.rerun()


def _draw_card(desk: Desk, brand: Brand) -> None:
    """The end card that new clips get, as it is stored."""
    st.markdown("**End card**")
    try:
        preview = preview_card(desk)
    except ReelflowError as error:
        st.error(redact(str(error)))
        return
    if preview is None:
        missing = "Add a logo or words to have one." if brand.has_end_card else "Switched off."
        st.caption(f"New clips have no end card. {missing}")
        return
    picture_id, warnings = preview
    st.image(
        media_url(desk, "caption-preview", picture_id),
        width=_CARD_PX,
        alt=f"End card of {desk.profile.name}",
    )
    for warning in warnings:
        st.warning(warning, icon=":material/warning:")
