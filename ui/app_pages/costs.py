"""What was spent on what."""

import streamlit as st

from models.budget import month_name
from models.costs import cost_groups
from ui.components.desk import open_desk
from ui.components.messages import empty
from ui.components.spending import month_budget
from ui.components.wording import money

desk = open_desk()
st.title("Costs")
month, budget = month_budget(desk)
with desk.reading() as session:
    groups = cost_groups(session, month, "provider")
with st.grid(3):
    st.metric(month_name(month), money(budget.spent_micro_usd), border=True)
    left = budget.left_micro_usd
    st.metric("Left", "no limit" if left is None else money(left), border=True)
    st.metric("Held by running calls", money(budget.reserved_micro_usd), border=True)
if groups:
    st.dataframe(
        [
            {"Provider": group.key, "Calls": group.lines, "Amount": money(group.amount_micro_usd)}
            for group in groups
        ],
        hide_index=True,
        alt="This month's costs by provider",
    )
else:
    empty("Nothing was spent this month", "What Gemini and ElevenLabs charge appears here at once.")
