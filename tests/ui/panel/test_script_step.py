"""The script step: what is saved for whom, and choosing a voice."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from models.clip import Clip
from models.edit import Edit, OwnSpeech
from models.profile import Profile
from models.profiles import find_profile
from models.provider_settings import ElevenLabsSettings, ProviderSettings, store_provider_settings
from models.session import open_database
from tests.ui.panel.conftest import OpenPage, words
from tests.ui.panel.doubles import labels, look_as_viewer, press
from tests.ui.panel_state import PanelState
from ui.voices import SAMPLE_TEXT, sample_text


def open_step(open_page: OpenPage, state: PanelState, project: str = "Summer sale") -> AppTest:
    project_id = state.acme.project_ids[project]
    return open_page("project", profile="acme", project=project_id, step="script")


def edit_of(state: PanelState, variant: int) -> Edit:
    clip_id = state.acme.clip_ids["Summer sale"][variant - 1]
    with (
        open_database(state.settings) as database,
        database.profile_session(state.acme.profile.id, read_only=True) as session,
    ):
        return Edit.model_validate(session.require(Clip, clip_id).edit)


def profile_of(state: PanelState) -> Profile:
    with open_database(state.settings) as database:
        return find_profile(database, "acme")


def choose_two(app: AppTest, state: PanelState) -> AppTest:
    """Chooses the first two variants."""
    choice = next(pills for pills in app.pills if pills.label == "Applies to")
    choice.set_value(state.acme.clip_ids["Summer sale"][:2]).run()
    return app


def test_a_script_is_held_against_the_clip(state: PanelState, open_page: OpenPage) -> None:
    app = open_step(open_page, state)
    assert "About 6 s spoken; the clip is 6 s, it stays about as long" in words(app)
    assert "not spoken yet" in words(app)
    app.text_area[0].set_value("Far too long for this. " * 12).run()
    assert "more footage is added up to about" in words(app)


def test_a_script_is_saved_for_the_chosen_variants(own_state: PanelState, open_page: OpenPage) -> None:
    app = choose_two(open_step(open_page, own_state), own_state)
    app.text_area[0].set_value("  One box.\nOne cup. ").run()
    press(app, "Save for 2 variants")
    assert [edit_of(own_state, variant).script for variant in (1, 2)] == ["One box. One cup."] * 2
    assert edit_of(own_state, 3).script is None
    assert next(button for button in app.button if button.label == "Save").disabled


def test_typed_text_stays_when_other_variants_are_chosen(own_state: PanelState, open_page: OpenPage) -> None:
    app = open_step(open_page, own_state)
    app.text_area[0].set_value("Not saved yet.").run()
    assert choose_two(app, own_state).text_area[0].value == "Not saved yet."


def test_the_footages_own_speech_takes_the_script_away_after_asking(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Callable[[], None]]] = []
    monkeypatch.setattr(
        "ui.app_pages.project_steps.script.confirm",
        lambda title, _, *, verb, action: asked.append((f"{title} {verb}", action)),
    )
    app = open_step(open_page, own_state)
    next(each for each in app.segmented_control if each.label == "Words").set_value("speech").run()
    assert "heard by ElevenLabs when you render" in words(app)
    assert "can't be heard offline" in words(app)
    press(app, "Save")
    assert edit_of(own_state, 1).script is not None
    ((question, action),) = asked
    assert question == "Take the script away from Variant 1? Take away"
    action()
    assert (edit_of(own_state, 1).script, edit_of(own_state, 1).speech) == (None, OwnSpeech())
    assert "own speech" in words(open_step(open_page, own_state))


def offline_voices() -> None:
    """A page of nothing but the dialog's list: a test draws whole pages, never an open dialog."""
    from ui.app_pages.project_steps.script_voice import draw_offline
    from ui.components.desk import open_desk
    from ui.voices import offered_voices

    desk = open_desk()
    draw_offline(desk, offered_voices(desk, "offline"), "Slow down. One box.")


def test_an_offline_voice_is_chosen_by_ear(own_state: PanelState) -> None:
    app = AppTest.from_function(offline_voices, default_timeout=90)
    app.query_params["profile"] = "acme"
    app.run()
    next(box for box in app.selectbox if box.label == "Language").set_value("de").run()
    next(box for box in app.selectbox if box.label == "Voice").set_value("f2").run()
    (sample,) = app.get("audio")
    assert sample.proto.alt == "Sample of the voice de+f2"
    press(app, "Use this voice")
    assert profile_of(own_state).voice == "de+f2"


def test_without_a_key_the_dialog_says_where_to_add_it(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REELFLOW_ELEVENLABS_API_KEY", raising=False)
    with (
        open_database(own_state.settings) as database,
        database.profile_session(own_state.acme.profile.id) as session,
    ):
        chosen = ProviderSettings(voice="elevenlabs", elevenlabs=ElevenLabsSettings(voice_id="abcdefgh"))
        store_provider_settings(session, chosen)
    app = press(open_step(open_page, own_state), "Change voice")
    assert [info.value for info in app.info] == ["Acme has no ElevenLabs key yet."]
    assert "The ElevenLabs voice abcdefgh" in words(app)


def test_a_viewer_reads_the_script_and_changes_nothing(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_as_viewer(own_state, monkeypatch)
    app = open_step(open_page, own_state)
    assert app.text_area[0].disabled
    assert "Change voice" not in labels(app)
    assert next(button for button in app.button if button.label == "Save").disabled


def test_a_project_without_clips_says_where_they_come_from(state: PanelState, open_page: OpenPage) -> None:
    assert "**No variants yet**" in words(open_step(open_page, state, "Gift boxes"))


@pytest.mark.parametrize(
    ("script", "sample"),
    [
        ("Slow down. One box.", "Slow down."),
        ("", SAMPLE_TEXT),
        ("…", SAMPLE_TEXT),
        ("word " * 60, ("word " * 32).strip()),
    ],
)
def test_a_sample_is_the_first_sentence(script: str, sample: str) -> None:
    assert sample_text(script) == sample
