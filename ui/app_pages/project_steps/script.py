"""Step 4: what is said over the clip, and by which voice."""

import streamlit as st

from models.project import Project
from ui.components.desk import Desk


def draw(desk: Desk, project: Project) -> None:
    """Draws the step."""
    st.text_area("Script", key=f"script_{project.id}", disabled=not desk.can_edit)
