"""Which clips of a project something applies to: the picked ones unless somebody chooses others."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from models.listing import ClipLine, list_clips
from models.project import Project
from ui.components.desk import Desk
from ui.components.messages import empty
from ui.components.places import link
from ui.components.wording import escape

#: More clips than these in one project are chosen on the Variants step.
_MOST = 60


def project_clips(desk: Desk, project: Project) -> list[ClipLine]:
    """The project's clips in order, the picked ones first; draws what to do when there are none."""
    with desk.reading() as session:
        lines = list_clips(session, project_id=project.id, sort="variant", size=_MOST).items
    if not lines:
        empty("No variants yet", "Make some first; what you set here then applies to those you pick.")
        with st.container(horizontal_alignment="center"):
            link(desk.slug, "project", "Go to variants", project=project.id, step="variants")
    return sorted(lines, key=lambda line: not line.is_picked)


def choose_clips(
    lines: Sequence[ClipLine], *, key: str, label: str = "Applies to", are_all: bool = False
) -> list[ClipLine]:
    """Draws the choice when there is one; returns what is chosen.

    Args:
        lines: From `project_clips`, at least one.
        key: Unique on the page.
        label: What the choice is for.
        are_all: Whether all of them are chosen at first, rather than the picked ones.
    """
    if len(lines) == 1:
        return list(lines)
    known = {line.id: line for line in lines}
    picked = [] if are_all else [line.id for line in lines if line.is_picked]

    def shown(clip_id: UUID) -> str:
        line = known[clip_id]
        return f":material/check: {escape(line.name)}" if line.is_picked else escape(line.name)

    chosen = st.pills(
        label,
        list(known),
        selection_mode="multi",
        default=picked or list(known),
        format_func=shown,
        key=key,
        help="Picked variants have a tick.",
        wrap=True,
    )
    return [known[clip_id] for clip_id in chosen]


def names_of(lines: Sequence[ClipLine]) -> str:
    """Some clips in a sentence: their names, or how many they are."""
    if len(lines) <= 2:
        return " and ".join(escape(line.name) for line in lines)
    return f"{len(lines)} variants"
