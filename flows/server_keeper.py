"""The keeper: a process of its own that runs a home's Prefect server for as long as somebody uses it.

It outlives the command that started it, because others may have come to use the server meanwhile.
`flows.embedded_server` starts it and is the only one who knows it. The files between the two, all in
Prefect's folder of the home:

    users.lock   held shared by whoever uses the server; free means nobody does
    keeper.lock  held by the keeper for as long as it lives
    server.json  the server's address; there once the server was started
    leave        somebody asks the keeper not to linger after the last user

This module imports nothing of Prefect: that costs seconds, and the keeper does without.
"""

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from models.settings import load_settings

#: The server stays this long after its last user, so that commands in a row start it once.
_LINGER_S = 20.0

_POLL_S = 0.5
_STOP_TIMEOUT_S = 15.0

LOOPBACK = "127.0.0.1"


def keep(host: str = LOOPBACK, port: int = 0) -> None:
    """Runs the server until nobody has used it for a while, or it ends by itself.

    Args:
        host: Where it listens.
        port: Where it listens; a free one for 0.
    """
    folder = load_settings().prefect_dir
    with (folder / "keeper.lock").open("w") as life:
        fcntl.flock(life, fcntl.LOCK_EX)
        (folder / "leave").unlink(missing_ok=True)
        port = port or _free_port(host)
        server = _start_server(folder, host, port)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            _write_address(folder, host, port)
            _wait_until_unused(folder, server)
        finally:
            _stop(server)


def _start_server(folder: Path, host: str, port: int) -> "subprocess.Popen[bytes]":
    setpriv = shutil.which("setpriv")
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [
            *((setpriv, "--pdeathsig", "TERM", "--") if setpriv else ()),
            *(sys.executable, "-m", "prefect", "server", "start", "--host", host, "--port", str(port)),
        ],
        stdin=subprocess.DEVNULL,
        cwd=folder,
        # Where its pages look for it; else that is port 4200 of this machine, wherever it listens.
        env={"PREFECT_UI_API_URL": "/api", **os.environ},
    )


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(_STOP_TIMEOUT_S)
    server.kill()
    server.wait()


def _free_port(host: str) -> int:
    with socket.create_server((host, 0), family=_family(host)) as probe:
        return int(probe.getsockname()[1])


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def api_url(host: str, port: int) -> str:
    """The API's address as this machine reaches it."""
    near = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)  # noqa: S104 - "all" is no address to ask at
    return f"http://{f'[{near}]' if ':' in near else near}:{port}/api"


def _write_address(folder: Path, host: str, port: int) -> None:
    partial = folder / "server.json.partial"
    partial.write_text(json.dumps({"url": api_url(host, port), "pid": os.getpid()}))
    partial.replace(folder / "server.json")


def _withdraw_address(folder: Path) -> None:
    """Removes our address; where the home was deleted and made anew, another keeper's stays."""
    address = folder / "server.json"
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
        if json.loads(address.read_text())["pid"] == os.getpid():
            address.unlink()


def _wait_until_unused(folder: Path, server: "subprocess.Popen[bytes]") -> None:
    """Returns with the users' lock free for long enough, the address withdrawn under that lock."""
    idle_since: float | None = None
    with (folder / "users.lock").open("w") as users:
        while server.poll() is None:
            time.sleep(_POLL_S)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                idle_since = None
                continue
            now = time.monotonic()
            idle_since = now if idle_since is None else idle_since
            if now - idle_since > _LINGER_S or (folder / "leave").exists():
                _withdraw_address(folder)
                return
            fcntl.flock(users, fcntl.LOCK_UN)


def main() -> None:
    """Entry point of the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default=LOOPBACK)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    keep(given.host, given.port)


if __name__ == "__main__":
    main()
