"""Who sits in front of the page: everybody owns everything on this machine, or whoever signed in."""

from typing import NoReturn

import streamlit as st

from models.access import LOCAL, Identity
from models.errors import BadInput
from models.settings import Settings


def current_identity(settings: Settings) -> Identity:
    """The person of this browser session; draws the sign-in page, and stops there, when there is none."""
    if not settings.needs_sign_in:
        return LOCAL
    if not st.user.is_logged_in:
        _sign_in_page()
    try:
        return Identity.from_claims(st.user.to_dict())
    except BadInput as error:
        st.error(str(error), title="You can't be signed in")
        st.button("Sign out", on_click=st.logout)
        st.stop()


def _sign_in_page() -> NoReturn:
    _, middle, _ = st.columns([1, 1, 1])
    with middle, st.container(border=True):
        st.title("Reelflow")
        st.write("Product footage in, finished reels out. Sign in with your work account to go on.")
        if st.button("Sign in", type="primary", icon=":material/login:", width="stretch"):
            st.login()
    st.stop()


def no_profile(identity: Identity) -> None:
    """Somebody is signed in and no profile was opened to them."""
    who = identity.email or identity.name or "this account"
    st.title("Nothing is open to you yet")
    st.write(
        f"You are signed in as {who}, which is a member of no profile. "
        "Ask an owner to add this address under Profiles, then load this page again."
    )
    st.button("Sign out", on_click=st.logout, icon=":material/logout:")
