"""The page of runs: its list, the drawer of one run, and what can be done with it."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from streamlit.testing.v1 import AppTest

from models.errors import MissingKey
from models.ledger import CostEntry
from models.run import Run, RunState
from models.session import open_database
from tests.ui.panel.conftest import OpenPage, words
from tests.ui.panel.doubles import labels, look_as_viewer, press, watched_gateway
from tests.ui.panel_state import PanelState
from ui.components.dialogs import Price, PriceLine


def open_run(open_page: OpenPage, state: PanelState, name: str) -> AppTest:
    return open_page("runs", profile="acme", run=state.acme.run_ids[name])


def change(state: PanelState, name: str, **values: Any) -> None:
    with (
        open_database(state.settings) as database,
        database.profile_session(state.acme.profile.id) as session,
    ):
        run = session.require(Run, state.acme.run_ids[name])
        for field, value in values.items():
            setattr(run, field, value)


def listed(app: AppTest) -> list[Mapping[str, Any]]:
    return list(app.dataframe[0].value.to_dict("records"))


def test_the_list_says_what_runs_how_far_and_who_started_it(state: PanelState, open_page: OpenPage) -> None:
    waiting, running, failed, inbox, done = listed(open_page("runs", profile="acme"))[:5]
    assert (waiting["State"][0], waiting["Took"]) == ("Waiting", "")
    assert (running["Run"], running["Project"], running["Stage"], running["Progress"]) == (
        "Generate 3 clips",
        "Autumn picnic",
        "cut drafts",
        62,
    )
    assert (failed["State"][0], failed["Stage"]) == ("Failed", "speak script")
    assert (inbox["From"], done["From"]) == ("Inbox", "")
    assert done["Notes"] == "1 warning"


def test_the_list_is_filtered_by_state_kind_and_words(state: PanelState, open_page: OpenPage) -> None:
    app = open_page("runs", profile="acme", run_state="Failed")
    assert [line["State"][0] for line in listed(app)] == ["Failed"]
    app = open_page("runs", profile="acme", kind="Render")
    assert {line["Run"] for line in listed(app)} == {"Render 2 clips", "Render 1 clip"}
    app = open_page("runs", profile="acme", q="characters left")
    assert [line["Run"] for line in listed(app)] == ["Render 1 clip"]
    assert "No run fits" in words(open_page("runs", profile="acme", q="zeppelin"))


def test_an_empty_store_says_what_belongs_here(own_state: PanelState, open_page: OpenPage) -> None:
    from models.profiles import create_profile

    with open_database(own_state.settings) as database:
        create_profile(database, "Cedar")
    assert "Nothing ran yet" in words(open_page("runs", profile="cedar"))


def test_a_run_s_stages_say_what_was_reused_and_what_was_paid(state: PanelState, open_page: OpenPage) -> None:
    text = words(open_run(open_page, state, "completed"))
    assert "**Find segments** :gray[reused" in text
    assert "**Score segments** :gray[reused" in text
    assert "**Cut drafts** :gray[paid · " in text
    assert ":orange[:material/warning:] Variant 4 is 4" in text
    assert "Resume" not in labels(open_run(open_page, state, "completed"))


def test_a_failed_run_says_why_what_is_safe_and_goes_on(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    app = open_run(open_page, own_state, "failed")
    text = words(app)
    assert "Serum launch: render 1 clip failed at “speak script”" in text
    assert "ElevenLabs has no characters left this month" in text
    assert "Going on costs nothing" in text
    assert "**Render finals** :gray[not reached]" in text

    press(app, "Resume")

    assert (gateway.resumed, gateway.limits) == ([own_state.acme.run_ids["failed"]], [0])


def test_going_on_comes_before_any_drawing_that_another_click_could_break_off(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a card whose page can't be drawn any more once its button was pressed
    gateway = watched_gateway(monkeypatch)
    app = open_page("dashboard", profile="acme")

    def broken_off(*_: object) -> None:
        raise RuntimeError("somebody clicked elsewhere")

    monkeypatch.setattr("ui.components.desk.profiles_of", broken_off)
    next(button for button in app.button if button.label == "Resume").click().run()
    assert gateway.resumed == [own_state.acme.run_ids["failed"]]
    # when the next page is drawn, then it says how that went
    monkeypatch.undo()
    monkeypatch.setenv("REELFLOW_HOME", str(own_state.settings.home))
    app.run()
    assert [toast.value for toast in app.toast] == ["Started again"]


def test_what_going_on_costs_is_said_and_is_its_limit(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    price = Price((PriceLine("Voice by ElevenLabs", 50_000),), 80_000, 1_000_000)
    monkeypatch.setattr("ui.components.run_failure.quote_for", lambda *_: price)

    app = open_run(open_page, own_state, "failed")

    assert "About \\$0.05 to go on, never more than \\$0.08" in words(app)
    press(app, "Resume")
    assert gateway.limits == [80_000]


@pytest.mark.parametrize(
    ("left_micro_usd", "verb"), [(10_000, "Raise the budget"), (None, "Resume")], ids=["short", "no limit"]
)
def test_the_one_button_removes_what_stands_in_the_way(
    own_state: PanelState,
    open_page: OpenPage,
    monkeypatch: pytest.MonkeyPatch,
    left_micro_usd: int | None,
    verb: str,
) -> None:
    price = Price((PriceLine("Voice by ElevenLabs", 50_000),), 80_000, left_micro_usd)
    monkeypatch.setattr("ui.components.run_failure.quote_for", lambda *_: price)
    found = labels(open_run(open_page, own_state, "failed"))
    assert [label for label in found if label in ("Raise the budget", "Set the key", "Resume")] == [verb]


def test_a_missing_key_leads_to_the_keys(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def quote(*_: object) -> Price:
        raise MissingKey("acme has no ElevenLabs key")

    monkeypatch.setattr("ui.components.run_failure.quote_for", quote)
    app = press(open_run(open_page, own_state, "failed"), "Set the key")
    assert app.title[0].value == "Settings"
    assert app.query_params["section"] == "keys"


def test_files_outside_the_library_are_read_only_for_who_goes_on(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a failed run of files that may be long, which costs something to go on with
    gateway, asked = watched_gateway(monkeypatch), []

    def quote(*given: Any) -> Price:
        asked.append(given[1])
        return Price((PriceLine("Analysis by Gemini", 40_000),), 60_000, None)

    monkeypatch.setattr("ui.components.run_failure.quote_for", quote)
    change(own_state, "failed", kind="make_reels", parameters={"files": ["/films/long.mov"], "project": "A"})
    app = open_run(open_page, own_state, "failed")
    assert asked == []
    # when somebody wants to go on, then the price comes first, and going on is the second press
    press(app, "Resume")
    assert (asked[0], gateway.resumed) == ("make_reels", [])
    assert "About \\$0.04 to go on" in words(app)
    press(app, "Resume")
    assert gateway.limits == [60_000]


def test_a_running_run_is_cancelled(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    app = open_run(open_page, own_state, "running")
    assert "**Cut drafts** :gray[going on" in words(app)
    press(app, "Cancel run")
    assert gateway.cancelled == [own_state.acme.run_ids["running"]]


def test_a_failure_is_put_aside(own_state: PanelState, open_page: OpenPage) -> None:
    press(open_run(open_page, own_state, "failed"), "Dismiss")
    assert "Serum launch" not in words(open_page(profile="acme"))


def test_viewers_look_and_change_nothing(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_as_viewer(own_state, monkeypatch)
    assert "Cancel run" not in labels(open_run(open_page, own_state, "running"))
    found = labels(open_run(open_page, own_state, "failed"))
    assert not {"Resume", "Dismiss"} & set(found)


def test_a_foreign_run_and_a_missing_one_look_the_same(state: PanelState, open_page: OpenPage) -> None:
    foreign = open_page("runs", profile="borealis", run=state.acme.run_ids["failed"])
    missing = open_page("runs", profile="borealis", run=uuid4())
    assert foreign.error[0].value == missing.error[0].value
    assert "no such run" in foreign.error[0].value


def test_a_stopped_run_names_the_one_that_took_it_up(own_state: PanelState, open_page: OpenPage) -> None:
    change(own_state, "pending", resumes_run_id=own_state.acme.run_ids["failed"])
    app = open_run(open_page, own_state, "failed")
    assert "Resume" not in labels(app)
    press(app, "Show the run that took it up")
    assert app.query_params["run"] == str(own_state.acme.run_ids["pending"])


def test_costs_of_a_run_are_its_own(own_state: PanelState, open_page: OpenPage) -> None:
    with (
        open_database(own_state.settings) as database,
        database.profile_session(own_state.acme.profile.id) as session,
    ):
        run = session.require(Run, own_state.acme.run_ids["failed"])
        assert run.state is RunState.FAILED
        session.add(
            CostEntry(
                idempotency_key="own:1",
                month="2026-11",
                run_id=run.id,
                provider="gemini",
                model="m",
                operation="analysis",
                amount_micro_usd=123_000,
            )
        )
    text = words(open_run(open_page, own_state, "failed"))
    assert "\\$0.123 are paid and not paid again" in text
