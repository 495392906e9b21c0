"""One project from its footage to its finished files: a stepper on top, one step below it."""

from collections.abc import Callable
from typing import Final

import streamlit as st
from sqlmodel import func, select

from models.errors import NotFound
from models.ledger import CostEntry
from models.limits import MAX_CLIP_S, MIN_CLIP_S
from models.project import Project, ProjectState
from models.project_changes import MAX_CONTEXT, MAX_DESCRIPTION, MAX_PROJECT_NAME, change_project
from models.removal import delete_project, project_removal
from ui.app_pages.project_steps import captions, export, footage, render, script, segments, variants
from ui.components.desk import Desk, open_desk
from ui.components.dialogs import confirm
from ui.components.messages import not_found, tried
from ui.components.places import STEPS, go, link
from ui.components.wording import PROJECT_BADGES, count, data_size, escape, money

_STEPS: Final[dict[str, tuple[str, str, Callable[[Desk, Project], None]]]] = {
    "footage": ("Footage", ":material/upload_file:", footage.draw),
    "segments": ("Segments", ":material/content_cut:", segments.draw),
    "variants": ("Variants", ":material/view_carousel:", variants.draw),
    "script": ("Script & voice", ":material/record_voice_over:", script.draw),
    "captions": ("Captions", ":material/subtitles:", captions.draw),
    "render": ("Render", ":material/movie:", render.draw),
    "export": ("Export", ":material/download:", export.draw),
}


def find_project(desk: Desk) -> tuple[Project, int]:
    """The project in the address and what it has cost; ends the rerun when there is none.

    The browser's Back brings Streamlit here without the address's parameters (streamlit 1.67): the
    project that was open last in this profile is meant then.
    """
    last = f"last_project_of_{desk.slug}"
    project_id = st.query_params.get("project") or st.session_state.get(last)
    if project_id is None:
        go(desk.slug, "projects")
    try:
        with desk.reading() as session:
            project = session.require(Project, project_id)
            total = func.coalesce(func.sum(CostEntry.amount_micro_usd), 0)
            spent = session.exec(select(total).where(CostEntry.project_id == project.id)).one()
            st.session_state[last] = st.query_params["project"] = str(project.id)
            return project, int(spent)
    except NotFound:
        not_found("project", home=desk.slug)


def draw_header(desk: Desk, project: Project, spent_micro_usd: int) -> None:
    """Name, state, money so far, and what is done less often."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        with st.container(gap=None, width="content"):
            link(desk.slug, "projects", "Projects", icon=":material/arrow_back:")
            st.title(escape(project.name))
            spent = money(spent_micro_usd).replace("$", r"\$")
            st.markdown(f"{PROJECT_BADGES[project.state].markdown} :gray[{spent} so far]")
        if desk.can_edit:
            verb = st.menu_button("Project", ["Edit", "Delete"], key="project_menu")
            if verb == "Edit":
                edit_project(desk, project)
            elif verb == "Delete":
                ask_delete(desk, project)


def choose_step(project: Project) -> str:
    """The stepper; the step that is open stays in the address."""
    first = "footage" if project.state is ProjectState.DRAFT else "variants"
    wanted = st.query_params.get("step", first)
    step = wanted if wanted in STEPS else first
    chosen = st.segmented_control(
        "Step",
        STEPS,
        default=step,
        required=True,
        format_func=lambda name: f"{_STEPS[name][1]} {_STEPS[name][0]}",
        # Another key for each address: a link to a step must not be overruled by an earlier click.
        key=f"step_{project.id}_{step}",
        label_visibility="collapsed",
        wrap=True,
    )
    if chosen and chosen != step:
        go(st.query_params["profile"], "project", project=project.id, step=chosen)
    return step


@st.dialog("Edit project")
def edit_project(desk: Desk, project: Project) -> None:
    """What a person may change; clips that exist keep their length."""
    with st.form("edit_project", border=False):
        name = st.text_input("Name", project.name, max_chars=MAX_PROJECT_NAME)
        description = st.text_input("Description", project.description, max_chars=MAX_DESCRIPTION)
        duration_s = st.number_input(
            "Length of each clip, in seconds", MIN_CLIP_S, MAX_CLIP_S, project.target_duration_s, step=5.0
        )
        context = st.text_area("What is it about?", project.context, max_chars=MAX_CONTEXT)
        is_wanted = st.form_submit_button("Save", type="primary")

    def save() -> None:
        with desk.writing() as session:
            change_project(
                session,
                project.id,
                name=name,
                description=description,
                context=context,
                target_duration_s=duration_s,
            )

    if is_wanted and tried(save):
        st.rerun()


def ask_delete(desk: Desk, project: Project) -> None:
    """Shows what would go with the project."""
    with desk.reading() as session:
        gone = project_removal(session, desk.storage, project.id)

    def remove() -> None:
        with desk.writing():
            pass  # asks for the role; the deletion opens a session of its own
        delete_project(desk.database, desk.storage, project.id)

    confirm(
        f"Delete {project.name}?",
        [
            f"{count(gone.clips, 'clip')} and {count(gone.exports, 'finished file')}",
            f"{count(gone.files, 'file')} in all, {data_size(gone.bytes)}",
            "The footage stays in the library, and what it cost stays in the ledger.",
        ],
        verb="Delete project",
        action=remove,
        then=lambda: go(desk.slug, "projects"),
    )


desk = open_desk()
project, spent = find_project(desk)
draw_header(desk, project, spent)
_STEPS[choose_step(project)][2](desk, project)
