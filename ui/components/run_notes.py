"""What runs that went well had to warn of: what the footage could not give, which files were refused."""

from collections.abc import Collection
from uuid import UUID

import streamlit as st
from sqlmodel import col, select

from models.run import EventLevel, RunEvent
from ui.components.advice import in_panel
from ui.components.desk import Desk
from ui.components.wording import count, escape

#: More than so many are read on the run's own page.
_MOST = 6


def draw_notes(desk: Desk, run_ids: Collection[UUID], *, title: str = "note") -> None:
    """Draws the warnings of some runs, folded; nothing when there are none.

    Args:
        desk: Whose.
        run_ids: Of these runs.
        title: What one of them is called, as "note from planning".
    """
    with desk.reading() as session:
        messages = session.exec(
            select(RunEvent.message)
            .where(col(RunEvent.run_id).in_(run_ids), RunEvent.level == EventLevel.WARNING)
            .order_by(col(RunEvent.created_at).desc(), col(RunEvent.id))
        ).all()
    different = list(dict.fromkeys(messages))
    if not different:
        return
    noun, _, rest = title.partition(" ")
    name = f"{count(len(different), noun)} {rest}".strip()
    with st.expander(name, icon=":material/info:", type="compact"):
        for message in different[:_MOST]:
            st.caption(escape(in_panel(message)))
        if len(different) > _MOST:
            st.caption(f"{len(different) - _MOST} more are told under Runs.")
