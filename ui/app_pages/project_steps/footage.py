"""Step 1: the project's footage, the drop zone for more, and what the library and the inbox still have."""

from uuid import UUID

import streamlit as st

from models.listing import FootageLine, list_footage, list_runs
from models.project import Project
from models.project_changes import unassign_footage
from models.run import RunState
from ui.app_pages.project_steps.footage_sources import delete_footage, draw_inbox, draw_library
from ui.components.desk import Desk
from ui.components.failures import draw_failures
from ui.components.footage_facts import badges, codec_title
from ui.components.messages import empty, tried
from ui.components.paging import page_number, pager
from ui.components.places import go
from ui.components.progress import run_progress
from ui.components.run_notes import draw_notes
from ui.components.span_player import span_player
from ui.components.stills import footage_picture
from ui.components.upload import upload_box
from ui.components.wording import clock, count, data_size, escape, span

_PAGE_SIZE = 24
_PAGE_KEY = "footage_page"
_UPRIGHT_PX = 104

#: Imports whose notes are told.
_LATEST = 3


def draw(desk: Desk, project: Project) -> None:
    """Draws the step."""
    if desk.can_edit:
        _draw_upload(desk, project)
    run_progress(desk, key=f"footage_{project.id}", project_id=project.id)
    draw_failures(desk, project.id, ("import_footage",))
    with desk.reading() as session:
        imports = list_runs(session, project_id=project.id, kinds=["import_footage"], size=_LATEST).items
        page = list_footage(
            session, project_id=project.id, number=page_number(_PAGE_KEY), size=_PAGE_SIZE, sort="oldest"
        )
    draw_notes(
        desk,
        [run.id for run in imports if run.state is RunState.COMPLETED],
        title="note from the latest imports",
    )
    if page.items:
        _draw_header(desk, project, page.items, page.total)
        with st.grid("auto", min_column_width=230, gap=("medium", "small")) as grid:
            for footage in page.items:
                with grid.cell():
                    _draw_card(desk, project, footage)
        pager(_PAGE_KEY, total=page.total, size=page.size)
    elif desk.can_edit:
        empty("No footage yet", "Drop videos above, or take some from the library or the inbox below.")
    else:
        empty("No footage yet", "An editor of this profile can add some.")
    draw_library(desk, project)
    if desk.can_edit:
        draw_inbox(desk, project)


def _draw_upload(desk: Desk, project: Project) -> None:
    """The drop zone; says of each file that arrived what becomes of it."""
    for file in upload_box(desk, key=f"upload_{project.id}", project_id=project.id):
        if file.known_as:
            st.info(
                f"{escape(file.name)} is in the library already, as {escape(file.known_as)}: "
                "it is used from there, and no second copy is kept.",
                icon=":material/content_copy:",
            )
        else:
            st.toast(f"{file.name} is being imported", icon=":material/check:")


def _draw_header(desk: Desk, project: Project, shown: tuple[FootageLine, ...], total: int) -> None:
    """How much there is, and the way on."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        length = f" · {span(sum(line.duration_s for line in shown))}" if len(shown) == total else ""
        segments = sum(line.segments for line in shown)
        st.markdown(
            f"**{count(total, 'video')}**{length} · {count(segments, 'segment')} found", width="content"
        )
        if st.button("Look at the segments", icon=":material/arrow_forward:", icon_position="right"):
            go(desk.slug, "project", project=project.id, step="segments")


def _draw_card(desk: Desk, project: Project, footage: FootageLine) -> None:
    """One source video."""
    with st.container(gap="xxsmall"):
        picture = footage_picture(desk, footage)
        # Upright pictures as high as the others, not as wide.
        is_upright = footage.height > footage.width
        st.image(picture, width=_UPRIGHT_PX if is_upright else "stretch", alt=f"A frame of {footage.name}")
        st.markdown(f"**{escape(footage.name)}**")
        st.markdown(" ".join(badge.markdown for badge in badges(footage.probe, has_audio=footage.has_audio)))
        found = count(footage.segments, "segment") if footage.segments else "no segments yet"
        st.caption(f"{clock(footage.duration_s)} · {data_size(footage.bytes)} · {found}")
        with st.container(horizontal=True, gap="xsmall"):
            if st.button("Play", key=f"play_{footage.id}", icon=":material/play_arrow:"):
                _show(footage.name, desk, footage)
            if desk.can_edit:
                _draw_menu(desk, project, footage)


def _draw_menu(desk: Desk, project: Project, footage: FootageLine) -> None:
    verb = st.menu_button(
        "More", ["Take out of this project", "Delete from the library"], key=f"footage_menu_{footage.id}"
    )
    if verb == "Take out of this project":
        if tried(
            lambda: _unassign(desk, project.id, footage.id), done=f"{footage.name} stays in the library"
        ):
            st.rerun()
    elif verb == "Delete from the library":
        delete_footage(desk, footage.id)


def _unassign(desk: Desk, project_id: UUID, footage_id: UUID) -> None:
    with desk.writing() as session:
        unassign_footage(session, project_id, footage_id)


def _show(title: str, desk: Desk, footage: FootageLine) -> None:
    """The whole footage, playing, with everything that was found out about it."""

    @st.dialog(title, width="large")
    def show() -> None:
        probe = footage.probe
        span_player(
            desk,
            footage.id,
            0.0,
            footage.duration_s,
            probe=probe,
            storage_key=footage.storage_key,
            name=footage.name,
            key=f"whole_{footage.id}",
        )
        for badge in badges(probe, has_audio=footage.has_audio):
            st.markdown(f"{badge.markdown} {badge.meaning}.")
        sound = probe["audio"]
        heard = f"{codec_title(sound['codec'])}, {sound['rate'] / 1000:g} kHz" if sound else "none"
        st.caption(
            f"Picture: {codec_title(probe['codec'])}, {probe['pix_fmt']} · Sound: {heard} · "
            f"{data_size(footage.bytes)} · in {count(footage.projects, 'project')}"
        )
        for warning in probe["warnings"]:
            st.caption(f":orange[:material/warning:] {escape(warning)}")

    show()
