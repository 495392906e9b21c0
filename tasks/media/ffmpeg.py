"""The only place that starts a process.

A media process must not outlive the run that started it (field-proven causes: a cancelled flow, a
time-out that can't interrupt a waiting thread, a worker killed outright). So every process stays in
our process group, is killed by the kernel when its parent thread's process dies, is polled against a
deadline, and is terminated when the run's guard says so.
"""

import contextlib
import io
import os
import re
import shutil
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from models.errors import BadInput, MediaToolFailed, MediaToolTimedOut, RunStopped
from models.settings import load_settings

_POLL_S = 0.05
_GRACE_S = 3.0
_LOG_LINES = 60

#: Longer lines are cut into pieces, so that a log without line ends can't fill the memory.
_LOG_LINE_BYTES = 1 << 14

_live: set[subprocess.Popen[bytes]] = set()
_lock = threading.Lock()
_stopping = threading.Event()

#: Options for reading anything a user brought: only local files, only containers that can't name others.
SAFE_INPUT = {
    "protocol_whitelist": "file,pipe",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mxf,flv,asf",
}


def ffmpeg_path() -> str:
    """The ffmpeg in use: the setting's, else the one from the imageio-ffmpeg wheel.

    Raises:
        BadInput: the configured path is no file.
    """
    chosen = load_settings().ffmpeg
    if chosen is None:
        return _bundled_ffmpeg()
    if not chosen.is_file():
        raise BadInput(f"REELFLOW_FFMPEG names {chosen}, which is not a file; correct it or unset it.")
    return str(chosen)


@cache
def _bundled_ffmpeg() -> str:
    return str(imageio_ffmpeg.get_ffmpeg_exe())


#: Asked once the kernel has been told to kill the process with its parent: is that one still there?
#: Who was killed in the milliseconds before is nobody's parent any more, and would leave a process behind.
_UNLESS_ORPHANED = '[ "$PPID" -eq "$0" ] && exec "$@"'


@cache
def _die_with_parent(parent: int) -> tuple[str, ...]:
    """Command prefix that makes the kernel kill the process when its parent is gone; Linux only."""
    setpriv, shell = shutil.which("setpriv"), shutil.which("sh")
    if not (setpriv and shell):
        return ()
    return (setpriv, "--pdeathsig", "KILL", "--", shell, "-c", _UNLESS_ORPHANED, str(parent))


@contextlib.contextmanager
def stop_processes_on_exit() -> Iterator[None]:
    """Wraps a flow body: whatever ends it early also ends every media process it started."""
    _stopping.clear()
    try:
        yield
    except BaseException:
        _stopping.set()
        with _lock:
            live = list(_live)
        for process in live:
            process.terminate()
        for process in live:
            _stop(process)
        raise


def run(
    arguments: Sequence[str],
    *,
    doing: str,
    timeout_s: float,
    cwd: Path | None = None,
    on_progress: Callable[[float], None] | None = None,
    on_line: Callable[[str], bool] | None = None,
    on_output: Callable[[bytes], None] | None = None,
    chunk_bytes: int = 1 << 16,
) -> str:
    """Runs ffmpeg to its end and returns what it logged.

    Args:
        arguments: Everything after the program's name. Use fixed relative names inside `cwd`.
        doing: What this is, for error messages: "rendering reels".
        timeout_s: The process is stopped after this many seconds.
        cwd: Folder to run in; user-given paths then never reach a filter graph.
        on_progress: Called with the seconds of output made so far.
        on_line: Called with each line of the log; True keeps the line out of what is returned.
        on_output: Called with each chunk of the process's standard output.
        chunk_bytes: Size of those chunks; all but the last are exactly this long.

    Raises:
        MediaToolFailed: non-zero exit status, with the end of the log.
        MediaToolTimedOut: the deadline passed.
        RunStopped: the run is being stopped.
    """
    command = [ffmpeg_path(), "-nostdin", "-hide_banner", "-nostats"]
    if on_progress is not None:
        command += ["-progress", "pipe:2", "-stats_period", "0.25"]
    return run_process(
        [*command, *arguments],
        doing=doing,
        timeout_s=timeout_s,
        cwd=cwd,
        on_line=_progress_parser(on_progress, on_line) if on_progress else on_line,
        on_output=on_output,
        chunk_bytes=chunk_bytes,
    )


