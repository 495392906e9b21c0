"""The captions step: a style on a real frame, its warnings, and where it is kept."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from models.access import LOCAL, join
from models.brand import caption_style_of
from models.clip import Clip
from models.edit import CaptionStyle, Edit, HeardFootage, OwnSpeech, VoiceTrack
from models.footage import Footage
from models.profiles import find_profile
from models.session import ProfileSession, open_database
from models.settings import load_settings
from models.storage import Storage, key_for
from models.transcript import StoredTranscript
from models.voice import VoiceOver
from tasks.clips import load_clip
from tasks.run_context import RunContext, StagePlan
from tests.ui.panel.conftest import OpenPage, words
from tests.ui.panel.doubles import look_as_viewer, press
from tests.ui.panel_state import PanelState
from ui.caption_preview import open_scene, preview_captions
from ui.components.desk import Desk


@pytest.fixture
def with_library(state: PanelState, own_state: PanelState) -> PanelState:
    """Rows of its own and the files of all."""
    (own_state.settings.home / "library").symlink_to(state.settings.home / "library")
    return own_state


def open_step(open_page: OpenPage, state: PanelState) -> AppTest:
    project_id = state.acme.project_ids["Summer sale"]
    return open_page("project", profile="acme", project=project_id, step="captions")


def edit_of(state: PanelState, variant: int) -> Edit:
    clip_id = state.acme.clip_ids["Summer sale"][variant - 1]
    with (
        open_database(state.settings) as database,
        database.profile_session(state.acme.profile.id, read_only=True) as session,
    ):
        return Edit.model_validate(session.require(Clip, clip_id).edit)


def slide(app: AppTest, label: str, value: float) -> None:
    next(slider for slider in app.slider if slider.label.startswith(label)).set_value(value).run()


def test_a_style_is_tried_and_saved(with_library: PanelState, open_page: OpenPage) -> None:
    app = open_step(open_page, with_library)
    assert "every caption is inside the safe zone of Reels" in words(app)
    slide(app, "Size", 10.0)
    slide(app, "Words", 2)
    assert edit_of(with_library, 1).captions == CaptionStyle()  # tried, not kept
    press(app, "Save for Variant 1")
    assert edit_of(with_library, 1).captions == CaptionStyle(size=0.1, words_per_page=2)
    assert edit_of(with_library, 2).captions == CaptionStyle()
    assert "1 draft is older than the edit." in words(app)


def test_a_style_becomes_the_profiles_default(with_library: PanelState, open_page: OpenPage) -> None:
    app = open_step(open_page, with_library)
    slide(app, "Outline width", 12.0)
    press(app, "Make it Acme's default")
    with open_database(with_library.settings) as database:
        assert caption_style_of(find_profile(database, "acme")) == CaptionStyle(outline=0.12)
    assert edit_of(with_library, 1).captions == CaptionStyle()


def test_captions_are_switched_off(with_library: PanelState, open_page: OpenPage) -> None:
    app = open_step(open_page, with_library)
    next(toggle for toggle in app.toggle if toggle.label == "Captions").set_value(False).run()
    press(app, "Save for Variant 1")
    assert edit_of(with_library, 1).captions is None
    assert "No captions are burned in" in words(app)


def test_what_is_hard_to_read_is_said(with_library: PanelState, open_page: OpenPage) -> None:
    app = open_step(open_page, with_library)
    slide(app, "Outline width", 0.0)
    assert "is hard to read on" in words(app)
    assert "Readable here" not in words(app)


def test_a_viewer_looks_and_saves_nothing(
    with_library: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_as_viewer(with_library, monkeypatch)
    app = open_step(open_page, with_library)
    assert all(slider.disabled for slider in app.slider)
    assert next(button for button in app.button if button.label.startswith("Save")).disabled


# ------------------------------------------------------------------ the picture


def desk_of(state: PanelState) -> Desk:
    settings = load_settings()
    member = join(open_database(settings), LOCAL, "acme")
    return Desk(settings, member, (member.profile,))


def picture_of(state: PanelState, picture_id: UUID) -> Path:
    storage = Storage(state.settings.storage_dir, state.acme.profile.id)
    return storage.path(storage.key_for("previews", picture_id, ".jpg"))


def test_equal_styles_are_one_picture_and_others_another(state: PanelState) -> None:
    desk = desk_of(state)
    scene = open_scene(desk, state.acme.clip_ids["Summer sale"][0])
    assert scene.origin == "script"

    def preview(style: CaptionStyle | None, format_name: str = "reels", *, has_zone: bool = False) -> UUID:
        return preview_captions(
            desk, scene, style, format_name=format_name, word=2, has_zone=has_zone
        ).picture_id

    with desk.database:
        first = preview(CaptionStyle())
        written = picture_of(state, first).stat().st_mtime_ns
        assert preview(CaptionStyle()) == first
        assert picture_of(state, first).stat().st_mtime_ns == written
        others = [
            preview(CaptionStyle(size=0.1)),
            preview(None),
            preview(CaptionStyle(), "feed"),
            preview(CaptionStyle(), has_zone=True),
        ]
    assert len({first, *others}) == 5
    with Image.open(picture_of(state, first)) as picture, Image.open(picture_of(state, others[2])) as feed:
        assert (picture.size, feed.size) == ((1080, 1920), (1080, 1350))


def test_letters_that_the_font_lacks_are_named(state: PanelState, own_state: PanelState) -> None:
    (own_state.settings.home / "library").symlink_to(state.settings.home / "library")
    clip_id = own_state.acme.clip_ids["Summer sale"][0]
    with (
        open_database(own_state.settings) as database,
        database.profile_session(own_state.acme.profile.id) as session,
    ):
        clip = session.require(Clip, clip_id)
        clip.edit = {**clip.edit, "script": "Tea 茶 for two"}
    desk = desk_of(own_state)
    with desk.database:
        scene = open_scene(desk, clip_id)
        preview = preview_captions(desk, scene, CaptionStyle(), format_name="reels", word=0, has_zone=False)
    assert "has no 茶" in preview.warnings[0]


WORDS = [
    {"text": "One", "start_s": 0.1, "end_s": 0.5},
    {"text": "good", "start_s": 5.2, "end_s": 5.6},
    {"text": "cup.", "start_s": 5.8, "end_s": 6.4},
]


def give_voice(session: ProfileSession, edit: Edit) -> Edit:
    spoken = VoiceOver(
        profile_id=session.profile_id, fingerprint="f" * 64, provider="offline", model="m", voice="en-us",
        text="One good cup.", characters=13, duration_s=6.5, words=WORDS,
        storage_key=key_for(session.profile_id, "voice", uuid4(), ".wav"),
    )  # fmt: skip
    session.add(spoken)
    track = VoiceTrack(voice_over_id=spoken.id, start_s=0.2, duration_s=6.5)
    return edit.model_copy(update={"script": spoken.text, "voice": track})


def give_speech(session: ProfileSession, edit: Edit) -> Edit:
    footage = session.require(Footage, edit.cuts[0].footage_id)
    heard = StoredTranscript(
        profile_id=session.profile_id, fingerprint="e" * 64, footage_sha256=footage.sha256,
        provider="elevenlabs", model="scribe_v2", audio_s=9.0, words=WORDS,
    )  # fmt: skip
    session.add(heard)
    speech = OwnSpeech(heard=(HeardFootage(footage_id=footage.id, transcript_id=heard.id),))
    return edit.model_copy(update={"script": None, "speech": speech})


# pitfall 80
@pytest.mark.parametrize(("origin", "give"), [("voice", give_voice), ("speech", give_speech)])
def test_words_are_those_that_the_final_would_show(
    own_state: PanelState,
    tmp_path: Path,
    origin: str,
    give: Callable[[ProfileSession, Edit], Edit],
) -> None:
    clip_id = own_state.acme.clip_ids["Summer sale"][0]
    desk = desk_of(own_state)
    with desk.database as database:
        with database.profile_session(desk.profile.id) as session:
            clip = session.require(Clip, clip_id)
            clip.edit = give(session, Edit.model_validate(clip.edit)).model_dump(mode="json")
        scene = open_scene(desk, clip_id)
        run = RunContext(
            profile_id=desk.profile.id, run_id=uuid4(), settings=desk.settings, database=database,
            work_dir=tmp_path, stages=StagePlan({}),
        )  # fmt: skip
        rendered = load_clip(run, clip_id)
    assert scene.origin == origin
    assert scene.words == rendered.words != ()
    assert scene.said.breaks_s == rendered.speech_breaks_s
