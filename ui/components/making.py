"""Reels in the making and made: what a run is at, then its reels, playing, each with its file.

Watched on the page where they were asked for, so that nobody has to go looking.
"""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import streamlit as st
from sqlmodel import select

from models.clip import Clip
from models.errors import NotFound
from models.listing import ClipLine, list_clips
from models.project import Project
from models.run import FINAL_STATES, EventLevel, Run, RunEvent, RunState
from models.run_story import RunStory, run_story
from ui.components.advice import in_panel
from ui.components.desk import Desk, open_desk
from ui.components.finals import newest_finals
from ui.components.media import download_link, media_url
from ui.components.places import link
from ui.components.progress import stop_run
from ui.components.run_failure import ended_card
from ui.components.run_words import sentence_case
from ui.components.wording import clock, escape, span
from ui.formats import format_title

_EVERY_S = 1.0

#: As many clips as one run can make, and more.
_MOST = 60


def draw_making(
    desk: Desk, run: Run, *, key: str, width_px: int = 230, on_resumed: Callable[[UUID], object] | None = None
) -> bool:
    """Draws a run until its reels play; returns whether it is over.

    Args:
        desk: Whose.
        run: One that makes reels.
        key: Unique on the page.
        width_px: Least width of a player.
        on_resumed: Called with the new run's id when it failed and was taken up again.
    """
    if run.state not in FINAL_STATES:
        _draw_live(run.id, key)
        return False
    if run.state is RunState.COMPLETED:
        _draw_reels(desk, run, width_px)
    else:
        ended_card(desk, run.id, key=key, on_resumed=on_resumed)
    return True


def made_clips(desk: Desk, run: Run) -> list[ClipLine]:
    """The clips that a run made and that have a finished file."""
    if run.project_id is None:
        return []
    with desk.reading() as session:
        mine = set(session.exec(select(Clip.id).where(Clip.run_id == run.id)).all())
        lines = list_clips(session, project_id=run.project_id, sort="variant", size=_MOST).items
    return [line for line in lines if line.id in mine and line.finals]


def _draw_live(run_id: UUID, key: str) -> None:
    @st.fragment(run_every=_EVERY_S, key=f"making_{key}")
    def live() -> None:
        here = open_desk()
        try:
            with here.reading() as session:
                story = run_story(session, run_id)
        except NotFound:
            st.rerun()
        if story.run.state in FINAL_STATES:
            st.rerun()
        _draw_progress(here, story, key)

    live()


def _draw_progress(desk: Desk, story: RunStory, key: str) -> None:
    run = story.run
    stage = run.stage or ("waits for its turn" if run.state is RunState.PENDING else "starting")
    left = "" if story.left_s is None else f" · about {span(story.left_s)} to go"
    st.progress(run.progress, text=f"**{sentence_case(stage)}** · {run.progress:.0%}{left}")
    entered = [stage.name for stage in story.stages if stage.name and stage.started_at]
    if len(entered) > 1:
        st.caption(f"Done: {', '.join(entered[:-1])}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("You can close this page; the run goes on.", width="content")
        if desk.can_edit:
            stop = partial(stop_run, desk, run.id)
            st.button("Cancel run", key=f"stop_{key}", type="tertiary", on_click=stop)


def _draw_reels(desk: Desk, run: Run, width_px: int) -> None:
    lines = made_clips(desk, run)
    if not lines:
        st.caption("Its reels are not there any more.")
        return
    with desk.reading() as session:
        project = session.get(Project, (session.profile_id, lines[0].project_id))
        warned = session.exec(
            select(RunEvent.message).where(RunEvent.run_id == run.id, RunEvent.level == EventLevel.WARNING)
        ).all()
    with st.grid("auto", min_column_width=width_px, gap="medium") as grid:
        for number, line in enumerate(lines):
            for final in newest_finals(line):
                with grid.cell(), st.container(gap="xsmall"):
                    st.video(
                        media_url(desk, "export", final.id),
                        autoplay=number == 0 and len(lines) == 1,
                        muted=len(lines) == 1,
                        alt=f"{line.name} for {format_title(final.preset)}",
                    )
                    st.caption(
                        f"{escape(line.name)} · {format_title(final.preset)} · {clock(final.duration_s)}"
                    )
                    download_link(desk, "Save", "export", final.id)
    if warned:
        st.caption(f":orange[:material/warning:] {' '.join(escape(in_panel(message)) for message in warned)}")
    with st.container(horizontal=True, gap="small"):
        if project is not None:
            label = f"Open {escape(project.name)}"
            link(desk.slug, "project", label, icon=":material/movie:", project=project.id, step="export")
