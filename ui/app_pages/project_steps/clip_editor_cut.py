"""The chosen cut of a clip: moved among the others, trimmed, framed, left out; replacing is beside."""

from typing import Final, Literal

import streamlit as st

from models.clip_edits import move_boundary, remove_cut, reorder_cuts, set_crop, trim_cut
from models.clip_view import ClipView, CutView
from models.edit import Crop
from models.edit_changes import boundary_room
from models.project import Project
from ui.app_pages.project_steps.clip_change import ClipChanger
from ui.app_pages.project_steps.clip_editor_replace import draw_replace
from ui.components.desk import Desk
from ui.components.segment_words import moment
from ui.components.stills import span_still
from ui.components.wording import escape

_FRAME_S = 1 / 30
_NUDGES_S = (-0.5, -0.1, 0.1, 0.5)
_FRAMINGS: Final[dict[str, Literal["fill", "fit"]]] = {"Fill": "fill", "Whole picture": "fit"}


def draw_cut(desk: Desk, project: Project, view: ClipView, index: int, change: ClipChanger) -> None:
    """Draws what it is and what can be done with it.

    Args:
        desk: Whose.
        project: The clip's.
        view: The clip.
        index: Which cut.
        change: Makes changes to the clip.
    """
    each = view.cuts[index]
    cut = each.cut
    score = "" if each.score is None else f" · score {each.score:.0f}"
    st.markdown(
        f"**Cut {index + 1} of {len(view.cuts)}** · {escape(each.footage_name)} {moment(cut.start_s)} to "
        f"{moment(cut.end_s)} · {cut.duration_s:.2f} s{score}"
    )
    if each.reason:
        st.caption(escape(each.reason))
    if not desk.can_edit:
        return
    _draw_verbs(view, index, change)
    replace, trim, framing = st.tabs(["Replace", "Trim", "Framing"])
    with replace:
        draw_replace(desk, project, view, index, change)
    with trim:
        _draw_boundary(view, index, change)
        _draw_trim(view, each, index, change)
    with framing:
        _draw_framing(desk, view, each, index, change)


def _draw_verbs(view: ClipView, index: int, change: ClipChanger) -> None:
    """Earlier, later, out: what the strip does by dragging."""
    clip_id, last = view.clip.id, len(view.cuts) - 1

    def move(to: int) -> None:
        order = list(range(last + 1))
        order.insert(to, order.pop(index))
        change(lambda session, base: reorder_cuts(session, clip_id, order, base=base), then_select=to)

    with st.container(horizontal=True, gap="xsmall"):
        if st.button("Earlier", icon=":material/arrow_back:", disabled=index == 0, key="cut_earlier"):
            move(index - 1)
        if st.button("Later", icon=":material/arrow_forward:", disabled=index == last, key="cut_later"):
            move(index + 1)
        if st.button("Leave out", icon=":material/delete:", disabled=last == 0, key="cut_remove"):
            change(
                lambda session, base: remove_cut(session, clip_id, index, base=base),
                then_select=max(0, index - 1),
            )


# ------------------------------------------------------------------ trim


def _draw_boundary(view: ClipView, index: int, change: ClipChanger) -> None:
    """The moment of change to the next cut; the clip's length stays."""
    if index + 1 >= len(view.cuts):
        return
    earliest_s, latest_s = boundary_room(view.edit, index, [each.room for each in view.cuts])
    clip_id = view.clip.id
    st.markdown("Change to the next cut")
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        for by_s in _NUDGES_S:
            if st.button(
                f"{by_s:+.1f} s".replace("-", "−"),
                disabled=not earliest_s - _FRAME_S / 2 <= by_s <= latest_s + _FRAME_S / 2,
                key=f"boundary_{by_s}",
            ):
                change(
                    lambda session, base, by_s=by_s: move_boundary(  # type: ignore[misc]
                        session, clip_id, index, by_s, base=base
                    ),
                    then_select=index,
                )
        st.caption(
            f"from {earliest_s:+.2f} to {latest_s:+.2f} s; the clip keeps its length".replace("-", "−"),
            width="content",
        )


def _draw_trim(view: ClipView, each: CutView, index: int, change: ClipChanger) -> None:
    """Start and end of the cut in its footage."""
    cut, room = each.cut, each.room.footage
    clip_id, stored = view.clip.id, f"{view.fingerprint[:12]}_{index}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        start_s = st.number_input(
            "From, s",
            0.0,
            room.end_s,
            cut.start_s,
            _FRAME_S * 3,
            "%.2f",
            key=f"trim_from_{stored}",
            width=130,
        )
        end_s = st.number_input(
            "To, s", 0.0, room.end_s, min(cut.end_s, room.end_s), _FRAME_S * 3, "%.2f",
            key=f"trim_to_{stored}", width=130,
        )  # fmt: skip
        is_changed = abs(start_s - cut.start_s) >= _FRAME_S / 2 or abs(end_s - cut.end_s) >= _FRAME_S / 2
        if st.button("Trim", type="primary", disabled=not is_changed, key="cut_trim"):
            change(
                lambda session, base: trim_cut(
                    session, clip_id, index, start_s=start_s, end_s=end_s, base=base
                ),
                then_select=index,
            )
    kept = "the cuts around it make up for it, since the clip has a voice" if view.voice else "the clip too"
    st.caption(f"The cut gets shorter or longer; {kept}.")


def _draw_framing(desk: Desk, view: ClipView, each: CutView, index: int, change: ClipChanger) -> None:
    """What stays of the picture when it fills another shape."""
    crop, cut, clip_id = each.cut.crop, each.cut, view.clip.id
    stored = f"{view.fingerprint[:12]}_{index}"
    picture, fields = st.columns([1, 1], gap="medium")
    with picture:
        st.image(
            span_still(desk, cut.footage_id, cut.start_s, cut.end_s),
            width="stretch",
            alt=f"The whole picture of cut {index + 1}",
        )
    with fields:
        names = list(_FRAMINGS)
        mode = st.segmented_control(
            "Framing", names, default=names[0 if crop.mode == "fill" else 1], required=True,
            key=f"framing_{stored}", label_visibility="collapsed",
        )  # fmt: skip
        x = st.slider("Left to right", 0, 100, round(crop.x * 100), format="%d %%", key=f"crop_x_{stored}")
        y = st.slider("Top to bottom", 0, 100, round(crop.y * 100), format="%d %%", key=f"crop_y_{stored}")
        st.caption(
            "This point of the picture stays in the middle, as near as the edges allow."
            if mode == names[0]
            else "All of the picture is shown, over a blurred copy of itself."
        )
        wanted = Crop(mode=_FRAMINGS[mode], x=x / 100, y=y / 100)
        is_changed = (wanted.mode, x, y) != (crop.mode, round(crop.x * 100), round(crop.y * 100))
        if st.button("Set framing", type="primary", disabled=not is_changed, key="cut_framing"):
            change(
                lambda session, base: set_crop(session, clip_id, index, wanted, base=base), then_select=index
            )
