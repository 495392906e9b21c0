"""Step 7: the finished files, one by one or packed for somebody else."""

from collections.abc import Sequence

import streamlit as st

from models.listing import ClipLine, FinalLine
from models.project import Project
from ui.app_pages.project_steps.export_archives import draw_archives, draw_packing
from ui.components.clip_choice import project_clips
from ui.components.desk import Desk
from ui.components.failures import draw_failures
from ui.components.finals import STALE, newest_finals
from ui.components.media import NO_POSTER, MediaKind, media_url, poster_url
from ui.components.messages import empty
from ui.components.places import go
from ui.components.progress import run_progress
from ui.components.wording import clock, data_size, escape
from ui.delivery import download_name
from ui.formats import format_title

#: What lies beside a final, by its ending.
_FILES: Sequence[tuple[MediaKind, str, str]] = (
    ("export", "MP4", ".mp4"),
    ("srt", "SRT", ".srt"),
    ("vtt", "VTT", ".vtt"),
    ("manifest", "Manifest", ".manifest.json"),
)


def draw(desk: Desk, project: Project) -> None:
    """Draws the step."""
    lines = project_clips(desk, project)
    if not lines:
        return
    run_progress(desk, key=f"export_{project.id}", project_id=project.id)
    draw_failures(desk, project.id, ("export_clips",))
    finished = [line for line in lines if line.finals]
    left, right = st.columns([3, 2], gap="large")
    with right:
        draw_packing(desk, project, lines)
        draw_archives(desk, project)
    with left:
        st.subheader("Finished files")
        if not finished:
            draw_nothing(desk, project)
        for line in finished:
            draw_clip(desk, project, line)


def draw_nothing(desk: Desk, project: Project) -> None:
    """Before the first final."""
    empty(
        "No finished files yet", "Render a variant first, or pack an archive, which renders what is missing."
    )
    with st.container(horizontal_alignment="center"):
        if st.button("Go to render", icon=":material/movie:", key="export_to_render"):
            go(desk.slug, "project", project=project.id, step="render")


def draw_clip(desk: Desk, project: Project, line: ClipLine) -> None:
    """One clip's files, a row for each format."""
    with st.container(border=True):
        picture, files = st.columns([1, 5], gap="medium", wrap=False)
        picture.image(
            poster_url(desk, line.poster_key) or NO_POSTER, width="stretch", alt=f"Picture of {line.name}"
        )
        with files, st.container(gap="medium"):
            for final in newest_finals(line):
                draw_files(desk, project, line, final)


def draw_files(desk: Desk, project: Project, line: ClipLine, final: FinalLine) -> None:
    """One final: what it is called, and its files."""
    title = f"**{escape(line.name)}, {format_title(final.preset)}**"
    with st.container(gap="xxsmall"):
        st.markdown(f"{title} {STALE if final.is_older_than_edit else ''}")
        name = download_name(project.name, line.variant, final.preset)
        st.caption(f"{escape(name)}.mp4 · {clock(final.duration_s)} · {data_size(final.bytes)}")
        with st.container(horizontal=True, gap="xsmall"):
            for kind, label, suffix in _FILES:
                if desk.storage.has(desk.storage.key_for("exports", final.id, suffix)):
                    st.link_button(
                        label,
                        media_url(desk, kind, final.id, download=True),
                        icon=":material/download:" if kind == "export" else None,
                        type="secondary" if kind == "export" else "tertiary",
                        help=f"{name}{suffix}",
                    )
