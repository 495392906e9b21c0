"""The control panel: who is there, in which profile, and which page they asked for.

Pages read the database and start deployments by name; none of them runs a flow. This script runs on
every rerun, so the person and their profile are looked up anew each time.
"""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from ui.components.desk import open_desk
from ui.components.places import FILES, Place
from ui.components.sidebar import draw_sidebar
from ui.load_ahead import page_was_drawn

st.set_page_config(
    page_title="Reelflow", page_icon=str(Path(__file__).parent / "assets" / "icon.svg"), layout="wide"
)


def page_at(place: Place, title: str, icon: str, what_for: str, *, is_linked: bool = True) -> StreamlitPage:
    """A page as Streamlit's navigation takes it; `is_linked` says whether it belongs into a list of pages."""
    return st.Page(
        FILES[place],
        title=title,
        icon=f":material/{icon}:",
        default=place == "dashboard",
        visibility="visible" if is_linked else "hidden",
        help=what_for,
    )


# fmt: off
pages = {
    "Work": [
        page_at("dashboard", "Dashboard", "space_dashboard",
                "What needs you, what runs now, and what is ready to post."),
        page_at("make", "Make reels", "auto_awesome_motion",
                "The quick path: choose footage, say what is wanted, watch the reels being made.",
                is_linked=False),
        page_at("projects", "Projects", "video_library",
                "All projects of a profile: search, filter, open, or start a new one."),
        page_at("project", "Project", "movie",
                "One project from its footage to its finished files.", is_linked=False),
        page_at("runs", "Runs", "sync", "Everything that runs or ran: follow, stop or resume it."),
        page_at("costs", "Costs", "payments", "What was spent on what, and the month's budget."),
    ],
    "Set up": [
        page_at("settings", "Settings", "tune",
                "Brand kit, voices, captions, keys and schedules of a profile."),
        page_at("profiles", "Profiles", "storefront",
                "The store brands: create, rename, choose the default, delete."),
        page_at("health", "Health", "monitor_heart",
                "Whether everything that reels need is in place, and what to do where it is not."),
        page_at("welcome", "Welcome", "waving_hand",
                "The first steps: check, try the sample, add footage.", is_linked=False),
    ],
}
# fmt: on

page = st.navigation(pages, position="hidden")
draw_sidebar(open_desk())
page.run()
page_was_drawn()
