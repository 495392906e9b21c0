"""What the clip editor keeps between two reruns: the cut on the screen, and which edit was drawn last."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

import streamlit as st

from models.clip_view import ClipView
from models.edit import Edit
from models.session import ProfileSession
from ui.components.desk import Desk
from ui.components.messages import tried


@dataclass(frozen=True, slots=True)
class ClipChanger:
    """Makes changes to the edit that was on the screen."""

    desk: Desk
    view: ClipView
    """The clip as it is now."""
    base: str
    """Fingerprint of the edit that the person saw when they clicked."""

    def __call__(self, change: Callable[[ProfileSession, str], Edit], *, then_select: int) -> None:
        """Makes one change and shows a cut; says what is wrong when it can't be made.

        Args:
            change: One of `models.clip_edits`, given an open session and the base.
            then_select: The cut to be shown afterwards.
        """

        def write() -> None:
            with self.desk.writing() as session:
                change(session, self.base)

        if tried(write):
            select_cut(self.view.clip.id, then_select)


def selected_cut(clip_id: UUID) -> int:
    """Position of the cut on the screen."""
    return int(st.session_state.get(f"cut_of_{clip_id}", 0))


def select_cut(clip_id: UUID, index: int) -> NoReturn:
    """Shows another cut; ends the rerun."""
    st.session_state[f"cut_of_{clip_id}"] = index
    st.rerun()


def seen_fingerprint(view: ClipView) -> str:
    """Of the edit that was drawn last.

    A click arrives in a rerun that has read the clip anew; what the person saw is what was drawn before it.
    """
    return str(st.session_state.get(f"edit_seen_{view.clip.id}", view.fingerprint))


def remember_seen(view: ClipView) -> None:
    """Notes, once all is drawn, what the person sees."""
    st.session_state[f"edit_seen_{view.clip.id}"] = view.fingerprint
