"""A clip's cuts as a strip: each as wide as it is long, dragged to another place, its boundaries moved.

Everything that a pointer does here the arrow keys do too; the page has the same as buttons and numbers.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class StripCut:
    """One cut on the strip."""

    picture: str
    """Address of a frame of it."""
    title: str
    """What it is, for those who don't see it."""
    duration_s: float
    earliest_s: float
    """How far its boundary with the next cut can move, in seconds, 0 or less."""
    latest_s: float
    """The same for later, 0 or more."""


@dataclass(frozen=True, slots=True)
class StripEvent:
    """What was done on the strip since the last rerun; each at most once."""

    selected: int | None = None
    """The cut that was clicked."""
    order: tuple[int, ...] | None = None
    """Today's positions in the order wanted."""
    boundary: tuple[int, float] | None = None
    """A cut, and by how many seconds its boundary with the next one was moved."""


@cache
def _component() -> Any:
    """Registered once per process, as Streamlit asks."""
    html, css, js = (
        (_HERE / f"cut_strip.{part}").read_text(encoding="utf-8") for part in ("html", "css", "js")
    )
    return st.components.v2.component("reelflow_cut_strip", html=html, css=css, js=js)


def cut_strip(cuts: Sequence[StripCut], *, selected: int, can_edit: bool, key: str) -> StripEvent:
    """Draws the strip; returns what was done on it.

    Args:
        cuts: In their order.
        selected: Position of the one that the page shows.
        can_edit: Whether cuts can be moved.
        key: Unique on the page.
    """
    result = _component()(
        key=key,
        data={"cuts": [asdict(cut) for cut in cuts], "selected": selected, "can_edit": can_edit},
        on_selected_change=lambda: None,
        on_order_change=lambda: None,
        on_boundary_change=lambda: None,
    )
    moved = result.boundary
    return StripEvent(
        selected=result.selected,
        order=tuple(result.order) if result.order else None,
        boundary=(moved["index"], moved["by_s"]) if moved else None,
    )
