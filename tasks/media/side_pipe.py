"""A further output of a media process, beside its standard output: a pipe that is read while it runs."""

import os
import threading
from collections.abc import Callable
from typing import IO, Self


class SidePipe:
    """One more output of a process, read by a thread of its own; the process writes to `write_fd`."""

    def __init__(self, read: Callable[[IO[bytes]], None]) -> None:
        self._read = read
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        read_fd, self.write_fd = os.pipe()
        self._open = True
        self._thread = threading.Thread(target=self._run, args=(os.fdopen(read_fd, "rb"),), daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Ends the reader once the process has ended; raises what went wrong in it."""
        if self._open:
            self._open = False
            os.close(self.write_fd)
            self._thread.join()
        if self._failure is not None:
            raise self._failure

    def __exit__(self, *_exception: object) -> None:
        # A failed reader broke the pipe and so ended the process: its error is the one to raise.
        self.close()

    def _run(self, stream: IO[bytes]) -> None:
        with stream:
            try:
                self._read(stream)
            except BaseException as error:
                self._failure = error
