"""The render step: which runs are started, what they may cost, and finals with their checks."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from models.brand import Brand, store_brand
from models.clip import Clip, Export
from models.clip_edits import set_caption_source, set_caption_style, set_script
from models.edit import CaptionStyle, Edit, EndCard, Overlays
from models.run import Run, RunState
from models.session import ProfileSession, open_database
from tests.ui.panel.conftest import OpenPage, words
from tests.ui.panel.doubles import labels, look_as_viewer, press, watched_gateway
from tests.ui.panel_state import PanelState
from ui.app_pages.project_steps.render_order import Order, joint_price
from ui.components.dialogs import Price, PriceLine

SCRIPT = "Slow down. One golden box. One good cup. Ten calm minutes, wherever you are."


def open_step(open_page: OpenPage, state: PanelState) -> AppTest:
    project_id = state.acme.project_ids["Summer sale"]
    return open_page("project", profile="acme", project=project_id, step="render")


def clip_id_of(state: PanelState, variant: int) -> UUID:
    return state.acme.clip_ids["Summer sale"][variant - 1]


def change(state: PanelState, action: Callable[[ProfileSession], Any]) -> None:
    with (
        open_database(state.settings) as database,
        database.profile_session(state.acme.profile.id) as session,
    ):
        action(session)


def choose(app: AppTest, label: str, *values: object) -> None:
    next(pills for pills in app.pills if pills.label == label).set_value(list(values)).run()


def test_each_clip_has_a_run_of_its_own(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    app = open_step(open_page, own_state)
    choose(app, "Variants", clip_id_of(own_state, 1), clip_id_of(own_state, 2))
    choose(app, "Formats", "reels", "tiktok")
    press(app, "Render 4 finals")
    first, second = gateway.runs
    assert (first["kind"], first["clip_id"]) == ("render_clip", str(clip_id_of(own_state, 1)))
    assert (first["presets"], first["script"], first["captions"]) == (["reels", "tiktok"], SCRIPT, None)
    assert (second["clip_id"], second["script"]) == (str(clip_id_of(own_state, 2)), None)
    assert first["title"] == "render Variant 1 as Reels, TikTok"
    assert first["max_cost_micro_usd"] == second["max_cost_micro_usd"] == 0  # all of it is free
    assert first["project_id"] == own_state.acme.project_ids["Summer sale"]


def test_what_is_there_is_not_rendered_again(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a final without words that shows the edit as it is
    gateway, clip_id = watched_gateway(monkeypatch), clip_id_of(own_state, 1)

    def finish(session: ProfileSession) -> None:
        edit = set_script(session, clip_id, None)
        for export in session.exec(select(Export).where(Export.clip_id == clip_id)):
            export.edit_fingerprint = edit.fingerprint

    change(own_state, finish)
    app = open_step(open_page, own_state)
    assert "All of these are there and show the edit as it is." in words(app)
    assert next(button for button in app.button if button.label == "Render").disabled
    # when one more format is wanted, only that is rendered
    choose(app, "Formats", "reels", "shorts")
    press(app, "Render 1 final")
    assert gateway.runs[0]["presets"] == ["shorts"]


def test_speech_that_nobody_has_heard_is_heard_first(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway, clip_id = watched_gateway(monkeypatch), clip_id_of(own_state, 1)
    monkeypatch.setattr("ui.app_pages.project_steps.render_order.quote_for", lambda *_: Price((), 0, None))
    change(own_state, lambda session: set_script(session, clip_id, None))
    change(own_state, lambda session: set_caption_source(session, clip_id, "speech"))
    app = open_step(open_page, own_state)
    assert "footage heard first" in words(app)
    press(app, "Render 1 final")
    (run,) = gateway.runs
    assert (run["script"], run["captions"]) == (None, "speech")


def test_what_costs_money_is_quoted_first(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    price = Price((PriceLine("Voice by ElevenLabs", 19_000, "76 characters"),), 19_000, 5_000_000)
    monkeypatch.setattr("ui.app_pages.project_steps.render_order.quote_for", lambda *_: price)
    app = press(open_step(open_page, own_state), "Render 1 final")
    assert gateway.runs == []
    assert r"1 final of 1 variant. Voice by ElevenLabs \$0.019: about \$0.019" in words(app)


def test_a_clip_that_is_being_worked_on_is_left_alone(own_state: PanelState, open_page: OpenPage) -> None:
    asked = {"clip_id": str(clip_id_of(own_state, 1))}
    change(
        own_state,
        lambda session: session.add(
            Run(profile_id=session.profile_id, kind="render_clip", state=RunState.RUNNING, parameters=asked)
        ),
    )
    app = open_step(open_page, own_state)
    assert "1 variant is being worked on." in words(app)
    assert next(button for button in app.button if button.label == "Render").disabled


def test_a_moment_of_a_check_moves_the_player(state: PanelState, open_page: OpenPage) -> None:
    app = open_step(open_page, state)
    assert "Frozen picture: **1.2 s, as in the footage**" in words(app)
    press(app, "0:02.3 to 0:03.5")
    (player,) = app.get("video")
    assert (player.proto.start_time, player.proto.url[-7:]) == (2, "#click1")
    press(app, "0:02.3 to 0:03.5")
    (player,) = app.get("video")
    assert player.proto.url.endswith("#click2")  # again, from wherever it is now


def test_a_final_that_the_edit_has_left_behind_is_said(own_state: PanelState, open_page: OpenPage) -> None:
    clip_id = clip_id_of(own_state, 1)
    assert "older than the edit" not in words(open_step(open_page, own_state))
    change(own_state, lambda session: set_caption_style(session, clip_id, CaptionStyle(size=0.1)))
    assert "older than the edit" in words(open_step(open_page, own_state))


def test_a_failure_is_taken_up_where_it_happened(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    failed = own_state.acme.run_ids["failed"]
    project_id = own_state.acme.project_ids["Serum launch"]
    app = open_page("project", profile="acme", project=project_id, step="render")
    assert "no characters left" in words(app)
    press(app, "Resume")
    assert gateway.resumed == [failed]


def test_a_viewer_sees_finals_and_starts_nothing(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_as_viewer(own_state, monkeypatch)
    app = open_step(open_page, own_state)
    assert len(app.get("video")) == 1
    assert not [label for label in labels(app) if label.startswith("Render")]


# ------------------------------------------------------------------ the price of several runs


def order(script: str | None, name: str = "Variant") -> Order:
    return Order(uuid4(), name, ("reels",), script, hears_speech=script is None)


def quoted(micro_usd: int) -> Price:
    return Price((PriceLine("Voice by ElevenLabs", micro_usd, f"{micro_usd} characters"),), micro_usd, 90)


def test_a_script_of_several_clips_is_paid_for_once() -> None:
    joint = joint_price([order("Same."), order("Same."), order("Other.")], [quoted(7), quoted(7), quoted(5)])
    assert (joint.expected_micro_usd, joint.maximum_micro_usd, joint.left_micro_usd) == (12, 12, 90)
    assert [(line.what, line.expected_micro_usd) for line in joint.lines] == [("Voice by ElevenLabs", 12)]


def test_clips_without_a_script_are_each_paid_for() -> None:
    assert joint_price([order(None), order(None)], [quoted(7), quoted(7)]).maximum_micro_usd == 14


def overlays(state: PanelState, variant: int) -> Overlays | None:
    found: list[Overlays | None] = []

    def read(session: ProfileSession) -> None:
        found.append(Edit.model_validate(session.require(Clip, clip_id_of(state, variant)).edit).overlays)

    change(state, read)
    return found[0]


def test_clips_get_the_brand_kit_of_today_or_lose_it(own_state: PanelState, open_page: OpenPage) -> None:
    # given a brand kit with words for an end card, and clips from before
    assert "Use the brand kit of today" not in labels(open_step(open_page, own_state))
    brand = Brand(end_card_text="Order now")
    change(own_state, lambda session: store_brand(session, brand))
    app = open_step(open_page, own_state)
    choose(app, "Variants", clip_id_of(own_state, 1), clip_id_of(own_state, 2))
    assert "2 variants have no logo and end card." in words(app)

    app = press(app, "Use the brand kit of today")
    assert "2 variants have the brand kit of today." in words(app)
    wanted = Overlays(card=EndCard(text="Order now"))
    assert [overlays(own_state, number) for number in (1, 2, 3)] == [wanted, wanted, None]

    change(own_state, lambda session: store_brand(session, brand.changed(end_card_text="Come in")))
    app = open_step(open_page, own_state)
    choose(app, "Variants", clip_id_of(own_state, 1), clip_id_of(own_state, 3))
    assert "1 variant has an older brand kit, 1 variant has no logo and end card." in words(app)
    press(app, "Take the brand off")
    assert [overlays(own_state, number) for number in (1, 2, 3)] == [None, wanted, None]
