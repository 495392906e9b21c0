"""The first page of the day: what needs somebody, what runs, what is ready to post."""

import streamlit as st
from sqlmodel import select

from models.budget import month_name
from models.dashboard import Dashboard, PickWait, ReadyFinal, dashboard
from models.listing import RunLine
from models.project import Project
from models.run import Run
from models.tenant import now_utc
from ui.components.desk import Desk, open_desk
from ui.components.media import download_link, media_url
from ui.components.messages import empty
from ui.components.places import go, link
from ui.components.progress import run_progress
from ui.components.run_failure import ended_card
from ui.components.wording import age, clock, count, escape, money
from ui.formats import format_title

_MOST = 8


def draw_header(desk: Desk, seen: Dashboard) -> None:
    """The store's name, how things stand, and the main verb."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        with st.container(gap=None, width="content"):
            st.title(escape(desk.profile.name))
            st.caption(standing(seen).replace("$", r"\$"))
        if desk.can_edit and st.button(
            "Make reels",
            type="primary",
            icon=":material/add:",
            shortcut="Ctrl+Enter",
            key="make_reels",
            help="Choose footage, say what you want, see the price: reels come out.",
        ):
            go(desk.slug, "make")


def standing(seen: Dashboard) -> str:
    """As "November $5.34 of $40.00 · 1 run under way · 2 things need you"."""
    limit = seen.budget.limit_micro_usd
    most = "" if limit is None else f" of {money(limit)}"
    needs = len(seen.failed) + len(seen.picks)
    return (
        f"{month_name(seen.month).split()[0]} {money(seen.budget.spent_micro_usd)}{most} · "
        f"{count(len(seen.live), 'run')} under way · {count(needs, 'thing needs', 'things need')} you"
    )


def draw_needs(desk: Desk, seen: Dashboard) -> None:
    """Failures with their way on, and clips that wait for a choice."""
    st.subheader("Needs you")
    for failed in seen.failed:
        draw_failed(desk, failed)
    for waiting in seen.picks:
        draw_waiting(desk, waiting)
    if not (seen.failed or seen.picks):
        st.caption("Nothing. Everything that ran has ended well, and every project has its picks.")


def draw_failed(desk: Desk, failed: RunLine) -> None:
    """One failure with its one button, and the way to look closer."""
    ended_card(desk, failed.id, key="dashboard")
    link(desk.slug, "runs", "What happened, stage by stage", icon=":material/article:", run=failed.id)


def draw_waiting(desk: Desk, waiting: PickWait) -> None:
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


def draw_ready(desk: Desk, seen: Dashboard) -> None:
    """Finished files as posters; their names open the project, a button saves the file."""
    st.subheader("Ready to post")
    if not seen.ready:
        empty("No finished reels yet", "Finals appear here as soon as one has passed its checks.")
        return
    now = now_utc()
    with st.grid("auto", min_column_width=150, gap="small") as grid:
        for reel in seen.ready:
            with grid.cell():
                draw_reel(desk, reel, age(reel.final.created_at, now, desk.timezone))


def draw_reel(desk: Desk, reel: ReadyFinal, when: str) -> None:
    """One finished reel."""
    clip, final = reel.clip, reel.final
    with st.container(gap="xxsmall"):
        st.image(
            media_url(desk, "poster", clip.id),
            width="stretch",
            alt=f"{clip.project_name}, {clip.name}",
        )
        # A picture's own link would open another tab.
        name = f"**{escape(clip.project_name)}**"
        link(desk.slug, "project", name, project=clip.project_id, step="export")
        score = "" if clip.score is None else f"score {clip.score:.0f} · "
        facts = f"{score}{clock(final.duration_s)} · {money(clip.cost_micro_usd)}".replace("$", r"\$")
        st.caption(f"{facts}  \n{format_title(final.preset)} · {when}")
        download_link(desk, "Save", "export", final.id)


def is_new(desk: Desk) -> bool:
    """Whether nothing was ever made or tried here."""
    with desk.reading() as session:
        return not (session.exec(select(Run.id)).first() or session.exec(select(Project.id)).first())


desk = open_desk()
if is_new(desk):
    go(desk.slug, "welcome")
with desk.reading() as session:
    seen = dashboard(session, most=_MOST)
draw_header(desk, seen)
left, right = st.columns([3, 2], gap="large")
with left:
    draw_needs(desk, seen)
with right:
    st.subheader("Running now")
    run_progress(desk, key="dashboard", idle="Nothing is running.")
draw_ready(desk, seen)
