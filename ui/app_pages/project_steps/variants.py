"""Step 3: the clips side by side, playing; pick the ones to finish, or change one cut by cut."""

from collections.abc import Mapping
from uuid import UUID

import streamlit as st
from sqlmodel import col, select

from models.clip import Clip
from models.edit import Edit
from models.footage import Segment
from models.listing import ClipLine, Page, list_clips
from models.live_runs import live_runs
from models.project import Project, ProjectFootage
from models.segment_use import opening_segments
from ui.app_pages.project_steps.clip_editor import draw_editor
from ui.app_pages.project_steps.variant_card import draw_card
from ui.app_pages.project_steps.variants_alike import draw_alike
from ui.app_pages.project_steps.variants_start import draw_first, draw_more, update_drafts
from ui.components.desk import Desk
from ui.components.failures import draw_failures
from ui.components.messages import empty
from ui.components.paging import page_number, pager
from ui.components.places import go
from ui.components.progress import run_progress
from ui.components.run_notes import draw_notes
from ui.components.wording import count

_PAGE_SIZE = 12
_PAGE_KEY = "variants_page"

#: Runs that end with clips.
_MAKERS = ("generate_clips", "make_reels")


def draw(desk: Desk, project: Project) -> None:
    """Draws the step: one clip's cuts when the address names a clip, else all clips."""
    run_progress(desk, key=f"variants_{project.id}", project_id=project.id)
    draw_failures(desk, project.id, (*_MAKERS, "recut_drafts"))
    if wanted := st.query_params.get("clip"):
        draw_editor(desk, project, wanted)
        return
    with desk.reading() as session:
        page = list_clips(
            session, project_id=project.id, sort="variant", number=page_number(_PAGE_KEY), size=_PAGE_SIZE
        )
        ids = [line.id for line in page.items]
        clips = {clip.id: clip for clip in session.exec(select(Clip).where(col(Clip.id).in_(ids)))}
        edits = {clip_id: Edit.model_validate(clips[clip_id].edit) for clip_id in ids}
        openings = opening_segments(session, edits)
    if not page.items:
        _draw_nothing(desk, project)
        return
    _draw_header(desk, project, page)
    draw_notes(desk, {clip.run_id for clip in clips.values()}, title="note from planning")
    _draw_cards(desk, project, page, clips, openings)
    pager(_PAGE_KEY, total=page.total, size=page.size)
    if len(edits) > 1:
        draw_alike(_named(page, edits))


def _named(page: Page[ClipLine], edits: Mapping[UUID, Edit]) -> dict[str, Edit]:
    """Edits by their clips' names; equal names are told apart by the variant's number."""
    names = [line.name for line in page.items]
    return {
        line.name if names.count(line.name) == 1 else f"{line.name} ({line.variant})": edits[line.id]
        for line in page.items
    }


def _draw_header(desk: Desk, project: Project, page: Page[ClipLine]) -> None:
    """How many are picked, what is out of date, and the verbs."""
    picked = sum(line.is_picked for line in page.items)
    stale = [line.id for line in page.items if line.is_draft_stale and line.draft_key]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{count(page.total, 'variant')}** · {picked} picked", width="content")
        with st.container(horizontal=True, gap="small", vertical_alignment="center", width="content"):
            if desk.can_edit:
                if stale and st.button(f"Update {count(len(stale), 'draft')}", icon=":material/refresh:"):
                    update_drafts(desk, project, stale)
                draw_more(desk, project)
            if picked and st.button(
                "Go on with the picks", type="primary", icon=":material/arrow_forward:", icon_position="right"
            ):
                go(desk.slug, "project", project=project.id, step="script")


def _draw_cards(
    desk: Desk,
    project: Project,
    page: Page[ClipLine],
    clips: Mapping[UUID, Clip],
    openings: Mapping[UUID, Segment],
) -> None:
    with st.grid("auto", min_column_width=210, gap=("medium", "medium")) as grid:
        for line in page.items:
            with grid.cell():
                draw_card(desk, project, line, clips[line.id], openings.get(line.id))


def _draw_nothing(desk: Desk, project: Project) -> None:
    """No clip yet: the form that makes some, or what has to come first."""
    with desk.reading() as session:
        has_footage = session.exec(
            select(ProjectFootage.id).where(ProjectFootage.project_id == project.id).limit(1)
        ).first()
        is_live = any(run.kind in _MAKERS for run in live_runs(session, project_id=project.id))
    if not has_footage:
        empty("No variants yet", "They are cut from the project's footage. Add some first.")
        with st.container(horizontal_alignment="center"):
            if st.button("Add footage", type="primary", icon=":material/add:"):
                go(desk.slug, "project", project=project.id, step="footage")
        return
    if is_live:
        empty("The first variants are being made", "They appear here as soon as they are cut.")
        return
    empty("No variants yet", "All of them are planned together, so that each is different.")
    if desk.can_edit:
        draw_first(desk, project)
