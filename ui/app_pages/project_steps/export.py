"""Step 7: the finished files, to look at and to save."""

import streamlit as st

from models.listing import list_clips
from models.project import Project
from ui.components.desk import Desk
from ui.components.media import download_link, media_url
from ui.components.messages import empty
from ui.components.wording import clock, data_size, escape


def draw(desk: Desk, project: Project) -> None:
    """Draws the step."""
    with desk.reading() as session:
        page = list_clips(session, project_id=project.id, sort="variant", size=60)
    finals = [(line, final) for line in page.items for final in line.finals]
    if not finals:
        empty("No finished files yet", "Render a picked variant first.")
        return
    with st.grid("auto", min_column_width=220) as grid:
        for line, final in finals:
            with grid.cell(), st.container(gap="xxsmall"):
                st.video(media_url(desk, "export", final.id), alt=f"{line.name}, {final.preset}")
                st.markdown(f"**{escape(line.name)}** · {final.preset}")
                st.caption(f"{clock(final.duration_s)} · {data_size(final.bytes)}")
                with st.container(horizontal=True, gap="xsmall"):
                    download_link(desk, "MP4", "export", final.id)
                    download_link(desk, "SRT", "srt", final.id)
                    download_link(desk, "VTT", "vtt", final.id)
                    download_link(desk, "Manifest", "manifest", final.id)
