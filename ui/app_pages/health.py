"""Whether everything that reels need is in place, and what to do where it is not."""

import streamlit as st

from ui.components.desk import open_desk
from ui.components.findings import draw_findings
from ui.components.places import link

desk = open_desk()
st.title("Health")
st.caption("What this installation and this profile need to make reels. Nothing here costs money.")
with st.container(border=True, width=760):
    draw_findings(key="health")
link(desk.slug, "welcome", "First steps", icon=":material/waving_hand:")
