"""The list of runs, kept up to date on its own; a click on a line opens the run."""

from datetime import datetime

import streamlit as st

from models.listing import Page, RunLine
from models.run import FINAL_STATES, RunState
from models.tenant import now_utc
from ui.components.desk import Desk
from ui.components.run_drawer import open_run
from ui.components.run_words import is_from_inbox, sentence_case, took_s
from ui.components.wording import RUN_BADGES, age, count, kind_title, money, span

#: How many lines were clicked: with each the table is another one, which has no chosen line.
_OPENED = "runs_opened"

#: In the order of `RUN_BADGES`; pale, so that a page full of good news stays calm.
_STATE_COLOURS = ("#E5E7EC", "#D6E4FF", "#DDF3E4", "#FBD9D9", "#E5E7EC")


def draw_run_table(desk: Desk, page: Page[RunLine]) -> None:
    """Draws one page of runs; the page is drawn anew, with the drawer, when a line was clicked."""
    now = now_utc()
    opened = st.session_state.setdefault(_OPENED, 0)
    chosen = st.dataframe(
        [_row(desk, line, now) for line in page.items],
        hide_index=True,
        height="content",
        on_select="rerun",
        selection_mode="single-cell",
        key=f"runs_{page.number}_{opened}",
        column_config={
            "State": st.column_config.MultiselectColumn(
                options=[badge.label for badge in RUN_BADGES.values()], color=_STATE_COLOURS, width=92
            ),
            "Run": st.column_config.TextColumn(width=160),
            "Project": st.column_config.TextColumn(width=140),
            "Stage": st.column_config.TextColumn(width=115),
            "Progress": st.column_config.ProgressColumn(
                min_value=0, max_value=100, format="%d %%", width=110
            ),
            "Cost": st.column_config.TextColumn(width=70, alignment="right"),
            "Took": st.column_config.TextColumn(width=70, alignment="right"),
            "Started": st.column_config.TextColumn(width=90),
            "From": st.column_config.TextColumn(width=60),
            "Notes": st.column_config.TextColumn(width=85),
        },
        alt="Runs, the newest first",
    )
    rows = [row for row, _ in chosen.selection.cells]
    if rows and rows[0] < len(page.items):
        open_run(page.items[rows[0]].id)
        st.session_state[_OPENED] = opened + 1
        st.rerun()


def _row(desk: Desk, line: RunLine, now: datetime) -> dict[str, object]:
    is_over = line.state is RunState.COMPLETED
    return {
        "Run": sentence_case(line.title or kind_title(line.kind)),
        "State": [RUN_BADGES[line.state].label],
        "Project": line.project_name or "",
        "Stage": "" if is_over else line.stage,
        "Progress": None if is_over else round(100 * line.progress),
        "Cost": money(line.cost_micro_usd),
        "Took": span(took_s(line.state, line.started_at, line.finished_at, now)) if line.started_at else "",
        "Started": age(line.created_at, now, desk.timezone),
        "From": "Inbox" if is_from_inbox(line.id) else "",
        "Notes": count(line.warnings, "warning") if line.warnings else "",
    }


def has_live(page: Page[RunLine]) -> bool:
    """Whether anything on a page of runs still moves."""
    return any(line.state not in FINAL_STATES for line in page.items)
