"""What is done with several chosen segments at once: marks for all of them, or clips cut from them alone."""

from collections.abc import Callable, Sequence
from typing import Final, Literal
from uuid import UUID

import streamlit as st
from sqlmodel import col, select

from models.footage import Segment
from models.limits import MAX_CLIP_S, MAX_VARIANTS, MIN_CLIP_S
from models.project import Project
from models.segment_edits import set_favorite, set_skipped
from models.session import ProfileSession
from ui.app_pages.project_steps.segment_table import chosen_segments, forget_chosen
from ui.app_pages.project_steps.variants_start import generate
from ui.components.desk import Desk
from ui.components.messages import tried
from ui.components.wording import count

_ORDERS: Final[dict[str, Literal["best", "given"]]] = {
    "Best order": "best",
    "In the order I chose them": "given",
}


def draw_choice(desk: Desk, project: Project) -> None:
    """Draws the bar below the list; a word on how to choose while nothing is."""
    if not desk.can_edit:
        return
    chosen, length_s = _still_there(desk, chosen_segments(project.id))
    if not chosen:
        st.caption("Tick segments to mark several at once, or to make clips of them alone.")
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{len(chosen)} chosen** · {length_s:.1f} s", width="content")
        with st.popover("Make clips from these", type="primary", icon=":material/auto_awesome_motion:"):
            _draw_order(desk, project, chosen)
        verb = st.menu_button("Mark", ["Favourite", "No favourite", "Skip", "Keep"], key="mark_chosen")
        if verb:
            _mark(desk, chosen, verb)
        if st.button("Clear", type="tertiary", key="clear_chosen"):
            forget_chosen(project.id)
            st.rerun()


def _still_there(desk: Desk, chosen: Sequence[UUID]) -> tuple[list[UUID], float]:
    """What of a choice exists, in its order, and how long it is together."""
    with desk.reading() as session:
        rows = session.exec(
            select(Segment.id, Segment.start_s, Segment.end_s).where(col(Segment.id).in_(chosen))
        ).all()
    lengths = {segment_id: end_s - start_s for segment_id, start_s, end_s in rows}
    return [each for each in chosen if each in lengths], sum(lengths.values())


def _draw_order(desk: Desk, project: Project, chosen: Sequence[UUID]) -> None:
    """How many clips, how long, in which order."""
    variants = st.number_input("Variants", 1, MAX_VARIANTS, 1, key="chosen_variants")
    duration_s = st.number_input(
        "Seconds each", MIN_CLIP_S, MAX_CLIP_S, project.target_duration_s, 1.0, "%.0f", key="chosen_length"
    )
    order = st.radio("Order", list(_ORDERS), key="chosen_order")
    if st.button(f"Make {count(variants, 'clip')}", type="primary", key="chosen_make"):
        generate(
            desk,
            project,
            variants=variants,
            duration_s=duration_s,
            segment_ids=chosen,
            order=_ORDERS[order],
        )


def _mark(desk: Desk, chosen: Sequence[UUID], verb: str) -> None:
    changes: dict[str, Callable[[ProfileSession, UUID], object]] = {
        "Favourite": lambda session, each: set_favorite(session, each),
        "No favourite": lambda session, each: set_favorite(session, each, is_favorite=False),
        "Skip": lambda session, each: set_skipped(session, each),
        "Keep": lambda session, each: set_skipped(session, each, is_skipped=False),
    }

    def change() -> None:
        with desk.writing() as session:
            for each in chosen:
                changes[verb](session, each)

    if tried(change, done=f"{count(len(chosen), 'segment')}: {verb.lower()}"):
        st.rerun()
