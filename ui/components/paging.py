"""Turning the pages of a list; which one is open stays in the address."""

import math

import streamlit as st


def page_number(key: str) -> int:
    """The page that is open, from 1; read before the list is."""
    value = st.session_state.get(key, st.query_params.get(key, 1))
    return int(value) if str(value).isdecimal() and int(value) > 0 else 1


def pager(key: str, *, total: int, size: int) -> None:
    """Draws the page buttons under a list when there is more than one page.

    Args:
        key: As given to `page_number`; also its name in the address.
        total: How many there are in all.
        size: How many are on one page.
    """
    pages = math.ceil(total / size)
    if pages < 2:
        return
    with st.container(horizontal_alignment="center"):
        st.pagination(pages, key=key, bind="query-params")
