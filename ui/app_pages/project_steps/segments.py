"""Step 2: the spans of the footage worth using, with their score and why."""

import streamlit as st

from models.listing import list_footage, list_segments
from models.project import Project
from ui.components.desk import Desk
from ui.components.messages import empty
from ui.components.wording import clock


def draw(desk: Desk, project: Project) -> None:
    """Draws the step."""
    with desk.reading() as session:
        footage_ids = [row.id for row in list_footage(session, project_id=project.id, size=200).items]
        page = list_segments(session, footage_ids=footage_ids, size=100)
    if not page.items:
        empty("No segments yet", "They are found when the project's footage is imported.")
        return
    st.dataframe(
        [
            {
                "Footage": line.footage_name,
                "Start": clock(line.start_s),
                "Length": f"{line.end_s - line.start_s:.1f} s",
                "Score": line.score,
                "Why": line.reason,
                "Tags": list(line.tags),
                "Favourite": line.is_favorite,
                "Skipped": line.is_skipped,
            }
            for line in page.items
        ],
        hide_index=True,
        column_config={"Score": st.column_config.ProgressColumn(min_value=0, max_value=100, format="%.0f")},
        alt="Segments of the project's footage",
    )
