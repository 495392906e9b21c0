"""The quick path: choose footage, say what is wanted, see the price, and watch the reels being made."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import streamlit as st

from models.errors import NotFound
from models.run import Run
from ui.components.desk import Desk, open_desk
from ui.components.footage_picker import pick_footage
from ui.components.making import draw_making
from ui.components.messages import not_found
from ui.components.places import go
from ui.components.reel_wishes import draw_wishes, is_taken
from ui.components.starting import start_run
from ui.components.wording import count, span

_RUN_KEY: Final = "run"


def draw_form(desk: Desk) -> None:
    """Footage on the left, wishes on the right."""
    st.title("Make reels")
    left, right = st.columns([3, 2], gap="large")
    with left:
        chosen = pick_footage(desk, key="make")
    with right, st.container(border=True):
        length = span(sum(footage.duration_s for footage in chosen))
        st.markdown(
            f"**{count(len(chosen), 'video')} chosen** · {length}" if chosen else "**Nothing chosen yet**"
        )
        draw_start(desk, draw_wishes(desk, chosen))


def draw_start(desk: Desk, wishes: Mapping[str, Any]) -> None:
    """The button, and what still stands before it."""
    footage, presets = wishes["footage_ids"], wishes["presets"]
    reels = count(wishes["variants"], "reel")
    missing = "Choose or upload footage first." if not footage else "" if presets else "Choose a format."
    if missing:
        st.caption(missing)
    elif is_taken(desk, wishes["project"]):
        st.caption("There is a project of this name: these reels are added to it.")
    if st.button(
        f"Make {reels}",
        type="primary",
        icon=":material/auto_awesome_motion:",
        disabled=bool(missing) or not desk.can_edit,
        shortcut="Ctrl+Enter",
        width="stretch",
        key="make_go",
    ):
        length = "as long as the voice" if wishes["script"] else f"{wishes['duration_s']:.0f} s each"
        start_run(
            desk,
            "make_reels",
            wishes,
            title=f"make {reels}",
            heading=f"Make {reels}",
            what=f"{reels} of {count(len(footage), 'video')}, {length}.",
            on_started=watch,
        )


def watch(run_id: UUID) -> None:
    """Shows a run on this page, also after the page is loaded again."""
    st.query_params[_RUN_KEY] = str(run_id)


def draw_watched(desk: Desk, wanted: str) -> None:
    """The run that was started here, until its reels play."""
    try:
        with desk.reading() as session:
            run = session.require(Run, wanted)
    except NotFound:
        not_found("run", home=desk.slug)
    st.title("Your reels")
    is_over = draw_making(desk, run, key="watched", on_resumed=watch)
    with st.container(horizontal=True, gap="small"):
        if is_over and st.button("Make more reels", icon=":material/add:", key="make_again"):
            go(desk.slug, "make")
        if st.button("Go to the dashboard", type="tertiary", key="make_home"):
            go(desk.slug, "dashboard")


desk = open_desk()
watched = st.query_params.get(_RUN_KEY)
if watched:
    draw_watched(desk, watched)
else:
    draw_form(desk)
