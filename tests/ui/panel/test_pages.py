"""The pages as somebody sees them, run in this process without a browser."""

from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from models.project import Project
from models.session import open_database
from tests.ui.panel.conftest import OpenPage, words
from tests.ui.panel_state import PanelState

PAGES = ("dashboard", "projects", "runs", "costs", "settings", "profiles")
STEPS = ("footage", "segments", "variants", "script", "captions", "render", "export")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens(state: PanelState, open_page: OpenPage, page: str) -> None:
    app = open_page(page, profile="acme")
    assert app.title[0].value in ("Acme", page.capitalize())


@pytest.mark.parametrize("step", STEPS)
def test_every_step_of_a_project_opens(state: PanelState, open_page: OpenPage, step: str) -> None:
    project_id = state.acme.project_ids["Summer sale"]
    app = open_page("project", profile="acme", project=project_id, step=step)
    assert app.title[0].value == "Summer sale"


def test_the_dashboard_says_what_needs_somebody(state: PanelState, open_page: OpenPage) -> None:
    app = open_page(profile="acme")
    text = words(app)
    assert "Serum launch: render 1 clip failed at “speak script”" in text
    assert "**Travel cup**: 3 variants wait for your pick" in text
    assert [button.label for button in app.button if button.label == "Resume"] == ["Resume"]


def test_without_a_profile_in_the_address_the_default_one_opens(
    state: PanelState, open_page: OpenPage
) -> None:
    app = open_page()
    assert app.title[0].value == "Acme"
    assert app.query_params["profile"] == "acme"


def test_a_foreign_project_and_a_missing_one_give_the_same_page(
    state: PanelState, open_page: OpenPage
) -> None:
    # given a project of Acme, opened under Borealis, and an id that nobody has
    foreign = open_page("project", profile="borealis", project=state.acme.project_ids["Summer sale"])
    missing = open_page("project", profile="borealis", project=uuid4())
    no_id = open_page("project", profile="borealis", project="../../etc/passwd")
    # then the pages can't be told apart
    assert words(foreign) == words(missing) == words(no_id)
    assert foreign.title[0].value == "Not found"


def test_an_unknown_profile_is_not_found(state: PanelState, open_page: OpenPage) -> None:
    app = open_page(profile="nobody")
    assert app.title[0].value == "Not found"


def test_projects_are_searched_and_filtered(state: PanelState, open_page: OpenPage) -> None:
    everything = words(open_page("projects", profile="acme"))
    found = words(open_page("projects", profile="acme", q="picnic"))
    assert "**Travel cup**" in everything
    assert "**Summer sale**" in found  # its description names picnics
    assert "**Autumn picnic**" in found
    assert "**Travel cup**" not in found
    assert "No project fits" in words(open_page("projects", profile="acme", q="zeppelin"))


def test_another_profiles_projects_are_not_listed(state: PanelState, open_page: OpenPage) -> None:
    assert "Summer sale" not in words(open_page("projects", profile="borealis"))


def create_project(open_page: OpenPage, name: str) -> AppTest:
    """Fills in the dialog and presses its button."""
    app = open_page("projects", profile="acme", new=1)
    next(field for field in app.text_input if field.label == "Name").set_value(name)
    app.query_params["new"] = "1"  # a browser draws the open dialog alone; here the page is drawn again
    return next(button for button in app.button if button.label == "Create project").click().run()


def test_a_new_project_is_made_in_the_dialog(own_state: PanelState, open_page: OpenPage) -> None:
    # when the dialog, opened by the dashboard's button, is filled in
    app = create_project(open_page, "Spring *launch*")
    # then the project's page is open, at its footage
    assert app.title[0].value == "Spring \\*launch\\*"
    assert app.query_params["step"] == "footage"
    with (
        open_database(own_state.settings) as database,
        database.profile_session(own_state.acme.profile.id, read_only=True) as session,
    ):
        names = list(session.exec(select(Project.name)))
    assert "Spring *launch*" in names


def test_a_taken_name_is_refused_with_a_sentence(own_state: PanelState, open_page: OpenPage) -> None:
    app = create_project(open_page, "Summer sale")
    assert any("Summer sale" in error.value for error in app.error)


def test_the_default_profile_is_not_deleted_while_others_exist(
    own_state: PanelState, open_page: OpenPage
) -> None:
    app = open_page("profiles", profile="acme")
    assert "**Acme** :violet-badge[default] :gray-badge[open]" in words(app)


def test_an_empty_installation_starts_with_the_first_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_page: OpenPage
) -> None:
    monkeypatch.setenv("REELFLOW_HOME", str(tmp_path / "empty"))
    monkeypatch.setattr("ui.components.findings.examine_machine", lambda _: [])
    app = open_page()
    assert app.title[0].value == "Welcome to Reelflow"
    assert "Try the sample" in [button.label for button in app.button]
