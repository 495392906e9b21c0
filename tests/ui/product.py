"""`reelflow up` for tests: the whole product on free ports, and what it has left running."""

import contextlib
import json
import os
import signal
import subprocess
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
    """Brings it up on free ports, and down again."""
    process = reelflow.start("up", "--panel-port", 0, "--prefect-port", 0, "--json")
    try:
        addresses = _said(process)
        yield Product(reelflow, process, addresses["panel"], addresses["prefect"])
    finally:
        process.terminate()
        finish(process)


def _said(process: "subprocess.Popen[str]") -> dict[str, Any]:
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
