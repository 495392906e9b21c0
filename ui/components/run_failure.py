"""A failed run as a card: which stage, why, what is safe, what going on costs, and the one way on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import streamlit as st

from models.dashboard import dismiss_run
from models.errors import BadInput, MissingKey, NotFound
from models.project import Project
from models.run import Run, RunState
from models.run_story import run_story
from ui.components.advice import in_panel
from ui.components.desk import Desk
from ui.components.dialogs import Price
from ui.components.messages import error_card, tried_first
from ui.components.places import Place, go
from ui.components.run_words import kept_words, sentence_case
from ui.components.wording import dollars, escape
from ui.quoting import quote_for


@dataclass(frozen=True, slots=True)
class WayOn:
    """What can be done about an ended run now."""

    words: str
    """What going on costs, or what stands in the way."""
    verb: str | None = "Resume"
    """On the button; None when nothing helps."""
    place: Place | None = None
    """Where the obstacle is removed; None when the run can go on."""
    price: Price | None = None
    """What it rests on; None while it is not known."""


def way_on(desk: Desk, run: Run) -> WayOn:
    """Whether a run can go on now and what that costs, or what is to be put right first."""
    try:
        price = quote_for(desk, run.kind, run.parameters)
    except MissingKey:
        return WayOn("A key is still missing", "Set the key", "settings")
    except NotFound:
        return WayOn("What it worked on is not there any more", None)
    except BadInput as error:
        return WayOn(in_panel(str(error)), None)
    if price.is_free:
        return WayOn("Going on costs nothing", price=price)
    if not price.fits:
        needed, left = dollars(price.maximum_micro_usd), dollars(price.left_micro_usd or 0)
        return WayOn(f"It may need {needed}, and the month has {left} left", "Raise the budget", "costs")
    about, most = dollars(price.expected_micro_usd), dollars(price.maximum_micro_usd)
    return WayOn(f"About {about} to go on, never more than {most}", price=price)


def ended_card(
    desk: Desk,
    run_id: UUID,
    *,
    key: str,
    has_project: bool = True,
    on_resumed: Callable[[UUID], object] | None = None,
) -> None:
    """Draws the card of a failed or stopped run that nobody has taken up.

    Args:
        desk: Whose.
        run_id: The run.
        key: Unique on the page.
        has_project: Name its project; left out on the project's own page.
        on_resumed: Called with the new run's id once it was started.
    """
    with desk.reading() as session:
        story = run_story(session, run_id)
        project = story.run.project_id and session.get(Project, (session.profile_id, story.run.project_id))
    run, asked_key = story.run, f"price_asked_{run_id}"
    # A quote reads files that are not in the library, which may take a while: only for who wants to go on.
    is_asked = not (run.kind == "make_reels" and run.parameters.get("files")) or asked_key in st.session_state
    way = way_on(desk, run) if is_asked else WayOn("What going on costs is shown first")
    whose = f"{escape(project.name)}: " if project and has_project else ""
    title = escape(run.title) if whose else escape(sentence_case(run.title))
    stage = f" at “{run.stage}”" if run.stage else ""
    is_open = run.state is RunState.FAILED and run.dismissed_at is None
    go_on = partial(_go_on, desk, run, way, asked_key) if way.place is None else None
    if not error_card(
        f"{whose}{title} {'failed' if run.state is RunState.FAILED else 'was stopped'}{stage}",
        escape(in_panel(run.error or "It ended without saying why; its log may.")),
        safe=escape(kept_words(story)),
        price=escape(way.words),
        action=way.verb if desk.can_edit else None,
        on_action=go_on,
        on_dismiss=partial(_dismiss, desk, run.id) if desk.can_edit and is_open else None,
        key=f"resume_{key}_{run.id}",
    ):
        return
    if way.place is not None:
        go(desk.slug, way.place, **({"section": "keys"} if way.place == "settings" else {}))
    new_id = newly_resumed(run.id)
    if new_id and on_resumed:
        on_resumed(new_id)
    st.rerun()  # what stands around the card has changed too


def _go_on(desk: Desk, run: Run, way: WayOn, asked_key: str) -> None:
    """Resumes within what was said to cost; where nobody was told yet, only if it costs nothing."""
    if way.price is None:
        st.session_state[asked_key] = True
        way = way_on(desk, run)
        if way.price is None or not way.price.is_free:
            return  # drawn with its price, and the same button
    most = way.price.maximum_micro_usd

    def start() -> None:
        new_id = desk.gateway.resume(desk.member, run.id, max_cost_micro_usd=most)
        st.session_state[_taken_up(run.id)] = new_id

    tried_first(start, done="Started again")


def newly_resumed(run_id: UUID) -> UUID | None:
    """The run that has just taken up another one by a press on its card; said once."""
    new_id: UUID | None = st.session_state.pop(_taken_up(run_id), None)
    return new_id


def _taken_up(run_id: UUID) -> str:
    return f"taken_up_{run_id}"


def _dismiss(desk: Desk, run_id: UUID) -> None:
    """Puts a failure aside: nobody is asked to see to it any more."""

    def change() -> None:
        with desk.writing() as session:
            dismiss_run(session, run_id)

    tried_first(change, done="Put aside")
