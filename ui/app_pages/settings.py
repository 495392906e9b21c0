"""What a profile's reels start from: voice, captions, providers."""

import streamlit as st

from models.edit import CaptionStyle
from models.provider_settings import provider_settings
from ui.components.desk import open_desk

desk = open_desk()
st.title("Settings")
chosen = provider_settings(desk.profile)
style = CaptionStyle.model_validate(desk.profile.caption_style)
with st.container(border=True, width=760):
    st.markdown(f"**Analysis**  \n{chosen.analyser}")
    st.markdown(f"**Voice**  \n{chosen.voice}")
    st.markdown(f"**Captions**  \n{style.font_family}, {style.words_per_page} words at a time")
