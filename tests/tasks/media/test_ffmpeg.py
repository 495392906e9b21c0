"""The runner: no media process hangs, outlives its run, or fails without saying why."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import BadInput, MediaToolFailed, MediaToolTimedOut, RunStopped
from tasks.media import ffmpeg

ENDLESS = ("-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=s=64x36:r=5", "-f", "null", "-")
CHECKOUT = Path(__file__).resolve().parents[3]

needs_proc = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads /proc, Linux only")


@pytest.fixture(autouse=True)
def _fresh_guard() -> Iterator[None]:
    """A guard that was left by an error refuses new processes until the next one begins."""
    yield
    with ffmpeg.stop_processes_on_exit():
        pass


def children() -> set[int]:
    """Processes of this test that live, zombies included."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        found.update(int(pid) for pid in (task / "children").read_text().split())
    return found


def wait_until(condition: object, *, at_most_s: float = 90.0) -> bool:
    end = time.monotonic() + at_most_s
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]  # any callable
            return True
        time.sleep(0.02)
    return False


# pitfall 59, 63
@needs_proc
def test_deadline_ends_the_process() -> None:
    before, started = children(), time.monotonic()

    with pytest.raises(MediaToolTimedOut, match="making nothing took longer than 0 s"):
        ffmpeg.run(ENDLESS, doing="making nothing", timeout_s=0.4)

    assert time.monotonic() - started < 8
    assert children() <= before


@needs_proc
def test_deadline_ends_a_process_that_ignores_being_asked() -> None:
    before = children()
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"

    with pytest.raises(MediaToolTimedOut):
        ffmpeg.run_process([sys.executable, "-c", stubborn], doing="waiting", timeout_s=1.5)

    assert children() <= before


def test_failure_carries_the_end_of_the_log() -> None:
    with pytest.raises(MediaToolFailed, match="joining failed") as caught:
        ffmpeg.run(
            ["-v", "error", "-i", "there-is-no-such.mp4", "-f", "null", "-"], doing="joining", timeout_s=30
        )

    assert caught.value.exit_status != 0
    assert "there-is-no-such.mp4" in caught.value.log_tail


def test_log_is_returned_without_the_lines_that_were_taken() -> None:
    script = "import sys; [print(word, file=sys.stderr) for word in ('one', 'two', 'three')]"

    log = ffmpeg.run_process(
        [sys.executable, "-c", script], doing="talking", timeout_s=30, on_line=lambda line: line == "two"
    )

    assert log.split() == ["one", "three"]


def test_a_big_log_neither_blocks_nor_grows() -> None:
    # given 20 MB of log, half of it in one line
    script = "import sys; sys.stderr.write('x' * 10_000_000); sys.stderr.write('line\\n' * 2_000_000)"

    log = ffmpeg.run_process([sys.executable, "-c", script], doing="talking", timeout_s=60)

    assert log.endswith("line")
    assert len(log) < 100_000


def test_output_comes_in_chunks_of_the_size_asked_for() -> None:
    chunks: list[bytes] = []

    ffmpeg.run(
        [
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc2=s=64x36:r=5:d=2",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "gray",
            "-",
        ],
        doing="drawing",
        timeout_s=30,
        on_output=chunks.append,
        chunk_bytes=10_000,
    )

    assert sum(map(len, chunks)) == 64 * 36 * 10
    assert [len(chunk) for chunk in chunks] == [10_000, 10_000, 64 * 36 * 10 - 20_000]


def test_standard_input_is_handed_over_whole() -> None:
    received: list[bytes] = []
    sent = os.urandom(300_000)
    echo = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"

    ffmpeg.run_process(
        [sys.executable, "-c", echo], doing="echoing", timeout_s=30, stdin=sent, on_output=received.append
    )

    assert b"".join(received) == sent


def test_progress_rises_to_the_whole_length() -> None:
    seen: list[float] = []

    log = ffmpeg.run(
        ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x36:r=25:d=3", "-f", "null", "-"],
        doing="counting",
        timeout_s=30,
        on_progress=seen.append,
    )

    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(3, abs=0.1)
    assert "out_time" not in log


