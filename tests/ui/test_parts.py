"""Ports and environments of the parts of `reelflow up`."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import BadInput
from models.settings import Settings
from ui.parts import address, child_environment, choose_port, is_this_machine, panel_address, panel_part
from ui.server import server_options


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_was_asked_for_and_is_taken_is_refused(taken: int) -> None:
    with pytest.raises(BadInput, match=rf"Port {taken} of 127\.0\.0\.1 is taken; .* --panel-port"):
        choose_port("127.0.0.1", taken, 8501, option="--panel-port")


def test_the_next_port_is_taken_when_nobody_asked_for_a_certain_one(taken: int) -> None:
    port = choose_port("127.0.0.1", None, taken, option="--panel-port")

    assert taken < port < taken + 20


def test_port_0_is_any_free_one() -> None:
    assert choose_port("127.0.0.1", 0, 8501, option="--panel-port") > 0


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(BadInput, match=r"203\.0\.113\.1 is no address of this machine"):
        choose_port("203.0.113.1", 8501, 8501, option="--panel-port")


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104 - the point
        ("::", "http://[::1]:80"),
        ("192.0.2.7", "http://192.0.2.7:80"),
    ],
)
def test_an_address_is_one_that_a_browser_here_can_open(host: str, said: str) -> None:
    assert address(host, 80) == said


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("shop.example", False)],  # noqa: S104
)
def test_only_loopback_is_this_machine(host: str, is_ours: bool) -> None:
    assert is_this_machine(host) is is_ours


def test_parts_get_paths_that_hold_in_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(home=Path("state"), ffmpeg=Path("bin/ffmpeg"), secret_key_file=Path("keys"))

    environment = child_environment(settings, "http://127.0.0.1:1/api")

    assert environment["REELFLOW_HOME"] == str(tmp_path / "state")
    assert environment["REELFLOW_FFMPEG"] == str(tmp_path / "bin" / "ffmpeg")
    assert environment["REELFLOW_SECRET_KEY_FILE"] == str(tmp_path / "keys")
    assert environment["PREFECT_API_URL"] == "http://127.0.0.1:1/api"
    assert environment["PATH"] == os.environ["PATH"]


def test_the_panel_is_told_where_it_is_reached_unless_somebody_said_so(tmp_path: Path) -> None:
    here = Settings(home=tmp_path)
    public = Settings(home=tmp_path, panel_url="https://reels.example.com")

    assert panel_address(here, "127.0.0.1", 8600) == "http://127.0.0.1:8600"
    assert panel_address(public, "127.0.0.1", 8600) == "https://reels.example.com"
    part = panel_part(public, {}, host="127.0.0.1", port=8600)
    assert part.environment["REELFLOW_PANEL_URL"] == "https://reels.example.com"


def test_the_panel_of_a_running_product_watches_no_source_files(tmp_path: Path) -> None:
    part = panel_part(Settings(home=tmp_path), {}, host="127.0.0.1", port=8501)

    options = server_options(part.command[-2:], part.environment)

    assert options["server.fileWatcherType"] == "none", "an update would break a running panel's pages"
    assert (options["server.address"], options["server.port"]) == ("127.0.0.1", 8501)
