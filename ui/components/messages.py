"""What a page says when there is nothing to show, when something failed, and before something is gone."""

from collections.abc import Callable
from typing import Final, NoReturn

import streamlit as st

from models.errors import NotFound, ReelflowError
from models.redaction import redact
from ui.components.advice import in_panel, said
from ui.components.places import go

_GONE: Final = "It is not there any more. Load the page again to see what is."

#: Where a browser session keeps what is still to be said, as pairs: whether it went well, and the words.
_TO_SAY: Final = "still_to_say"


def not_found(kind: str = "page", *, home: str) -> NoReturn:
    """The one page for what is missing and for what is another profile's; ends the rerun.

    Args:
        kind: The vocabulary's word, such as "project".
        home: Short name of a profile that the person may open.
    """
    st.title("Not found")
    st.write(f"There is no such {kind} here. It may have been deleted, or the link is for somebody else.")
    if st.button("Go to the dashboard", type="primary", key="not_found_home"):
        go(home, "dashboard")
    st.stop()


def empty(title: str, text: str, *, icon: str = ":material/inbox:") -> None:
    """A list without anything in it: says what belongs there; the caller draws the verbs below it."""
    with st.container(horizontal_alignment="center", gap="xsmall"):
        st.space("small")
        st.markdown(f"### {icon}", text_alignment="center")
        st.markdown(f"**{title}**", text_alignment="center")
        st.caption(text, text_alignment="center")


def error_card(
    title: str,
    why: str,
    *,
    safe: str | None = None,
    price: str | None = None,
    action: str | None = None,
    on_action: Callable[..., None] | None = None,
    on_dismiss: Callable[..., None] | None = None,
    details: str | None = None,
    key: str,
) -> bool:
    """Something failed: which stage, why, what is safe, what going on costs, and one button.

    Args:
        title: What failed, such as "Serum launch: the voice failed".
        why: The reason in plain words.
        safe: What is kept, such as "Analysis and segments are kept".
        price: What it costs to go on, such as "About $0.05 to go on".
        action: The one button's verb.
        on_action: Called when it is pressed, before the page is drawn again.
        on_dismiss: Called when somebody says that nothing needs to be done; no such button when None.
        details: For somebody who wants to know more; folded.
        key: Of the button, unique on the page.

    Returns:
        Whether the button was pressed just now, for what opens a dialog.
    """
    with st.container(border=True, gap="xsmall"):
        st.markdown(f":red[:material/error:] **{title}**")
        st.write(in_panel(why))
        hints = " · ".join(hint for hint in (safe, price) if hint)
        if hints:
            st.caption(hints)
        with st.container(horizontal=True, gap="small"):
            is_pressed = action is not None and st.button(action, type="primary", key=key, on_click=on_action)
            if on_dismiss:
                st.button("Dismiss", type="tertiary", key=f"{key}_dismiss", on_click=on_dismiss)
        if details:
            with st.expander("Details"):
                st.code(redact(details), language=None, wrap_lines=True)
    return is_pressed


def tried(action: Callable[[], object], *, done: str | None = None) -> bool:
    """Runs a change and says how it went: a short word when it did, the error's sentence when not.

    Use it in a button's branch, never around drawing. Returns whether it worked.
    """
    try:
        action()
    except NotFound:
        st.error(_GONE)
    except ReelflowError as error:
        st.error(said(error))
    else:
        if done:
            st.toast(done, icon=":material/check:")
        return True
    return False


def tried_first(action: Callable[[], object], *, done: str) -> None:
    """As `tried`, for a button's `on_click`: it happens whatever else is clicked right afterwards.

    A click while a page is drawn breaks the drawing off, and with it a button's branch. A callback comes
    before the drawing; it draws nothing itself, so what there is to say is said by `say_what_was_tried`.
    """
    try:
        action()
    except NotFound:
        outcome = (False, _GONE)
    except ReelflowError as error:
        outcome = (False, said(error))
    else:
        outcome = (True, done)
    st.session_state.setdefault(_TO_SAY, []).append(outcome)


def say_what_was_tried() -> None:
    """Says how the changes of callbacks went; every page and fragment does it with its desk."""
    for is_well, words in st.session_state.pop(_TO_SAY, ()):
        if is_well:
            st.toast(words, icon=":material/check:")
        else:
            st.toast(words, icon=":material/error:", duration="infinite")
