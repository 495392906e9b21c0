"""The export step's archives: finals packed with their edits for other programs, and those that are there."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from models.deliveries import KEPT, Delivery, list_deliveries
from models.listing import ClipLine
from models.project import Project
from models.tenant import now_utc
from ui.app_pages.project_steps.script_clips import read_clips
from ui.components.clip_choice import choose_clips, names_of
from ui.components.desk import Desk
from ui.components.dialogs import confirm
from ui.components.media import media_url
from ui.components.places import go
from ui.components.starting import start_run
from ui.components.wording import age, count, data_size, day, escape
from ui.formats import FORMATS, format_title

_MOST: Final = 5


def draw_packing(desk: Desk, project: Project, lines: Sequence[ClipLine]) -> None:
    """Which clips in which formats become one archive."""
    st.subheader("Pack an archive")
    st.caption(
        "One ZIP with MP4, SRT, VTT and manifest of each final, and each edit as EDL and OTIO for an editing "
        "program."
    )
    if not desk.can_edit:
        return
    made = [line for line in lines if line.finals or line.is_picked] or list(lines)
    chosen = choose_clips(made, key=f"pack_clips_{project.id}", label="Variants", are_all=True)
    present = {final.preset for line in made for final in line.finals}
    formats = st.pills(
        "Formats",
        list(FORMATS),
        selection_mode="multi",
        default=[name for name in FORMATS if name in present] or ["reels"],
        format_func=lambda name: FORMATS[name].title,
        key=f"pack_formats_{project.id}",
        wrap=True,
    )
    missing = missing_finals(chosen, formats)
    draw_unspoken(desk, project, chosen)
    is_wanted = st.button(
        f"Pack {count(len(chosen) * len(formats), 'final')}",
        icon=":material/folder_zip:",
        type="primary",
        key="pack_go",
        disabled=not (chosen and formats),
    )
    if missing:
        verb = "is" if missing == 1 else "are"
        st.caption(f"{count(missing, 'final')} {verb} missing or older than the edit, and rendered first.")
    if is_wanted:
        titles = ", ".join(format_title(name) for name in formats)
        start_run(
            desk,
            "export_clips",
            {"clip_ids": [str(line.id) for line in chosen], "presets": list(formats)},
            title=f"export {count(len(chosen), 'clip')} as {titles}",
            heading="Pack an archive",
            what=f"{count(len(chosen), 'variant')} as {titles}.",
            project_id=project.id,
        )


def draw_unspoken(desk: Desk, project: Project, chosen: Sequence[ClipLine]) -> None:
    """Packing speaks nothing: says so where a script waits for its voice."""
    clips, _ = read_clips(desk, [line.id for line in chosen])
    unspoken = {clip.clip.id for clip in clips if clip.is_unspoken}
    if not unspoken:
        return
    names = names_of([line for line in chosen if line.id in unspoken])
    st.warning(
        f"The script of {names} is not spoken yet. Render first, or it is packed without it.",
        icon=":material/record_voice_over:",
    )
    if st.button("Go to render", icon=":material/movie:", key="pack_to_render"):
        go(desk.slug, "project", project=project.id, step="render")


def missing_finals(chosen: Sequence[ClipLine], formats: Sequence[str]) -> int:
    """How many finals are not there, or older than the edit."""
    current = [{final.preset for final in line.finals if not final.is_older_than_edit} for line in chosen]
    return sum(name not in there for there in current for name in formats)


def draw_archives(desk: Desk, project: Project) -> None:
    """What was packed before, the newest first."""
    with desk.reading() as session:
        found = list_deliveries(session, project.id, most=_MOST)
    now = now_utc()
    archives = [archive for archive in found if desk.storage.has(archive.key)]
    cleared = [archive for archive in found if archive not in archives and archive.kept_until < now]
    if not archives and not cleared:
        return
    st.subheader("Archives")
    for archive in archives:
        with st.container(border=True, gap="xxsmall"):
            st.markdown(f"**{escape(archive.name)}**")
            when = age(archive.created_at, now, desk.timezone)
            until = day(archive.kept_until, now, desk.timezone)
            size = data_size(archive.bytes)
            st.caption(f"{count(archive.files, 'file')} · {size} · {when} · kept until {until}")
            with st.container(horizontal=True, gap="xsmall"):
                st.link_button(
                    "Download",
                    media_url(desk, "delivery", archive.run_id, download=True),
                    icon=":material/download:",
                )
                if desk.can_edit and st.button(
                    "Delete", type="tertiary", icon=":material/delete:", key=f"drop_{archive.run_id}"
                ):
                    ask_delete(desk, archive)
    if cleared:
        names = ", ".join(
            f"{escape(archive.name)} ({day(archive.created_at, now, desk.timezone)})" for archive in cleared
        )
        st.caption(
            f"No longer kept, since archives go after {KEPT.days} days: {names}. "
            "What was in them is still here; pack it again to have it as one file."
        )


def ask_delete(desk: Desk, archive: Delivery) -> None:
    """Deletes an archive after asking; what is in it stays."""

    def remove() -> None:
        with desk.writing():
            pass  # asks for the role
        desk.storage.remove(archive.key)

    confirm(
        f"Delete {archive.name}?",
        [
            f"{data_size(archive.bytes)} of disk space are free again.",
            "The finals and edits in it stay, so that it can be packed again.",
        ],
        verb="Delete archive",
        action=remove,
    )
