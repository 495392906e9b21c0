"""What a profile's reels start from and who may make them: a section at a time, kept in the address."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from ui.app_pages.settings_sections import brand, captions, health, keys, members, schedules, voice
from ui.components.desk import Desk, open_desk
from ui.components.places import go

_SECTIONS: Final[dict[str, tuple[str, str, Callable[[Desk], None]]]] = {
    "brand": ("Brand", ":material/palette:", brand.draw),
    "voice": ("Voice and analysis", ":material/record_voice_over:", voice.draw),
    "captions": ("Captions", ":material/subtitles:", captions.draw),
    "keys": ("Keys", ":material/key:", keys.draw),
    "schedules": ("Schedules", ":material/event_repeat:", schedules.draw),
    "members": ("Members", ":material/group:", members.draw),
    "health": ("Doctor", ":material/monitor_heart:", health.draw),
}


def choose_section() -> str:
    """The sections as one row; the one that is open stays in the address."""
    wanted = st.query_params.get("section", "brand")
    section = wanted if wanted in _SECTIONS else "brand"
    chosen = st.segmented_control(
        "Section",
        list(_SECTIONS),
        default=section,
        required=True,
        format_func=lambda name: f"{_SECTIONS[name][1]} {_SECTIONS[name][0]}",
        # Another key for each address: a link to a section must not be overruled by an earlier click.
        key=f"section_{section}",
        label_visibility="collapsed",
        wrap=True,
    )
    if chosen and chosen != section:
        go(st.query_params["profile"], "settings", section=chosen)
    return section


desk = open_desk()
st.title("Settings")
if not desk.can_edit:
    st.caption("You can look at these settings; an editor or owner of this profile can change them.")
_SECTIONS[choose_section()][2](desk)
