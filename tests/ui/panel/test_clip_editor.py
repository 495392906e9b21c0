"""A clip cut by cut: each change is made to what was on the screen, or refused with a sentence."""

from uuid import uuid4

import pytest
from streamlit.testing.v1 import AppTest

from models.clip import Clip
from models.clip_edits import reorder_cuts
from models.edit import Edit
from models.session import open_database
from tests.ui.panel.conftest import OpenPage, words
from tests.ui.panel.doubles import labels, look_as_viewer, press, watched_gateway
from tests.ui.panel_state import PanelState


def open_clip(open_page: OpenPage, state: PanelState, clip: object = None) -> AppTest:
    return open_page(
        "project",
        profile="acme",
        project=state.acme.project_ids["Summer sale"],
        step="variants",
        clip=clip or state.acme.clip_ids["Summer sale"][0],
    )


def edit_of(state: PanelState) -> Edit:
    with (
        open_database(state.settings) as database,
        database.profile_session(state.acme.profile.id, read_only=True) as session,
    ):
        return Edit.model_validate(session.require(Clip, state.acme.clip_ids["Summer sale"][0]).edit)


def test_the_first_cut_is_shown(state: PanelState, open_page: OpenPage) -> None:
    text = words(open_clip(open_page, state))
    assert "**Variant 1** · 0:06 · 3 cuts" in text
    assert "**Cut 1 of 3** · box\\.mp4 0:05.0 to 0:07.0" in text.replace("box.mp4", "box\\.mp4")


def test_a_cut_moves_later_and_stays_on_the_screen(own_state: PanelState, open_page: OpenPage) -> None:
    before = edit_of(own_state).cuts
    app = press(open_clip(open_page, own_state), "Later")
    assert edit_of(own_state).cuts == (before[1], before[0], before[2])
    text = words(app)
    assert "**Cut 2 of 3**" in text
    assert "draft shows the old cuts" in text


def test_a_cut_is_left_out(own_state: PanelState, open_page: OpenPage) -> None:
    before = edit_of(own_state).cuts
    press(open_clip(open_page, own_state), "Leave out")
    assert edit_of(own_state).cuts == before[1:]


def test_a_boundary_moves_and_the_length_stays(own_state: PanelState, open_page: OpenPage) -> None:
    before = edit_of(own_state)
    press(open_clip(open_page, own_state), "+0.5 s")
    after = edit_of(own_state)
    assert after.cuts[0].end_s == pytest.approx(before.cuts[0].end_s + 0.5)
    assert after.duration_s == pytest.approx(before.duration_s)


def test_a_boundary_without_room_is_not_offered(state: PanelState, open_page: OpenPage) -> None:
    # the second cut begins half a second after its footage does
    app = open_clip(open_page, state)
    can = {button.label: not button.disabled for button in app.button if button.label.endswith(" s")}
    assert can == {"−0.5 s": True, "−0.1 s": True, "+0.1 s": True, "+0.5 s": True}


def test_a_cut_is_trimmed(own_state: PanelState, open_page: OpenPage) -> None:
    app = open_clip(open_page, own_state)
    next(box for box in app.number_input if box.label == "To, s").set_value(6.0).run()
    press(app, "Trim")
    assert edit_of(own_state).cuts[0].end_s == pytest.approx(6.0)


def test_a_cut_is_framed(own_state: PanelState, open_page: OpenPage) -> None:
    app = open_clip(open_page, own_state)
    next(box for box in app.slider if box.label == "Left to right").set_value(20).run()
    press(app, "Set framing")
    assert edit_of(own_state).cuts[0].crop.x == pytest.approx(0.2)


def test_a_cut_is_replaced_by_a_segment_that_the_clip_does_not_show(
    own_state: PanelState, open_page: OpenPage
) -> None:
    app, before = open_clip(open_page, own_state), edit_of(own_state)
    table = app.dataframe[0]
    assert list(table.value[""]) == sorted(table.value[""])  # those in the clip come last
    app.session_state[table.key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app.run()
    press(app, "Replace cut 1")
    after = edit_of(own_state)
    assert after.cuts[0].segment_id is not None
    assert after.cuts[1:] == before.cuts[1:]
    assert after.cuts[0].duration_s == pytest.approx(before.cuts[0].duration_s)


def test_a_change_made_elsewhere_meanwhile_is_not_overwritten(
    own_state: PanelState, open_page: OpenPage
) -> None:
    # given a clip that is open here and changed in another window
    app = open_clip(open_page, own_state)
    with (
        open_database(own_state.settings) as database,
        database.profile_session(own_state.acme.profile.id) as session,
    ):
        reorder_cuts(session, own_state.acme.clip_ids["Summer sale"][0], [2, 1, 0])
    meanwhile = edit_of(own_state)
    # when a button is pressed here
    press(app, "Later")
    # then it is refused, and works on what is shown now
    assert any("changed meanwhile" in error.value for error in app.error)
    assert edit_of(own_state) == meanwhile
    press(app, "Later")
    assert edit_of(own_state) != meanwhile


def test_the_draft_is_renewed_by_a_run(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    press(press(open_clip(open_page, own_state), "Later"), "Update draft")
    (run,) = gateway.runs
    assert run["clip_ids"] == [own_state.acme.clip_ids["Summer sale"][0]]


def test_a_missing_clip_and_another_projects_are_not_found(state: PanelState, open_page: OpenPage) -> None:
    for clip in (uuid4(), "no-id", state.acme.clip_ids["Tea time"][0]):
        assert "There is no such clip here" in words(open_clip(open_page, state, clip)), clip


def test_viewers_see_the_cuts_only(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_as_viewer(own_state, monkeypatch)
    app = open_clip(open_page, own_state)
    assert "**Cut 1 of 3**" in words(app)
    assert not {"Later", "Leave out", "Trim", "Pick"} & set(labels(app))
