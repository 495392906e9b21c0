"""Brand kit: colours, font, logo and the words at the end."""

import streamlit as st

from models.brand import Brand, brand_of, store_brand
from ui.caption_preview import FONT_FAMILIES
from ui.components.desk import Desk
from ui.components.media import media_url
from ui.components.messages import tried
from ui.components.wording import escape
from ui.logo import logo_id, remove_logo, store_logo

_LOGO_PX = 160
_MOST_LOGO_MB = 1


def draw(desk: Desk) -> None:
    """Draws the section."""
    brand = brand_of(desk.profile)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _draw_kit(desk, brand)
    with right:
        _draw_logo(desk, brand)


def _draw_kit(desk: Desk, brand: Brand) -> None:
    is_on = desk.can_edit
    with st.form("brand", enter_to_submit=False):
        with st.container(horizontal=True, gap="medium"):
            primary = st.color_picker("Primary", brand.primary_colour, disabled=not is_on)
            secondary = st.color_picker("Secondary", brand.secondary_colour, disabled=not is_on)
        families = list(dict.fromkeys([brand.font_family, *FONT_FAMILIES]))
        family = st.selectbox("Font", families, disabled=not is_on)
        text = st.text_input(
            "Words on the end card",
            brand.end_card_text,
            max_chars=200,
            placeholder="Order at acme.example",
            disabled=not is_on,
        )
        is_wanted = st.form_submit_button("Save brand kit", type="primary", disabled=not is_on)
    st.caption(
        "Captions take the colours: choose the brand's under Captions, Start from. Logo and end card are "
        "kept for cards, which reels do not show yet."
    )

    def save() -> None:
        with desk.writing() as session:
            store_brand(
                session,
                brand_of(session.profile).changed(
                    primary_colour=primary.upper(),
                    secondary_colour=secondary.upper(),
                    font_family=family,
                    end_card_text=" ".join(text.split()),
                ),
            )

    if is_wanted and tried(save, done="Brand kit saved"):
        st.rerun()


def _draw_logo(desk: Desk, brand: Brand) -> None:
    st.markdown("**Logo**")
    if brand.logo_key:
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
