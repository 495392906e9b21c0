"""Dialogs that stand before what can't be taken back: deleting, and spending."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from models.errors import ReelflowError
from ui.components.advice import said
from ui.components.wording import dollars


@dataclass(frozen=True, slots=True)
class PriceLine:
    """What one provider would be paid for."""

    what: str
    """Such as "Voice by ElevenLabs"."""
    expected_micro_usd: int
    """What it will about cost."""
    note: str = ""
    """What the amount rests on, or that it was paid for before."""


@dataclass(frozen=True, slots=True)
class Price:
    """What something would cost, and what is left to pay it from."""

    lines: tuple[PriceLine, ...]
    """Nothing in it when all the work is done on this machine."""
    maximum_micro_usd: int
    """Most that it can cost; the run is given this as its limit."""
    left_micro_usd: int | None
    """What the month still has; None for no limit."""

    @property
    def expected_micro_usd(self) -> int:
        """The sum of the lines."""
        return sum(line.expected_micro_usd for line in self.lines)

    @property
    def is_free(self) -> bool:
        """Whether nothing can be charged."""
        return self.maximum_micro_usd == 0

    @property
    def fits(self) -> bool:
        """Whether the month still has so much."""
        return self.left_micro_usd is None or self.maximum_micro_usd <= self.left_micro_usd


def price_sentence(what: str, price: Price) -> str:
    """The quote in words: "3 variants. Voice by ElevenLabs $0.19: about $0.19, never more than $0.35."."""
    if price.is_free:
        return f"{what} Works on this machine and costs nothing."
    first, *others = (f"{line.what} {dollars(line.expected_micro_usd)}" for line in price.lines)
    parts = ", ".join([first, *(part[:1].lower() + part[1:] for part in others)])
    return (
        f"{what} {parts}: about {dollars(price.expected_micro_usd)}, "
        f"never more than {dollars(price.maximum_micro_usd)}."
    )


def quote_dialog(
    title: str, what: str, price: Price, *, start: Callable[[int], object], verb: str = "Start"
) -> None:
    """Shows what something costs before any of it is spent.

    Args:
        title: As "Make 3 variants".
        what: One sentence of what will be made, such as "3 variants, 30 s each.".
        price: From `models` or a quote; see `Price`.
        start: Called with the most that the run may cost, in micro-USD, when it is wanted.
        verb: On the button.
    """

    @st.dialog(title)
    def ask() -> None:
        st.write(price_sentence(what, price).replace("$", r"\$"))
        for line in price.lines:
            if line.note:
                st.caption(f"{line.what}: {line.note}".replace("$", r"\$"))
        if not price.fits:
            left = dollars(price.left_micro_usd or 0)
            st.warning(f"This month has {left} left. Raise the budget under Costs.".replace("$", r"\$"))
        _buttons(verb, lambda: start(price.maximum_micro_usd), is_allowed=price.fits)

    ask()


def confirm(
    title: str,
    consequences: Sequence[str],
    *,
    verb: str,
    action: Callable[[], object],
    then: Callable[[], object] | None = None,
) -> None:
    """Asks before something is gone; says what goes with it.

    Args:
        title: The question, such as "Delete Summer sale?".
        consequences: What it would remove, one line each.
        verb: On the button, such as "Delete project".
        action: Does it; a `ReelflowError` is shown in the dialog.
        then: Called when it is done, for going elsewhere; the page is drawn again when None.
    """

    @st.dialog(title)
    def ask() -> None:
        st.markdown("\n".join(f"- {line}" for line in consequences))
        _buttons(verb, action, then=then)

    ask()


def _buttons(
    verb: str,
    action: Callable[[], object],
    *,
    then: Callable[[], object] | None = None,
    is_allowed: bool = True,
) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="dialog_cancel"):
            st.rerun()
        is_wanted = st.button(verb, type="primary", key="dialog_go", disabled=not is_allowed)
    if not is_wanted:
        return
    try:
        action()
    except ReelflowError as error:
        st.error(said(error))
        return
    if then is not None:
        then()
    st.rerun()
