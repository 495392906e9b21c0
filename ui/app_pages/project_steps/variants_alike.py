"""How alike the variants are: seconds of the same footage that each two of them show."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import altair as alt
import streamlit as st

from models.edit import Edit
from models.edit_overlap import shared_s
from ui.components.wording import escape

#: What planning keeps any two variants below, where the footage allows; a test holds it to the planner's.
MOST_SHARED = 0.35

#: Width and height of a cell.
_CELL_PX = (96, 36)

#: For the names on the left.
_NAMES_PX = 90

#: From this share on a cell is dark enough for white letters.
_DARK = 0.5


@dataclass(frozen=True, slots=True)
class Pair:
    """Two variants and what both show."""

    first: str
    second: str
    shared_s: float
    share: float
    """Of the shorter one, 0 to 1."""


def pairs(edits: Mapping[str, Edit]) -> list[Pair]:
    """Each two of some edits by name, the most alike first."""
    found = []
    for (first, one), (second, other) in combinations(edits.items(), 2):
        seconds = shared_s(one, other)
        found.append(Pair(first, second, seconds, seconds / min(one.duration_s, other.duration_s)))
    return sorted(found, key=lambda pair: -pair.share)


def draw_alike(edits: Mapping[str, Edit]) -> None:
    """Draws a sentence about the most alike two, and the matrix of all."""
    found = pairs(edits)
    most = found[0]
    st.subheader("How alike they are")
    st.caption(_sentence(most))
    if most.shared_s:
        _draw_matrix(edits, found)


def _sentence(most: Pair) -> str:
    if not most.shared_s:
        return "No two variants on this page share a single second."
    limit = "above" if most.share > MOST_SHARED else "within"
    return (
        f"Most alike: {escape(most.first)} and {escape(most.second)} share {most.shared_s:.1f} s, "
        f"{most.share:.0%} of the shorter one, {limit} the {MOST_SHARED:.0%} that planning aims for."
    )


def _draw_matrix(edits: Mapping[str, Edit], found: list[Pair]) -> None:
    names = list(edits)
    cells = [(pair.first, pair.second, pair) for pair in found]
    cells += [(pair.second, pair.first, pair) for pair in found]
    table = alt.InlineData(
        values=[
            {
                "one": one,
                "other": other,
                "share": pair.share,
                "label": f"{pair.shared_s:.1f} s" if pair.shared_s else "–",
            }
            for one, other, pair in cells
        ]
    )
    across, down = _axis("top"), _axis("left")
    scale = alt.Scale(paddingInner=0.05)
    base = alt.Chart(table).encode(
        x=alt.X("one:N", sort=names, scale=scale, axis=across),
        y=alt.Y("other:N", sort=names, scale=scale, axis=down),
        tooltip=[
            alt.Tooltip("one:N", title="Variant"),
            alt.Tooltip("other:N", title="and"),
            alt.Tooltip("label:N", title="share"),
            alt.Tooltip("share:Q", title="of the shorter one", format=".0%"),
        ],
    )
    squares = base.mark_rect(cornerRadius=4).encode(
        color=alt.Color(
            "share:Q", scale=alt.Scale(domain=[0, 1], range=["#4F46E512", "#4F46E5"]), legend=None
        )
    )
    ink = "#EDEEF1" if st.context.theme.type == "dark" else "#16181D"
    words = base.mark_text(fontSize=12).encode(
        text="label:N",
        color=alt.condition(f"datum.share > {_DARK}", alt.value("white"), alt.value(ink)),
    )
    width, height = (side * len(names) for side in _CELL_PX)
    # As wide as it needs to be, and on a phone no wider than the page.
    with st.container(width=width + _NAMES_PX):
        st.altair_chart(
            (squares + words).properties(height=height),
            width="stretch",
            alt="; ".join(
                f"{pair.first} and {pair.second} share {pair.shared_s:.1f} s" for pair in found[:12]
            ),
        )


def _axis(orient: Literal["top", "left"]) -> alt.Axis:
    """Names only, each of them."""
    return alt.Axis(
        title=None,
        orient=orient,
        labelAngle=0,
        labelLimit=_CELL_PX[0],
        labelOverlap=False,
        domain=False,
        ticks=False,
    )
