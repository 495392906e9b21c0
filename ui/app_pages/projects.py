"""All projects of the profile: search, filter, page, open one, start a new one."""

from typing import Final

import streamlit as st

from models.limits import MAX_CLIP_S, MIN_CLIP_S
from models.listing import Page, ProjectLine, list_projects
from models.project import ProjectState
from models.project_changes import MAX_CONTEXT, MAX_DESCRIPTION, MAX_PROJECT_NAME, create_project
from models.tenant import now_utc
from ui.components.desk import Desk, open_desk
from ui.components.media import NO_POSTER, poster_url
from ui.components.messages import empty, tried
from ui.components.paging import page_number, pager
from ui.components.places import go, link
from ui.components.wording import PROJECT_BADGES, age, count, escape, money

_PAGE_SIZE = 18
_PAGE_KEY: Final = "page"


def draw_header(desk: Desk) -> None:
    """Title, and the verb that starts a project."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title("Projects", width="content")
        is_wanted = desk.can_edit and st.button(
            "New project", type="primary", icon=":material/add:", shortcut="Ctrl+Enter"
        )
    if is_wanted or (desk.can_edit and _is_asked_for()):
        new_project(desk)


def _is_asked_for() -> bool:
    """Whether another page sent here for a new project; asked once, then out of the address."""
    if "new" not in st.query_params:
        return False
    del st.query_params["new"]
    return True


def draw_filters() -> tuple[str, list[ProjectState]]:
    """Search and states, both kept in the address."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        search = st.text_input(
            "Search projects",
            key="q",
            bind="query-params",
            type="search",
            live=True,
            placeholder="Search projects",
            icon=":material/search:",
            label_visibility="collapsed",
            width=280,
        )
        states = st.pills(
            "State",
            list(ProjectState),
            key="state",
            bind="query-params",
            selection_mode="multi",
            format_func=lambda state: PROJECT_BADGES[ProjectState(state)].label,
            label_visibility="collapsed",
        )
    return search or "", [ProjectState(state) for state in states]


def draw_grid(desk: Desk, projects: Page[ProjectLine]) -> None:
    """One card for each project."""
    now = now_utc()
    with st.grid("auto", min_column_width=160, gap=("medium", "small")) as grid:
        for project in projects.items:
            with grid.cell():
                draw_card(desk, project, age(project.created_at, now, desk.timezone))


def draw_card(desk: Desk, project: ProjectLine, when: str) -> None:
    """A poster with state, clips, spend and age; its name opens the project, in this tab."""
    with st.container(gap="xxsmall"):
        st.image(
            poster_url(desk, project.poster_key) or NO_POSTER,
            width="stretch",
            alt=f"Picture of {project.name}",
        )
        link(desk.slug, "project", f"**{escape(project.name)}**", project=project.id)
        st.markdown(PROJECT_BADGES[project.state].markdown)
        clips = f"{count(project.clips, 'clip')} · " if project.clips else ""
        st.caption(f"{clips}{money(project.cost_micro_usd)} · {when}".replace("$", r"\$"))


def draw_nothing(desk: Desk, *, is_filtered: bool) -> None:
    """No project at all, or none that fits."""
    if is_filtered:
        empty(
            "No project fits", "Search for something else, or show all states.", icon=":material/search_off:"
        )
        return
    empty(f"No projects for {desk.profile.name} yet", "Start with the sample, or with your own footage.")
    with st.container(horizontal=True, horizontal_alignment="center"):
        if st.button("Try the sample", icon=":material/play_arrow:"):
            go(desk.slug, "welcome")
        if desk.can_edit and st.button("Add footage", type="primary", icon=":material/add:"):
            new_project(desk)


@st.dialog("New project")
def new_project(desk: Desk) -> None:
    """Asks for what a project is about; its footage comes on the next page."""
    with st.form("new_project", border=False):
        name = st.text_input("Name", max_chars=MAX_PROJECT_NAME, placeholder="Summer sale")
        description = st.text_input("Description", max_chars=MAX_DESCRIPTION, placeholder="For your team")
        duration_s = st.number_input(
            "Length of each clip, in seconds", MIN_CLIP_S, MAX_CLIP_S, 30.0, step=5.0, format="%.0f"
        )
        context = st.text_area(
            "What is it about?",
            max_chars=MAX_CONTEXT,
            placeholder="The product, who buys it, what must be seen. The analysis reads this.",
        )
        is_wanted = st.form_submit_button("Create project", type="primary")
    if not is_wanted:
        return
    made = []

    def create() -> None:
        with desk.writing() as session:
            made.append(
                create_project(
                    session, name, description=description, context=context, target_duration_s=duration_s
                ).id
            )

    if tried(create):
        go(desk.slug, "project", project=made[0], step="footage")


desk = open_desk()
draw_header(desk)
search, states = draw_filters()
with desk.reading() as session:
    projects = list_projects(
        session, search=search, states=states, number=page_number(_PAGE_KEY), size=_PAGE_SIZE
    )
if projects.items:
    draw_grid(desk, projects)
    pager(_PAGE_KEY, total=projects.total, size=projects.size)
else:
    draw_nothing(desk, is_filtered=bool(search or states))
