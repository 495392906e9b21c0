"""The page of costs: months, numbers, the budget's editor and the sheet."""

import csv
import io

import pytest
from sqlmodel import func, select
from streamlit.testing.v1 import AppTest

from models.budget import budget_state, month_of
from models.ledger import CostEntry
from models.reuse import Reuse
from models.session import open_database
from models.tenant import now_utc
from tests.ui.panel.conftest import OpenPage, words
from tests.ui.panel.doubles import labels, look_as_viewer, press
from tests.ui.panel_state import PanelState
from ui.components.cost_numbers import reuse_words


def numbers(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def limit(state: PanelState) -> int | None:
    with (
        open_database(state.settings) as database,
        database.profile_session(state.acme.profile.id, read_only=True) as session,
    ):
        now = budget_state(session, month_of(session.profile, now_utc()))
        assert now.limit_micro_usd == session.profile.monthly_budget_micro_usd
        return now.limit_micro_usd


def save(app: AppTest) -> None:
    """Presses the dialog's button; a browser draws the open dialog alone, here the page is drawn again."""
    next(button for button in app.button if button.label == "Change budget").click()
    press(app, "Save budget")


def test_this_month_in_numbers_and_by_everything(state: PanelState, open_page: OpenPage) -> None:
    app = open_page("costs", profile="acme")
    found = numbers(app)
    assert list(found) == ["Spent", "Left", "Held", "Forecast", "Reused"]
    assert found["Reused"] == "1 time"
    assert [title.value for title in app.subheader] == [
        "By day", "By project", "By provider and model", "By clip",
    ]  # fmt: skip
    providers = app.dataframe[0].value
    assert set(providers["Provider"]) == {
        "ElevenLabs · eleven_multilingual_v2",
        "Gemini · gemini-2.5-flash",
    }
    assert "Not paid again: 1 analysis answer." in words(app)


def test_an_earlier_month_has_no_forecast(state: PanelState, open_page: OpenPage) -> None:
    app = open_page("costs", profile="acme")
    earlier = app.selectbox(key="month").options[1]
    app = open_page("costs", profile="acme", month=earlier)
    assert list(numbers(app)) == ["Spent", "Budget", "Held", "Reused"]


def test_the_budget_is_changed_and_taken_away(own_state: PanelState, open_page: OpenPage) -> None:
    app = press(open_page("costs", profile="acme"), "Change budget")
    app.number_input[0].set_value(0.5)
    save(app)
    assert limit(own_state) == 500_000
    app = press(open_page("costs", profile="acme"), "Change budget")
    app.toggle[0].set_value(False)
    save(app)
    assert limit(own_state) is None
    assert numbers(open_page("costs", profile="acme"))["Left"] == "no limit"


def test_only_owners_change_the_budget(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_as_viewer(own_state, monkeypatch)
    assert "Change budget" not in labels(open_page("costs", profile="acme"))


def test_a_pace_beyond_the_budget_is_warned_of(own_state: PanelState, open_page: OpenPage) -> None:
    from models.budget import set_budget

    with open_database(own_state.settings) as database:
        set_budget(database, own_state.acme.profile.id, 1_000_000)
    assert "more than its budget" in words(open_page("costs", profile="acme"))


def test_a_store_without_costs_says_so(own_state: PanelState, open_page: OpenPage) -> None:
    from models.profiles import create_profile

    with open_database(own_state.settings) as database:
        create_profile(database, "Cedar")
    app = open_page("costs", profile="cedar")
    assert "Nothing was spent" in words(app)
    assert not app.dataframe


def test_the_sheet_has_every_line_of_the_month(state: PanelState, open_page: OpenPage) -> None:
    from models.access import LOCAL, join
    from models.settings import load_settings
    from ui.components.cost_sheet_file import sheet_of
    from ui.components.desk import Desk

    with open_database(state.settings) as database:
        desk = Desk(load_settings(), join(database, LOCAL, "acme"), ())
        month = month_of(desk.profile, now_utc())
        rows = list(csv.DictReader(io.StringIO(sheet_of(desk, month)().decode())))
        with desk.reading() as session:
            lines = session.exec(select(func.count()).where(CostEntry.month == month)).one()
    assert len(rows) == lines > 0
    assert {row["month"] for row in rows} == {month}
    assert all(float(row["amount_usd"]) > 0 for row in rows)


def test_what_was_reused_in_words() -> None:
    assert reuse_words(Reuse("voice", 12, 840_000)) == "12 voice-overs ($0.84)"
    assert reuse_words(Reuse("analysis", 1, None)) == "1 analysis answer"
