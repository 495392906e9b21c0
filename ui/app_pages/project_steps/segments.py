"""Step 2: the spans of the footage worth using: look at them, keep or skip them, make clips of some."""

from typing import Final, Literal
from uuid import UUID

import streamlit as st

from models.listing import FootageLine, Page, SegmentLine, list_footage, list_segments
from models.project import Project
from models.segment_use import segment_uses
from ui.app_pages.project_steps.segment_choice import draw_choice
from ui.app_pages.project_steps.segment_detail import draw_detail
from ui.app_pages.project_steps.segment_new import add_segment_dialog
from ui.app_pages.project_steps.segment_table import draw_table
from ui.components.desk import Desk
from ui.components.messages import empty
from ui.components.paging import page_number, pager
from ui.components.places import go
from ui.components.progress import run_progress

_PAGE_SIZE = 25
_PAGE_KEY = "segment_page"

#: What the list can be narrowed to: is favourite, is skipped.
_MARKS: Final[dict[str, tuple[bool | None, bool | None]]] = {
    "Favourites": (True, None),
    "Kept": (None, False),
    "Skipped": (None, True),
}
_SORTS: Final[dict[str, Literal["time", "score"]]] = {"Best first": "score", "In time": "time"}


def draw(desk: Desk, project: Project) -> None:
    """Draws the step."""
    run_progress(desk, key=f"segments_{project.id}", project_id=project.id)
    with desk.reading() as session:
        lines = list_footage(session, project_id=project.id, size=200, sort="oldest").items
    footage = {line.id: line for line in lines}
    if not footage:
        empty("No footage yet", "Segments are found in the project's footage. Add some first.")
        with st.container(horizontal_alignment="center"):
            if st.button("Add footage", type="primary", icon=":material/add:"):
                go(desk.slug, "project", project=project.id, step="footage")
        return
    if not any(line.segments for line in lines):
        empty("No segments yet", "They are found while footage is imported, or when clips are made.")
        return
    left, right = st.columns([2, 3], gap="medium")
    with right:
        page = _draw_list(desk, project, footage)
        with desk.reading() as session:
            uses = segment_uses(session, page.items)
        shown = draw_table(desk, project, page, uses, has_names=len(footage) > 1)
        pager(_PAGE_KEY, total=page.total, size=page.size)
        draw_choice(desk, project)
    with left:
        if shown is not None:
            draw_detail(desk, shown, footage[shown.footage_id])


def _draw_list(desk: Desk, project: Project, footage: dict[UUID, FootageLine]) -> Page[SegmentLine]:
    """The filters, and the page of the list that they leave."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        search = st.text_input(
            "Search segments",
            key="segment_search",
            type="search",
            live=True,
            placeholder="Search what is seen, why, tags",
            icon=":material/search:",
            label_visibility="collapsed",
            width=230,
        )
        only = st.selectbox(
            "Footage",
            list(footage),
            index=None,
            placeholder="All footage",
            format_func=lambda footage_id: footage[footage_id].name,
            key=f"segment_footage_{project.id}",
            label_visibility="collapsed",
            width=160,
        )
        sort = st.selectbox(
            "Order", list(_SORTS), key="segment_sort", label_visibility="collapsed", width=120
        )
        mark = st.pills("Show", list(_MARKS), key="segment_mark", label_visibility="collapsed")
        if desk.can_edit and st.button("Add by hand", icon=":material/add:", type="tertiary"):
            add_segment_dialog(desk, list(footage.values()), only)
    is_favorite, is_skipped = _MARKS[mark] if mark else (None, None)
    with desk.reading() as session:
        return list_segments(
            session,
            footage_ids=[only] if only else list(footage),
            search=search or "",
            is_favorite=is_favorite,
            is_skipped=is_skipped,
            sort=_SORTS[sort],
            number=page_number(_PAGE_KEY),
            size=_PAGE_SIZE,
        )
