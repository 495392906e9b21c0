"""Starting a run from a page: at once when it costs nothing, behind its quote when it can."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import streamlit as st

from ui.components.desk import Desk
from ui.components.dialogs import Price, quote_dialog
from ui.components.messages import tried
from ui.quoting import quote_for


def start_run(
    desk: Desk,
    kind: str,
    parameters: Mapping[str, Any],
    *,
    title: str,
    heading: str,
    what: str,
    project_id: UUID | None = None,
    verb: str = "Start",
    on_started: Callable[[UUID], object] | None = None,
) -> None:
    """Quotes a run and starts it; draws what is wrong when it can't be. Call it in a button's branch.

    Nothing is spent above the quote: its maximum is the run's own limit, also when that is zero.

    Args:
        desk: Whose run.
        kind: The flow, as "generate_clips".
        parameters: What it is given, besides profile, run id and limit.
        title: What a person calls the run, as "generate 3 clips".
        heading: Of the dialog, as "Generate 3 clips".
        what: One sentence of what will be made, as "3 variants, 30 s each.".
        project_id: The project it works on.
        verb: On the dialog's button.
        on_started: Called with the run's id, before the page is drawn again; may open another page.
    """
    quoted: list[Price] = []
    if not tried(lambda: quoted.append(quote_for(desk, kind, parameters))):
        return
    (price,) = quoted

    def start(max_cost_micro_usd: int) -> None:
        run_id = desk.gateway.start(
            desk.member,
            kind,
            parameters,
            title=title,
            project_id=project_id,
            max_cost_micro_usd=max_cost_micro_usd,
        )
        if on_started:
            on_started(run_id)

    if not price.is_free:
        quote_dialog(heading, what, price, start=start, verb=verb)
    elif tried(lambda: start(0), done="Started"):
        st.rerun()
