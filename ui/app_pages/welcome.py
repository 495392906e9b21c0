"""The first steps: check the installation, try the sample, go on with one's own footage."""

import streamlit as st

from models.provider_settings import provider_settings
from models.run import Run, RunState
from ui.components.desk import Desk, open_desk
from ui.components.findings import draw_findings
from ui.components.making import draw_making, made_clips
from ui.components.places import go
from ui.components.starting import start_run
from ui.sample import KIND, sample_parameters, sample_run


def draw_check(_desk: Desk) -> None:
    """Step one."""
    st.subheader("1 · Check")
    st.caption("What reels need on this machine.")
    draw_findings(key="welcome", is_short=True)


def draw_sample(desk: Desk) -> None:
    """Step two: a reel without keys and without a question."""
    st.subheader("2 · Try the sample")
    chosen = provider_settings(desk.profile)
    price = ", costs nothing" if (chosen.analyser, chosen.voice) == ("offline", "offline") else ""
    st.caption(f"One reel from the footage that comes with Reelflow: about a minute{price}.")
    with desk.reading() as session:
        run = sample_run(session)
    if run is not None and not is_gone(desk, run):
        draw_making(desk, run, key="sample")
    elif st.button(
        "Try the sample", type="primary", icon=":material/play_arrow:", disabled=not desk.can_edit
    ):
        start_run(
            desk,
            KIND,
            sample_parameters(),
            title="make the sample reel",
            heading="Make the sample reel",
            what="One reel of the footage that comes with Reelflow.",
        )


def draw_own(desk: Desk) -> None:
    """Step three."""
    st.subheader("3 · Your own footage")
    st.caption("Drop your videos, say what you want, and see what it would cost before it does.")
    with st.container(horizontal=True, gap="small"):
        with desk.reading() as session:
            tried = sample_run(session)
        is_next = tried is not None and tried.state is RunState.COMPLETED
        if st.button(
            "Make reels",
            type="primary" if is_next else "secondary",
            icon=":material/add:",
            disabled=not desk.can_edit,
            key="welcome_make",
        ):
            go(desk.slug, "make")
        if st.button("New project", disabled=not desk.can_edit, type="tertiary", key="welcome_new"):
            go(desk.slug, "projects", new=1)


def is_gone(desk: Desk, run: Run) -> bool:
    """Whether the sample was made and its reel deleted since, so that it can be tried again."""
    return run.state is RunState.COMPLETED and not made_clips(desk, run)


desk = open_desk()
st.title("Welcome to Reelflow")
st.caption("Product footage in, finished reels out. Three steps to your own first one.")
for column, draw in zip(st.columns(3, gap="large"), (draw_check, draw_sample, draw_own), strict=True):
    with column:
        draw(desk)
