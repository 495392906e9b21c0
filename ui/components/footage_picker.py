"""Choosing footage by its pictures: what the library has, and what is uploaded right here."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st
from sqlmodel import col, select

from models.footage import Footage
from models.listing import FootageLine, list_footage
from ui.components.desk import Desk
from ui.components.messages import empty
from ui.components.paging import page_number, pager
from ui.components.progress import run_progress
from ui.components.stills import footage_picture
from ui.components.upload import upload_box
from ui.components.wording import clock, count, escape

_PAGE_SIZE = 12


def pick_footage(desk: Desk, *, key: str) -> list[Footage]:
    """Draws the drop zone and the library; what arrives is chosen as soon as it is imported.

    Args:
        desk: Whose library.
        key: Unique on the page.

    Returns:
        What is chosen, in the order in which it was.
    """
    chosen: list[UUID] = st.session_state.setdefault(f"{key}_chosen", [])
    arriving: list[str] = st.session_state.setdefault(f"{key}_arriving", [])
    for file in upload_box(desk, key=f"{key}_upload"):
        arriving.append(file.sha256)
    _choose_arrived(desk, chosen, arriving)
    if arriving:
        run_progress(desk, key=f"{key}_imports")
        st.caption(f"{count(len(arriving), 'video is', 'videos are')} being imported, and chosen then.")
    _draw_library(desk, chosen, key)
    with desk.reading() as session:
        rows = {row.id: row for row in session.exec(select(Footage).where(col(Footage.id).in_(chosen)))}
    return [rows[footage_id] for footage_id in chosen if footage_id in rows]


def _choose_arrived(desk: Desk, chosen: list[UUID], arriving: list[str]) -> None:
    """Chooses what was uploaded here and is in the library by now."""
    if not arriving:
        return
    with desk.reading() as session:
        there = session.exec(select(Footage.id, Footage.sha256).where(col(Footage.sha256).in_(arriving)))
        for footage_id, sha256 in there.all():
            arriving.remove(sha256)
            if footage_id not in chosen:
                chosen.append(footage_id)


def _draw_library(desk: Desk, chosen: list[UUID], key: str) -> None:
    search = st.text_input(
        "Search the library",
        key=f"{key}_search",
        type="search",
        live=True,
        placeholder="Search the library",
        icon=":material/search:",
        label_visibility="collapsed",
        width=280,
    )
    page_key = f"{key}_page"
    with desk.reading() as session:
        page = list_footage(session, search=search or "", number=page_number(page_key), size=_PAGE_SIZE)
    if not page.items:
        if search:
            st.caption("Nothing in the library fits.")
        else:
            empty("No footage yet", "Drop your videos above; they are imported at once and chosen.")
        return
    _draw_grid(desk, page.items, chosen, key)
    pager(page_key, total=page.total, size=page.size)


def _draw_grid(desk: Desk, lines: Sequence[FootageLine], chosen: list[UUID], key: str) -> None:
    with st.grid("auto", min_column_width=130, gap="small") as grid:
        for line in lines:
            with grid.cell(), st.container(gap="xxsmall"):
                st.image(footage_picture(desk, line), width="stretch", alt=f"A frame of {line.name}")
                box = f"{key}_box_{line.id}"
                st.session_state[box] = line.id in chosen
                st.checkbox(escape(line.name), key=box, on_change=_change, args=(chosen, line.id, box))
                st.caption(clock(line.duration_s))


def _change(chosen: list[UUID], footage_id: UUID, box: str) -> None:
    """Takes a click in before the page is drawn again, so that none is lost however fast they come."""
    if footage_id in chosen:
        chosen.remove(footage_id)
    if st.session_state[box]:
        chosen.append(footage_id)
