"""One variant on its card: its draft, what it is worth, why it opens as it does, and what can be done."""

import streamlit as st

from models.clip import Clip
from models.clip_edits import MAX_CLIP_NAME, pick_clip, rename_clip
from models.footage import Segment
from models.listing import ClipLine
from models.project import Project
from models.removal import clip_removal, delete_clip
from ui.app_pages.project_steps.variants_start import MORE, generate
from ui.components.desk import Desk
from ui.components.dialogs import confirm
from ui.components.media import clip_player
from ui.components.messages import tried
from ui.components.places import go
from ui.components.segment_words import seen_and_why
from ui.components.wording import clock, count, data_size, escape, money

_LIKE, _RENAME, _DELETE = "More like this", "Rename", "Delete"


def draw_card(desk: Desk, project: Project, line: ClipLine, clip: Clip, opening: Segment | None) -> None:
    """Draws it."""
    with st.container(gap="xxsmall"):
        clip_player(desk, clip)
        picked = " :green-badge[:material/check: picked]" if line.is_picked else ""
        st.markdown(f"**{escape(line.name)}**{picked}")
        score = "" if line.score is None else f" · score {line.score:.0f}"
        finals = f" · {count(len(line.finals), 'final')}" if line.finals else ""
        st.caption(
            f"{clock(line.duration_s)}{score} · {money(line.cost_micro_usd)}{finals}".replace("$", r"\$")
        )
        if line.draft_key is None:
            st.markdown(":gray-badge[:material/schedule: no draft yet]")
        elif line.is_draft_stale:
            st.markdown(":orange-badge[:material/history: draft shows the old cuts]")
        if opening is not None:
            st.caption(opening_words(opening))
        if desk.can_edit:
            _draw_verbs(desk, project, line, clip)


def opening_words(opening: Segment) -> str:
    """Why a clip opens as it does: what is seen, and what made it a good opening."""
    hook = opening.features.get("hook")
    strength = "" if hook is None else f" (hook {hook:.0f})"
    words = seen_and_why(opening.description, opening.reason) or "A shot that nobody has judged yet."
    return f"Opens with{strength}: {escape(words)}"


def _draw_verbs(desk: Desk, project: Project, line: ClipLine, clip: Clip) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        if st.button(
            "Unpick" if line.is_picked else "Pick",
            icon=":material/check:" if not line.is_picked else None,
            key=f"pick_{line.id}",
        ) and tried(lambda: _pick(desk, line)):
            st.rerun()
        if st.button("Edit", key=f"edit_{line.id}", help="Its cuts: reorder, replace, move"):
            go(desk.slug, "project", project=project.id, step="variants", clip=line.id)
        verb = st.menu_button("More", [_LIKE, _RENAME, _DELETE], key=f"clip_menu_{line.id}")
    if verb == _LIKE:
        generate(desk, project, variants=MORE, like=clip)
    elif verb == _RENAME:
        _rename(desk, line)
    elif verb == _DELETE:
        _ask_delete(desk, line)


def _pick(desk: Desk, line: ClipLine) -> None:
    with desk.writing() as session:
        pick_clip(session, line.id, is_picked=not line.is_picked)


@st.dialog("Rename variant")
def _rename(desk: Desk, line: ClipLine) -> None:
    with st.form("rename_clip", border=False):
        name = st.text_input("Name", line.name, max_chars=MAX_CLIP_NAME)
        is_wanted = st.form_submit_button("Rename", type="primary")

    def save() -> None:
        with desk.writing() as session:
            rename_clip(session, line.id, name)

    if is_wanted and tried(save):
        st.rerun()


def _ask_delete(desk: Desk, line: ClipLine) -> None:
    with desk.reading() as session:
        gone = clip_removal(session, desk.storage, line.id)

    def remove() -> None:
        with desk.writing():
            pass  # asks for the role; the deletion opens a session of its own
        delete_clip(desk.database, desk.storage, line.id)

    confirm(
        f"Delete {line.name}?",
        [
            f"Its cuts and draft, and {count(gone.exports, 'finished file')}",
            f"{count(gone.files, 'file')} in all, {data_size(gone.bytes)}",
            "Footage, segments and voice stay, and what it cost stays in the ledger.",
        ],
        verb="Delete variant",
        action=remove,
    )