def run_process(
    command: Sequence[str],
    *,
    doing: str,
    timeout_s: float,
    cwd: Path | None = None,
    stdin: bytes | None = None,
    on_line: Callable[[str], bool] | None = None,
    on_output: Callable[[bytes], None] | None = None,
    chunk_bytes: int = 1 << 16,
    pass_fds: Sequence[int] = (),
) -> str:
    """Runs any media process under the same rules as `run`.

    Args:
        command: Program and arguments.
        doing: As in `run`.
        timeout_s: As in `run`.
        cwd: As in `run`.
        stdin: What the process reads; nothing when None.
        on_line: As in `run`.
        on_output: As in `run`.
        chunk_bytes: As in `run`.
        pass_fds: Further pipes that the process inherits.
    """
    # Started and listed in one step, so that a guard that ends meanwhile can't miss it.
    with _lock:
        if _stopping.is_set():
            raise RunStopped(f"{doing} was not started: the run is being stopped")
        process = subprocess.Popen(  # noqa: S603 - fixed programs, no shell
            [*_die_with_parent(os.getpid()), *command],
            cwd=cwd,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE if on_output else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            bufsize=0,
            pass_fds=tuple(pass_fds),
        )
        _live.add(process)
    log: deque[str] = deque(maxlen=_LOG_LINES)
    failure: list[BaseException] = []
    threads = [threading.Thread(target=_read_log, args=(process, log, on_line, failure), daemon=True)]
    if on_output:
        threads.append(
            threading.Thread(
                target=_read_output, args=(process, on_output, chunk_bytes, failure), daemon=True
            )
        )
    if stdin is not None:
        threads.append(threading.Thread(target=_write_input, args=(process, stdin), daemon=True))
    deadline = time.monotonic() + timeout_s
    try:
        for thread in threads:
            thread.start()
        # Polled in short sleeps, so that an exception raised into this thread lands soon.
        while process.poll() is None and not failure:
            if time.monotonic() > deadline:
                raise MediaToolTimedOut(f"{doing} took longer than {timeout_s:.0f} s and was stopped")
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_POLL_S)
        if failure:
            _stop(process)  # the readers end with the process, not before
        for thread in threads:
            thread.join()
    finally:
        _stop(process)
        with _lock:
            _live.discard(process)
    if failure:
        raise failure[0]
    if process.returncode:
        if _stopping.is_set():
            raise RunStopped(f"{doing} was stopped")
        raise MediaToolFailed(doing, process.returncode, "\n".join(log))
    return "\n".join(log)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for send in (process.terminate, process.kill):
        if process.poll() is not None:
            return
        send()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)


def _read_log(
    process: subprocess.Popen[bytes],
    log: deque[str],
    on_line: Callable[[str], bool] | None,
    failure: list[BaseException],
) -> None:
    stream = process.stderr
    if stream is None:
        return
    with io.BufferedReader(stream) as lines:  # type: ignore[type-var] # a raw pipe, as bufsize=0 makes it
        try:
            while raw := lines.readline(_LOG_LINE_BYTES):
                line = raw.decode("utf-8", "replace").rstrip()
                if line and not (on_line and on_line(line)):
                    log.append(line)
        except BaseException as error:
            failure.append(error)


def _read_output(
    process: subprocess.Popen[bytes],
    on_output: Callable[[bytes], None],
    chunk_bytes: int,
    failure: list[BaseException],
) -> None:
    stream = process.stdout
    if stream is None:
        return
    with stream:
        buffer = bytearray()
        try:
            while data := stream.read(chunk_bytes - len(buffer)):
                buffer += data
                if len(buffer) == chunk_bytes:
                    on_output(bytes(buffer))
                    buffer.clear()
            if buffer:
                on_output(bytes(buffer))
        except BaseException as error:
            failure.append(error)


def _write_input(process: subprocess.Popen[bytes], data: bytes) -> None:
    stream = process.stdin
    if stream is None:
        return
    # A process that ends early closes its input; its exit status tells why.
    with contextlib.suppress(BrokenPipeError), stream:
        stream.write(data)


_PROGRESS_LINE = re.compile(r"^[a-z_0-9]+=\s*\S*$")


def _progress_parser(
    on_progress: Callable[[float], None], on_line: Callable[[str], bool] | None
) -> Callable[[str], bool]:
    def parse(line: str) -> bool:
        if not _PROGRESS_LINE.match(line):
            return bool(on_line and on_line(line))
        key, _, value = line.partition("=")
        if key == "out_time_us" and value.strip().lstrip("-").isdigit():
            on_progress(max(0.0, int(value) / 1e6))
        return True

    return parse


def ffmpeg_version() -> str:
    """The version of the ffmpeg in use, as it calls itself: "7.0.2-static"."""
    return _version_of(ffmpeg_path())


@cache
def _version_of(path: str) -> str:
    lines: list[bytes] = []
    run_process([path, "-version"], doing="asking ffmpeg its version", timeout_s=30, on_output=lines.append)
    words = b"".join(lines).decode("utf-8", "replace").split()
    return words[2] if len(words) > 2 else "unknown"
