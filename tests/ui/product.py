"""`reelflow up` for tests and pictures: the whole product on free ports, and what it has left running."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from sqlmodel import col, select

from models.profiles import find_profile
from models.run import Run
from tests.program import Reelflow, finish

PATIENCE_S = 120


@dataclass
class Product:
    """A running installation."""

    reelflow: Reelflow
    process: "subprocess.Popen[str]"
    panel: str
    """Address of its panel."""
    prefect: str
    """Address of its Prefect server."""

    def runs(self, slug: str, kind: str) -> list[Run]:
        """The runs of a kind in a profile, the oldest first."""
        with self.reelflow.database() as database:
            profile = find_profile(database, slug)
            with database.profile_session(profile.id, read_only=True) as session:
                wanted = select(Run).where(Run.kind == kind).order_by(col(Run.created_at))
                return list(session.exec(wanted).all())

    def prefect_state(self, flow_run_id: object) -> str:
        """What Prefect says of a run, as "CANCELLED"."""
        with urlopen(f"{self.prefect}/api/flow_runs/{flow_run_id}") as answer:  # noqa: S310 - our own
            return str(json.load(answer)["state_type"])

    def restart_panel(self) -> None:
        """Kills the process that serves the panel; its supervisor starts another one."""
        (before,) = self.processes("-m ui.server")
        os.kill(before, signal.SIGKILL)
        wait_for(lambda: set(self.processes("-m ui.server")) - {before}, "another panel")
        wait_for(self._panel_answers, "the new panel's answer")

    def processes(self, part_of_command: str) -> list[int]:
        """Live processes of this installation by a part of their command."""
        return [pid for pid, command in processes_of(self.reelflow.home) if part_of_command in command]

    def _panel_answers(self) -> bool:
        with contextlib.suppress(OSError), urlopen(f"{self.panel}/_stcore/health") as answer:  # noqa: S310
            return bool(answer.status == 200)
        return False


@contextlib.contextmanager
def product_up(reelflow: Reelflow) -> Iterator[Product]:
    """Brings all of it up, and down again."""
    with _started(reelflow, "up", "--panel-port", 0, "--prefect-port", 0) as product:
        yield product


@contextlib.contextmanager
def panel_up(home: Path, **environment: str) -> Iterator[Product]:
    """Brings up the panel and Prefect's server without a worker: nothing in the home moves by itself."""
    reelflow = Reelflow(home, None)
    reelflow.environment |= environment
    with _started(reelflow, "serve", "panel", "--port", 0) as product:
        yield product


@contextlib.contextmanager
def _started(reelflow: Reelflow, *command: object) -> Iterator[Product]:
    process = reelflow.start(*command, "--json")
    try:
        addresses = said(process)
        yield Product(reelflow, process, addresses["panel"], addresses["prefect"])
    finally:
        process.terminate()
        finish(process)


@contextlib.contextmanager
def panel_alone(home: Path, **environment: str) -> Iterator[str]:
    """A panel that knows its address beforehand, as signing in needs it; nothing can be started from it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("REELFLOW_", "STREAMLIT_"))}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ui.server", "127.0.0.1", str(port)],
            env={**kept, "REELFLOW_HOME": str(home), "REELFLOW_PANEL_URL": address, **environment},
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            wait_until_open(process, f"{address}/_stcore/health")
            yield address
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace")[-4_000:])
            raise
        finally:
            process.terminate()
            process.wait(60)


def wait_until_open(process: "subprocess.Popen[bytes]", url: str) -> None:
    """Waits until a server that was just started answers."""

    def answers() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"it ended with {process.returncode} instead of answering at {url}")
        with contextlib.suppress(OSError), urlopen(url):  # noqa: S310 - our own
            return True
        return False

    wait_for(answers, f"an answer at {url}")


def said(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """The addresses that a started command prints when everything is up."""
    assert process.stdout
    text = ""
    for line in process.stdout:
        text += line
        if line == "}\n":
            addresses: dict[str, Any] = json.loads(text)
            return addresses
    raise AssertionError(finish(process).err)


def processes_of(home: Path) -> list[tuple[int, str]]:
    """Number and command of the live processes that work for a home."""
    mark = f"REELFLOW_HOME={home}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append((int(folder.name), (folder / "cmdline").read_text().replace("\0", " ")))
    return found


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Returns when something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)
