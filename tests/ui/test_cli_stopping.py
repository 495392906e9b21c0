"""A run that is stopped, or killed: nothing goes on, nothing is in the way of the next command."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from models.run import RunState
from models.work_dir import clean_work_dirs
from tests.program import Reelflow, finish

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="asks /proc who is alive"),
]

_PATIENCE_S = 120


def media_processes(group: int) -> list[str]:
    """Live processes of a process group other than its leader."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = status.read_text().rpartition(") ")
        except OSError:  # it ended meanwhile
            continue
        state, _parent, its_group = rest.split()[:3]
        if int(its_group) == group and int(status.parent.name) != group and state != "Z":
            found.append(name)
    return found


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


def start_rendering(reelflow: Reelflow, film: Path) -> "subprocess.Popen[str]":
    """A `make` whose finals are being rendered."""
    process = reelflow.start("make", film, "--variants", 2, "--duration", 8, "--preset", "reels")
    wait_for(lambda: list(reelflow.settings.work_dir.glob("*/*/clips/*/reels/final.mp4")), "a final")
    assert media_processes(process.pid)
    return process


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_ends_as_cancelled_and_leaves_nothing(
    how: signal.Signals, reelflow: Reelflow, films: dict[str, Path]
) -> None:  # pitfalls 10, 11
    process = start_rendering(reelflow, films["tea"])

    # Ctrl-C in a terminal goes to the whole group, `kill` to the one process.
    (os.killpg if how is signal.SIGINT else os.kill)(process.pid, how)
    ended = finish(process)

    assert ended.code == 130
    assert ended.sentence == "Stopped."
    assert media_processes(process.pid) == []
    assert reelflow.work_dirs() == []
    assert not [name for name in reelflow.library() if "/exports/" in name]
    (run,) = reelflow.call("runs", "--json").document["runs"]
    assert run["state"] == RunState.CANCELLED.value
    assert run["finished_at"] is not None
    (project,) = reelflow.call("project", "list", "--json").document["projects"]
    assert project["state"] == "ready", "its clips are there, with their drafts"


def test_a_killed_run_takes_its_processes_along_and_frees_its_work_dir(
    reelflow: Reelflow, films: dict[str, Path]
) -> None:  # pitfalls 1, 63
    process = start_rendering(reelflow, films["tea"])

    process.kill()
    assert finish(process).code == -signal.SIGKILL

    wait_for(lambda: not media_processes(process.pid), "ffmpeg's end")
    (work_dir,) = reelflow.work_dirs()
    profile_id, run_id = UUID(work_dir.parent.name), UUID(work_dir.name)
    # A copy: cleaning the real one would hide the dead run from the command below.
    assert clean_work_dirs(reelflow.settings, profile_id) == [run_id]
    work_dir.mkdir()
    ended = reelflow.call(
        "make", films["tea"], "--variants", 1, "--duration", 2, "--preset", "square", "--json"
    )
    assert ended.code == 0, ended.err
    assert f"Run {run_id} was killed" in ended.err
    states = {run["run_id"]: run["state"] for run in reelflow.call("runs", "--json").document["runs"]}
    assert states == {str(run_id): "failed", ended.document["run_id"]: "completed"}
    assert reelflow.work_dirs() == []
