"""What rendering some clips takes: a run for each clip, what it is asked for, and what all of them may cost.

One run for each clip, so that one that fails stops no other, and each can be stopped and resumed alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import streamlit as st

from models.edit import OwnSpeech
from models.listing import ClipLine
from models.live_runs import live_run_on_clip
from models.project import Project
from ui.app_pages.project_steps.script_clips import ScriptedClip
from ui.components.desk import Desk
from ui.components.dialogs import Price, PriceLine, quote_dialog
from ui.components.messages import tried
from ui.components.wording import count
from ui.formats import format_title
from ui.quoting import quote_for


@dataclass(frozen=True, slots=True)
class Order:
    """One clip's run."""

    clip_id: UUID
    name: str
    formats: tuple[str, ...]
    script: str | None
    """To be spoken first; None when nothing is."""
    hears_speech: bool
    """Whether footage is listened to first."""

    @property
    def parameters(self) -> dict[str, Any]:
        """As the flow takes them."""
        return {
            "clip_id": str(self.clip_id),
            "presets": list(self.formats),
            "script": self.script,
            "captions": "speech" if self.hears_speech else None,
        }

    @property
    def title(self) -> str:
        """What a person calls the run."""
        return f"render {self.name} as {', '.join(format_title(name) for name in self.formats)}"


def order_for(
    line: ClipLine, clip: ScriptedClip, formats: Sequence[str], *, speaks_again: bool
) -> Order | None:
    """What is missing of a clip's finals; None when all of them are there and show the edit.

    Args:
        line: The clip with its finals.
        clip: The same with its words.
        formats: Those that are wanted.
        speaks_again: Whether a script that was spoken is spoken again by the voice of today.
    """
    script = clip.edit.script if clip.is_unspoken or speaks_again else None
    hears_speech = script is None and _is_unheard(clip)
    current = {final.preset for final in line.finals if not final.is_older_than_edit}
    is_changing = script is not None or hears_speech
    missing = tuple(name for name in formats if is_changing or name not in current)
    return Order(line.id, line.name, missing, script, hears_speech) if missing else None


def _is_unheard(clip: ScriptedClip) -> bool:
    """Whether captions are to show speech that nobody has listened to."""
    if not clip.shows_speech or clip.voice is not None:
        return False
    speech = clip.edit.speech or OwnSpeech()
    return any(speech.of(cut.footage_id) is None for cut in clip.edit.cuts)


def busy_clips(desk: Desk, clips: Sequence[ScriptedClip]) -> set[UUID]:
    """Clips that a run is at work on."""
    with desk.reading() as session:
        return {clip.clip.id for clip in clips if live_run_on_clip(session, clip.clip)}


def joint_price(orders: Sequence[Order], prices: Sequence[Price]) -> Price:
    """The quotes of several orders as one; a script that several clips have is paid for once."""
    first = {order.script: number for number, order in reversed(list(enumerate(orders)))}
    due = [
        price
        for number, (order, price) in enumerate(zip(orders, prices, strict=True))
        if order.script is None or first[order.script] == number
    ]
    lines: dict[str, list[PriceLine]] = {}
    for line in (line for price in due for line in price.lines):
        lines.setdefault(line.what, []).append(line)
    return Price(
        lines=tuple(
            PriceLine(what, sum(line.expected_micro_usd for line in same), _note(same))
            for what, same in lines.items()
        ),
        maximum_micro_usd=sum(price.maximum_micro_usd for price in due),
        left_micro_usd=prices[0].left_micro_usd,
    )


def _note(lines: Sequence[PriceLine]) -> str:
    return lines[0].note if len({line.note for line in lines}) == 1 else f"of {len(lines)} variants"


def start_orders(desk: Desk, project: Project, orders: Sequence[Order]) -> None:
    """Quotes and starts them; behind a dialog when any of them can cost something. For a button's branch."""
    prices: list[Price] = []
    if not tried(lambda: prices.extend(quote_for(desk, "render_clip", order.parameters) for order in orders)):
        return
    price = joint_price(orders, prices)
    start = _starter(desk, project, orders, prices)
    finals = count(sum(len(order.formats) for order in orders), "final")
    if not price.is_free:
        what = f"{finals} of {count(len(orders), 'variant')}."
        quote_dialog(f"Render {finals}", what, price, start=lambda _: start(), verb="Render")
    elif tried(start, done=f"Rendering {finals}"):
        st.rerun()


def _starter(
    desk: Desk, project: Project, orders: Sequence[Order], prices: Sequence[Price]
) -> Callable[[], None]:
    def start() -> None:
        for order, price in zip(orders, prices, strict=True):
            desk.gateway.start(
                desk.member,
                "render_clip",
                order.parameters,
                title=order.title,
                project_id=project.id,
                # Each may pay for what they share: whoever comes first does, the others find it there.
                max_cost_micro_usd=price.maximum_micro_usd,
            )
        st.session_state[_started_key(project)] = started_orders(project) + 1

    return start


def started_orders(project: Project) -> int:
    """How often somebody has started rendering here since the page was opened."""
    return int(st.session_state.get(_started_key(project), 0))


def _started_key(project: Project) -> str:
    return f"orders_started_{project.id}"
