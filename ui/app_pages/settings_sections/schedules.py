"""Schedules: what happens by itself in this profile, switched on and off."""

from zoneinfo import ZoneInfo

import streamlit as st

from models.errors import ReelflowError
from models.tenant import now_utc
from ui.components.advice import said
from ui.components.desk import Desk
from ui.components.messages import tried
from ui.components.timetable import cron_words, next_moment, next_words
from ui.components.wording import escape
from ui.gateway import Schedule


def draw(desk: Desk) -> None:
    """Draws the section."""
    try:
        schedules = desk.gateway.schedules(desk.member)
    except ReelflowError as error:
        st.error(said(error), title="Schedules can't be read now")
        return
    with st.container(width=760):
        for schedule in schedules:
            _draw_schedule(desk, schedule)
    st.caption(f"Files for the inbox go to `{desk.settings.inbox_dir(desk.slug)}` on the server's disk.")


def _draw_schedule(desk: Desk, schedule: Schedule) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(gap=None):
            st.markdown(f"**{escape(schedule.what)}**")
            when = cron_words(schedule.cron)
            zone = ZoneInfo(schedule.timezone)
            next_run = schedule.next_run or next_moment(schedule.cron, now_utc().astimezone(zone))
            if schedule.is_on and next_run:
                when += f", next {next_words(next_run, zone)}"
            st.caption(f"{when[:1].upper()}{when[1:]} · {schedule.timezone}")
        is_on = st.toggle(
            "On",
            schedule.is_on,
            key=f"schedule_{desk.profile.id}_{schedule.name}_{schedule.is_on}",
            disabled=not desk.can_edit,
        )
    # Asked for once only, whatever Prefect says afterwards.
    asked = f"asked_{desk.profile.id}_{schedule.name}"
    if is_on == schedule.is_on:
        st.session_state.pop(asked, None)
    elif st.session_state.get(asked) != is_on:
        st.session_state[asked] = is_on
        if tried(
            lambda: desk.gateway.set_schedule(desk.member, schedule.name, is_on=is_on),
            done="Switched on" if is_on else "Switched off",
        ):
            st.rerun()
