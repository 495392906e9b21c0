"""A finished file: playing, with its age against the edit, and with its checks, which move the player."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import streamlit as st
from sqlmodel import col, select

from models.clip import Export
from models.listing import ClipLine, FinalLine
from models.session import ProfileSession
from models.tenant import now_utc
from ui.components.desk import Desk
from ui.components.media import media_url
from ui.components.wording import age, clock, count, data_size, escape
from ui.formats import FORMATS, format_title

STALE: Final = ":orange-badge[:material/history: older than the edit]"

#: So many moments of one check are offered; the rest is counted.
_MOMENTS: Final = 6


def newest_finals(line: ClipLine) -> list[FinalLine]:
    """The newest final of each format, in the order in which formats are offered."""
    newest = {final.preset: final for final in reversed(line.finals)}
    order = list(FORMATS)
    return sorted(
        newest.values(),
        key=lambda final: order.index(final.preset) if final.preset in order else len(order),
    )


def quality_reports(session: ProfileSession, export_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The quality reports of some finals, by final."""
    rows = session.exec(select(Export.id, Export.quality).where(col(Export.id).in_(export_ids))).all()
    return {export_id: dict(quality) for export_id, quality in rows}


def draw_final(desk: Desk, line: ClipLine, final: FinalLine, quality: Mapping[str, Any]) -> None:
    """One final with its checks.

    Args:
        desk: Whose.
        line: The clip.
        final: The final.
        quality: Its quality report, as stored.
    """

    @st.fragment(key=f"final_{final.id}")
    def card() -> None:
        moment = f"moment_{final.id}"
        at_s, clicks = st.session_state.get(moment, (0.0, 0))
        title = format_title(final.preset)
        with st.container(border=True):
            player, facts = st.columns([2, 3], gap="medium")
        # Another address for each click, since the same moment twice would move nothing.
        player.video(
            f"{media_url(desk, 'export', final.id)}#click{clicks}",
            start_time=int(at_s),
            autoplay=bool(clicks),
            alt=f"{line.name} for {title}",
        )
        with facts:
            st.markdown(f"**{escape(line.name)}, {title}** {STALE if final.is_older_than_edit else ''}")
            when = age(final.created_at, now_utc(), desk.timezone)
            st.caption(f"{clock(final.duration_s)} · {data_size(final.bytes)} · {when}")
            chosen_s = draw_checks(quality.get("checks", ()), key=str(final.id))
        if chosen_s is not None:
            st.session_state[moment] = (chosen_s, clicks + 1)
            st.rerun(scope="fragment")

    card()


def draw_checks(checks: Sequence[Mapping[str, Any]], *, key: str) -> float | None:
    """What was measured, folded; returns the moment that somebody wants to see."""
    if not checks:
        return None
    passed = sum(bool(check.get("passed")) for check in checks)
    told = sum(len(check.get("spans", ())) for check in checks)
    label = f"{passed} of {count(len(checks), 'check')} passed"
    if told:
        label += f" · {count(told, 'place')} to look at"
    wanted_s = None
    is_well = passed == len(checks)
    folded = st.expander(
        label,
        expanded=bool(told) or not is_well,
        icon=":material/task_alt:" if is_well else ":material/error:",
    )
    with folded, st.container(gap="xxsmall"):
        for number, check in enumerate(checks):
            sign = ":green[:material/check:]" if check.get("passed") else ":red[:material/close:]"
            measured = escape(str(check.get("measured", "")))
            st.markdown(f"{sign} {escape(str(check.get('name', '')).capitalize())}: **{measured}**")
            if not check.get("passed"):
                st.caption(f"wanted: {escape(str(check.get('wanted', '')))}")
            chosen_s = draw_moments(check.get("spans", ()), key=f"{key}_{number}")
            wanted_s = wanted_s if chosen_s is None else chosen_s
    return wanted_s


def draw_moments(spans: Sequence[Mapping[str, float]], *, key: str) -> float | None:
    """Places of a check in the file; returns the one that was clicked."""
    if not spans:
        return None
    chosen_s = None
    with st.container(horizontal=True, gap="xxsmall"):
        for number, span in enumerate(spans[:_MOMENTS]):
            label = f"{_moment(span['start_s'])} to {_moment(span['end_s'])}"
            if st.button(label, icon=":material/play_arrow:", type="tertiary", key=f"{key}_{number}"):
                chosen_s = span["start_s"]
    if len(spans) > _MOMENTS:
        st.caption(f"{len(spans) - _MOMENTS} more like these")
    return chosen_s


def _moment(at_s: float) -> str:
    """A time in a file, to the tenth: "0:03.2"."""
    tenths = round(at_s * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"
