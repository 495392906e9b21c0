"""Pieces that pages are made of: drawn with Streamlit, told what to show, and free of any decision."""
