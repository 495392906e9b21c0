"""Step 3: the clips side by side, playing; pick the ones to finish."""

import streamlit as st
from sqlmodel import col, select

from models.clip import Clip
from models.listing import list_clips
from models.project import Project
from ui.components.desk import Desk
from ui.components.media import clip_player
from ui.components.messages import empty
from ui.components.progress import run_progress
from ui.components.wording import clock, escape


def draw(desk: Desk, project: Project) -> None:
    """Draws the step."""
    run_progress(desk, key=f"variants_{project.id}", project_id=project.id)
    with desk.reading() as session:
        page = list_clips(session, project_id=project.id, sort="variant", size=60)
        wanted = [line.id for line in page.items]
        clips = {clip.id: clip for clip in session.exec(select(Clip).where(col(Clip.id).in_(wanted)))}
    if not page.items:
        empty("No variants yet", "Generate them from the project's segments.")
        return
    with st.grid("auto", min_column_width=200) as grid:
        for line in page.items:
            with grid.cell(), st.container(gap="xxsmall"):
                clip_player(desk, clips[line.id])
                picked = " :violet-badge[:material/check: picked]" if line.is_picked else ""
                st.markdown(f"**{escape(line.name)}**{picked}")
                score = "" if line.score is None else f" · score {line.score:.0f}"
                st.caption(f"{clock(line.duration_s)}{score}")
