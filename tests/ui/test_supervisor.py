"""The parts of `reelflow up`, played by small programs: kept alive, told apart, never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import Fault
from ui import supervisor as supervisor_module
from ui.supervisor import MEMORY_S, PAUSES_S, Part, Supervisor, next_pause

_PATIENCE_S = 90

SAYS_READY = "import os; os.write(int(os.environ['READY']), b'ready')\n"
SLEEPS = "import time; time.sleep(60)\n"


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def part(tmp_path: Path) -> Callable[..., Part]:
    """Makes a part of a Python program, which says its process's id first."""

    def make(program: str, *, name: str = "worker") -> Part:
        announce = f"import os; open({str(tmp_path / name)!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
        return Part(
            name=name,
            command=(sys.executable, "-c", announce + program),
            environment=dict(os.environ),
            folder=tmp_path,
            log=tmp_path / "logs" / f"{name}.log",
            ready_variable="READY",
            grace_s=10,
        )

    return make


def pids(folder: Path, name: str = "worker") -> list[int]:
    file = folder / name
    return [int(line) for line in file.read_text().splitlines()] if file.exists() else []


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[0] != "Z"
    except OSError:
        return False


def test_parts_are_waited_for_and_end_together(
    part: Callable[..., Part], said: list[str], tmp_path: Path
) -> None:
    supervisor = Supervisor(said.append)
    supervisor.start(part("import time; time.sleep(0.2)\n" + SAYS_READY + SLEEPS))
    supervisor.start(part(SAYS_READY + SLEEPS, name="panel"))

    supervisor.wait_until_ready()
    running = pids(tmp_path) + pids(tmp_path, "panel")
    supervisor.check()
    supervisor.stop()

    assert len(running) == 2
    assert [pid for pid in running if is_alive(pid)] == []
    assert said == []


def test_a_part_that_does_not_start_is_told_with_its_last_words(
    part: Callable[..., Part], said: list[str], tmp_path: Path
) -> None:
    supervisor = Supervisor(said.append)
    supervisor.start(part("raise SystemExit('no port is free, api_key=0123456789abcdef')"))

    with pytest.raises(
        Fault, match=r"The worker did not start: no port is free, api_key=\*\*\*.*worker\.log"
    ):
        supervisor.wait_until_ready()
    supervisor.stop()


def test_a_part_that_ends_starts_again_and_says_so(
    part: Callable[..., Part], said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "PAUSES_S", (0.1,))
    supervisor = Supervisor(said.append)
    supervisor.start(part(SAYS_READY + SLEEPS))
    supervisor.wait_until_ready()
    (first,) = pids(tmp_path)

    def checked_until_restarted() -> bool:
        supervisor.check()
        return len(pids(tmp_path)) == 2

    os.kill(first, signal.SIGKILL)
    wait_for(checked_until_restarted, "the second start")
    assert said[0].startswith("The worker ended (exit status -9) and starts again in 0.1 s")

    os.kill(pids(tmp_path)[1], signal.SIGKILL)
    with pytest.raises(Fault, match="The worker ended 2 times within 10 minutes, so everything stops"):
        wait_for(lambda: supervisor.check(), "the end of patience")
    supervisor.stop()


def test_pauses_grow_run_out_and_are_earned_anew() -> None:
    deaths = [float(second) for second in range(len(PAUSES_S))]

    assert [next_pause(deaths[: n + 1], now=10.0) for n in range(len(deaths))] == list(PAUSES_S)
    assert next_pause([*deaths, 9.0], now=10.0) is None
    assert next_pause([*deaths, MEMORY_S + 10.0], now=MEMORY_S + 10.0) == PAUSES_S[0]


def test_a_deaf_part_is_killed_when_told_to_hurry(
    part: Callable[..., Part], said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "_KILL_AFTER_S", 0.2)
    supervisor = Supervisor(said.append)
    supervisor.start(
        part("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SAYS_READY + SLEEPS)
    )
    supervisor.wait_until_ready()
    sleep = time.sleep
    interrupts = [KeyboardInterrupt()]

    def interrupted_sleep(seconds: float) -> None:
        if interrupts:  # Ctrl-C while waiting
            raise interrupts.pop()
        sleep(seconds)

    monkeypatch.setattr("time.sleep", interrupted_sleep)
    supervisor.stop()

    assert said == ["Stopping at once."]
    assert not is_alive(pids(tmp_path)[0])


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells them")
def test_a_killed_supervisor_leaves_no_part_behind(tmp_path: Path) -> None:
    program = f"""
import os, sys, time
from pathlib import Path
from ui.supervisor import Part, Supervisor
supervisor = Supervisor(print)
supervisor.start(Part(
    name="worker", command=(sys.executable, "-c", {SAYS_READY + SLEEPS!r}), environment=dict(os.environ),
    folder=Path("."), log=Path("worker.log"), ready_variable="READY",
))
supervisor.wait_until_ready()
print(supervisor._children[0].process.pid, flush=True)
time.sleep(60)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    pid = int(process.stdout.readline())
    assert is_alive(pid)

    process.kill()
    process.communicate()

    wait_for(lambda: not is_alive(pid), "the part's end")


def test_a_long_log_makes_room_for_a_new_one(
    part: Callable[..., Part], said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "_LOG_BYTES", 3)
    chatty = part(SAYS_READY + SLEEPS)
    chatty.log.parent.mkdir()
    chatty.log.write_text("of old")

    supervisor = Supervisor(said.append)
    supervisor.start(chatty)
    supervisor.stop()

    assert chatty.log.with_name("worker.log.1").read_text() == "of old"
    assert "of old" not in chatty.log.read_text()
