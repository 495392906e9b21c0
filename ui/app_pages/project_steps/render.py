"""Step 6: finals per format, with their checks."""

from collections.abc import Sequence

import streamlit as st

from models.listing import ClipLine
from models.live_runs import usual_duration_s
from models.project import Project
from ui.app_pages.project_steps.brand_choice import draw_brand
from ui.app_pages.project_steps.render_order import (
    Order,
    busy_clips,
    order_for,
    start_orders,
    started_orders,
)
from ui.app_pages.project_steps.script_clips import ScriptedClip, read_clips
from ui.components.clip_choice import choose_clips, project_clips
from ui.components.desk import Desk
from ui.components.failures import draw_failures
from ui.components.finals import draw_final, newest_finals, quality_reports
from ui.components.progress import run_progress
from ui.components.wording import count, span
from ui.formats import FORMATS


def draw(desk: Desk, project: Project) -> None:
    """Draws the step."""
    lines = project_clips(desk, project)
    if not lines:
        return
    chosen = choose_clips(lines, key=f"render_clips_{project.id}", label="Variants")
    if desk.can_edit:
        draw_order(desk, project, chosen)
    draw_failures(desk, project.id, ("render_clip",))
    run_progress(desk, key=f"render_{project.id}", project_id=project.id)
    draw_finals(desk, chosen)


def draw_order(desk: Desk, project: Project, chosen: Sequence[ClipLine]) -> None:
    """Which formats, and the button that has the missing finals made."""
    clips, _ = read_clips(desk, [line.id for line in chosen])
    formats = choose_formats(project, chosen)
    speaks_again = draw_speak_again(project, clips)
    busy = busy_clips(desk, clips)
    draw_brand(desk, [clip for clip in clips if clip.clip.id not in busy])
    found = [
        order_for(line, clip, formats, speaks_again=speaks_again)
        for line, clip in zip(chosen, clips, strict=True)
        if line.id not in busy
    ]
    orders = [order for order in found if order]
    finals = sum(len(order.formats) for order in orders)
    with st.container(horizontal=True, vertical_alignment="center"):
        is_wanted = st.button(
            f"Render {count(finals, 'final')}" if finals else "Render",
            type="primary",
            icon=":material/movie:",
            key="render_go",
            disabled=not finals,
        )
        st.caption(order_words(desk, chosen, formats, orders, len(busy)), width="content")
    if is_wanted:
        start_orders(desk, project, orders)


def choose_formats(project: Project, chosen: Sequence[ClipLine]) -> list[str]:
    """Which formats are wanted; those that the clips have already unless somebody says otherwise."""
    made = {final.preset for line in chosen for final in line.finals}
    return st.pills(
        "Formats",
        list(FORMATS),
        selection_mode="multi",
        default=[name for name in FORMATS if name in made] or ["reels"],
        format_func=lambda name: FORMATS[name].label,
        key=f"formats_{project.id}",
        wrap=True,
    )


def draw_speak_again(project: Project, clips: Sequence[ScriptedClip]) -> bool:
    """Offered where a script was spoken: another voice, or other settings, give another voice-over."""
    if not any(clip.edit.script and not clip.is_unspoken for clip in clips):
        return False
    return st.toggle(
        "Speak the scripts again with the voice chosen now",
        # Off again once it was done.
        key=f"speak_again_{project.id}_{started_orders(project)}",
        help="After a change of the voice or its settings. What it has said before is reused, not paid.",
    )


def order_words(
    desk: Desk, chosen: Sequence[ClipLine], formats: Sequence[str], orders: Sequence[Order], busy: int
) -> str:
    """What the button would do, or why it has nothing to do."""
    if not chosen:
        return "Choose at least one variant."
    if not formats:
        return "Choose at least one format."
    working = f"{count(busy, 'variant')} {'is' if busy == 1 else 'are'} being worked on. " if busy else ""
    if not orders:
        return working or "All of these are there and show the edit as it is."
    spoken = len({order.script for order in orders if order.script})
    heard = sum(order.hears_speech for order in orders)
    words = [
        f"{count(spoken, 'script')} spoken first" if spoken else "",
        "footage heard first" if heard else "",
    ]
    with desk.reading() as session:
        usual_s = usual_duration_s(session, "render_clip")
    if usual_s:
        words.append(f"lately {span(usual_s)} for each variant")
    return working + " · ".join(filter(None, words))


def draw_finals(desk: Desk, chosen: Sequence[ClipLine]) -> None:
    """The finals of the chosen clips, each playing, with what was checked."""
    finals = {line.id: newest_finals(line) for line in chosen}
    with desk.reading() as session:
        reports = quality_reports(session, [final.id for each in finals.values() for final in each])
    if not reports:
        return
    st.subheader("Finals")
    with st.grid("auto", min_column_width=380, gap="small") as grid:
        for line in chosen:
            for final in finals[line.id]:
                with grid.cell():
                    draw_final(desk, line, final, reports.get(final.id, {}))
