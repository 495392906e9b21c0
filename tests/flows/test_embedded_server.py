"""Prefect's own server: started by the first who needs it, shared, gone when nobody does."""

import contextlib
import fcntl
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import flows.embedded_server as embedded_server
import flows.server_keeper as server_keeper
from flows.embedded_server import prefect_server
from models.errors import Fault
from models.settings import Settings
from tests.program import Reelflow

_PATIENCE_S = 90

#: A command that uses the server until its input ends. Its keeper waits shorter than the real one.
_USER = """
import sys, urllib.request
import flows.embedded_server as server
from models.settings import load_settings
server._KEEPER = ("-c", "import flows.server_keeper as k; k._LINGER_S = 0.5; k.main()")
with server.prefect_server(load_settings()) as url:
    print(url, flush=True)
    print(urllib.request.proxy_bypass("127.0.0.1"), urllib.request.proxy_bypass("shop.example"), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables that `prefect_server` sees and sets, without those of the test session."""
    bare = {k: v for k, v in embedded_server.os.environ.items() if not k.startswith("PREFECT_")}
    monkeypatch.setattr(embedded_server.os, "environ", bare)
    return bare


def is_healthy(url: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request("GET", f"{parts.path}/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)


def leave(user: "subprocess.Popen[str]") -> None:
    _, err = user.communicate(timeout=_PATIENCE_S)
    assert (user.returncode, err) == (0, "")


@pytest.mark.slow
def test_two_commands_share_one_server_which_goes_after_the_last(tmp_path: Path) -> None:
    # Given a home whose name would break a database URL, and what a crash has left: an old address
    home = tmp_path / "what? a #home"
    folder = home / "prefect"
    folder.mkdir(parents=True)
    (folder / "server.json").write_text(json.dumps({"url": "http://127.0.0.1:9/api", "pid": 1}))
    environment = Reelflow(home, None).environment | {"http_proxy": "http://127.0.0.1:9"}

    # When two commands start at once
    users = [
        subprocess.Popen(
            [sys.executable, "-c", _USER],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [(user.stdout.readline().strip(), user.stdout.readline().strip()) for user in users if user.stdout]

    # Then both have the same healthy server, past any proxy, with its data in this home
    url = said[0][0]
    assert said[1][0] == url
    assert is_healthy(url)
    assert said[0][1].split()[0] != "False", "this machine is asked without the proxy"
    assert said[0][1].split()[1] in ("False", "0"), "others are not"
    assert (folder / "prefect.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [home.name]

    # And it stays for the one that is left, and goes after it
    leave(users[0])
    time.sleep(2.0)
    assert is_healthy(url)
    leave(users[1])
    wait_for(lambda: not is_healthy(url), "the server's end")
    assert not (folder / "server.json").exists()


def test_a_server_that_the_user_names_is_used_as_it_is(tmp_path: Path, environment: dict[str, str]) -> None:
    environment["PREFECT_API_URL"] = "https://prefect.example/api"

    with prefect_server(Settings(home=tmp_path)) as url:
        assert url == "https://prefect.example/api"
        assert environment["PREFECT_API_URL"] == url

    assert environment["PREFECT_API_URL"] == "https://prefect.example/api"
    assert not (tmp_path / "prefect" / "server.json").exists()


def test_what_the_user_has_set_for_prefect_stays(tmp_path: Path, environment: dict[str, str]) -> None:
    environment["PREFECT_API_URL"] = "https://prefect.example/api"
    environment["PREFECT_LOGGING_LEVEL"] = "DEBUG"

    with prefect_server(Settings(home=tmp_path)):
        assert environment["PREFECT_LOGGING_LEVEL"] == "DEBUG"
        assert environment["PREFECT_SERVER_EPHEMERAL_ENABLED"] == "false"


def test_a_server_that_does_not_start_is_told_with_its_log(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_server, "_KEEPER", ("-c", "raise SystemExit('no port is free')"))

    with pytest.raises(Fault, match=r"its log is .*server\.log"), prefect_server(Settings(home=tmp_path)):
        pass

    assert "no port is free" in (tmp_path / "prefect" / "server.log").read_text()


@pytest.mark.slow
def test_a_named_server_that_does_not_answer_is_told_in_a_sentence(
    tmp_path: Path, films: dict[str, Path]
) -> None:
    reelflow = Reelflow(tmp_path / "home", "http://127.0.0.1:9/api")

    ended = reelflow.run("make", films["cup"])

    assert ended.code == 1
    assert "http://127.0.0.1:9/api" in ended.sentence
    assert "PREFECT_API_URL" in ended.sentence
    assert reelflow.library() == []


@pytest.mark.parametrize(("is_kept", "is_used", "is_gone"), [(False, False, True), (True, True, False)])
def test_a_server_goes_at_once_when_dismissed_unless_others_use_it(
    tmp_path: Path, is_kept: bool, is_used: bool, is_gone: bool
) -> None:
    settings = Settings(home=tmp_path)
    settings.prefect_dir.mkdir()
    with (settings.prefect_dir / "keeper.lock").open("w") as life, contextlib.ExitStack() as users:
        if is_kept:
            fcntl.flock(life, fcntl.LOCK_EX)
        if is_used:
            users.enter_context(embedded_server.using_server(settings))

        assert embedded_server.is_kept(settings) is is_kept
        assert embedded_server.dismiss_server(settings) is is_gone

    assert (settings.prefect_dir / "leave").exists(), "the keeper is told in any case"


@pytest.mark.parametrize(("keeper", "is_withdrawn"), [(os.getpid(), True), (1, False)], ids=["own", "other"])
def test_only_ones_own_address_is_withdrawn(tmp_path: Path, keeper: int, is_withdrawn: bool) -> None:
    address = tmp_path / "server.json"
    address.write_text(json.dumps({"url": "http://127.0.0.1:1/api", "pid": keeper}))

    server_keeper._withdraw_address(tmp_path)

    assert address.exists() is not is_withdrawn
