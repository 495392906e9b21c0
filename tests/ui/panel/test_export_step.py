"""The export step: files under their names, and archives packed, fetched and deleted."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from models.clip_edits import set_caption_style, set_script
from models.deliveries import DELIVERY_READY, KEPT
from models.edit import CaptionStyle
from models.run import EventLevel, Run, RunEvent
from models.session import ProfileSession, open_database
from models.storage import Storage
from models.tenant import now_utc
from tests.ui.panel.conftest import OpenPage, words
from tests.ui.panel.doubles import labels, look_as_viewer, press, watched_gateway
from tests.ui.panel_state import PanelState
from ui.components.wording import day
from ui.server import ROUTES
from ui.web.media import media_path


def open_step(open_page: OpenPage, state: PanelState, project: str = "Summer sale") -> AppTest:
    project_id = state.acme.project_ids[project]
    return open_page("project", profile="acme", project=project_id, step="export")


def change(state: PanelState, action: Callable[[ProfileSession], Any]) -> None:
    with (
        open_database(state.settings) as database,
        database.profile_session(state.acme.profile.id) as session,
    ):
        action(session)


def clip_id_of(state: PanelState, variant: int) -> UUID:
    return state.acme.clip_ids["Summer sale"][variant - 1]


def add_archive(state: PanelState, *, made_ago: timedelta = timedelta(0)) -> tuple[UUID, Path]:
    """An archive of Summer sale in the library, as a run leaves it."""
    storage = Storage(state.settings.storage_dir, state.acme.profile.id)
    run = Run(
        profile_id=state.acme.profile.id,
        kind="export_clips",
        project_id=state.acme.project_ids["Summer sale"],
    )
    key = storage.key_for("deliveries", run.id, ".zip")
    storage.path(key).parent.mkdir(parents=True)
    storage.path(key).write_bytes(b"PK")
    numbers = {"key": key, "name": "Summer sale.zip", "bytes": 2_100_000, "files": 6}

    def add(session: ProfileSession) -> None:
        session.add(run)
        session.flush()
        session.add(
            RunEvent(
                profile_id=session.profile_id, run_id=run.id, level=EventLevel.INFO, code=DELIVERY_READY,
                message="Ready.", numbers=numbers, created_at=now_utc() - made_ago,
            )
        )  # fmt: skip

    run_id = run.id
    change(state, add)
    return run_id, storage.path(key)


def test_each_final_is_there_with_what_lies_beside_it(state: PanelState, open_page: OpenPage) -> None:
    app = open_step(open_page, state)
    assert "summer-sale-v1-reels.mp4 · 0:06" in words(app).replace("\\", "")
    links = {link.label: link.url for link in app.link_button}
    assert list(links) == ["MP4", "SRT", "VTT", "Manifest"]
    assert all(url.endswith("?download=1") for url in links.values())


def test_a_final_without_words_has_no_subtitles_to_offer(
    state: PanelState, own_state: PanelState, open_page: OpenPage
) -> None:
    app = open_step(open_page, own_state)  # whose library is empty
    assert [link.label for link in app.link_button] == []


def test_a_final_that_the_edit_has_left_behind_is_said(own_state: PanelState, open_page: OpenPage) -> None:
    clip_id = clip_id_of(own_state, 1)
    change(own_state, lambda session: set_caption_style(session, clip_id, CaptionStyle(size=0.1)))
    text = words(open_step(open_page, own_state))
    assert "older than the edit" in text
    assert "1 final is missing or older than the edit, and rendered first." in text


def test_packing_names_clips_and_formats(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = watched_gateway(monkeypatch)
    app = open_step(open_page, own_state)
    next(pills for pills in app.pills if pills.label == "Formats").set_value(["reels", "feed"]).run()
    press(app, "Pack 2 finals")
    (run,) = gateway.runs
    assert (run["kind"], run["presets"]) == ("export_clips", ["reels", "feed"])
    assert run["clip_ids"] == [str(clip_id_of(own_state, 1))]
    assert (run["title"], run["max_cost_micro_usd"]) == ("export 1 clip as Reels, Feed", 0)


def test_a_script_that_is_not_spoken_is_not_packed_silently(
    own_state: PanelState, open_page: OpenPage
) -> None:
    warning = "The script of Variant 1 is not spoken yet. Render first, or it is packed without it."
    assert warning in words(open_step(open_page, own_state))
    change(own_state, lambda session: set_script(session, clip_id_of(own_state, 1), None))
    assert warning not in words(open_step(open_page, own_state))


def test_an_archive_is_listed_fetched_and_deleted(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, path = add_archive(own_state)
    monkeypatch.setattr(
        "ui.app_pages.project_steps.export_archives.confirm", lambda *_, action, **__: action()
    )
    app = open_step(open_page, own_state)
    assert "**Summer sale.zip**" in words(app)
    assert "6 files · 2.1 MB" in words(app)

    client = TestClient(Starlette(routes=list(ROUTES)), base_url="http://127.0.0.1:8501")
    answer = client.get(media_path("acme", "delivery", run_id, download=True))
    assert (answer.status_code, answer.content) == (200, b"PK")
    assert answer.headers["content-disposition"].startswith("attachment; filename")
    assert client.get(media_path("borealis", "delivery", run_id)).status_code == 404

    press(app, "Delete")
    assert not path.exists()
    assert "**Summer sale.zip**" not in words(open_step(open_page, own_state))


def test_until_when_an_archive_is_kept_and_that_it_is_gone_are_told(
    own_state: PanelState, open_page: OpenPage
) -> None:
    run_id, path = add_archive(own_state, made_ago=KEPT - timedelta(days=1))
    tomorrow = day(now_utc() + timedelta(days=1), now_utc(), own_state.acme.profile.timezone)
    assert f"kept until {tomorrow}" in words(open_step(open_page, own_state))

    path.unlink()
    assert "No longer kept" not in words(open_step(open_page, own_state))  # somebody deleted it
    client = TestClient(Starlette(routes=list(ROUTES)), base_url="http://127.0.0.1:8501")
    answer = client.get(media_path("acme", "delivery", run_id, download=True))
    assert answer.status_code == 410
    assert answer.text.startswith("Summer sale.zip is no longer here: archives are kept for 30 days")
    assert client.get(media_path("borealis", "delivery", run_id)).status_code == 404


def test_an_archive_that_was_cleared_away_can_be_packed_again(
    own_state: PanelState, open_page: OpenPage
) -> None:
    _, path = add_archive(own_state, made_ago=KEPT + timedelta(days=1))
    path.unlink()
    text = words(open_step(open_page, own_state)).replace("\\", "")
    assert "No longer kept, since archives go after 30 days: Summer sale.zip (" in text
    assert "pack it again" in text


def test_a_viewer_fetches_and_packs_nothing(
    own_state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_archive(own_state)
    look_as_viewer(own_state, monkeypatch)
    app = open_step(open_page, own_state)
    assert "Download" in [link.label for link in app.link_button]
    assert not {"Delete", "Pack 1 final"} & set(labels(app))


def test_before_the_first_final_the_way_to_it_is_shown(state: PanelState, open_page: OpenPage) -> None:
    app = open_step(open_page, state, "Serum launch")
    assert "**No finished files yet**" in words(app)
    assert "Go to render" in labels(app)
