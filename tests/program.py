"""The program as people start it: a process, its exit code, its two streams."""

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.profiles import find_profile
from models.session import Database, open_database
from models.settings import Settings
from models.storage import Storage
from ui.cli import run_command

_TIMEOUT_S = 240


@dataclass(frozen=True)
class Ended:
    """What a command left: exit code and output."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output; anything before or after it is an error."""
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document

    @property
    def sentence(self) -> str:
        """The error as it was told; exactly one line, and no traceback."""
        errors = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(errors) == 1, self.err
        assert "Traceback" not in self.err
        return errors[0].removeprefix("error: ")


class Reelflow:
    """An installation of its own.

    Args:
        home: Its REELFLOW_HOME.
        prefect_api: The server that its processes report to; None for commands in this process.
    """

    def __init__(self, home: Path, prefect_api: str | None) -> None:
        self.home = home
        self.settings = Settings(home=home)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("REELFLOW_", "PREFECT_"))}
        self.environment = {**kept, "REELFLOW_HOME": str(home)}
        if prefect_api:
            self.environment["PREFECT_API_URL"] = prefect_api

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        """Starts a command in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "ui.cli", *map(str, arguments)],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def run(self, *arguments: object) -> Ended:
        """Runs a command to its end in a process of its own."""
        return finish(self.start(*arguments))

    def call(self, *arguments: object) -> Ended:
        """Runs a command in this process; the caller has set REELFLOW_HOME."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run_command([str(argument) for argument in arguments])
        return Ended(code, out.getvalue(), err.getvalue())

    def database(self) -> Database:
        """The open database; the caller closes it."""
        return open_database(self.settings)

    def storage(self, slug: str | None = None) -> Storage:
        """A profile's library."""
        with self.database() as database:
            return Storage(self.settings.storage_dir, find_profile(database, slug).id)

    def library(self) -> list[str]:
        """Every file in the library of any profile, relative to its root."""
        return files_in(self.settings.storage_dir)

    def work_dirs(self) -> list[Path]:
        """Work dirs of runs, of any profile; hidden files are the machinery's own."""
        return [path for path in self.settings.work_dir.glob("*/*") if not path.name.startswith(".")]


def finish(process: "subprocess.Popen[str]") -> Ended:
    """Waits for a started command."""
    try:
        out, err = process.communicate(timeout=_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Ended(process.returncode, out, err)


def files_in(folder: Path) -> list[str]:
    """Files below a folder, relative to it, sorted."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
