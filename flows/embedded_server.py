"""Prefect's own server for a machine where nobody runs one: started on demand, shared, gone when idle.

Every command of one home uses the same server, so that the run history is one and two commands at
the same moment don't fight over one SQLite file. The first command starts a keeper process
(`flows.server_keeper`); each command holds a shared lock while it works; the keeper ends the server
once nobody has held that lock for a while. It is the second place of the project that starts a process
(the first is `tasks.media.ffmpeg`), because this one must outlive the command that starts it.

This module imports nothing of Prefect: that costs seconds, and Prefect reads its settings only once.
"""

import contextlib
import fcntl
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TextIO
from urllib.parse import urlsplit

from filelock import FileLock

from flows.server_keeper import LOOPBACK
from models.errors import Fault
from models.settings import Settings

_START_TIMEOUT_S = 120.0
_LEAVE_TIMEOUT_S = 20.0
_POLL_S = 0.1

#: How the interpreter becomes a keeper.
_KEEPER = ("-m", "flows.server_keeper")

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
def prefect_server(settings: Settings, *, host: str = LOOPBACK, port: int = 0) -> Iterator[str]:
    """Sets Prefect's environment and yields the address of a healthy API.

    A `PREFECT_API_URL` in the environment is used as it is. Must be entered before Prefect is
    imported, because Prefect reads its settings once.

    Args:
        settings: Whose home's server.
        host: Where it listens, if it has to be started.
        port: Where it listens, if it has to be started; a free one for 0.

    Raises:
        Fault: the server did not start; names its log.
    """
    prepare_environment(settings)
    given = os.environ.get("PREFECT_API_URL")
    if given:
        yield given
        return
    with using_server(settings):
        url = revive_server(settings, host=host, port=port)
        os.environ["PREFECT_API_URL"] = url
        go_past_proxies()
        try:
            yield url
        finally:
            del os.environ["PREFECT_API_URL"]


def prepare_environment(settings: Settings) -> None:
    """Tells Prefect, which reads its settings once, what it must know; what the user has set stays."""
    folder = settings.prefect_dir
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in {**PREFECT_ENVIRONMENT, "PREFECT_HOME": str(folder)}.items():
        os.environ.setdefault(name, value)


@contextlib.contextmanager
def using_server(settings: Settings) -> Iterator[None]:
    """While the block runs, the home's server is in use and stays."""
    with (settings.prefect_dir / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield


def running_server(settings: Settings) -> str | None:
    """The address of the home's server, if it is up and healthy."""
    try:
        url = str(json.loads((settings.prefect_dir / "server.json").read_text())["url"])
    except (FileNotFoundError, ValueError, KeyError):
        return None
    return url if is_healthy(url) else None


def found_server(settings: Settings) -> str | None:
    """Like `running_server`, but waits for one that somebody else is starting."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    while (url := running_server(settings)) is None and is_kept(settings) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return url


def revive_server(settings: Settings, *, host: str = LOOPBACK, port: int = 0) -> str:
    """The home's server, started if it is not up; for somebody who uses it already.

    Raises:
        Fault: the server did not start; names its log.
    """
    with FileLock(settings.prefect_dir / "start.lock"):
        return running_server(settings) or _start(settings, host, port)


def spare_lingering(settings: Settings) -> None:
    """Asks the running server to go with its last user, instead of waiting for the next one."""
    (settings.prefect_dir / "leave").touch()


def dismiss_server(settings: Settings) -> bool:
    """Has the home's server go now; for somebody who used it until now.

    Returns:
        Whether it is gone; it stays for others who use it.
    """
    folder = settings.prefect_dir
    spare_lingering(settings)
    deadline = time.monotonic() + _LEAVE_TIMEOUT_S
    with (folder / "users.lock").open("w") as users, (folder / "keeper.lock").open("w") as life:
        while time.monotonic() < deadline:
            if _is_free(life):
                return True
            if not _is_free(users):
                return False
            # Asked seldom: for a moment it keeps the keeper itself from seeing that nobody is left.
            time.sleep(_POLL_S)
    return False


def is_kept(settings: Settings) -> bool:
    """Whether the home's server has a live keeper, and so is up, starting or stopping."""
    with (settings.prefect_dir / "keeper.lock").open("w") as life:
        return not _is_free(life)


def is_healthy(url: str, *, timeout_s: float = 2.0) -> bool:
    """Whether a Prefect API answers at this address."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or LOOPBACK, parts.port, timeout=timeout_s)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _is_free(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(lock, fcntl.LOCK_UN)
    return True


def go_past_proxies() -> None:
    """Prefect's client asks even this machine through a proxy when the environment names one."""
    direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if not {"*", LOOPBACK} & {host.strip() for host in direct.split(",")}:
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = f"{direct},{LOOPBACK}".strip(",")


def _start(settings: Settings, host: str, port: int) -> str:
    folder = settings.prefect_dir
    (folder / "server.json").unlink(missing_ok=True)
    log_path = folder / "server.log"
    with log_path.open("ab") as log:
        keeper = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, *_KEEPER, "--host", host, "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "REELFLOW_HOME": str(settings.home_dir)},
            # Ctrl-C on the command must not reach it: other commands may be using the server.
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and keeper.poll() is None:
        url = running_server(settings)
        if url:
            keeper.returncode = 0  # It outlives us on purpose; Python would complain about that.
            return url
        time.sleep(_POLL_S)
    raise Fault(f"Prefect's server did not start; its log is {log_path}.")
