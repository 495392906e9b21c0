"""Step 5: how the captions look, tried on a real frame of the clip before anything is rendered."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from models.brand import caption_style_of, store_caption_style
from models.clip_edits import set_caption_style
from models.edit import CaptionStyle
from models.errors import ReelflowError
from models.listing import ClipLine
from models.project import Project
from ui.app_pages.project_steps.captions_style import Fields, draw_style
from ui.app_pages.project_steps.variants_start import update_drafts
from ui.caption_preview import CaptionPreview, CaptionScene, open_scene, preview_captions
from ui.components.advice import in_panel, said
from ui.components.clip_choice import choose_clips, names_of, project_clips
from ui.components.desk import Desk, open_desk
from ui.components.media import media_url
from ui.components.messages import tried
from ui.components.wording import clock, count, escape
from ui.formats import FORMATS, format_title

_ORIGINS: Final = {
    "script": "The script is not spoken yet: its words are shown at guessed times.",
    "sample": "The clip has no words yet: a sample is shown.",
}

#: Of a portrait picture beside its controls.
_PICTURE_PX: Final = 280


def draw(desk: Desk, project: Project) -> None:
    """Draws the step."""
    lines = project_clips(desk, project)
    if not lines:
        return
    chosen = choose_clips(lines, key=f"captions_clips_{project.id}")
    if not chosen:
        st.caption("Choose at least one variant.")
        return
    draw_stale(desk, project, lines)

    @st.fragment(key=f"captions_{project.id}")
    def editor() -> None:
        draw_editor(open_desk(), chosen)  # again: this part is drawn without the rest of the page

    editor()


def draw_stale(desk: Desk, project: Project, lines: Sequence[ClipLine]) -> None:
    """Says which drafts don't show what was set, with the way to have them do so."""
    stale = [line for line in lines if line.is_draft_stale]
    if not (stale and desk.can_edit):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        verb = "is" if len(stale) == 1 else "are"
        st.caption(f"{count(len(stale), 'draft')} {verb} older than the edit.", width="content")
        if st.button("Cut new drafts", icon=":material/refresh:", type="tertiary", key="captions_recut"):
            update_drafts(desk, project, [line.id for line in stale])


def draw_editor(desk: Desk, chosen: Sequence[ClipLine]) -> None:
    """Preview and controls; on a phone the preview comes first."""
    shown = chosen[0]
    try:
        scene = open_scene(desk, shown.id)
    except ReelflowError as error:
        st.error(said(error))
        return
    left, right = st.columns([5, 6], gap="large")
    with right:
        stored = scene.edit.captions
        state = "none" if stored is None else "".join(f"{value}" for value in stored.model_dump().values())
        style = draw_style(desk.profile, stored, Fields(f"style_{shown.id}_{state}"), is_on=desk.can_edit)
    with left:
        preview = draw_preview(desk, shown, scene, style)
    with right:
        if preview and style:
            draw_verdict(preview)
        draw_save(desk, chosen, stored, style)


def draw_preview(
    desk: Desk, shown: ClipLine, scene: CaptionScene, style: CaptionStyle | None
) -> CaptionPreview | None:
    """The frame with its captions, drawn by what draws the final; None when that failed, which is said."""
    name = st.segmented_control(
        "Format",
        list(FORMATS),
        default="reels",
        required=True,
        format_func=lambda each: FORMATS[each].title,
        key="captions_format",
        label_visibility="collapsed",
        wrap=True,
    )
    format_ = FORMATS[name or "reels"]
    word = 0
    if len(scene.words) > 1:
        word = st.session_state.get(f"captions_word_{shown.id}", min(len(scene.words) // 3, 4))
        word = min(word, len(scene.words) - 1)
    has_zone = st.session_state.get("captions_zone", True)
    try:
        preview = preview_captions(desk, scene, style, format_name=format_.name, word=word, has_zone=has_zone)
    except ReelflowError as error:
        st.error(said(error))
        return None
    st.image(
        media_url(desk, "caption-preview", preview.picture_id),
        width=_PICTURE_PX if preview.height > preview.width else "stretch",
        alt=f"{shown.name} in {format_.title} at “{scene.words[word].text}”, with its captions",
    )
    if len(scene.words) > 1:
        st.select_slider(
            "Moment",
            range(len(scene.words)),
            value=word,
            format_func=lambda at: f"{clock(scene.words[at].start_s)} {scene.words[at].text}",
            key=f"captions_word_{shown.id}",
            width=_PICTURE_PX,
        )
    st.toggle(f"Show what {format_.title} covers", has_zone, key="captions_zone")
    if scene.origin in _ORIGINS:
        st.caption(f":material/info: {_ORIGINS[scene.origin]}")
    return preview


def draw_verdict(preview: CaptionPreview) -> None:
    """What is wrong with the style, or that nothing is."""
    for warning in preview.warnings:
        st.warning(in_panel(warning), icon=":material/warning:")
    if not preview.warnings:
        zone = f"the safe zone of {format_title(preview.format_name)}"
        st.caption(f":green[:material/check_circle:] Readable here; every caption is inside {zone}.")


def draw_save(
    desk: Desk, chosen: Sequence[ClipLine], stored: CaptionStyle | None, style: CaptionStyle | None
) -> None:
    """Keeps the look: on the chosen clips, and for those that are made from now on."""

    def save() -> None:
        with desk.writing() as session:
            for line in chosen:
                set_caption_style(session, line.id, style)

    def make_default() -> None:
        with desk.writing() as session:
            store_caption_style(session, style or CaptionStyle())

    is_changed = style != stored or len(chosen) > 1
    is_default = style is None or style == caption_style_of(desk.profile)
    with st.container(horizontal=True):
        if st.button(
            f"Save for {names_of(chosen)}",
            type="primary",
            key="save_captions",
            disabled=not (desk.can_edit and is_changed),
        ) and tried(save, done="Saved"):
            st.rerun()
        if st.button(
            f"Make it {escape(desk.profile.name)}'s default",
            key="default_captions",
            disabled=not desk.can_edit or is_default,
            help="New clips get this look; clips that exist keep theirs.",
        ) and tried(make_default, done=f"New clips of {desk.profile.name} have this look"):
            st.rerun()
