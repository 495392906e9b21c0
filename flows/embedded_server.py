"""Prefect's own server for a machine where nobody runs one: started on demand, shared, gone when idle.

Every command of one home uses the same server, so that the run history is one and two commands at
the same moment don't fight over one SQLite file. The first command starts a keeper process; each
command holds a shared lock while it works; the keeper ends the server once nobody has held that lock
for a while. It is the second place of the project that starts a process (the first is
`tasks.media.ffmpeg`), because this one must outlive the command that starts it.

This module imports nothing of Prefect: that costs seconds, and the keeper does without.
"""

import contextlib
import fcntl
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock

from models.errors import Fault
from models.settings import Settings, load_settings

_START_TIMEOUT_S = 120.0
_POLL_S = 0.1

#: The server stays this long after its last user, so that commands in a row start it once.
_LINGER_S = 20.0

_HOST = "127.0.0.1"

#: How the interpreter becomes a keeper.
_KEEPER = ("-m", "flows.embedded_server")

#: What Prefect must know before it is imported; what the user has set stays.
PREFECT_ENVIRONMENT = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "reelflow",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    # In memory, a slot held by a killed run is lost for ever when the server restarts.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    # A flow that can't reach its server must fail, not start a hidden server of its own.
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
    # Relative to the server's folder: a "?" or "#" in a path would be read as a part of the URL.
    "PREFECT_API_DATABASE_CONNECTION_URL": "sqlite+aiosqlite:///prefect.db",
}


@contextlib.contextmanager
def prefect_server(settings: Settings) -> Iterator[str]:
    """Sets Prefect's environment and yields the address of a healthy API.

    A `PREFECT_API_URL` in the environment is used as it is. Must be entered before Prefect is
    imported, because Prefect reads its settings once.

    Raises:
        Fault: the server did not start; names its log.
    """
    folder = settings.prefect_dir
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in {**PREFECT_ENVIRONMENT, "PREFECT_HOME": str(folder)}.items():
        os.environ.setdefault(name, value)
    given = os.environ.get("PREFECT_API_URL")
    if given:
        yield given
        return
    with (folder / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with FileLock(folder / "start.lock"):
            url = _running(folder) or _start(folder, settings)
        os.environ["PREFECT_API_URL"] = url
        _go_past_proxies()
        try:
            yield url
        finally:
            del os.environ["PREFECT_API_URL"]


def _go_past_proxies() -> None:
    """Prefect's client asks even this machine through a proxy when the environment names one."""
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if not {"*", _HOST} & {host.strip() for host in direct.split(",")}:
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = f"{direct},{_HOST}".strip(",")


def _running(folder: Path) -> str | None:
    try:
        url = str(json.loads((folder / "server.json").read_text())["url"])
    except (FileNotFoundError, ValueError, KeyError):
        return None
    return url if _is_healthy(url) else None


def _start(folder: Path, settings: Settings) -> str:
    address = folder / "server.json"
    address.unlink(missing_ok=True)
    log_path = folder / "server.log"
    with log_path.open("ab") as log:
        keeper = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, *_KEEPER],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "REELFLOW_HOME": str(settings.home_dir)},
            # Ctrl-C on the command must not reach it: other commands may be using the server.
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and keeper.poll() is None:
        url = _running(folder)
        if url:
            keeper.returncode = 0  # It outlives us on purpose; Python would complain about that.
            return url
        time.sleep(_POLL_S)
    raise Fault(f"Prefect's server did not start; its log is {log_path}.")


def _is_healthy(url: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or _HOST, parts.port, timeout=2)
    try:
        connection.request("GET", f"{parts.path}/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def keep() -> None:
    """The keeper: runs the server until nobody has used it for a while."""
    folder = load_settings().prefect_dir
    with socket.create_server((_HOST, 0)) as probe:
        port = probe.getsockname()[1]
    setpriv = shutil.which("setpriv")
    server = subprocess.Popen(  # noqa: S603 - our own interpreter
        [
            *((setpriv, "--pdeathsig", "TERM", "--") if setpriv else ()),
            *(sys.executable, "-m", "prefect", "server", "start", "--host", _HOST, "--port", str(port)),
        ],
        stdin=subprocess.DEVNULL,
        cwd=folder,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _write_address(folder, f"http://{_HOST}:{port}/api")
        _wait_until_unused(folder, server)
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(15)
        server.kill()
        server.wait()


def _write_address(folder: Path, url: str) -> None:
    partial = folder / "server.json.partial"
    partial.write_text(json.dumps({"url": url, "pid": os.getpid()}))
    partial.replace(folder / "server.json")


def _withdraw_address(folder: Path) -> None:
    """Removes our address; where the home was deleted and made anew, another keeper's stays."""
    address = folder / "server.json"
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
        if json.loads(address.read_text())["pid"] == os.getpid():
            address.unlink()


def _wait_until_unused(folder: Path, server: "subprocess.Popen[bytes]") -> None:
    """Returns with the users' lock free for `_LINGER_S`, the address withdrawn under that lock."""
    idle_since: float | None = None
    with (folder / "users.lock").open("w") as users:
        while server.poll() is None:
            time.sleep(0.5)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                idle_since = None
                continue
            now = time.monotonic()
            idle_since = now if idle_since is None else idle_since
            if now - idle_since > _LINGER_S:
                _withdraw_address(folder)
                return
            fcntl.flock(users, fcntl.LOCK_UN)


if __name__ == "__main__":
    keep()
