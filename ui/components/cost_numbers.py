"""A month's money in a row of numbers, with what stands out about it in words."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import streamlit as st

from models.budget import BudgetState, month_name
from models.costs import forecast
from models.reuse import Reuse
from ui.components.wording import count, dollars, money

_REUSED: Final = {"voice": "voice-over", "transcript": "transcript", "analysis": "analysis answer"}


def draw_numbers(
    month: str, state: BudgetState, reused: Sequence[Reuse], today: date, *, is_current: bool
) -> None:
    """Draws what is spent, left, held, expected and reused.

    Args:
        month: As "2026-11".
        state: Where it stands.
        reused: What was not paid for again.
        today: In the store's own calendar.
        is_current: Whether it is the month of today.
    """
    expected = forecast(state.spent_micro_usd, month, today)
    limit, left = state.limit_micro_usd, state.left_micro_usd
    with st.grid("auto", min_column_width=165, gap="small"):
        st.metric(
            "Spent", money(state.spent_micro_usd), border=True, height="stretch",
            help="Charged by providers, to the last call.",
        )  # fmt: skip
        if is_current:
            st.metric("Left", "no limit" if left is None else money(left), border=True, height="stretch")
        else:
            st.metric("Budget", "no limit" if limit is None else money(limit), border=True, height="stretch")
        st.metric(
            "Held", money(state.reserved_micro_usd), border=True, height="stretch",
            help="Set aside by calls under way; what they do not use comes back.",
        )  # fmt: skip
        if is_current:
            st.metric(
                "Forecast", money(expected.expected_micro_usd), border=True, height="stretch",
                help=f"If each day costs what the {expected.days_begun} so far did.",
            )  # fmt: skip
        saved = sum(reuse.saved_micro_usd or 0 for reuse in reused)
        times = sum(reuse.times for reuse in reused)
        again = count(times, "time") if times else "nothing yet"
        st.metric(
            "Reused", money(saved) if saved else again, border=True, height="stretch",
            help="Paid for earlier, used again and not paid again.",
        )  # fmt: skip
    if is_current and limit is not None and expected.expected_micro_usd > limit:
        over = dollars(expected.expected_micro_usd - limit)
        st.warning(
            f"At this pace {month_name(month)} would cost {over} more than its budget. Paid calls stop when "
            "it is used up; what was made stays, and runs can be resumed.".replace("$", r"\$"),
            icon=":material/trending_up:",
        )
    if reused:
        parts = [reuse_words(reuse) for reuse in reused]
        st.caption(f"Not paid again: {', '.join(parts)}.".replace("$", r"\$"))


def reuse_words(reuse: Reuse) -> str:
    """As "12 voice-overs ($0.84)"."""
    saved = f" ({dollars(reuse.saved_micro_usd)})" if reuse.saved_micro_usd else ""
    return f"{count(reuse.times, _REUSED[reuse.what])}{saved}"