@needs_proc
@pytest.mark.parametrize("channel", ["on_progress", "on_output", "on_line"])
def test_an_error_in_a_callback_ends_the_process_and_is_raised(channel: str) -> None:
    before, started = children(), time.monotonic()

    def refuse(_: object) -> bool:
        raise RunStopped("no longer wanted")

    with pytest.raises(RunStopped, match="no longer wanted"):
        ffmpeg.run(
            ["-v", "info", "-re", "-f", "lavfi", "-i", "testsrc2=s=64x36:r=5", "-f", "rawvideo", "-"],
            doing="drawing",
            timeout_s=60,
            **{channel: refuse},  # type: ignore[arg-type]  # takes whatever the channel gives
        )

    assert time.monotonic() - started < 10
    assert children() <= before


# pitfall 11
@needs_proc
def test_nothing_runs_on_when_the_flow_body_ends_by_an_error() -> None:
    # given a flow whose task runs a process in another thread
    before, outcome = children(), []

    def task() -> None:
        try:
            ffmpeg.run(ENDLESS, doing="rendering", timeout_s=60)
        except RunStopped as error:
            outcome.append(error)

    thread = threading.Thread(target=task)

    def flow() -> None:
        with ffmpeg.stop_processes_on_exit():
            thread.start()
            assert wait_until(lambda: children() - before)
            raise KeyboardInterrupt

    # when its body is left by an error of another kind
    with pytest.raises(KeyboardInterrupt):
        flow()
    # then the process is gone, the task was told, and no further one can start
    thread.join(90)
    assert not thread.is_alive()
    assert children() <= before
    assert len(outcome) == 1
    with pytest.raises(RunStopped, match="not started"):
        ffmpeg.run(ENDLESS, doing="rendering", timeout_s=60)


def test_a_new_guard_lets_processes_start_again() -> None:
    with pytest.raises(ValueError, match="first"), ffmpeg.stop_processes_on_exit():
        raise ValueError("first")

    with ffmpeg.stop_processes_on_exit():
        ffmpeg.run(["-version"], doing="asking", timeout_s=30)


# pitfall 63
@needs_proc
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="util-linux is not installed")
def test_a_process_dies_with_a_killed_parent() -> None:
    # given a program of ours in the middle of a long process
    script = f"from tasks.media import ffmpeg\nffmpeg.run({ENDLESS!r}, doing='rendering', timeout_s=600)\n"
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=CHECKOUT)
    try:
        assert wait_until(lambda: renderers_of(parent.pid))
        (child,) = renderers_of(parent.pid)
        # when it is killed outright
        parent.send_signal(signal.SIGKILL)
    finally:
        parent.kill()
        parent.wait()
    # then the process goes with it
    assert wait_until(lambda: not is_running(child))


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="util-linux is not installed")
def test_a_process_whose_parent_is_gone_before_it_begins_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a parent that is killed before its process has asked to die with it: another one is its parent now
    touch = ["sh", "-c", 'printf x > "$0"']
    ffmpeg.run_process([*touch, str(tmp_path / "it's there")], doing="writing", timeout_s=30)
    monkeypatch.setattr(ffmpeg.os, "getpid", lambda: 2**30)  # no process has that number
    # then it ends instead of doing its work
    with pytest.raises(MediaToolFailed):
        ffmpeg.run_process([*touch, str(tmp_path / "not there")], doing="writing", timeout_s=30)
    assert [path.name for path in tmp_path.iterdir()] == ["it's there"]


def renderers_of(parent: int) -> list[int]:
    """Children that draw our test picture: not those that ask for a version or have not begun."""
    found = []
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            program, *arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if b"ffmpeg" in program and any(b"testsrc2" in argument for argument in arguments):
                found.append(int(pid))
    return found


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_configured_ffmpeg_that_is_no_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REELFLOW_FFMPEG", str(tmp_path / "nothing"))

    with pytest.raises(BadInput, match=r"REELFLOW_FFMPEG names .*nothing"):
        ffmpeg.ffmpeg_path()


def test_a_configured_ffmpeg_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("#!/bin/sh\necho ffmpeg version 99.1-mine\n")
    mine.chmod(0o755)
    monkeypatch.setenv("REELFLOW_FFMPEG", str(mine))

    assert ffmpeg.ffmpeg_version() == "99.1-mine"
