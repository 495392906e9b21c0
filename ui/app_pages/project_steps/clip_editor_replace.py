"""Another segment instead of a cut: those that fit best first, each looked at before it is taken."""

from collections.abc import Sequence

import streamlit as st

from models.clip_edits import replace_cut
from models.clip_view import ClipView
from models.edit import Cut
from models.edit_overlap import Span, overlap_s, span_of
from models.listing import FootageLine, SegmentLine, list_footage, list_segments
from models.project import Project
from ui.app_pages.project_steps.clip_change import ClipChanger
from ui.components.desk import Desk
from ui.components.segment_words import moment
from ui.components.span_player import span_player
from ui.components.stills import span_still
from ui.components.wording import escape

#: Less in common is the edge of the next shot.
_LEAST_S = 1 / 30
_CANDIDATES = 40
_ROW_PX = 46


def draw_replace(desk: Desk, project: Project, view: ClipView, index: int, change: ClipChanger) -> None:
    """Draws the segments that could be shown instead, and the one that is looked at."""
    search = st.text_input(
        "Search segments",
        key=f"replace_search_{view.clip.id}",
        type="search",
        live=True,
        placeholder="Search what is seen, why, tags",
        icon=":material/search:",
        label_visibility="collapsed",
        width=300,
    )
    with desk.reading() as session:
        footage = {line.id: line for line in list_footage(session, project_id=project.id, size=200).items}
        found = list_segments(
            session,
            footage_ids=list(footage),
            search=search or "",
            is_skipped=False,
            sort="score",
            size=_CANDIDATES,
        ).items
    candidates = unused_first(found, [each.cut for each in view.cuts])
    if not candidates:
        st.caption("No segment fits.")
        return
    chosen = _candidate_table(desk, view, candidates)
    if chosen is None:
        st.caption("Choose a segment to look at it; the cut keeps its length if the segment has so much.")
        return
    _draw_candidate(desk, view, index, chosen, footage[chosen.footage_id], change)


def unused_first(segments: Sequence[SegmentLine], cuts: Sequence[Cut]) -> list[SegmentLine]:
    """Segments that the clip does not show yet, then the others; each group as it was."""
    return sorted(segments, key=lambda line: is_in_clip(line, cuts))


def is_in_clip(line: SegmentLine, cuts: Sequence[Cut]) -> bool:
    """Whether one of the cuts shows some of a segment."""
    span = Span(line.footage_id, line.start_s, line.end_s)
    return any(overlap_s(span, span_of(cut)) > _LEAST_S for cut in cuts)


def _candidate_table(desk: Desk, view: ClipView, candidates: Sequence[SegmentLine]) -> SegmentLine | None:
    cuts = [each.cut for each in view.cuts]
    table = st.dataframe(
        [
            {
                "Picture": span_still(desk, line.footage_id, line.start_s, line.end_s),
                "Footage": line.footage_name,
                "At": moment(line.start_s),
                "Length": f"{line.end_s - line.start_s:.1f} s",
                "Score": line.score if line.reason else None,
                "": "●" if is_in_clip(line, cuts) else "",
                "Why": line.reason,
            }
            for line in candidates
        ],
        hide_index=True,
        row_height=_ROW_PX,
        height=min(6, len(candidates)) * _ROW_PX + 52,
        column_config={
            "Picture": st.column_config.ImageColumn(width=76),
            "": st.column_config.TextColumn(width=30, help="● This clip shows it already"),
            "At": st.column_config.TextColumn(width=58),
            "Length": st.column_config.TextColumn(width=56),
            "Score": st.column_config.ProgressColumn(min_value=0, max_value=100, format="%.0f", width=84),
        },
        on_select="rerun",
        selection_mode="single-row",
        key=f"replace_{view.clip.id}_{hash(tuple(line.id for line in candidates))}",
        alt="Segments that could be shown instead",
    )
    rows = table.selection.rows
    return candidates[rows[0]] if rows and rows[0] < len(candidates) else None


def _draw_candidate(
    desk: Desk,
    view: ClipView,
    index: int,
    chosen: SegmentLine,
    footage: FootageLine,
    change: ClipChanger,
) -> None:
    clip_id = view.clip.id
    player, words = st.columns([1, 1], gap="medium")
    with player:
        span_player(
            desk,
            footage.id,
            chosen.start_s,
            min(chosen.end_s, chosen.start_s + view.cuts[index].cut.duration_s),
            probe=footage.probe,
            storage_key=footage.storage_key,
            name=footage.name,
            key=f"candidate_{clip_id}",
        )
    with words:
        if chosen.description:
            st.caption(escape(chosen.description))
        if st.button(f"Replace cut {index + 1}", type="primary", key="cut_replace"):
            change(
                lambda session, base: replace_cut(session, clip_id, index, chosen.id, base=base),
                then_select=index,
            )
