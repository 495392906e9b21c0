"""Whether chosen clips show the store's brand, and as which state of the brand kit."""

from collections.abc import Sequence

import streamlit as st

from models.brand import overlays_of
from models.clip_edits import set_overlays
from models.edit import Overlays
from ui.app_pages.project_steps.script_clips import ScriptedClip
from ui.components.desk import Desk
from ui.components.messages import tried
from ui.components.wording import count


def draw_brand(desk: Desk, clips: Sequence[ScriptedClip]) -> None:
    """Says what the clips show of the brand, with the ways to change that; nothing where there is none."""
    now = overlays_of(desk.profile, desk.storage)
    shown = [clip.edit.overlays for clip in clips]
    if not clips or (now is None and not any(shown)):
        return

    def give(overlays: Overlays | None) -> None:
        with desk.writing() as session:
            for clip in clips:
                set_overlays(session, clip.clip.id, overlays, base=clip.edit.fingerprint)

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(brand_words(shown, now), width="content")
        if (
            now is not None
            and any(each != now for each in shown)
            and st.button("Use the brand kit of today", icon=":material/palette:", type="tertiary")
            and tried(lambda: give(now), done="Brand kit of today: render to see it")
        ):
            st.rerun()
        if (
            any(shown)
            and st.button("Take the brand off", icon=":material/hide_image:", type="tertiary")
            and tried(lambda: give(None), done="Brand taken off: render to see it")
        ):
            st.rerun()


def brand_words(shown: Sequence[Overlays | None], now: Overlays | None) -> str:
    """What clips show of the brand, as a sentence."""
    current = sum(each is not None and each == now for each in shown)
    without = sum(each is None for each in shown)
    older = len(shown) - current - without
    parts = [
        f"{count(number, 'variant')} {'has' if number == 1 else 'have'} {what}"
        for number, what in (
            (current, "the brand kit of today"),
            (older, "an older brand kit"),
            (without, "no logo and end card"),
        )
        if number
    ]
    return ", ".join(parts) + "."
