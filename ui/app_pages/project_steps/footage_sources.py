"""Where a project's footage comes from besides uploads: the profile's library and its inbox folder."""

from uuid import UUID

import streamlit as st

from models.errors import ReelflowError
from models.listing import FootageLine, Page, list_footage
from models.live_runs import live_runs
from models.project import Project
from models.project_changes import assign_footage
from models.removal import footage_removal, remove_footage, sweep_removed_files
from models.tenant import now_utc
from ui.components.advice import said
from ui.components.desk import Desk, open_desk
from ui.components.dialogs import confirm
from ui.components.messages import tried
from ui.components.paging import page_number, pager
from ui.components.stills import footage_picture
from ui.components.wording import age, clock, count, data_size, escape
from ui.inbox import InboxEntry, inbox_entries

_PAGE_SIZE = 12
_PAGE_KEY = "library_page"

#: While a file is still being written, the inbox is looked at again so often.
_INBOX_EVERY_S = 3.0

#: More than a profile ever has under way at once.
_MOST_RUNS = 100


def draw_library(desk: Desk, project: Project) -> None:
    """The profile's other footage, to be used here too or to be deleted."""
    with st.expander("Library", icon=":material/video_library:", key=f"library_{project.id}"):
        search = st.text_input(
            "Search the library",
            key=f"library_search_{project.id}",
            type="search",
            live=True,
            placeholder=f"Search all footage of {desk.profile.name}",
            icon=":material/search:",
            label_visibility="collapsed",
            width=320,
        )
        with desk.reading() as session:
            page = list_footage(session, search=search or "", number=page_number(_PAGE_KEY), size=_PAGE_SIZE)
            here = {line.id for line in list_footage(session, project_id=project.id, size=200).items}
        if not page.items:
            st.caption("Nothing fits." if search else "The library is empty.")
            return
        chosen = _library_table(desk, project, page, here)
        pager(_PAGE_KEY, total=page.total, size=page.size)
        if desk.can_edit:
            _library_verbs(desk, project, chosen, here)


def _library_table(
    desk: Desk, project: Project, page: Page[FootageLine], here: set[UUID]
) -> list[FootageLine]:
    """The list; returns what is chosen in it."""
    now = now_utc()
    table = st.dataframe(
        [
            {
                "Picture": footage_picture(desk, line),
                "Name": line.name,
                "Length": clock(line.duration_s),
                "Picture size": f"{line.width} × {line.height}",
                "Size": data_size(line.bytes),
                "Segments": line.segments,
                "Used by": count(line.projects, "project") if line.projects else "nobody",
                "Here": line.id in here,
                "Added": age(line.created_at, now, desk.timezone),
            }
            for line in page.items
        ],
        hide_index=True,
        row_height=44,
        column_config={"Picture": st.column_config.ImageColumn(width=80)},
        on_select="rerun",
        selection_mode="multi-row",
        key=f"library_table_{project.id}_{page.number}_{len(page.items)}",
        alt=f"Footage in the library of {desk.profile.name}",
    )
    return [page.items[row] for row in table.selection.rows if row < len(page.items)]


def _library_verbs(desk: Desk, project: Project, chosen: list[FootageLine], here: set[UUID]) -> None:
    new = [line.id for line in chosen if line.id not in here]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button(
            f"Add {count(len(new), 'video')} to this project" if new else "Add to this project",
            type="primary",
            icon=":material/add:",
            disabled=not new,
            key="library_add",
        ) and tried(lambda: _assign(desk, project.id, new), done=f"{count(len(new), 'video')} added"):
            st.rerun()
        if st.button("Delete", icon=":material/delete:", disabled=len(chosen) != 1, key="library_delete"):
            delete_footage(desk, chosen[0].id)
        if not chosen:
            st.caption("Choose rows by their first column.", width="content")


def _assign(desk: Desk, project_id: UUID, footage_ids: list[UUID]) -> None:
    with desk.writing() as session:
        assign_footage(session, project_id, footage_ids)


