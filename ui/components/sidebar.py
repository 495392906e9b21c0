"""The sidebar: logo, whose reels these are, the month's money, and the pages."""

from pathlib import Path
from typing import Final

import streamlit as st

from ui.components.desk import Desk
from ui.components.places import Place, go, link
from ui.components.spending import spend_bar

_ASSETS = Path(__file__).parents[1] / "assets"

#: What the sidebar lists, in groups; "project" and "welcome" are reached from other pages.
_GROUPS: Final[tuple[tuple[tuple[Place, str, str], ...], ...]] = (
    (
        ("dashboard", "Dashboard", ":material/space_dashboard:"),
        ("projects", "Projects", ":material/video_library:"),
        ("runs", "Runs", ":material/sync:"),
        ("costs", "Costs", ":material/payments:"),
    ),
    (
        ("settings", "Settings", ":material/tune:"),
        ("profiles", "Profiles", ":material/storefront:"),
        ("health", "Health", ":material/monitor_heart:"),
    ),
)


def draw_sidebar(desk: Desk) -> None:
    """Draws it; switching the profile opens the dashboard, since nothing on a page is in both."""
    st.logo(str(_ASSETS / "logo.svg"), icon_image=str(_ASSETS / "icon.svg"), size="large")
    with st.sidebar:
        _switcher(desk)
        spend_bar(desk)
        for number, group in enumerate(_GROUPS):
            if number:
                st.space("xsmall")
            with st.container(gap="xxsmall"):
                for place, title, icon in group:
                    link(desk.slug, place, title, icon=icon, width="stretch")
        if not desk.identity.is_local:
            st.caption(desk.identity.email or desk.identity.name)
            st.button("Sign out", on_click=st.logout, icon=":material/logout:", width="stretch")


def _switcher(desk: Desk) -> None:
    names = {profile.slug: profile.name for profile in desk.profiles}
    chosen = st.selectbox(
        "Profile",
        list(names),
        index=list(names).index(desk.slug),
        format_func=lambda slug: names[slug],
        # Another key for each profile: a link to one must not be overruled by what was chosen before.
        key=f"profile_of_{desk.slug}",
        label_visibility="collapsed",
    )
    if chosen != desk.slug:
        go(chosen, "dashboard")
