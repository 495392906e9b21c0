"""The first page of the day: what needs somebody, what runs, what is ready to post."""

from uuid import UUID

import streamlit as st

from models.overview import FailedRun, Overview, ReadyReel, WaitingProject, store_overview
from models.tenant import now_utc
from ui.components.desk import Desk, open_desk
from ui.components.media import download_link, media_url, page_url
from ui.components.messages import empty, error_card, tried
from ui.components.places import go, link
from ui.components.progress import run_progress
from ui.components.wording import age, clock, count, escape

_READY = 6


def draw_header(desk: Desk, overview: Overview) -> None:
    """The store's name, how things stand, and the main verb."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        with st.container(gap=None, width="content"):
            st.title(escape(desk.profile.name))
            st.caption(
                f"{count(len(overview.live), 'run')} under way · "
                f"{count(overview.needs_you, 'thing needs', 'things need')} you"
            )
        if desk.can_edit and st.button(
            "Make reels", type="primary", icon=":material/add:", shortcut="Ctrl+Enter", key="make_reels"
        ):
            go(desk.slug, "projects", new=1)


def draw_needs(desk: Desk, overview: Overview) -> None:
    """Failures with their way on, and clips that wait for a choice."""
    st.subheader("Needs you")
    for failed in overview.failed:
        draw_failed(desk, failed)
    for waiting in overview.waiting:
        draw_waiting(desk, waiting)
    if not overview.needs_you:
        st.caption("Nothing. Everything that ran has ended well, and every project has its picks.")


def draw_failed(desk: Desk, failed: FailedRun) -> None:
    """One failure, its reason and one button."""
    run = failed.run
    stage = f" at “{run.stage}”" if run.stage else ""
    error_card(
        f"{escape(failed.project_name or run.title)}: {escape(run.title)} failed{stage}",
        run.error or "It ended without saying why; its log is under Runs.",
        safe="What was made and paid for is kept and reused",
        action="Resume" if desk.can_edit else None,
        on_action=lambda: resume(desk, run.id),
        key=f"resume_{run.id}",
    )


def resume(desk: Desk, run_id: UUID) -> None:
    """Takes a run up again where it failed."""
    tried(lambda: desk.gateway.resume(desk.member, run_id), done="Started again")


def draw_waiting(desk: Desk, waiting: WaitingProject) -> None:
    """A project whose clips nobody has looked through."""
    with st.container(
        border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.markdown(
            f":material/rule: **{escape(waiting.name)}**: {count(waiting.clips, 'variant')} "
            f"{'waits' if waiting.clips == 1 else 'wait'} for your pick",
            width="content",
        )
        link(desk.slug, "project", "Review", project=waiting.project_id, step="variants")


def draw_ready(desk: Desk, overview: Overview) -> None:
    """Finished files as posters; a click opens the project, one more saves the file."""
    st.subheader("Ready to post")
    if not overview.ready:
        empty("No finished reels yet", "Finals appear here as soon as one has passed its checks.")
        return
    now = now_utc()
    with st.grid("auto", min_column_width=150, gap="small") as grid:
        for reel in overview.ready:
            with grid.cell():
                draw_reel(desk, reel, age(reel.export.created_at, now, desk.timezone))


def draw_reel(desk: Desk, reel: ReadyReel, when: str) -> None:
    """One finished reel."""
    with st.container(gap="xxsmall"):
        st.image(
            media_url(desk, "poster", reel.clip.id),
            width="stretch",
            alt=f"{reel.project_name}, {reel.clip.name}",
            link=page_url(desk, "project", project=reel.clip.project_id, step="export"),
        )
        st.markdown(f"**{escape(reel.project_name)}**")
        st.caption(f"{clock(reel.export.duration_s)} · {reel.export.preset} · {when}")
        download_link(desk, "Save", "export", reel.export.id)


desk = open_desk()
with desk.reading() as session:
    overview = store_overview(session, now_utc(), most=_READY)
if overview.is_empty:
    go(desk.slug, "welcome")
draw_header(desk, overview)
left, right = st.columns([3, 2], gap="large")
with left:
    draw_needs(desk, overview)
with right:
    st.subheader("Running now")
    run_progress(desk, key="dashboard", idle="Nothing is running.")
draw_ready(desk, overview)
