"""Runs under way, kept up to date on their own: stage, share, time so far and what is usual."""

from functools import partial
from uuid import UUID

import streamlit as st

from models.live_runs import live_runs, usual_duration_s
from models.project import Project
from models.run import Run, RunState
from models.tenant import now_utc
from ui.components.desk import Desk, open_desk
from ui.components.messages import tried_first
from ui.components.wording import RUN_BADGES, escape, kind_title, span

_EVERY_S = 2.0
#: How often a page looks for runs that somebody else, or a schedule, has started.
_IDLE_EVERY_S = 10.0


def run_progress(
    desk: Desk, *, key: str, project_id: UUID | None = None, most: int = 4, idle: str | None = None
) -> None:
    """Draws the live runs of a store or a project; the page is drawn anew when one of them ends.

    Args:
        desk: Whose.
        key: Unique on the page.
        project_id: Only this project's.
        most: How many at once.
        idle: What is said while nothing runs; nothing when None.
    """
    with desk.reading() as session:
        is_live = bool(live_runs(session, project_id=project_id, most=1))
    every_s = _EVERY_S if is_live else _IDLE_EVERY_S

    @st.fragment(run_every=every_s, key=f"live_{key}")
    def live() -> None:
        here = open_desk()  # again: this part is drawn without the rest of the page
        _draw(here, key, project_id, most, idle)

    live()


def _draw(desk: Desk, key: str, project_id: UUID | None, most: int, idle: str | None) -> None:
    with desk.reading() as session:
        runs = live_runs(session, project_id=project_id, most=most)
        usual_s = {run.kind: usual_duration_s(session, run.kind) for run in runs}
        names = {
            run.project_id: project.name
            for run in runs
            if run.project_id and (project := session.get(Project, (session.profile_id, run.project_id)))
        }
    seen, now_live = st.session_state.get(f"seen_{key}"), {run.id for run in runs}
    st.session_state[f"seen_{key}"] = now_live
    if seen is not None and seen != now_live:
        st.rerun()
    if idle and not runs:
        st.caption(idle)
    for run in runs:
        name = names.get(run.project_id, "") if run.project_id else ""
        _row(desk, run, name, usual_s[run.kind], key)


def _row(desk: Desk, run: Run, project_name: str, usual_s: float | None, key: str) -> None:
    title = project_name or kind_title(run.kind)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(gap=None):
            st.progress(run.progress, text=f"**{escape(title)}** · {escape(run.title)}")
            st.caption(progress_words(run, usual_s))
        if desk.can_edit:
            st.button(
                "Stop",
                key=f"stop_{key}_{run.id}",
                icon=":material/stop:",
                type="tertiary",
                on_click=partial(stop_run, desk, run.id),
            )


def stop_run(desk: Desk, run_id: UUID) -> None:
    """Stops a run; for a button's `on_click`."""
    tried_first(lambda: desk.gateway.cancel(desk.member, run_id), done="Stopping; what was made is kept")


def progress_words(run: Run, usual_s: float | None) -> str:
    """Where a run is: "cut drafts · 62 % · 1 min, about 40 s to go"."""
    if run.state is RunState.PENDING or run.started_at is None:
        return f"{RUN_BADGES[RunState.PENDING].label} for its turn"
    passed_s = (now_utc() - run.started_at).total_seconds()
    words = f"{run.stage or 'starting'} · {run.progress:.0%} · {span(passed_s)}"
    if usual_s is not None and usual_s > passed_s:
        words += f", about {span(usual_s - passed_s)} to go"
    return words
