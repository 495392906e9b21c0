"""Step 5: how the captions look, on a real frame."""

import streamlit as st

from models.edit import CaptionStyle
from models.project import Project
from ui.components.desk import Desk


def draw(desk: Desk, project: Project) -> None:
    """Draws the step."""
    style = CaptionStyle.model_validate(desk.profile.caption_style)
    st.caption(f"{project.name} uses {style.font_family}, {style.words_per_page} words at a time.")
