"""The footage step: what is there, what is in the library and the inbox, and what is refused."""

import os
import shutil
import time
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from models.project import Project, ProjectFootage
from models.run import Run, RunState
from models.session import open_database
from tests.ui.panel.conftest import OpenPage, words
from tests.ui.panel.doubles import labels, look_as_viewer, press, watched_gateway
from tests.ui.panel_state import SAMPLE, PanelState


def open_step(open_page: OpenPage, state: PanelState, project: str = "Gift boxes") -> AppTest:
    return open_page("project", profile="acme", project=state.acme.project_ids[project], step="footage")


def choose(app: AppTest, number: int, verb: str) -> AppTest:
    """Chooses from the menu of the footage with that number."""
    menus = [menu for menu in app.menu_button if str(menu.key).startswith("footage_menu_")]
    menus[number].click(verb).run()
    assert not app.exception, app.exception[0].message
    return app


def assigned(state: PanelState, project: str) -> set[UUID]:
    with (
        open_database(state.settings) as database,
        database.profile_session(state.acme.profile.id, read_only=True) as session,
    ):
        found = select(ProjectFootage.footage_id).where(
            ProjectFootage.project_id == state.acme.project_ids[project]
        )
        return set(session.exec(found))


def test_footage_is_shown_with_its_facts(state: PanelState, open_page: OpenPage) -> None:
    text = words(open_step(open_page, state))
    assert "**3 videos**" in text
    assert "**cup.mp4**" in text
    assert ":blue-badge[720p] :gray-badge[24 fps]" in text


def test_a_project_without_any_says_what_to_do(own_state: PanelState, open_page: OpenPage) -> None:
    with (
        open_database(own_state.settings) as database,
        database.profile_session(own_state.acme.profile.id) as session,
    ):
        empty = Project(name="Empty")
        session.add(empty)
        session.flush()
        project_id = empty.id
    app = open_page("project", profile="acme", project=project_id, step="footage")
    assert "**No footage yet**" in words(app)


def test_footage_is_taken_out_of_a_project_that_shows_none_of_it(
    own_state: PanelState, open_page: OpenPage
) -> None:
    app = choose(open_step(open_page, own_state), 0, "Take out of this project")
    assert "**2 videos**" in words(app)
    assert len(assigned(own_state, "Gift boxes")) == 2


def test_footage_that_clips_show_stays(own_state: PanelState, open_page: OpenPage) -> None:
    app = choose(open_step(open_page, own_state, "Summer sale"), 0, "Take out of this project")
    assert any("show" in error.value for error in app.error)
    assert len(assigned(own_state, "Summer sale")) == 3


def test_deleting_footage_that_is_used_names_the_projects(own_state: PanelState, open_page: OpenPage) -> None:
    app = choose(open_step(open_page, own_state), 0, "Delete from the library")
    assert any("is used by 'Autumn picnic'" in error.value and "more" in error.value for error in app.error)


def test_the_library_adds_footage(own_state: PanelState, open_page: OpenPage) -> None:
    # given a project out of which one was taken
    app = choose(open_step(open_page, own_state), 0, "Take out of this project")
    (library,) = [frame for frame in app.dataframe if "Here" in frame.value]
    row = list(library.value["Here"]).index(False)
    # when its row is ticked and added
    app.session_state[library.key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    app.run()
    press(app, "Add 1 video to this project")
    assert assigned(own_state, "Gift boxes") == set(own_state.acme.footage_ids)


def wait_in_inbox(state: PanelState, name: str, *, age_s: float) -> Path:
    """A film in the inbox that nobody has touched for so long."""
    path = state.settings.inbox_dir("acme") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(SAMPLE / "cup.mp4", path)
    then = time.time() - age_s
    os.utime(path, (then, then))
    return path


def test_the_inbox_is_listed_and_imported(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    film = wait_in_inbox(own_state, "spring.mp4", age_s=60)
    monkeypatch.setattr("ui.inbox.is_complete", lambda *_: True)
    app = open_step(open_page, own_state)
    assert "**spring.mp4** · 1.6 MB" in words(app)
    press(app, "Import")
    (run,) = gateway.runs
    assert (run["kind"], run["files"], run["remove_source"]) == ("import_footage", [str(film)], True)
    assert run["project_id"] == own_state.acme.project_ids["Gift boxes"]
    assert run["max_cost_micro_usd"] == 0


def test_what_is_still_being_written_waits(own_state: PanelState, open_page: OpenPage) -> None:
    wait_in_inbox(own_state, "spring.mp4", age_s=0)
    app = open_step(open_page, own_state)
    assert "still being written" in words(app)
    assert [button.disabled for button in app.button if button.label == "Import"] == [True]


def test_a_failed_import_says_why_and_is_dismissed(own_state: PanelState, open_page: OpenPage) -> None:
    with (
        open_database(own_state.settings) as database,
        database.profile_session(own_state.acme.profile.id) as session,
    ):
        session.add(
            Run(
                kind="import_footage",
                title="import notes.mp4",
                state=RunState.FAILED,
                stage="import footage",
                project_id=own_state.acme.project_ids["Gift boxes"],
                error="notes.mp4 can't be used: it is empty",
            )
        )
    app = open_step(open_page, own_state)
    assert "notes.mp4 can't be used" in words(app)
    press(app, "Dismiss")
    assert "notes.mp4" not in words(app)


def test_viewers_look_and_change_nothing(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_as_viewer(own_state, monkeypatch)
    app = open_step(open_page, own_state)
    assert "**3 videos**" in words(app)
    assert not {"Import", "Add to this project", "Delete"} & set(labels(app))
    assert [menu for menu in app.menu_button if menu.label == "More"] == []
