"""Uploads: whole files only, within the limit, for who may edit; a run imports each."""

import hashlib
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import anyio
import pytest
from starlette.testclient import TestClient

from models.errors import Fault
from models.settings import load_settings
from tests.ui.panel.test_media_routes import BASE, client_for
from tests.ui.panel_state import SAMPLE, PanelState
from ui.web.uploads import remove_abandoned, store

URL = "/reelflow/uploads/acme"
FROM_US = {"origin": BASE}


class Started:
    """Takes the place of the gateway; remembers what was started."""

    def __init__(self) -> None:
        self.runs: list[dict[str, Any]] = []

    def start(self, member: Any, kind: str, parameters: dict[str, Any], **more: Any) -> UUID:
        self.runs.append({"profile": member.profile.slug, "kind": kind, **parameters, **more})
        return uuid4()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    gateway = Started()
    monkeypatch.setattr("ui.web.uploads.shared_gateway", lambda _: gateway)
    return gateway


@pytest.fixture
def client(own_state: PanelState) -> TestClient:
    return client_for()


def files_under(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_is_stored_whole_and_imported(
    client: TestClient, own_state: PanelState, started: Started
) -> None:
    body, project_id = (SAMPLE / "cup.mp4").read_bytes(), own_state.acme.project_ids["Gift boxes"]
    answer = client.post(
        URL, content=body, headers=FROM_US, params={"name": "../../my cup?.mp4", "project": str(project_id)}
    )
    document = answer.json()
    assert answer.status_code == 201, document
    assert document["sha256"] == hashlib.sha256(body).hexdigest()
    assert document["known_as"] == "cup.mp4"  # noticed as a duplicate
    (run,) = started.runs
    path = Path(run["files"][0])
    assert path.read_bytes() == body
    assert path.parent.name == document["upload_id"]
    assert path.parent.parent == own_state.settings.upload_dir / str(own_state.acme.profile.id)
    assert path.name == ".._.._my cup_.mp4".lstrip(". ")
    assert (run["kind"], run["profile"], run["project_id"]) == ("import_footage", "acme", project_id)


def test_too_large_a_file_is_refused_before_and_while_it_is_sent(
    client: TestClient, own_state: PanelState, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELFLOW_MAX_UPLOAD_GB", "0.000001")

    def unannounced() -> Iterator[bytes]:
        yield b"x" * 900
        yield b"x" * 900

    for content in (b"x" * 1001, unannounced()):
        answer = client.post(URL, content=content, headers=FROM_US, params={"name": "long.mp4"})
        assert answer.status_code == 413
        assert answer.json()["error"].startswith("long.mp4 is larger than")
    assert (files_under(load_settings().upload_dir), started.runs) == ([], [])


@pytest.mark.parametrize(
    ("path", "parameters", "headers", "status"),
    [
        ("/reelflow/uploads/nobody", {}, FROM_US, 404),
        (URL, {"project": str(uuid4())}, FROM_US, 404),
        (URL, {"project": "not an id"}, FROM_US, 404),
        (URL, {}, {}, 403),  # no origin: no page of ours sent it
        (URL, {}, {"origin": "http://attacker.example"}, 403),
    ],
)
def test_nothing_is_stored_for_who_may_not(
    client: TestClient,
    started: Started,
    path: str,
    parameters: dict[str, str],
    headers: dict[str, str],
    status: int,
) -> None:
    answer = client.post(path, content=b"x", headers=headers, params={"name": "a.mp4", **parameters})
    assert answer.status_code == status
    assert (files_under(load_settings().upload_dir), started.runs) == ([], [])


def test_an_empty_file_is_refused(client: TestClient, started: Started) -> None:
    answer = client.post(URL, content=b"", headers=FROM_US, params={"name": "a.mp4"})
    assert (answer.status_code, answer.json()["error"]) == (400, "a.mp4 is empty; choose a video file.")


def test_half_an_upload_leaves_nothing(tmp_path: Path) -> None:
    async def broken_off() -> AsyncIterator[bytes]:
        yield b"x" * 1000
        raise ConnectionError("the browser was closed")

    async def upload() -> None:
        await store(broken_off(), tmp_path / "uploads", "a.mp4", limit_bytes=10_000)

    with pytest.raises(ConnectionError):
        anyio.run(upload)
    assert files_under(tmp_path) == []


def test_what_a_killed_server_left_is_removed_after_a_day(own_state: PanelState) -> None:
    folder = own_state.settings.upload_dir / str(own_state.acme.profile.id)
    folder.mkdir(parents=True)
    for name, age_s in ((".unfinished-old", 90_000), (".unfinished-new", 60)):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (time.time() - age_s,) * 2)
    assert remove_abandoned(own_state.settings) == 1
    assert files_under(folder) == [".unfinished-new"]


def test_when_no_run_can_start_the_file_is_kept_for_the_next_try(
    client: TestClient, own_state: PanelState, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> UUID:
        raise Fault("Prefect does not answer.")

    monkeypatch.setattr(started, "start", away)
    answer = client.post(URL, content=b"x", headers=FROM_US, params={"name": "a.mp4"})
    assert (answer.status_code, answer.json()["error"]) == (503, "Prefect does not answer.")
    assert files_under(own_state.settings.upload_dir) == ["a.mp4"]
