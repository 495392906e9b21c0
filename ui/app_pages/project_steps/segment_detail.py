"""One segment next to the list: playing in a loop, with everything that a person may change about it."""

from collections.abc import Callable
from uuid import UUID

import streamlit as st

from models.listing import FootageLine, SegmentLine
from models.segment_edits import (
    MIN_SEGMENT_S,
    delete_segment,
    set_bounds,
    set_favorite,
    set_skipped,
    set_tags,
    split_segment,
)
from models.session import ProfileSession
from ui.components.desk import Desk
from ui.components.dialogs import confirm
from ui.components.messages import tried
from ui.components.segment_words import moment, seen_and_why
from ui.components.span_player import span_player
from ui.components.wording import escape

#: Steps of the number fields: three frames.
_STEP_S = 0.1


def draw_detail(desk: Desk, segment: SegmentLine, footage: FootageLine) -> None:
    """Draws player, facts and controls of one segment."""
    start_s, end_s = _bounds_in_hand(segment)
    span_player(
        desk,
        footage.id,
        start_s,
        end_s,
        probe=footage.probe,
        storage_key=footage.storage_key,
        name=footage.name,
        key="segment_player",
    )
    judged = f"score {segment.score:.0f}" if segment.reason else "not judged yet"
    by_hand = " · set by hand" if segment.origin.value == "manual" else ""
    st.markdown(
        f"**{escape(footage.name)}** {moment(segment.start_s)} to {moment(segment.end_s)} · "
        f"{segment.end_s - segment.start_s:.1f} s · {judged}{by_hand}"
    )
    if words := seen_and_why(segment.description, segment.reason):
        st.caption(escape(words))
    if desk.can_edit:
        _draw_marks(desk, segment)
        _draw_changes(desk, segment, footage)
    elif segment.tags:
        st.caption("Tags: " + escape(", ".join(segment.tags)))


def _change(desk: Desk, change: Callable[[ProfileSession], object], done: str | None = None) -> None:
    """Makes one change and draws the page anew when it is made."""

    def write() -> None:
        with desk.writing() as session:
            change(session)

    if tried(write, done=done):
        st.rerun()


def _draw_marks(desk: Desk, segment: SegmentLine) -> None:
    """Favourite, keep or skip, and what is done less often."""
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        if st.button(
            "Favourite",
            icon=":material/star:",
            type="primary" if segment.is_favorite else "secondary",
            help="Planning prefers favourites. Press again to take it back.",
            key="segment_favorite",
        ):
            _change(
                desk, lambda session: set_favorite(session, segment.id, is_favorite=not segment.is_favorite)
            )
        if st.button(
            "Keep again" if segment.is_skipped else "Skip",
            icon=":material/undo:" if segment.is_skipped else ":material/block:",
            help="Skipped segments are left out of new clips; clips that show them stay as they are.",
            key="segment_skip",
        ):
            _change(desk, lambda session: set_skipped(session, segment.id, is_skipped=not segment.is_skipped))
        if st.menu_button("More", ["Delete segment"], key=f"segment_menu_{segment.id}") == "Delete segment":
            confirm(
                "Delete this segment?",
                [
                    f"{escape(segment.footage_name)}, {moment(segment.start_s)} to {moment(segment.end_s)}",
                    "Clips that show it stay as they are. To leave it out of new clips only, skip it.",
                ],
                verb="Delete segment",
                action=lambda: _delete(desk, segment.id),
            )


def _delete(desk: Desk, segment_id: UUID) -> None:
    with desk.writing() as session:
        delete_segment(session, segment_id)


def _draw_changes(desk: Desk, segment: SegmentLine, footage: FootageLine) -> None:
    bounds, split, tags = st.tabs(["Bounds", "Split", "Tags"])
    with bounds:
        _draw_bounds(desk, segment, footage)
    with split:
        _draw_split(desk, segment)
    with tags:
        _draw_tags(desk, segment)


# ------------------------------------------------------------------ bounds


def _keys(segment: SegmentLine) -> tuple[str, str]:
    """Of the fields; others when the bounds were changed, so that they begin with what is stored."""
    stored = f"{segment.id}_{segment.start_s:.3f}_{segment.end_s:.3f}"
    return f"from_{stored}", f"to_{stored}"


def _bounds_in_hand(segment: SegmentLine) -> tuple[float, float]:
    """What the fields say, so that the player shows bounds before they are saved."""
    from_key, to_key = _keys(segment)
    start_s = st.session_state.get(from_key, segment.start_s)
    end_s = st.session_state.get(to_key, segment.end_s)
    if start_s is None or end_s is None or end_s - start_s < MIN_SEGMENT_S:
        return segment.start_s, segment.end_s
    return float(start_s), float(end_s)


def _draw_bounds(desk: Desk, segment: SegmentLine, footage: FootageLine) -> None:
    from_key, to_key = _keys(segment)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        start_s = st.number_input(
            "From, s", 0.0, footage.duration_s, segment.start_s, _STEP_S, "%.2f", key=from_key, width=130
        )
        end_s = st.number_input(
            "To, s", 0.0, footage.duration_s, segment.end_s, _STEP_S, "%.2f", key=to_key, width=130
        )
        is_changed = (start_s, end_s) != (segment.start_s, segment.end_s)
        if st.button("Save bounds", type="primary", disabled=not is_changed, key="segment_save_bounds"):
            _change(desk, lambda session: set_bounds(session, segment.id, start_s, end_s), done="Saved")
    st.caption("The player shows the new bounds before you save them. Clips keep their cuts.")


def _draw_split(desk: Desk, segment: SegmentLine) -> None:
    earliest_s, latest_s = segment.start_s + MIN_SEGMENT_S, segment.end_s - MIN_SEGMENT_S
    if latest_s <= earliest_s:
        st.caption(f"It is too short to be split: each part needs {MIN_SEGMENT_S:g} s.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        at_s = st.number_input(
            "At, s",
            earliest_s,
            latest_s,
            (segment.start_s + segment.end_s) / 2,
            _STEP_S,
            "%.2f",
            key=f"split_{segment.id}_{segment.end_s:.3f}",
            width=130,
        )
        if st.button("Split in two", icon=":material/content_cut:", key="segment_split"):
            _change(desk, lambda session: split_segment(session, segment.id, at_s), done="Split in two")


def _draw_tags(desk: Desk, segment: SegmentLine) -> None:
    tags = st.multiselect(
        "Tags",
        segment.tags,
        default=segment.tags,
        accept_new_options=True,
        placeholder="Type a tag and press Enter",
        key=f"tags_{segment.id}_{'|'.join(segment.tags)}",
        label_visibility="collapsed",
        wrap=True,
    )
    if st.button("Save tags", type="primary", disabled=tuple(tags) == segment.tags, key="segment_save_tags"):
        _change(desk, lambda session: set_tags(session, segment.id, list(tags)), done="Saved")
