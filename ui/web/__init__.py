"""What the panel's server answers beside Streamlit: media in ranges, uploads, and who may have them."""
