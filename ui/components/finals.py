"""A finished file: playing, with its age against the edit, and with its checks, which move the player."""

from collections.abc import Callable, Mapping, Sequence
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
    moment = f"moment_{final.id}"

    def go_to(at_s: float) -> None:
        _, clicks = st.session_state.get(moment, (0.0, 0))
        st.session_state[moment] = (at_s, clicks + 1)

    @st.fragment(key=f"final_{final.id}")
    def card() -> None:
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
            draw_checks(quality.get("checks", ()), key=str(final.id), on_moment=go_to)

    card()


def draw_checks(checks: Sequence[Mapping[str, Any]], *, key: str, on_moment: Callable[[float], None]) -> None:
    """What was measured; folded as long as there is nothing to look at.

    Args:
        checks: As stored.
        key: Unique on the page.
        on_moment: Called with the second of the file that somebody wants to see.
    """
    if not checks:
        return
    passed = sum(bool(check.get("passed")) for check in checks)
    places = sum(len(check.get("spans", ())) for check in checks)
    is_well = passed == len(checks)
    label = f"{passed} of {count(len(checks), 'check')} passed"
    folded = st.expander(
        f"{label} · {count(places, 'place')} to see" if places else label,
        expanded=bool(places) or not is_well,
        icon=":material/task_alt:" if is_well else ":material/error:",
    )
    with folded, st.container(gap="xxsmall"):
        for number, check in enumerate(checks):
            sign = ":green[:material/check:]" if check.get("passed") else ":red[:material/close:]"
            measured = escape(str(check.get("measured", "")))
            st.markdown(f"{sign} {escape(str(check.get('name', '')).capitalize())}: **{measured}**")
            if not check.get("passed"):
                st.caption(f"wanted: {escape(str(check.get('wanted', '')))}")
            draw_moments(check.get("spans", ()), key=f"{key}_{number}", on_moment=on_moment)


def draw_moments(
    spans: Sequence[Mapping[str, float]], *, key: str, on_moment: Callable[[float], None]
) -> None:
    """Places of a check in the file; a click on one goes there."""
    if not spans:
        return
    with st.container(horizontal=True, gap="xxsmall"):
        for number, span in enumerate(spans[:_MOMENTS]):
            st.button(
                f"{_moment(span['start_s'])} to {_moment(span['end_s'])}",
                icon=":material/play_arrow:",
                type="tertiary",
                key=f"{key}_{number}",
                on_click=on_moment,
                args=(span["start_s"],),
            )
    if len(spans) > _MOMENTS:
        st.caption(f"{len(spans) - _MOMENTS} more like these")


def _moment(at_s: float) -> str:
    """A time in a file, to the tenth: "0:03.2"."""
    tenths = round(at_s * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"
