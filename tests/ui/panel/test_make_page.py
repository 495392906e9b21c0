"""The quick path, the first steps and the dashboard's own part of them."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from models.footage import Footage
from models.run import Run, RunState
from models.session import open_database
from tests.ui.panel.conftest import OpenPage, words
from tests.ui.panel.doubles import RecordingGateway, labels, look_as_viewer, press, watched_gateway
from tests.ui.panel_state import PanelState
from ui.components.dialogs import Price, PriceLine
from ui.components.reel_wishes import reel_name
from ui.sample import PROJECT, sample_parameters


def add_run(state: PanelState, run_state: RunState, **values: Any) -> Run:
    with (
        open_database(state.settings) as database,
        database.profile_session(state.acme.profile.id) as session,
    ):
        run = Run(kind="make_reels", title="make a reel", state=run_state, **values)
        session.add(run)
    return run


def test_nothing_is_made_of_nothing(state: PanelState, open_page: OpenPage) -> None:
    app = open_page("make", profile="acme")
    assert "Choose or upload footage first." in words(app)
    assert next(button for button in app.button if button.label == "Make 3 reels").disabled


def test_chosen_footage_becomes_reels(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    app = open_page("make", profile="acme")
    box = next(box for box in app.checkbox if box.label == "box.mp4")
    box.check().run()
    app.number_input(key="make_variants").set_value(2)
    app.number_input(key="make_seconds").set_value(6.0).run()
    assert "**1 video chosen** · 15 s" in words(app)

    press(app, "Make 2 reels")

    (run,) = gateway.runs
    with (
        open_database(own_state.settings) as database,
        database.profile_session(own_state.acme.profile.id, read_only=True) as session,
    ):
        footage_id = session.exec(select(Footage.id).where(Footage.name == "box.mp4")).one()
    assert run["kind"] == "make_reels"
    assert (run["footage_ids"], run["files"]) == ([footage_id], [])
    assert (run["project"], run["script"], run["variants"], run["duration_s"]) == ("box", None, 2, 6.0)
    assert (run["presets"], run["seed"], run["max_cost_micro_usd"]) == (["reels"], 1, 0)
    assert "run" in app.query_params


def test_footage_is_chosen_in_the_order_of_the_clicks(state: PanelState, open_page: OpenPage) -> None:
    app = open_page("make", profile="acme")
    boxes = {box.label: box for box in app.checkbox}
    # given two clicks that arrive together, as fast ones do
    boxes["meadow.webm"].check()
    boxes["box.mp4"].check().run()
    assert "**2 videos chosen**" in words(app)
    # and taking one back leaves the other
    next(box for box in app.checkbox if box.label == "meadow.webm").uncheck().run()
    assert "**1 video chosen** · 15 s" in words(app)


def test_a_script_decides_the_length_and_another_project_s_seed_is_not_used_again(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    app = open_page("make", profile="acme")
    next(box for box in app.checkbox if box.label == "cup.mp4").check().run()
    app.text_input(key="make_name").set_value("Summer sale")
    app.text_area(key="make_script").set_value("Slow down. One golden box, and an afternoon.").run()
    assert "The voice takes about" in words(app)
    assert "There is a project of this name" in words(app)
    assert app.number_input(key="make_seconds").disabled

    press(app, "Make 3 reels")

    assert gateway.runs[0]["script"].startswith("Slow down")
    assert gateway.runs[0]["seed"] == 5  # Summer sale has four variants


def test_what_costs_money_is_quoted_before_it_starts(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    price = Price((PriceLine("Analysis by Gemini", 40_000),), 60_000, None)
    monkeypatch.setattr("ui.components.starting.quote_for", lambda *_: price)
    app = open_page("make", profile="acme")
    next(box for box in app.checkbox if box.label == "cup.mp4").check().run()
    press(app, "Make 3 reels")
    assert any(r"about \$0.04, never more than \$0.06" in each.value for each in app.markdown)
    assert gateway.runs == []


def test_a_finished_run_plays_its_reels(own_state: PanelState, open_page: OpenPage) -> None:
    app = open_page("make", profile="acme", run=own_state.acme.run_ids["completed"])
    text = words(app)
    assert app.title[0].value == "Your reels"
    assert "Variant 1 · Reels · 0:06" in text
    assert ":orange[:material/warning:] Variant 4 is 4" in text
    assert "Make more reels" in labels(app)


def test_a_failed_run_has_its_way_on_here_too(own_state: PanelState, open_page: OpenPage) -> None:
    asked = {"project": "A", "files": ["/films/a.mp4"]}
    run = add_run(own_state, RunState.FAILED, error="The disk was full.", parameters=asked)
    app = open_page("make", profile="acme", run=run.id)
    assert "The disk was full." in words(app)


def test_a_foreign_run_is_not_found(state: PanelState, open_page: OpenPage) -> None:
    app = open_page("make", profile="borealis", run=state.acme.run_ids["completed"])
    assert app.title[0].value == "Not found"


def test_viewers_make_nothing(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_as_viewer(own_state, monkeypatch)
    assert "Make reels" not in labels(open_page(profile="acme"))
    app = open_page("make", profile="acme")
    assert next(button for button in app.button if button.label == "Make 3 reels").disabled


@pytest.fixture
def newcomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RecordingGateway:
    """An empty home."""
    monkeypatch.setenv("REELFLOW_HOME", str(tmp_path / "empty"))
    monkeypatch.setattr("ui.components.findings.examine_machine", lambda _: [])
    return watched_gateway(monkeypatch)


def test_a_newcomer_tries_the_sample_at_once(newcomer: RecordingGateway, open_page: OpenPage) -> None:
    app = press(open_page(), "Try the sample")
    (run,) = newcomer.runs
    assert run["kind"] == "make_reels"
    assert {name: run[name] for name in sample_parameters()} == sample_parameters()
    assert run["max_cost_micro_usd"] == 0  # it costs nothing, so nothing may be charged
    assert not app.error


def test_the_sample_is_watched_until_it_is_there(own_state: PanelState, open_page: OpenPage) -> None:
    add_run(own_state, RunState.RUNNING, parameters={"project": PROJECT}, stage="cut drafts", progress=0.4)
    app = open_page("welcome", profile="acme")
    assert "Try the sample" not in labels(app)
    assert "You can close this page; the run goes on." in words(app)


def test_a_project_is_named_after_its_first_file() -> None:
    assert reel_name("Tea time (final).mov") == "Tea time (final)"
    assert reel_name("  a\tb .mp4") == "a b"
    assert reel_name(".mp4") == ".mp4"
