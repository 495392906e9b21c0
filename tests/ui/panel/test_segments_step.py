"""The segments step: list, choice, marks, bounds, and clips of the chosen ones."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select
from streamlit.testing.v1 import AppTest

from models.footage import Segment, SegmentOrigin
from models.session import open_database
from tests.ui.panel.conftest import OpenPage, words
from tests.ui.panel.doubles import labels, look_as_viewer, press, watched_gateway
from tests.ui.panel_state import PanelState
from ui.app_pages.project_steps.segment_table import merge_chosen
from ui.components.segment_words import moment, seen_and_why


def open_step(open_page: OpenPage, state: PanelState, project: str = "Summer sale") -> AppTest:
    return open_page("project", profile="acme", project=state.acme.project_ids[project], step="segments")


def best_first(state: PanelState) -> list[Segment]:
    """The segments as the list shows them."""
    with (
        open_database(state.settings) as database,
        database.profile_session(state.acme.profile.id, read_only=True) as session,
    ):
        return list(
            session.exec(
                select(Segment).order_by(
                    col(Segment.score).desc(), col(Segment.footage_id), col(Segment.start_s), col(Segment.id)
                )
            )
        )


def tick(app: AppTest, *rows: int) -> AppTest:
    """Ticks rows of the list."""
    app.session_state[app.dataframe[0].key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    app.run()
    assert not app.exception, app.exception[0].message
    return app


def field(app: AppTest, label: str) -> float:
    return next(box.value for box in app.number_input if box.label == label)


def test_the_list_tells_score_reason_tags_and_use(state: PanelState, open_page: OpenPage) -> None:
    app = open_step(open_page, state)
    table = app.dataframe[0].value
    first = best_first(state)[0]
    assert list(table["Score"]) == sorted(table["Score"], reverse=True)
    assert (table["Score"][0], table["Why"][0], list(table["Tags"][0])) == (
        first.score, first.reason, first.tags,
    )  # fmt: skip
    assert any("Variant" in use for use in table["Last used"])
    assert "★" in set(table[""])


def test_search_and_marks_narrow_the_list(state: PanelState, open_page: OpenPage) -> None:
    app = open_step(open_page, state)
    everything = len(app.dataframe[0].value)
    next(box for box in app.text_input if box.label == "Search segments").set_value("meadow light").run()
    assert 0 < len(app.dataframe[0].value) < everything
    next(box for box in app.text_input if box.label == "Search segments").set_value("zeppelin").run()
    assert "No segment fits" in words(app)


def test_a_favourite_is_marked_and_unmarked(own_state: PanelState, open_page: OpenPage) -> None:
    app, before = open_step(open_page, own_state), best_first(own_state)[0]
    press(app, "Favourite")
    assert best_first(own_state)[0].is_favorite is not before.is_favorite
    press(app, "Favourite")
    assert best_first(own_state)[0].is_favorite is before.is_favorite


def test_a_segment_is_skipped_and_kept_again(own_state: PanelState, open_page: OpenPage) -> None:
    app = press(open_step(open_page, own_state), "Skip")
    assert best_first(own_state)[0].is_skipped
    press(app, "Keep again")
    assert not best_first(own_state)[0].is_skipped


def test_bounds_are_tried_and_then_saved(own_state: PanelState, open_page: OpenPage) -> None:
    app, before = open_step(open_page, own_state), best_first(own_state)[0]
    assert (field(app, "From, s"), field(app, "To, s")) == (before.start_s, before.end_s)
    next(box for box in app.number_input if box.label == "To, s").set_value(before.end_s - 0.5).run()
    assert best_first(own_state)[0].end_s == before.end_s  # nothing is stored yet
    press(app, "Save bounds")
    after = best_first(own_state)[0]
    assert (after.end_s, after.origin) == (before.end_s - 0.5, SegmentOrigin.MANUAL)


def test_a_segment_is_split(own_state: PanelState, open_page: OpenPage) -> None:
    before = best_first(own_state)
    press(open_step(open_page, own_state), "Split in two")
    assert len(best_first(own_state)) == len(before) + 1


def test_tags_are_saved_in_small_letters(own_state: PanelState, open_page: OpenPage) -> None:
    app = open_step(open_page, own_state)
    box = next(box for box in app.multiselect if box.label == "Tags")
    box.set_value([*box.value, "Hero shot"]).run()
    press(app, "Save tags")
    assert "hero shot" in best_first(own_state)[0].tags


def test_clips_are_made_of_the_ticked_ones_in_their_order(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway, segments = watched_gateway(monkeypatch), best_first(own_state)
    # given two that were ticked one after the other, the later one first
    app = tick(tick(open_step(open_page, own_state), 3), 1, 3)
    assert "**2 chosen** · 4.0 s" in words(app)
    app.radio[0].set_value("In the order I chose them").run()
    press(app, "Make 1 clip")
    (run,) = gateway.runs
    assert (run["kind"], run["variants"], run["order"]) == ("generate_clips", 1, "given")
    assert run["segment_ids"] == [segments[3].id, segments[1].id]
    assert run["max_cost_micro_usd"] == 0
    # then the variants are open, where the clip will appear
    assert app.query_params["step"] == "variants"


def test_several_are_marked_at_once(own_state: PanelState, open_page: OpenPage) -> None:
    segments = best_first(own_state)
    app = tick(open_step(open_page, own_state), 0, 1, 2)
    next(menu for menu in app.menu_button if menu.label == "Mark").click("Skip").run()
    skipped = {segment.id for segment in best_first(own_state) if segment.is_skipped}
    assert {segment.id for segment in segments[:3]} <= skipped


def test_a_choice_is_cleared(own_state: PanelState, open_page: OpenPage) -> None:
    app = press(tick(open_step(open_page, own_state), 0, 1), "Clear")
    assert "chosen" not in words(app)


def test_choices_of_other_pages_stay() -> None:
    a, b, c, d = (uuid4() for _ in range(4))
    page: list[UUID] = [c, d]
    assert merge_chosen([a, c], page, [c, d]) == [a, c, d]
    assert merge_chosen([d, a, c], page, [c]) == [a, c]
    assert merge_chosen([a, b], page, []) == [a, b]


def test_a_project_without_footage_is_sent_to_add_some(own_state: PanelState, open_page: OpenPage) -> None:
    with (
        open_database(own_state.settings) as database,
        database.profile_session(own_state.acme.profile.id) as session,
    ):
        from models.project import ProjectFootage

        for row in session.exec(
            select(ProjectFootage).where(
                ProjectFootage.project_id == own_state.acme.project_ids["Gift boxes"]
            )
        ).all():
            session.delete(row)
    app = open_step(open_page, own_state, "Gift boxes")
    assert "**No footage yet**" in words(app)
    assert press(app, "Add footage").query_params["step"] == "footage"


def test_viewers_look_and_change_nothing(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_as_viewer(own_state, monkeypatch)
    app = open_step(open_page, own_state)
    assert len(app.dataframe[0].value)
    assert not {"Favourite", "Skip", "Save bounds", "Add by hand"} & set(labels(app))


def test_what_analyser_says_twice_is_told_once() -> None:
    assert seen_and_why("3.4 s: sharp, well lit", "Sharp, well lit.") == "Sharp, well lit."
    assert seen_and_why("A cup", "Bright.") == "A cup. Bright."
    assert seen_and_why("", "") == ""


def test_moments_are_told_to_the_tenth() -> None:
    assert [moment(s) for s in (0.0, 12.34, 59.96, 64.25)] == ["0:00.0", "0:12.3", "1:00.0", "1:04.2"]
