"""A span of footage playing in an exact loop, its frames below; frames only where browsers can't play it.

Streamlit's own player starts and ends at whole seconds; segments and cuts begin and end at frames.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import streamlit as st

from ui.components.desk import Desk
from ui.components.footage_facts import why_unplayable
from ui.components.media import media_url
from ui.components.stills import spread_times, still_url
from ui.components.wording import clock

_HERE = Path(__file__).parent
_FRAMES = 6


@cache
def _component() -> Any:
    """Registered once per process, as Streamlit asks."""
    html, css, js = (
        (_HERE / f"span_player.{part}").read_text(encoding="utf-8") for part in ("html", "css", "js")
    )
    return st.components.v2.component("reelflow_span_player", html=html, css=css, js=js)


def span_player(
    desk: Desk,
    footage_id: UUID,
    start_s: float,
    end_s: float,
    *,
    probe: Mapping[str, Any],
    storage_key: str,
    name: str,
    key: str,
) -> None:
    """Draws the player; a click on a frame goes there.

    Args:
        desk: Whose footage.
        footage_id: Which.
        start_s: Start of the span, in seconds of the footage.
        end_s: Its end.
        probe: What the prober found in it.
        storage_key: Its file in the library; only the ending matters here.
        name: What the user calls it.
        key: Unique on the page.
    """
    reason = why_unplayable(probe, storage_key)
    _component()(
        key=key,
        data={
            "video": media_url(desk, "footage", footage_id) if reason is None else None,
            "start_s": start_s,
            "end_s": end_s,
            "aspect": probe["display_width"] / probe["display_height"],
            "frames": [
                {"url": still_url(desk, footage_id, at_s), "at_s": at_s}
                for at_s in spread_times(start_s, end_s, _FRAMES)
            ],
            "label": f"{name} from {clock(start_s)}, {end_s - start_s:.1f} s in a loop",
            "note": f"{reason or 'This browser can’t play it'}: frames are shown. Drafts and finals play.",
        },
    )
