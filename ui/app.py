"""The control panel: who is there, in which profile, and which page they asked for.

Pages read the database and start deployments by name; none of them runs a flow. This script runs on
every rerun, so the person and their profile are looked up anew each time.
"""

from pathlib import Path

import streamlit as st

from ui.components.desk import open_desk
from ui.components.places import FILES
from ui.components.sidebar import draw_sidebar

st.set_page_config(
    page_title="Reelflow", page_icon=str(Path(__file__).parent / "assets" / "icon.svg"), layout="wide"
)

page = st.navigation(
    {
        "Work": [
            st.Page(
                FILES["dashboard"],
                title="Dashboard",
                icon=":material/space_dashboard:",
                default=True,
                help="What needs you, what runs now, and what is ready to post.",
            ),
            st.Page(
                FILES["make"],
                title="Make reels",
                icon=":material/auto_awesome_motion:",
                visibility="hidden",
                help="The quick path: choose footage, say what is wanted, watch the reels being made.",
            ),
            st.Page(
                FILES["projects"],
                title="Projects",
                icon=":material/video_library:",
                help="All projects of a profile: search, filter, open, or start a new one.",
            ),
            st.Page(
                FILES["project"],
                title="Project",
                icon=":material/movie:",
                visibility="hidden",
                help="One project from its footage to its finished files.",
            ),
            st.Page(
                FILES["runs"],
                title="Runs",
                icon=":material/sync:",
                help="Everything that runs or ran: follow, stop or resume it.",
            ),
            st.Page(
                FILES["costs"],
                title="Costs",
                icon=":material/payments:",
                help="What was spent on what, and the month's budget.",
            ),
        ],
        "Set up": [
            st.Page(
                FILES["settings"],
                title="Settings",
                icon=":material/tune:",
                help="Brand kit, voices, captions, keys and schedules of a profile.",
            ),
            st.Page(
                FILES["profiles"],
                title="Profiles",
                icon=":material/storefront:",
                help="The store brands: create, rename, choose the default, delete.",
            ),
            st.Page(
                FILES["health"],
                title="Health",
                icon=":material/monitor_heart:",
                help="Whether everything that reels need is in place, and what to do where it is not.",
            ),
            st.Page(
                FILES["welcome"],
                title="Welcome",
                icon=":material/waving_hand:",
                visibility="hidden",
                help="The first steps: check, try the sample, add footage.",
            ),
        ],
    },
    position="hidden",
)

draw_sidebar(open_desk())
page.run()