def delete_footage(desk: Desk, footage_id: UUID) -> None:
    """Asks before a footage is gone; while projects use it, says which and does nothing."""
    try:
        with desk.reading() as session:
            gone = footage_removal(session, desk.storage, footage_id)
    except ReelflowError as error:
        st.error(said(error), icon=":material/lock:")
        return

    def remove() -> None:
        with desk.writing() as session:
            remove_footage(session, footage_id)
        sweep_removed_files(desk.database, desk.storage)

    confirm(
        f"Delete {gone.name}?",
        [
            f"The video with its {count(gone.segments, 'segment')}, their favourites and tags",
            f"{count(gone.files, 'file')} in all, {data_size(gone.bytes)}",
            "No project uses it, so no clip changes.",
        ],
        verb="Delete footage",
        action=remove,
    )


# ------------------------------------------------------------------ inbox


def draw_inbox(desk: Desk, project: Project) -> None:
    """What lies in the profile's inbox folder, to be imported into this project."""
    folder = desk.settings.inbox_dir(desk.slug)
    try:
        entries = inbox_entries(desk.settings, desk.slug)
    except ReelflowError as error:
        st.error(said(error))
        return
    title = f"Inbox · {len(entries)} waiting" if entries else "Inbox"
    with st.expander(title, icon=":material/inbox:", key=f"inbox_{project.id}"):
        st.caption(
            f"Files in `{folder}` on the machine that Reelflow runs on. Importing moves them into the "
            "library. With the inbox's schedule on (Settings), they become reels by themselves."
        )
        is_growing = not all(entry.is_complete for entry in entries)

        @st.fragment(run_every=_INBOX_EVERY_S if is_growing else None, key=f"inbox_list_{project.id}")
        def waiting() -> None:
            here = open_desk()  # again: this part is drawn without the rest of the page
            there: list[InboxEntry] = []
            if tried(lambda: there.extend(inbox_entries(here.settings, here.slug))):
                _draw_entries(here, project, there)
            if is_growing and all(entry.is_complete for entry in there):
                st.rerun()

        waiting()


def _draw_entries(desk: Desk, project: Project, entries: list[InboxEntry]) -> None:
    arriving = _arriving(desk)
    for entry in entries:
        _draw_entry(desk, project, entry, is_arriving=not arriving.isdisjoint(map(str, entry.films)))
    if not entries:
        st.caption("Nothing lies there.")
    with st.container(horizontal=True, gap="small"):
        ready = [
            entry for entry in entries if entry.is_complete and arriving.isdisjoint(map(str, entry.films))
        ]
        if len(ready) > 1 and st.button("Import all", type="primary", key="inbox_all"):
            _import(desk, project, ready)
        if st.button("Look again", icon=":material/refresh:", type="tertiary", key="inbox_again"):
            st.rerun()


def _arriving(desk: Desk) -> set[str]:
    """Files that are being imported right now: nobody is to start that twice."""
    with desk.reading() as session:
        runs = live_runs(session, most=_MOST_RUNS)
    return {file for run in runs if run.kind == "import_footage" for file in run.parameters["files"]}


def _draw_entry(desk: Desk, project: Project, entry: InboxEntry, *, is_arriving: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        films = f" · {count(len(entry.films), 'video')}" if len(entry.films) > 1 else ""
        state = "" if entry.is_complete else " · :orange[still being written]"
        state = " · :gray[being imported]" if is_arriving else state
        st.markdown(f"**{escape(entry.name)}**{films} · {data_size(entry.bytes)}{state}", width="content")
        if st.button("Import", key=f"inbox_{entry.name}", disabled=is_arriving or not entry.is_complete):
            _import(desk, project, [entry])


def _import(desk: Desk, project: Project, entries: list[InboxEntry]) -> None:
    """Starts the run; it costs nothing, so nothing is asked."""
    films = [str(film) for entry in entries for film in entry.films]

    def start() -> None:
        desk.gateway.start(
            desk.member,
            "import_footage",
            {"files": films, "project_id": project.id, "remove_source": True},
            title=f"import {entries[0].name}" if len(entries) == 1 else f"import {len(films)} files",
            project_id=project.id,
            max_cost_micro_usd=0,
        )

    if tried(start, done="Importing"):
        st.rerun()
