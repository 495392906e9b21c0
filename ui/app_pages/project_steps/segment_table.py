"""The list of segments: a click on a row shows it, its box chooses it for clips; choices outlive the page."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import streamlit as st

from models.listing import Page, SegmentLine
from models.project import Project
from models.segment_use import SegmentUse
from models.tenant import now_utc
from ui.components.desk import Desk
from ui.components.segment_words import moment
from ui.components.stills import span_still
from ui.components.wording import age

_ROW_PX = 46

#: Column names, and the bar for scrolling sideways.
_HEAD_PX = 52

#: More are scrolled to, so that the bar below the list stays on the screen.
_MOST_ROWS = 11


def draw_table(
    desk: Desk,
    project: Project,
    page: Page[SegmentLine],
    uses: Mapping[UUID, SegmentUse],
    *,
    has_names: bool,
) -> SegmentLine | None:
    """Draws one page of segments; returns the one to be shown, if there is any.

    Args:
        desk: Whose.
        project: Whose footage they are of.
        page: What is on the page.
        uses: Where they were used.
        has_names: Tell the footage of each.
    """
    if not page.items:
        st.caption("No segment fits. Search for something else, or show all.")
        return None
    key = f"segment_table_{project.id}_{hash(tuple(line.id for line in page.items))}"
    chosen = chosen_segments(project.id)
    columns = ["Picture", "At", "Length", "Score", "", "Why", "Tags", *(["Footage"] if has_names else [])]
    table = st.dataframe(
        [_row(desk, line, uses.get(line.id)) for line in page.items],
        hide_index=True,
        height=min(_MOST_ROWS, len(page.items)) * _ROW_PX + _HEAD_PX,
        row_height=_ROW_PX,
        column_order=[*columns, "Last used"],
        column_config={
            "Picture": st.column_config.ImageColumn(width=76, pinned=True),
            "Footage": st.column_config.TextColumn(width=110),
            "At": st.column_config.TextColumn(width=58),
            "Length": st.column_config.TextColumn(width=56),
            "Score": st.column_config.ProgressColumn(min_value=0, max_value=100, format="%.0f", width=84),
            "": st.column_config.TextColumn(width=34, help="★ favourite, ⊘ skipped"),
            "Why": st.column_config.TextColumn(width=240),
            "Tags": st.column_config.ListColumn(width=110),
            "Last used": st.column_config.TextColumn(width=150),
        },
        on_select="rerun",
        selection_mode=["multi-row", "single-cell"] if desk.can_edit else ["single-cell"],
        selection_default={
            "selection": {"rows": [row for row, line in enumerate(page.items) if line.id in chosen]}
        },
        key=key,
        alt="Segments of the project's footage, with score and reason",
    )
    rows: Sequence[int] = table.selection.get("rows", [])
    _remember_chosen(project.id, page.items, rows)
    return _shown(project.id, key, page.items, [row for row, _ in table.selection.get("cells", [])])


def _row(desk: Desk, line: SegmentLine, use: SegmentUse | None) -> dict[str, Any]:
    when = ""
    if use is not None:
        ago = age(use.last_at, now_utc(), desk.timezone)
        more = f" +{use.clips - 1}" if use.clips > 1 else ""
        when = f"{use.last_project}, {use.last_clip}{more} · {ago}"
    return {
        "Picture": span_still(desk, line.footage_id, line.start_s, line.end_s),
        "Footage": line.footage_name,
        "At": moment(line.start_s),
        "Length": f"{line.end_s - line.start_s:.1f} s",
        "Score": line.score if line.reason else None,
        "": ("★" if line.is_favorite else "") + ("⊘" if line.is_skipped else ""),
        "Why": line.reason or "Not judged yet; making clips does",
        "Tags": list(line.tags),
        "Last used": when,
    }


# ------------------------------------------------------------------ what is chosen, and what is shown


def chosen_segments(project_id: UUID) -> list[UUID]:
    """What is chosen for clips, in the order in which it was; of all pages of the list."""
    chosen: list[UUID] = st.session_state.setdefault(f"chosen_segments_{project_id}", [])
    return chosen


def forget_chosen(project_id: UUID) -> None:
    """Chooses nothing; the boxes on the page are emptied too."""
    st.session_state[f"chosen_segments_{project_id}"] = []
    for key in [key for key in st.session_state if str(key).startswith(f"segment_table_{project_id}_")]:
        del st.session_state[key]


def merge_chosen(chosen: Sequence[UUID], on_page: Sequence[UUID], ticked: Sequence[UUID]) -> list[UUID]:
    """The choice after a page's boxes were looked at: other pages' stay, new ones come last."""
    kept = [each for each in chosen if each not in on_page or each in ticked]
    return [*kept, *(each for each in ticked if each not in kept)]


def _remember_chosen(project_id: UUID, items: Sequence[SegmentLine], rows: Sequence[int]) -> None:
    ticked = [items[row].id for row in rows if row < len(items)]
    chosen = merge_chosen(chosen_segments(project_id), [line.id for line in items], ticked)
    st.session_state[f"chosen_segments_{project_id}"] = chosen


def show_segment(project_id: UUID, segment_id: UUID) -> None:
    """Has the next rerun show a segment."""
    st.session_state[f"shown_segment_{project_id}"] = segment_id


def _shown(
    project_id: UUID, table_key: str, items: Sequence[SegmentLine], clicked: Sequence[int]
) -> SegmentLine | None:
    """The row that was clicked last, else what was shown before, else the first.

    A click stays the table's state until the next one: only a new one counts.
    """
    row = clicked[0] if clicked else None
    seen = f"clicked_{table_key}"
    if row is not None and row < len(items) and st.session_state.get(seen) != row:
        show_segment(project_id, items[row].id)
    st.session_state[seen] = row
    wanted = st.session_state.get(f"shown_segment_{project_id}")
    return next((line for line in items if line.id == wanted), items[0])
