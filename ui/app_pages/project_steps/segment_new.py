"""Adding a segment by hand: a start and an end in a footage, looked at before they are kept."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from models.listing import FootageLine
from models.segment_edits import MIN_SEGMENT_S, add_segment
from ui.components.desk import Desk
from ui.components.messages import tried
from ui.components.span_player import span_player
from ui.components.wording import clock

#: Length that a new segment is given first.
_USUAL_S = 2.0


@st.dialog("Add a segment", width="large")
def add_segment_dialog(desk: Desk, footage: Sequence[FootageLine], chosen: UUID | None) -> None:
    """Asks for footage, start, end and tags; the player shows what they mean."""
    lines = {line.id: line for line in footage}
    line = lines[
        st.selectbox(
            "Footage",
            list(lines),
            index=list(lines).index(chosen) if chosen in lines else 0,
            format_func=lambda footage_id: (
                f"{lines[footage_id].name} · {clock(lines[footage_id].duration_s)}"
            ),
        )
    ]
    last_s = line.duration_s
    start_s, end_s = st.slider(
        "From and to, in seconds",
        0.0,
        last_s,
        (0.0, min(_USUAL_S, last_s)),
        step=1 / 30,
        format="%.2f s",
        key=f"new_segment_{line.id}",
    )
    if end_s - start_s >= MIN_SEGMENT_S:
        span_player(
            desk,
            line.id,
            start_s,
            end_s,
            probe=line.probe,
            storage_key=line.storage_key,
            name=line.name,
            key="new_segment_player",
        )
    else:
        st.caption(f"A segment lasts at least {MIN_SEGMENT_S:g} s.")
    tags = st.multiselect("Tags", [], accept_new_options=True, placeholder="Type a tag and press Enter")
    with st.container(horizontal=True, horizontal_alignment="right"):
        is_wanted = st.button("Add segment", type="primary", disabled=end_s - start_s < MIN_SEGMENT_S)

    def add() -> None:
        with desk.writing() as session:
            add_segment(session, line.id, start_s, end_s, tags=list(tags))

    if is_wanted and tried(add, done="Segment added"):
        st.rerun()
