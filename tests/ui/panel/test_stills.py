"""Single frames over HTTP: cut once, kept, and nobody else's."""

import shutil
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from PIL import Image
from starlette.testclient import TestClient

from models.footage import Footage
from models.session import open_database
from models.storage import Storage
from tasks.media.stills import FPS
from tests.ui.panel.conftest import OpenPage
from tests.ui.panel.test_media_routes import client_for
from tests.ui.panel_state import PanelState
from ui.components.stills import spread_times
from ui.web.stills import STILL_FPS, still_path


@pytest.fixture
def here(filled: PanelState, own_state: PanelState) -> PanelState:
    """A home of its own with the library's footage."""
    folder = f"library/{own_state.acme.profile.id}/footage"
    shutil.copytree(filled.settings.home / folder, own_state.settings.home / folder)
    return own_state


@pytest.fixture
def client(here: PanelState) -> TestClient:
    return client_for()


def footage(state: PanelState, name: str) -> Footage:
    with (
        open_database(state.settings) as database,
        database.profile_session(state.acme.profile.id, read_only=True) as session,
    ):
        rows = [session.require(Footage, footage_id) for footage_id in state.acme.footage_ids]
    return next(row for row in rows if row.name == name)


def test_frames_are_counted_as_segments_are() -> None:
    assert STILL_FPS == FPS


def test_a_frame_is_cut_once_and_kept(
    client: TestClient, here: PanelState, monkeypatch: pytest.MonkeyPatch
) -> None:
    cup = footage(here, "cup.mp4")
    first = client.get(still_path("acme", cup.id, 2.0))
    assert (first.status_code, first.headers["content-type"]) == (200, "image/jpeg")
    assert "immutable" in first.headers["cache-control"]
    storage = Storage(here.settings.storage_dir, here.acme.profile.id)
    kept = storage.path(storage.key_for("stills", cup.id, "-60.jpg"))
    with Image.open(kept) as picture:
        assert picture.size == (320, 240)
    # when it is asked for again, nothing is cut
    monkeypatch.setattr("ui.web.stills._cut", None)
    assert client.get(still_path("acme", cup.id, 2.0)).content == first.content


def test_footage_that_came_in_with_reels_shows_a_frame_of_itself(
    client: TestClient, here: PanelState, open_page: OpenPage
) -> None:
    # given footage without a poster, as making reels leaves it
    cup = footage(here, "cup.mp4")
    with (
        open_database(here.settings) as database,
        database.profile_session(here.acme.profile.id) as session,
    ):
        session.require(Footage, cup.id).poster_key = None
    # when the page with it is opened
    app = open_page("project", profile="acme", project=here.acme.project_ids["Gift boxes"], step="footage")
    # then its picture is a frame from its middle, which is there, and the others are posters
    pictures = [element.proto.imgs[0].url for element in app.get("image")]
    (still,) = [url for url in pictures if "/stills/" in url]
    assert still.endswith(still_path("acme", cup.id, cup.duration_s / 2))
    assert client.get(urlsplit(still).path).headers["content-type"] == "image/jpeg"
    assert len([url for url in pictures if "/footage-poster/" in url]) == 2


def test_beyond_the_end_foreign_and_missing_answer_alike(client: TestClient, here: PanelState) -> None:
    cup = footage(here, "cup.mp4")
    answers = [
        client.get(still_path("acme", cup.id, cup.duration_s + 1)),
        client.get(still_path("borealis", cup.id, 1.0)),
        client.get(still_path("nobody", cup.id, 1.0)),
        client.get(still_path("acme", uuid4(), 1.0)),
        client.get(f"/reelflow/stills/acme/{cup.id}/-1"),
        client.get(f"/reelflow/stills/acme/{cup.id}/{'9' * 400}"),
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}


def test_frames_of_a_span_stay_away_from_its_cuts() -> None:
    times = spread_times(2.0, 4.0, 5)
    assert times == sorted(times)
    assert times[0] > 2.0
    assert times[-1] < 4.0 - 1 / STILL_FPS
    assert spread_times(2.0, 4.0, 1) == [3.0]
