"""Step 6: finals per preset, with their checks."""

import streamlit as st

from models.listing import list_clips
from models.project import Project
from ui.components.desk import Desk
from ui.components.messages import empty
from ui.components.progress import run_progress
from ui.components.wording import clock, count, escape


def draw(desk: Desk, project: Project) -> None:
    """Draws the step."""
    run_progress(desk, key=f"render_{project.id}", project_id=project.id)
    with desk.reading() as session:
        page = list_clips(session, project_id=project.id, is_picked=True, sort="variant", size=60)
    if not page.items:
        empty("Nothing is picked", "Pick a variant, then render its finals here.")
        return
    for line in page.items:
        st.markdown(
            f"**{escape(line.name)}** · {clock(line.duration_s)} · {count(len(line.finals), 'final')}"
        )
