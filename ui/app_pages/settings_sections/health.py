"""Doctor: whether everything that this profile's reels need is in place."""

import streamlit as st

from ui.components.desk import Desk
from ui.components.findings import draw_findings


def draw(_desk: Desk) -> None:
    """Draws the section."""
    with st.container(width=760):
        draw_findings(key="settings")
