"""The first steps: check the installation, try the sample, go on with one's own footage."""

import streamlit as st
from sqlmodel import select

from models.listing import ClipLine, list_clips
from models.overview import live_runs
from models.project import Project
from ui.components.desk import Desk, open_desk
from ui.components.findings import draw_findings
from ui.components.media import download_link, media_url
from ui.components.messages import tried
from ui.components.places import go, link
from ui.components.progress import run_progress
from ui.sample import PROJECT, sample_files, sample_script

_SAMPLE_VARIANTS = 1


def draw_check(_desk: Desk) -> None:
    """Step one."""
    st.subheader("1 · Check")
    st.caption("What reels need on this machine.")
    draw_findings(key="welcome", is_short=True)


def draw_sample(desk: Desk) -> None:
    """Step two: a reel without keys and without a question."""
    st.subheader("2 · Try the sample")
    st.caption("One reel from the footage that comes with Reelflow: about a minute, costs nothing.")
    reel, is_running = sample_state(desk)
    if reel is not None:
        st.video(media_url(desk, "export", reel.finals[0].id), alt="Your first reel")
        with st.container(horizontal=True):
            download_link(desk, "Save", "export", reel.finals[0].id)
            link(desk.slug, "project", "Open the project", project=reel.project_id, step="export")
    elif is_running:
        run_progress(desk, key="welcome")
    elif st.button(
        "Try the sample", type="primary", icon=":material/play_arrow:", disabled=not desk.can_edit
    ) and tried(lambda: start_sample(desk)):
        st.rerun()


def draw_own(desk: Desk) -> None:
    """Step three."""
    st.subheader("3 · Your own footage")
    st.caption("Make a project, drop your videos into it, and see what it would cost before it does.")
    if st.button("New project", icon=":material/add:", disabled=not desk.can_edit, key="welcome_new"):
        go(desk.slug, "projects", new=1)


def sample_state(desk: Desk) -> tuple[ClipLine | None, bool]:
    """The sample's reel when it is finished, and whether something is running now."""
    with desk.reading() as session:
        is_running = bool(live_runs(session, most=1))
        project_id = session.exec(select(Project.id).where(Project.name == PROJECT)).first()
        clips = list_clips(session, project_id=project_id, sort="variant").items if project_id else ()
    return next((clip for clip in clips if clip.finals), None), is_running


def start_sample(desk: Desk) -> None:
    """Starts the run; its row is there at once."""
    desk.gateway.start(
        desk.member,
        "make_reels",
        {
            "files": [str(file) for file in sample_files()],
            "project": PROJECT,
            "script": sample_script(),
            "variants": _SAMPLE_VARIANTS,
        },
        title="make the sample reel",
    )


desk = open_desk()
st.title("Welcome to Reelflow")
st.caption("Product footage in, finished reels out. Three steps to your own first one.")
for column, draw in zip(st.columns(3, gap="large"), (draw_check, draw_sample, draw_own), strict=True):
    with column:
        draw(desk)
