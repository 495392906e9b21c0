"""The page of settings: each section, what it stores, and what it never shows."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from models.access import LOCAL, Role, join
from models.brand import brand_of, caption_style_of
from models.errors import Fault
from models.members import invite_member, list_members
from models.profile import Profile
from models.profiles import find_profile
from models.provider_settings import provider_settings
from models.secrets import key_for, key_source
from models.session import open_database
from tests.ui.panel.conftest import OpenPage, words
from tests.ui.panel.doubles import labels, look_as_viewer, press, watched_gateway
from tests.ui.panel_state import PanelState
from ui.components.timetable import next_moment, next_words
from ui.key_trial import KeyTrial

KEY = "sk-this-is-a-made-up-key-0123456789"


@pytest.fixture(autouse=True)
def _no_machine_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.components.findings.examine_machine", lambda _: [])


def open_section(open_page: OpenPage, name: str) -> AppTest:
    return open_page("settings", profile="acme", section=name)


def acme(state: PanelState) -> Profile:
    with open_database(state.settings) as database:
        return find_profile(database, "acme")


@pytest.mark.parametrize("section", ["brand", "voice", "captions", "keys", "members", "health", "nonsense"])
def test_every_section_opens(state: PanelState, open_page: OpenPage, section: str) -> None:
    app = open_section(open_page, section)
    assert app.title[0].value == "Settings"


def test_the_brand_kit_is_stored(own_state: PanelState, open_page: OpenPage) -> None:
    app = open_section(open_page, "brand")
    app.color_picker[0].set_value("#aa0011")
    app.text_input[0].set_value("  Order at   acme.example ")
    press(app, "Save brand kit")
    brand = brand_of(acme(own_state))
    assert (brand.primary_colour, brand.end_card_text) == ("#AA0011", "Order at acme.example")
    assert (brand.logo_corner, brand.has_end_card) == ("top right", True)


def test_the_end_card_is_shown_as_new_clips_get_it(own_state: PanelState, open_page: OpenPage) -> None:
    app = open_section(open_page, "brand")
    assert "New clips have no end card. Add a logo or words to have one." in words(app)
    app.text_input[0].set_value("Order at acme.example")
    press(app, "Save brand kit")
    (picture,) = app.get("image")
    assert "caption-preview" in picture.proto.imgs[0].url
    assert "New clips show the logo, and the end card in their last 2 seconds" in words(app)
    # when it is switched off, there is none
    app.toggle[0].set_value(False)
    app.selectbox[1].set_value("on the end card only")
    press(app, "Save brand kit")
    assert "New clips have no end card. Switched off." in words(app)
    assert (brand_of(acme(own_state)).logo_corner, brand_of(acme(own_state)).has_end_card) == (None, False)


def test_the_analyser_and_what_happens_without_it_are_chosen(
    own_state: PanelState, open_page: OpenPage
) -> None:
    app = open_section(open_page, "voice")
    control = next(each for each in app.button_group if each.label == "Who judges the footage")
    control.set_value("gemini").run()
    assert provider_settings(acme(own_state)).analyser == "gemini"

    app = open_section(open_page, "voice")
    app.radio[0].set_value("offline")
    app.toggle[0].set_value(True)
    press(app, "Save")

    after = provider_settings(acme(own_state))
    assert (after.fallback, after.pauses.are_trimmed, after.analyser) == ("offline", True, "gemini")


def test_pauses_that_do_not_get_shorter_are_refused(own_state: PanelState, open_page: OpenPage) -> None:
    app = open_section(open_page, "voice")
    app.number_input[1].set_value(0.9)
    press(app, "Save")
    assert "can't be shortened" in app.error[0].value
    assert provider_settings(acme(own_state)).pauses.shortened_to_s == 0.1


def test_how_elevenlabs_speaks_is_set(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.app_pages.project_steps.script_voice.offered_voices", lambda *_: ())
    with (
        open_database(own_state.settings) as database,
        database.profile_session(own_state.acme.profile.id) as session,
    ):
        from models.provider_settings import store_provider_settings

        chosen = provider_settings(session.profile).changed(
            voice="elevenlabs", elevenlabs={"voice_id": "21m00Tcm4TlvDq8ikWAM"}
        )
        store_provider_settings(session, chosen)
    app = open_section(open_page, "voice")
    next(each for each in app.slider if each.label == "Speed").set_value(1.1)
    next(each for each in app.text_input if each.label == "Language").set_value("RO")
    press(app, "Save")
    spoken = provider_settings(acme(own_state)).elevenlabs
    assert (spoken.speed, spoken.language, spoken.voice_id) == (1.1, "ro", "21m00Tcm4TlvDq8ikWAM")


def test_the_captions_of_new_clips_get_another_look(own_state: PanelState, open_page: OpenPage) -> None:
    app = open_section(open_page, "captions")
    next(each for each in app.slider if each.label == "Words at a time").set_value(5).run()
    press(app, "Save as default")
    assert caption_style_of(acme(own_state)).words_per_page == 5


def test_a_key_is_stored_sealed_and_never_shown(own_state: PanelState, open_page: OpenPage) -> None:
    app = open_section(open_page, "keys")
    assert words(app).count(":gray-badge[no key]") == 2
    app.text_input[0].set_value(f"  {KEY} ")
    press(app, "Save key")
    with open_database(own_state.settings) as database:
        assert key_for(database, own_state.acme.profile.id, "gemini").get_secret_value() == KEY
    fresh = open_section(open_page, "keys")
    assert KEY not in f"{fresh.main}"
    assert fresh.text_input[0].value == ""
    assert ":green-badge[:material/key: this profile's]" in words(fresh)


def test_a_key_that_cannot_be_one_is_refused_without_repeating_it(
    own_state: PanelState, open_page: OpenPage
) -> None:
    app = open_section(open_page, "keys")
    app.text_input[0].set_value("two words")
    press(app, "Save key")
    assert "can't be a Gemini key" in app.error[0].value
    assert "two words" not in app.error[0].value


def test_a_key_is_tested_and_removed(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ui.app_pages.settings_sections.keys.try_profile_key", lambda *_: KeyTrial(True, "accepted")
    )
    app = open_section(open_page, "keys")
    app.text_input[0].set_value(KEY)
    press(app, "Save key")
    press(app, "Test")
    assert ":green[:material/check_circle:] Accepted" in words(app)
    press(app, "Remove")
    next(button for button in app.button if button.label == "Remove").click()
    press(app, "Remove key")
    with open_database(own_state.settings) as database:
        assert key_source(database, own_state.acme.profile.id, "gemini") is None


@pytest.mark.parametrize(
    ("cron", "first"),
    [
        ("* * * * *", "20 Nov 14:06"),
        ("30 3 * * *", "21 Nov 03:30"),
        ("0 18 * * *", "20 Nov 18:00"),
        ("0 6 1 * *", "1 Dec 06:00"),
    ],
)
def test_what_was_just_switched_on_says_when_it_happens_first(cron: str, first: str) -> None:
    zone = ZoneInfo("Europe/Bucharest")
    moment = next_moment(cron, datetime(2026, 11, 20, 14, 5, 30, tzinfo=zone))
    assert moment
    assert next_words(moment, zone) == first


def test_viewers_see_settings_and_change_none(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_as_viewer(own_state, monkeypatch)
    brand = open_section(open_page, "brand")
    assert next(button for button in brand.button if button.label == "Save brand kit").disabled
    assert not {"Save key", "Remove"} & set(labels(open_section(open_page, "keys")))
    members = open_section(open_page, "members")
    assert "Invite" not in labels(members)
    assert "vera@example.com" in words(members)


def test_a_schedule_is_switched(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    app = open_section(open_page, "schedules")
    assert "Every minute, next " in words(app)
    app.toggle[0].set_value(False).run()
    assert gateway.switched == [("watch_inbox", False)]


def test_without_prefect_schedules_say_why(
    state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)

    def away(_member: object) -> list[object]:
        raise Fault("Prefect's server does not answer.")

    monkeypatch.setattr(gateway, "schedules", away)
    assert "does not answer" in open_section(open_page, "schedules").error[0].value


def test_members_are_invited_given_a_role_and_removed(own_state: PanelState, open_page: OpenPage) -> None:
    def roles() -> dict[str, Role]:
        with open_database(own_state.settings) as database:
            return {row.email: row.role for row in list_members(join(database, LOCAL, "acme"))}

    with open_database(own_state.settings) as database:
        invite_member(join(database, LOCAL, "acme"), "olga@example.com", Role.OWNER)
    app = open_section(open_page, "members")
    assert "Sign-in is off" in app.info[0].value
    app.text_input[0].set_value("zoe@example.com")
    press(app, "Invite")
    assert roles() == {"olga@example.com": Role.OWNER, "zoe@example.com": Role.EDITOR}
    app = open_section(open_page, "members")
    next(box for box in app.selectbox if box.label == "Role of zoe@example.com").select(Role.VIEWER).run()
    assert roles()["zoe@example.com"] is Role.VIEWER
    app = press(open_section(open_page, "members"), "Remove", number=1)
    [button for button in app.button if button.label == "Remove"][1].click()
    press(app, "Remove member")
    assert roles() == {"olga@example.com": Role.OWNER}
