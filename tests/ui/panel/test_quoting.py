"""What a page says a run costs: nothing on this machine, and the providers' prices where they are chosen."""

from typing import Any

import pytest
from sqlmodel import select

from models.access import LOCAL, join
from models.clip import Clip
from models.edit import Edit, OwnSpeech
from models.errors import BadInput, MissingKey, NotFound
from models.project import Project
from models.provider_settings import provider_settings, store_provider_settings
from models.session import open_database
from models.settings import load_settings
from tests.ui.panel_state import PanelState
from ui.components.desk import Desk
from ui.components.dialogs import Price
from ui.installation import shared_database
from ui.quoting import quote_for

KEY = "AIza0123456789abcdef0123456789abcdef012"


@pytest.fixture
def desk(own_state: PanelState) -> Desk:
    settings = load_settings()
    return Desk(settings, join(shared_database(settings), LOCAL, "acme"), ())


def choose_gemini(state: PanelState) -> None:
    with (
        open_database(state.settings) as database,
        database.profile_session(state.acme.profile.id) as session,
    ):
        chosen = provider_settings(session.profile).changed(analyser="gemini")
        store_provider_settings(session, chosen)


def generate(state: PanelState, project: str = "Summer sale", **more: Any) -> dict[str, Any]:
    return {"project_id": state.acme.project_ids[project], "variants": 3, **more}


def test_work_of_this_machine_is_free(desk: Desk, own_state: PanelState) -> None:
    clip_id = own_state.acme.clip_ids["Summer sale"][0]
    asked = {
        "generate_clips": generate(own_state),
        "render_clip": {"clip_id": clip_id, "script": "Slow down."},
        "import_footage": {"files": ["/nowhere.mp4"]},
        "recut_drafts": {"clip_ids": [clip_id]},
        "export_clips": {"clip_ids": [clip_id]},
    }
    for kind, parameters in asked.items():
        price = quote_for(desk, kind, parameters)
        assert (price.is_free, price.lines, price.fits) == (True, (), True), kind


def test_a_run_that_does_not_say_what_it_was_asked_for_has_no_price(desk: Desk) -> None:
    with pytest.raises(BadInput, match="start it anew"):
        quote_for(desk, "render_clip", {})


def test_the_month_s_rest_comes_with_the_price(desk: Desk, own_state: PanelState) -> None:
    left = quote_for(desk, "import_footage", {}).left_micro_usd
    assert left is not None
    assert 0 < left < 40_000_000  # of 40 dollars some are spent


def test_a_chosen_provider_is_named_with_its_price(
    desk: Desk, own_state: PanelState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELFLOW_GEMINI_API_KEY", KEY)
    choose_gemini(own_state)
    shared_database.cache_clear()
    settings = load_settings()
    here = Desk(settings, join(shared_database(settings), LOCAL, "acme"), ())
    price = quote_for(here, "generate_clips", generate(own_state))
    assert [line.what for line in price.lines] == ["Analysis by Gemini"]
    assert 0 < price.expected_micro_usd < price.maximum_micro_usd
    assert "segment" in price.lines[0].note
    assert not price.is_free


def test_a_missing_key_is_said_before_anything_starts(desk: Desk, own_state: PanelState) -> None:
    choose_gemini(own_state)
    settings = load_settings()
    here = Desk(settings, join(shared_database(settings), LOCAL, "acme"), ())
    with pytest.raises(MissingKey):
        quote_for(here, "generate_clips", generate(own_state))


def test_a_project_without_footage_has_nothing_to_judge(desk: Desk, own_state: PanelState) -> None:
    with desk.writing() as session:
        session.add(Project(name="Empty"))
    with desk.reading() as session:
        project_id = session.exec(select(Project.id).where(Project.name == "Empty")).one()
    assert quote_for(desk, "generate_clips", {"project_id": project_id, "variants": 1}).is_free


@pytest.mark.parametrize("has_heard", [True, False])
def test_clips_like_one_are_captioned_like_it(
    desk: Desk, own_state: PanelState, monkeypatch: pytest.MonkeyPatch, has_heard: bool
) -> None:
    # given a clip without a voice, with or without captions of the footage's own speech
    clip_id = own_state.acme.clip_ids["Summer sale"][1]
    with desk.writing() as session:
        clip = session.require(Clip, clip_id)
        speech = OwnSpeech() if has_heard else None
        edit = Edit.model_validate(clip.edit).model_copy(update={"speech": speech})
        clip.edit = edit.model_dump(mode="json")
    asked: dict[str, Any] = {}

    def remember(*_: Any, **wanted: Any) -> Any:
        asked.update(wanted)
        raise BadInput("enough")

    monkeypatch.setattr("tasks.quote.make_quote", remember)
    with pytest.raises(BadInput, match="enough"):
        quote_for(desk, "generate_clips", generate(own_state, like_clip_id=clip_id))
    assert asked["captions"] == ("speech" if has_heard else "none")
    assert asked["context"].startswith("Summer sale")
    assert set(asked["footage_ids"]) == set(own_state.acme.footage_ids)


def test_another_profiles_project_is_not_found(desk: Desk, own_state: PanelState) -> None:
    with pytest.raises(NotFound):
        quote_for(desk, "generate_clips", {"project_id": own_state.borealis.project_ids["Gift boxes"]})


def test_an_unknown_kind_of_run_has_no_quote(desk: Desk) -> None:
    with pytest.raises(BadInput, match="no quote"):
        quote_for(desk, "dance", {})


def test_a_price_is_free_only_when_nothing_can_be_charged() -> None:
    assert Price((), 0, None).is_free
    assert not Price((), 1, None).is_free
