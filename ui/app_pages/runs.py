"""Everything that runs or ran: follow it, look into it, stop it or take it up again."""

from typing import Final

import streamlit as st

from models.listing import Page, RunLine, list_runs
from models.run import RunState
from ui.components.desk import Desk, open_desk
from ui.components.messages import empty
from ui.components.paging import page_number, pager
from ui.components.run_drawer import draw_run_drawer
from ui.components.run_table import draw_run_table, has_live
from ui.components.wording import RUN_BADGES, kind_title

_PAGE_KEY: Final = "page"
_PAGE_SIZE: Final = 25
_EVERY_S: Final = 2.0
#: How often the list looks for what somebody else, or a schedule, has started.
_IDLE_EVERY_S: Final = 10.0

_KINDS: Final = (
    "make_reels", "generate_clips", "render_clip", "import_footage", "recut_drafts", "export_clips",
)  # fmt: skip


def draw_filters() -> None:
    """Search, states and kinds, all kept in the address."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text_input(
            "Search runs",
            key="q",
            bind="query-params",
            type="search",
            live=True,
            placeholder="Search runs",
            icon=":material/search:",
            label_visibility="collapsed",
            width=220,
        )
        st.pills(
            "State",
            list(RunState),
            key="run_state",
            bind="query-params",
            selection_mode="multi",
            format_func=lambda state: RUN_BADGES[RunState(state)].label,
            label_visibility="collapsed",
        )
        st.multiselect(
            "Kind",
            _KINDS,
            key="kind",
            bind="query-params",
            format_func=kind_title,
            placeholder="All kinds",
            label_visibility="collapsed",
            width=220,
        )


def read_page(desk: Desk) -> Page[RunLine]:
    """The page of runs that the address asks for."""
    asked = st.session_state
    with desk.reading() as session:
        return list_runs(
            session,
            search=asked.get("q") or "",
            states=[RunState(state) for state in asked.get("run_state") or ()],
            kinds=asked.get("kind") or (),
            number=page_number(_PAGE_KEY),
            size=_PAGE_SIZE,
        )


def draw_list(desk: Desk) -> None:
    """The list, read again every other second while something on it moves."""
    every_s = _EVERY_S if has_live(read_page(desk)) else _IDLE_EVERY_S

    @st.fragment(run_every=every_s, key="runs_list")
    def live() -> None:
        here = open_desk()
        page = read_page(here)
        if (every_s == _EVERY_S) != has_live(page):
            st.rerun()  # looked at more or less often from now on
        if page.items:
            draw_run_table(here, page)
            pager(_PAGE_KEY, total=page.total, size=page.size)
        elif any(st.session_state.get(key) for key in ("q", "run_state", "kind")):
            empty("No run fits", "Search for something else, or show all states and kinds.")
        else:
            empty("Nothing ran yet", "What pages, the inbox or the command line start is listed here.")

    live()


desk = open_desk()
st.title("Runs")
draw_filters()
draw_list(desk)
draw_run_drawer(desk)
