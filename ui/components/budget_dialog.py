"""Changing what a month may cost: owners only, from the current month on."""

import streamlit as st

from models.access import Role
from models.budget import BudgetState, month_name, set_budget
from models.money import MAX_USD, MICRO_PER_USD
from ui.components.desk import Desk
from ui.components.messages import tried
from ui.components.wording import money


@st.dialog("Change the budget")
def change_budget(desk: Desk, month: str, state: BudgetState) -> None:
    """Asks for the most that a month may cost. Call it in a button's branch.

    Args:
        desk: Whose.
        month: The current one.
        state: Where it stands.
    """
    has_limit = st.toggle("Limit what a month may cost", value=state.limit_micro_usd is not None)
    dollars = st.number_input(
        "Dollars a month",
        min_value=0.0,
        max_value=float(MAX_USD),
        value=(state.limit_micro_usd or 0) / MICRO_PER_USD or 25.0,
        step=5.0,
        format="%.2f",
        disabled=not has_limit,
    )
    limit = round(dollars * MICRO_PER_USD) if has_limit else None
    booked = state.spent_micro_usd + state.reserved_micro_usd
    if limit is None:
        words = "Paid calls are made whatever they add up to; each run still keeps to its own quote."
    elif limit <= booked:
        words = f"{money(booked)} are spent or held already: no further paid call is made this month."
    else:
        words = f"{money(limit - booked)} would be left for {month_name(month)}."
    st.caption(words.replace("$", r"\$"))
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="budget_cancel"):
            st.rerun()
        is_wanted = st.button("Save budget", type="primary", key="budget_save")

    def save() -> None:
        desk.member.require(Role.OWNER)
        set_budget(desk.database, desk.profile.id, limit)

    if is_wanted and tried(save):
        st.rerun()
