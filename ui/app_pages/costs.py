"""What a month cost, by day, provider, project and clip; what it will cost, and what it may."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from models.budget import budget_state, month_name, month_of
from models.costs import (
    CostGroup,
    Grouping,
    cost_groups,
    cost_months,
    group_names,
    provider_days,
)
from models.reuse import reused_between
from models.session import ProfileSession
from models.tenant import now_utc
from ui.components.budget_dialog import change_budget
from ui.components.cost_charts import draw_bars, draw_days, provider_title
from ui.components.cost_numbers import draw_numbers
from ui.components.cost_sheet_file import sheet_of
from ui.components.desk import Desk, open_desk
from ui.components.messages import empty
from ui.components.wording import dollars

_MONTH_KEY: Final = "month"
_MOST_CLIPS: Final = 200


def draw_header(desk: Desk, months: list[str], this_month: str) -> str:
    """Title, month and verbs; returns the chosen month."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title("Costs", width="content")
        with st.container(horizontal=True, vertical_alignment="bottom", width="content", gap="small"):
            month = st.selectbox(
                "Month",
                months,
                key=_MONTH_KEY,
                bind="query-params",
                format_func=month_name,
                label_visibility="collapsed",
                width=170,
            )
            st.download_button(
                "CSV",
                sheet_of(desk, month),
                file_name=f"costs-{desk.slug}-{month}.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
                help="Every line of the ledger of this month",
            )
            if desk.can_own and st.button("Change budget", icon=":material/tune:", type="primary"):
                with desk.reading() as session:
                    state = budget_state(session, this_month)
                change_budget(desk, this_month, state)
    return month


def named_groups(session: ProfileSession, month: str, by: Grouping) -> list[tuple[str, CostGroup]]:
    """A month's groups with what people call them."""
    groups = cost_groups(session, month, by)
    names = group_names(session, groups, by)
    gone = {"project": "Without a project", "clip": "For several clips"}

    def name(group: CostGroup) -> str:
        if group.key is None:
            return gone.get(by, "Others")
        if isinstance(group.key, str):
            provider, _, model = group.key.partition(" ")
            return f"{provider_title(provider)} · {model}"
        return names.get(group.key, f"Deleted {by}")

    return [(name(group), group) for group in groups]


def draw_table(rows: list[tuple[str, CostGroup]], name: str) -> None:
    """Groups as a table."""
    st.dataframe(
        [
            {name: label, "Calls": group.lines, "Cost": dollars(group.amount_micro_usd)}
            for label, group in rows
        ],
        hide_index=True,
        height="content" if len(rows) < 12 else 420,
        column_config={"Cost": st.column_config.TextColumn(alignment="right")},
        alt=f"Costs by {name.lower()}, the dearest first",
    )


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day of the store's own calendar begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)


desk = open_desk()
now, zone = now_utc(), ZoneInfo(desk.timezone)
with desk.reading() as session:
    this_month = month_of(session.profile, now)
    months = sorted({this_month, *cost_months(session)}, reverse=True)
month = draw_header(desk, months, this_month)
first = date.fromisoformat(f"{month}-01")
following = (first + timedelta(days=31)).replace(day=1)
with desk.reading() as session:
    state, days = budget_state(session, month), provider_days(session, month)
    reused = reused_between(session, midnight(first, zone), midnight(following, zone))
    by_provider, by_project, by_clip = (
        named_groups(session, month, by) for by in ("provider", "project", "clip")
    )
draw_numbers(month, state, reused, now.astimezone(zone).date(), is_current=month == this_month)
if days:
    st.subheader("By day")
    draw_days(days, last=following - timedelta(days=1), total=dollars(state.spent_micro_usd))
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("By project")
        draw_bars([(label, group.amount_micro_usd) for label, group in by_project], name="Project")
    with right:
        st.subheader("By provider and model")
        draw_table(by_provider, "Provider")
    st.subheader("By clip")
    draw_table(by_clip[:_MOST_CLIPS], "Clip")
    if len(by_clip) > _MOST_CLIPS:
        st.caption(f"{len(by_clip) - _MOST_CLIPS:,} more are in the CSV.")
else:
    empty("Nothing was spent", "What Gemini and ElevenLabs charge appears here at once.")
