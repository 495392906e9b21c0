"""Starts and watches the processes of `reelflow up`, and leaves none behind.

The third place of the project that starts processes, and the only one of `up`: media processes
(`tasks.media.ffmpeg`) die with their run, Prefect's server (`flows.embedded_server`) outlives whoever
started it, and these are kept alive by their supervisor and end with it: should it be killed, the kernel
sends each of them SIGTERM.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from models.errors import Fault
from models.redaction import redact

#: A part that ends is started again after these pauses; when they are used up, everything stops.
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0)

#: What ended longer ago than this is forgotten.
MEMORY_S = 600.0

_START_TIMEOUT_S = 120.0
_KILL_AFTER_S = 5.0
_POLL_S = 0.1
_LOG_BYTES = 5_000_000
_TAIL_BYTES = 4_000


@dataclass(frozen=True, kw_only=True)
class Part:
    """One process that belongs to `up`."""

    name: str
    """As in "The worker has ended"."""
    command: Sequence[str]
    """What is started."""
    environment: Mapping[str, str]
    """All of its environment."""
    folder: Path
    """Where it runs."""
    log: Path
    """Where its output goes."""
    is_ready: Callable[[], bool] | None = None
    """Whether it is at work; None for a part that says so itself."""
    ready_variable: str = ""
    """For such a part: the environment variable with the number of a file that it tells "ready"."""
    grace_s: float = 10.0
    """Time to end by itself once told."""


@dataclass
class _Child:
    """A part and the process that it is at the moment; None between an end and the next start."""

    part: Part
    process: "subprocess.Popen[bytes] | None" = None
    ready_file: int | None = None
    ended_at: list[float] = field(default_factory=list)
    starts_at: float = 0.0


class Supervisor:
    """Keeps parts alive. Used from the main thread only: the kernel watches the thread that starts a process.

    Args:
        tell: Takes a sentence for whoever looks on.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._children: list[_Child] = []

    def start(self, part: Part) -> None:
        """Starts a part; does not wait for it."""
        child = _Child(part)
        self._children.append(child)
        _spawn(child)

    def wait_until_ready(self) -> None:
        """Returns when every part is at work.

        Raises:
            Fault: a part ended before it was, or takes too long; says which, and its last words.
        """
        deadline = time.monotonic() + _START_TIMEOUT_S
        for child in self._children:
            while not _is_ready(child):
                if child.process is None or child.process.poll() is not None:
                    raise Fault(f"The {child.part.name} did not start{_last_words(child.part)}")
                if time.monotonic() > deadline:
                    raise Fault(f"The {child.part.name} did not start in time; its log is {child.part.log}.")
                time.sleep(_POLL_S)

    def check(self) -> None:
        """Looks after every part once: starts what has ended again, after a pause.

        Raises:
            Fault: a part ended too often; the others are still running.
        """
        now = time.monotonic()
        for child in self._children:
            if child.process is None:
                if now >= child.starts_at:
                    _spawn(child)
            elif child.process.poll() is not None:
                self._plan_restart(child, now)

    def stop(self) -> None:
        """Tells every part to end and waits until all have; a second Ctrl-C tells them to hurry."""
        running = [child for child in self._children if child.process and child.process.poll() is None]
        grace_s = max((child.part.grace_s for child in running), default=0.0)
        try:
            try:
                _end(running, grace_s)
            except KeyboardInterrupt:
                self._tell("Stopping at once.")
                _end(running, _KILL_AFTER_S)
        finally:
            for child in running:
                _kill(child)
            for child in self._children:
                _forget_ready_file(child)

    def _plan_restart(self, child: _Child, now: float) -> None:
        process, child.process = child.process, None
        status = process.returncode if process else None
        child.ended_at.append(now)
        pause_s = next_pause(child.ended_at, now)
        words = _last_words(child.part)
        if pause_s is None:
            raise Fault(
                f"The {child.part.name} ended {len(PAUSES_S) + 1} times within "
                f"{MEMORY_S / 60:g} minutes, so everything stops{words}"
            )
        child.starts_at = now + pause_s
        self._tell(
            f"The {child.part.name} ended (exit status {status}) and starts again in {pause_s:g} s{words}"
        )


def next_pause(ended_at: Sequence[float], now: float) -> float | None:
    """Seconds until something that has ended at these times starts again; None when that is enough."""
    lately = sum(1 for moment in ended_at if now - moment < MEMORY_S)
    return PAUSES_S[lately - 1] if 1 <= lately <= len(PAUSES_S) else None


def _spawn(child: _Child) -> None:
    part = child.part
    _forget_ready_file(child)
    environment = dict(part.environment)
    setpriv = shutil.which("setpriv")
    told: int | None = None
    if part.ready_variable:
        child.ready_file, told = os.pipe()
        os.set_blocking(child.ready_file, False)
        environment[part.ready_variable] = str(told)
    try:
        with _open_log(part.log) as log:
            child.process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [*((setpriv, "--pdeathsig", "TERM", "--") if setpriv else ()), *part.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=part.folder,
                env=environment,
                pass_fds=() if told is None else (told,),
                # A terminal's Ctrl-C reaches the supervisor alone, which ends its parts in order.
                process_group=0,
            )
    finally:
        if told is not None:
            os.close(told)


def _open_log(path: Path) -> BinaryIO:
    """The log, appended to; a long one makes room for a new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return path.open("ab")


def _is_ready(child: _Child) -> bool:
    if child.part.is_ready:
        return child.part.is_ready()
    if child.ready_file is None:
        return True
    try:
        said = os.read(child.ready_file, 16)
    except BlockingIOError:
        return False
    if said:
        _forget_ready_file(child)
    return bool(said)


def _forget_ready_file(child: _Child) -> None:
    if child.ready_file is not None:
        os.close(child.ready_file)
        child.ready_file = None


def _end(children: Iterable[_Child], grace_s: float) -> None:
    """SIGTERM, then at most `grace_s` of waiting for all of them together."""
    processes = [child.process for child in children if child.process]
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + grace_s
    while any(process.poll() is None for process in processes) and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def _kill(child: _Child) -> None:
    if child.process:
        child.process.kill()
        child.process.wait()


def _last_words(part: Part) -> str:
    """The end of a sentence: the last line of a part's log, and where that is."""
    try:
        with part.log.open("rb") as log:
            log.seek(max(0, part.log.stat().st_size - _TAIL_BYTES))
            lines = [line.strip() for line in log.read().decode(errors="replace").splitlines()]
    except OSError:
        lines = []
    last = next((line for line in reversed(lines) if line), "")
    return f": {redact(last)} (its log is {part.log})." if last else f"; its log is {part.log}."
