"""Captions: how those of new clips look, tried on a real frame of the newest clip."""

import streamlit as st

from models.brand import caption_style_of, store_caption_style
from models.edit import CaptionStyle
from models.errors import ReelflowError
from models.listing import ClipLine, list_clips
from ui.app_pages.project_steps.captions import draw_preview, draw_verdict
from ui.app_pages.project_steps.captions_style import Fields, draw_style
from ui.caption_preview import CaptionPreview, open_scene
from ui.components.advice import said
from ui.components.desk import Desk, open_desk
from ui.components.messages import empty, tried


def draw(desk: Desk) -> None:
    """Draws the section."""
    with desk.reading() as session:
        newest = next(iter(list_clips(session, size=1).items), None)

    @st.fragment(key=f"default_captions_{desk.profile.id}")
    def editor() -> None:
        _draw_editor(open_desk(), newest)  # again: this part is drawn without the rest of the page

    editor()


def _draw_editor(desk: Desk, newest: ClipLine | None) -> None:
    stored = caption_style_of(desk.profile)
    left, right = st.columns([5, 6], gap="large")
    with right:
        state = "".join(str(value) for value in stored.model_dump().values())
        style = draw_style(desk.profile, stored, Fields(f"default_{state}"), is_on=desk.can_edit)
    with left:
        preview = _draw_picture(desk, newest, style)
    with right:
        if preview and style:
            draw_verdict(preview)
        _draw_save(desk, stored, style)


def _draw_picture(desk: Desk, newest: ClipLine | None, style: CaptionStyle | None) -> CaptionPreview | None:
    if newest is None:
        empty("No clip to show it on yet", "Make a first reel; the captions are then shown on a frame of it.")
        return None
    try:
        scene = open_scene(desk, newest.id)
    except ReelflowError as error:
        st.caption(said(error))
        return None
    return draw_preview(desk, newest, scene, style)


def _draw_save(desk: Desk, stored: CaptionStyle, style: CaptionStyle | None) -> None:
    def save() -> None:
        if style is not None:
            with desk.writing() as session:
                store_caption_style(session, style)

    if style is None:
        st.caption("This shows the look only. Single clips are shown without captions on their own page.")
    if st.button(
        "Save as default", type="primary", disabled=not desk.can_edit or style in (None, stored)
    ) and tried(save, done="New clips have this look"):
        st.rerun()
    st.caption("Clips that exist keep their look; change it on their project's Captions step.")
