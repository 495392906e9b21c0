"""Everything that runs or ran."""

from typing import Final

import streamlit as st

from models.listing import list_runs
from models.run import RunState
from models.tenant import now_utc
from ui.components.desk import open_desk
from ui.components.messages import empty
from ui.components.paging import page_number, pager
from ui.components.progress import run_progress
from ui.components.wording import RUN_BADGES, age, kind_title, money

_PAGE_KEY: Final = "page"

desk = open_desk()
st.title("Runs")
run_progress(desk, key="runs", most=8)
states = st.pills(
    "State",
    list(RunState),
    key="run_state",
    bind="query-params",
    selection_mode="multi",
    format_func=lambda state: RUN_BADGES[RunState(state)].label,
    label_visibility="collapsed",
)
with desk.reading() as session:
    page = list_runs(
        session, states=[RunState(state) for state in states], number=page_number(_PAGE_KEY), size=25
    )
if page.items:
    now = now_utc()
    st.dataframe(
        [
            {
                "What": line.project_name or kind_title(line.kind),
                "Run": line.title,
                "State": RUN_BADGES[line.state].label,
                "Stage": line.stage,
                "Progress": line.progress,
                "Cost": money(line.cost_micro_usd),
                "Started": age(line.created_at, now, desk.timezone),
            }
            for line in page.items
        ],
        hide_index=True,
        height="content",
        column_config={
            "Progress": st.column_config.ProgressColumn(min_value=0, max_value=1, format="percent")
        },
        alt="Runs, the newest first",
    )
    pager(_PAGE_KEY, total=page.total, size=page.size)
else:
    empty("No runs", "Nothing was started here yet, or nothing fits the filter.")
