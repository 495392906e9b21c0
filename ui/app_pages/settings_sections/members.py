"""Members: who may enter this profile."""

import streamlit as st

from ui.components.desk import Desk
from ui.components.members import draw_members


def draw(desk: Desk) -> None:
    """Draws the section."""
    if desk.identity.is_local:
        st.info(
            "Sign-in is off: whoever opens this panel on this machine owns every profile. Members count once "
            "it is on; the guide says how to turn it on.",
            icon=":material/lock_open:",
        )
    with st.container(width=760):
        draw_members(desk)
