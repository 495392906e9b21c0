"""The variants step: cards, picks, more of them, how alike they are, and what leads to a quote."""

from uuid import UUID, uuid4

import pytest
from streamlit.testing.v1 import AppTest

from models.clip import Clip
from models.edit import Cut, Edit, VoiceTrack
from models.run import EventLevel, RunEvent
from models.session import open_database
from tasks.media.selection import plan_variants
from tests.ui.panel.conftest import OpenPage, words
from tests.ui.panel.doubles import labels, look_as_viewer, press, watched_gateway
from tests.ui.panel_state import PanelState
from ui.app_pages.project_steps.variants_alike import MOST_SHARED, pairs
from ui.components.dialogs import Price, PriceLine


def open_step(open_page: OpenPage, state: PanelState, project: str = "Summer sale") -> AppTest:
    return open_page("project", profile="acme", project=state.acme.project_ids[project], step="variants")


def clip(state: PanelState, number: int, project: str = "Summer sale") -> Clip:
    with (
        open_database(state.settings) as database,
        database.profile_session(state.acme.profile.id, read_only=True) as session,
    ):
        return session.require(Clip, state.acme.clip_ids[project][number])


def choose(app: AppTest, number: int, verb: str) -> AppTest:
    menus = [menu for menu in app.menu_button if str(menu.key).startswith("clip_menu_")]
    menus[number].click(verb).run()
    assert not app.exception, app.exception[0].message
    return app


def test_each_variant_says_what_it_is_and_why_it_opens_so(state: PanelState, open_page: OpenPage) -> None:
    text = words(open_step(open_page, state))
    assert "**4 variants** · 1 picked" in text
    assert "**Variant 1** :green-badge[:material/check: picked]" in text
    assert text.count("Opens with") == 4
    assert "How alike they are" in text


def test_a_variant_is_picked_and_unpicked(own_state: PanelState, open_page: OpenPage) -> None:
    app = press(open_step(open_page, own_state), "Pick")
    assert clip(own_state, 1).is_picked
    press(app, "Unpick", number=1)
    assert not clip(own_state, 1).is_picked


def test_a_stale_draft_is_said_and_renewed(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway, clip_id = watched_gateway(monkeypatch), own_state.acme.clip_ids["Summer sale"][2]
    with (
        open_database(own_state.settings) as database,
        database.profile_session(own_state.acme.profile.id) as session,
    ):
        session.require(Clip, clip_id).draft_fingerprint = "0" * 64
    app = open_step(open_page, own_state)
    assert words(app).count("draft shows the old cuts") == 1
    press(app, "Update 1 draft")
    (run,) = gateway.runs
    assert (run["kind"], run["clip_ids"]) == ("recut_drafts", [clip_id])


def test_more_of_them_have_another_seed(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    press(open_step(open_page, own_state), "3 more")
    (run,) = gateway.runs
    assert (run["variants"], run["seed"], run["like_clip_id"]) == (3, 5, None)
    assert run["voice_clip_id"] is None
    assert run["title"] == "generate 3 clips"


@pytest.mark.parametrize("is_shared", [True, False])
def test_more_speak_the_script_that_all_clips_share(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, is_shared: bool
) -> None:
    # given clips with one voice, of which one may have another script
    gateway, shared = watched_gateway(monkeypatch), uuid4()
    clip_ids = own_state.acme.clip_ids["Summer sale"]
    with (
        open_database(own_state.settings) as database,
        database.profile_session(own_state.acme.profile.id) as session,
    ):
        for number, clip_id in enumerate(clip_ids):
            row = session.require(Clip, clip_id)
            said = shared if is_shared or number else uuid4()
            voice = VoiceTrack(voice_over_id=said, duration_s=2.0)
            row.edit = (
                Edit.model_validate(row.edit).model_copy(update={"voice": voice}).model_dump(mode="json")
            )

    press(open_step(open_page, own_state), "3 more")

    (run,) = gateway.runs
    assert run["voice_clip_id"] in clip_ids if is_shared else run["voice_clip_id"] is None


def test_more_like_one_names_it(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    choose(open_step(open_page, own_state), 1, "More like this")
    assert gateway.runs[0]["like_clip_id"] == own_state.acme.clip_ids["Summer sale"][1]


def test_what_costs_money_is_quoted_first(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    price = Price((PriceLine("Analysis by Gemini", 40_000, "20 segments"),), 90_000, 5_000_000)
    monkeypatch.setattr("ui.components.starting.quote_for", lambda *_: price)
    app = press(open_step(open_page, own_state), "3 more")
    assert gateway.runs == []
    assert r"Analysis by Gemini \$0.04: about \$0.04, never more than \$0.09." in words(app)


def test_a_project_without_clips_offers_to_make_some(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    app = open_step(open_page, own_state, "Gift boxes")
    assert "**No variants yet**" in words(app)
    press(app, "Generate clips")
    (run,) = gateway.runs
    assert (run["variants"], run["duration_s"], run["seed"]) == (3, 6.0, 1)


def test_while_the_first_are_made_nobody_makes_them_twice(state: PanelState, open_page: OpenPage) -> None:
    app = open_step(open_page, state, "Autumn picnic")
    assert "**The first variants are being made**" in words(app)
    assert "Generate clips" not in labels(app)


def test_what_the_footage_could_not_give_is_told_once(own_state: PanelState, open_page: OpenPage) -> None:
    run_id = clip(own_state, 0).run_id
    with (
        open_database(own_state.settings) as database,
        database.profile_session(own_state.acme.profile.id) as session,
    ):
        for _ in range(2):
            message = "Two of the clips open alike."
            session.add(RunEvent(run_id=run_id, level=EventLevel.WARNING, code="short", message=message))
    assert words(open_step(open_page, own_state)).count("Two of the clips open alike") == 1


def test_deleting_says_first_what_goes(own_state: PanelState, open_page: OpenPage) -> None:
    app = choose(open_step(open_page, own_state), 3, "Delete")
    assert "Its cuts and draft, and 0 finished files" in words(app)


def test_viewers_look_and_change_nothing(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_as_viewer(own_state, monkeypatch)
    app = open_step(open_page, own_state)
    assert "**4 variants** · 1 picked" in words(app)
    assert not {"Pick", "Edit", "3 more"} & set(labels(app))


def test_the_most_alike_come_first() -> None:
    film = UUID(int=1)

    def edit(start_s: float) -> Edit:
        return Edit(cuts=(Cut(footage_id=film, start_s=start_s, end_s=start_s + 4),))

    found = pairs({"one": edit(0), "two": edit(3), "three": edit(5)})
    assert [(pair.first, pair.second, pair.shared_s, pair.share) for pair in found] == [
        ("two", "three", 2.0, 0.5),
        ("one", "two", 1.0, 0.25),
        ("one", "three", 0.0, 0.0),
    ]


def test_the_page_names_the_planners_own_limit() -> None:
    assert plan_variants.__kwdefaults__["max_share"] == MOST_SHARED
