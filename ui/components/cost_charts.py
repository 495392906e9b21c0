"""Pictures of what a month cost: day by day and by project."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import streamlit as st

from models.costs import ProviderDay
from models.money import usd
from models.secrets import PROVIDER_TITLES

#: More bars than this say less.
MOST_BARS: Final = 10

#: Readable on the light and on the dark page; charts know the theme's colours for bars only.
_ON_BOTH: Final = "#7A8394"

_DOLLARS: Final = {"format": "$,.2f"}


def provider_title(provider: str) -> str:
    """A provider as its maker writes it."""
    return next((title for name, title in PROVIDER_TITLES.items() if name == provider), provider.capitalize())


def draw_days(days: Sequence[ProviderDay], *, last: date, total: str) -> None:
    """One bar for each day of a month, stacked by provider.

    Args:
        days: What was paid.
        last: The month's last day; days without costs keep their place.
        total: The month's sum, for who can't see the bars.
    """
    rows = [
        {
            "Day": cost.day.day,
            "Date": f"{cost.day:%-d %b}",
            "Provider": provider_title(cost.provider),
            "Dollars": float(usd(cost.amount_micro_usd)),
        }
        for cost in days
    ]
    st.vega_lite_chart(
        rows,
        {
            "height": 250,
            "padding": {"left": 0, "right": 0, "top": 0, "bottom": 0},
            "mark": {"type": "bar", "cornerRadiusEnd": 2},
            "encoding": {
                "x": {
                    "field": "Day",
                    "type": "ordinal",
                    "scale": {"domain": list(range(1, last.day + 1))},
                    "axis": {"title": None, "labelAngle": 0, "labelOverlap": True},
                },
                "y": {"field": "Dollars", "type": "quantitative", "axis": {"title": None, **_DOLLARS}},
                "color": {
                    "field": "Provider",
                    "type": "nominal",
                    "legend": {"orient": "top", "title": None, "offset": 6, "padding": 0},
                },
                "tooltip": [
                    {"field": "Date", "type": "nominal"},
                    {"field": "Provider", "type": "nominal"},
                    {"field": "Dollars", "type": "quantitative", "title": "Cost", **_DOLLARS},
                ],
            },
        },
        alt=f"Costs by day and provider, {total} in all",
    )


def draw_bars(amounts: Sequence[tuple[str, int]], *, name: str) -> None:
    """One bar for each thing, the dearest on top; those beyond `MOST_BARS` are added up.

    Args:
        amounts: What each cost in micro-USD, the dearest first.
        name: What they are, as "Project".
    """
    shown, rest = list(amounts[:MOST_BARS]), amounts[MOST_BARS:]
    if rest:
        shown.append((f"{len(rest)} more", sum(amount for _, amount in rest)))
    rows = [{name: label, "Dollars": float(usd(amount))} for label, amount in shown]
    y: dict[str, Any] = {"field": name, "type": "nominal", "sort": [label for label, _ in shown]}
    x = {"field": "Dollars", "type": "quantitative"}
    st.vega_lite_chart(
        rows,
        {
            "height": {"step": 26},
            "encoding": {"y": {**y, "axis": {"title": None, "labelLimit": 180, "ticks": False}}},
            "layer": [
                {
                    "mark": {"type": "bar", "cornerRadiusEnd": 2, "height": 14},
                    "encoding": {"x": {**x, "axis": None}},
                },
                {
                    "mark": {"type": "text", "align": "left", "dx": 5, "color": _ON_BOTH},
                    "encoding": {"x": x, "text": {**x, **_DOLLARS}},
                },
            ],
        },
        alt=f"Costs by {name.lower()}, most for {shown[0][0]}",
    )
