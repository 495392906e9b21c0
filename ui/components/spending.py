"""This month's money in one glance."""

import streamlit as st

from models.budget import BudgetState, budget_state, month_name, month_of
from models.tenant import now_utc
from ui.components.desk import Desk
from ui.components.wording import money


def month_budget(desk: Desk) -> tuple[str, BudgetState]:
    """The store's current month, as "2026-11", and where it stands."""
    with desk.reading() as session:
        month = month_of(session.profile, now_utc())
        return month, budget_state(session, month)


def spend_bar(desk: Desk) -> None:
    """Spent and held money against the month's budget."""
    month, budget = month_budget(desk)
    st.progress(_share(budget), text=_sentence(month_name(month).split()[0], budget))


def _share(budget: BudgetState) -> float:
    if not budget.limit_micro_usd:
        return 0.0
    return min(1.0, (budget.spent_micro_usd + budget.reserved_micro_usd) / budget.limit_micro_usd)


def _sentence(month: str, budget: BudgetState) -> str:
    spent = f"**{money(budget.spent_micro_usd)}**"
    limit = "no limit" if budget.limit_micro_usd is None else f"of {money(budget.limit_micro_usd)}"
    held = f" · {money(budget.reserved_micro_usd)} held" if budget.reserved_micro_usd else ""
    return f"{month} {spent} {limit}{held}".replace("$", r"\$")
