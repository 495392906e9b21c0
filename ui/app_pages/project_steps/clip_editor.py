"""One clip, cut by cut: put in another order, replaced, trimmed; its draft follows when it is asked to."""

import streamlit as st

from models.clip import Clip
from models.clip_edits import move_boundary, pick_clip, reorder_cuts
from models.clip_view import ClipView, view_clip
from models.edit_changes import boundary_room
from models.errors import BadInput, NotFound
from models.project import Project
from ui.app_pages.project_steps.clip_change import (
    ClipChanger,
    remember_seen,
    seen_fingerprint,
    select_cut,
    selected_cut,
)
from ui.app_pages.project_steps.clip_editor_cut import draw_cut
from ui.app_pages.project_steps.variants_start import update_drafts
from ui.components.advice import said
from ui.components.cut_strip import StripCut, cut_strip
from ui.components.desk import Desk
from ui.components.media import clip_player
from ui.components.messages import not_found, tried
from ui.components.places import go
from ui.components.segment_words import moment
from ui.components.stills import span_still
from ui.components.wording import clock, count, escape


def draw_editor(desk: Desk, project: Project, clip_id: str) -> None:
    """Draws the clip that the address names."""
    try:
        with desk.reading() as session:
            view = view_clip(session, session.require(Clip, clip_id).id)
    except NotFound:
        not_found("clip", home=desk.slug)
    except BadInput as error:
        st.error(said(error))
        return
    if view.clip.project_id != project.id:
        not_found("clip", home=desk.slug)
    _draw_header(desk, project, view)
    left, right = st.columns([1, 3], gap="medium")
    selected = min(selected_cut(view.clip.id), len(view.cuts) - 1)
    with left:
        _draw_draft(desk, project, view, selected)
    with right:
        _draw_cuts(desk, project, view, selected)


def _draw_header(desk: Desk, project: Project, view: ClipView) -> None:
    clip = view.clip
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        with st.container(gap=None, width="content"):
            if st.button("All variants", icon=":material/arrow_back:", type="tertiary", key="editor_back"):
                go(desk.slug, "project", project=project.id, step="variants")
            picked = " :green-badge[:material/check: picked]" if clip.is_picked else ""
            st.markdown(
                f"**{escape(clip.name)}** · {clock(clip.duration_s)} · {count(len(view.cuts), 'cut')}{picked}"
            )
        if desk.can_edit:
            with st.container(horizontal=True, gap="small", width="content"):
                if st.button("Unpick" if clip.is_picked else "Pick", key="editor_pick") and tried(
                    lambda: _pick(desk, view)
                ):
                    st.rerun()
                if clip.is_picked and st.button(
                    "Go on", type="primary", icon=":material/arrow_forward:", icon_position="right"
                ):
                    go(desk.slug, "project", project=project.id, step="script")


def _pick(desk: Desk, view: ClipView) -> None:
    with desk.writing() as session:
        pick_clip(session, view.clip.id, is_picked=not view.clip.is_picked)


def _draw_draft(desk: Desk, project: Project, view: ClipView, selected: int) -> None:
    """The draft, from the chosen cut on while it shows the cuts as they are."""
    begins_s = sum(each.cut.duration_s for each in view.cuts[:selected])
    clip_player(desk, view.clip, start_s=0.0 if view.is_draft_stale else begins_s)
    if not view.is_draft_stale:
        return
    if view.clip.draft_key:
        st.markdown(":orange-badge[:material/history: draft shows the old cuts]")
    if desk.can_edit and st.button(
        "Update draft" if view.clip.draft_key else "Cut the draft",
        type="primary",
        icon=":material/refresh:",
        width="stretch",
    ):
        update_drafts(desk, project, [view.clip.id])


def _draw_cuts(desk: Desk, project: Project, view: ClipView, selected: int) -> None:
    """The strip, and the chosen cut below it."""
    rooms = [each.room for each in view.cuts]
    strip = []
    for index, each in enumerate(view.cuts):
        earliest_s, latest_s = boundary_room(view.edit, index, rooms)
        cut = each.cut
        strip.append(
            StripCut(
                picture=span_still(desk, cut.footage_id, cut.start_s, cut.end_s),
                title=f"{each.footage_name} from {moment(cut.start_s)}",
                duration_s=cut.duration_s,
                earliest_s=earliest_s,
                latest_s=latest_s,
            )
        )
    done = cut_strip(strip, selected=selected, can_edit=desk.can_edit, key=f"strip_{view.clip.id}")
    change = ClipChanger(desk, view, seen_fingerprint(view))
    clip_id = view.clip.id
    if done.selected is not None and done.selected != selected:
        select_cut(clip_id, done.selected)
    elif done.order:
        order = done.order
        change(
            lambda session, base: reorder_cuts(session, clip_id, order, base=base),
            then_select=order.index(selected),
        )
    elif done.boundary:
        index, by_s = done.boundary
        change(
            lambda session, base: move_boundary(session, clip_id, index, by_s, base=base),
            then_select=selected,
        )
    draw_cut(desk, project, view, selected, change)
    remember_seen(view)
