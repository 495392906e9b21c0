"""What a stage needs to know about the run it belongs to: one object, handed down.

It lives beside the tasks because they receive it; `flows.run_life` makes and ends it.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from models.redaction import redact, redact_document
from models.run import EventLevel, Run, RunEvent
from models.session import Database, ProfileSession
from models.settings import Settings
from models.storage import Storage
from models.tenant import now_utc

_logger = logging.getLogger("reelflow")

#: Progress is written at most this often; readers poll about as often.
_PROGRESS_EVERY_S = 0.5


class _ProfileLog(logging.LoggerAdapter[logging.Logger]):
    """Puts the profile in front of every line."""

    def process(self, msg: Any, kwargs: Any) -> tuple[Any, Any]:
        return f"[Profile {(self.extra or {})['profile']}] {msg}", kwargs


def profile_log(profile_id: UUID) -> logging.LoggerAdapter[logging.Logger]:
    """The log of what is done for a profile; each line begins with "[Profile <id>]"."""
    return _ProfileLog(_logger, {"profile": str(profile_id)})


@dataclass(frozen=True)
class StagePlan:
    """The stages of a kind of run and how long each usually takes, as weights."""

    weights: Mapping[str, float]

    def share(self, stage: str, done: float) -> float:
        """Progress of the whole run (0 to 1) when `done` (0 to 1) of `stage` is finished."""
        total = sum(self.weights.values())
        before = 0.0
        for name, weight in self.weights.items():
            if name == stage:
                return (before + weight * min(1.0, max(0.0, done))) / total
            before += weight
        raise KeyError(stage)


@dataclass
class _Progress:
    share: float = 0.0
    stage: str = ""
    written_at: float = field(default=-_PROGRESS_EVERY_S)


def part_of(report: Callable[[float], None], done: int, total: int) -> Callable[[float], None]:
    """Turns the share of one of `total` equal parts, `done` of which are finished, into the share of all."""
    return lambda share: report((done + share) / total)


class RunContext:
    """One run of one profile: its database session, library, work dir, log, events and progress."""

    def __init__(
        self,
        *,
        profile_id: UUID,
        run_id: UUID,
        settings: Settings,
        database: Database,
        work_dir: Path,
        stages: StagePlan,
        on_progress: Callable[[str, float], None] | None = None,
    ) -> None:
        self.profile_id = profile_id
        self.run_id = run_id
        self.settings = settings
        self.work_dir = work_dir
        self.storage = Storage(settings.storage_dir, profile_id)
        self.log = profile_log(profile_id)
        self.database = database
        self._stages = stages
        self._on_progress = on_progress
        self._progress = _Progress()
        self._progress_lock = threading.Lock()
        self._recorded: list[tuple[str, str, dict[str, Any]]] = []

    def session(self) -> AbstractContextManager[ProfileSession]:
        """A transaction that may write this profile's rows. Short: on SQLite it holds the one write lock."""
        return self.database.profile_session(self.profile_id)

    def reading(self) -> AbstractContextManager[ProfileSession]:
        """A transaction that only reads, and waits for nobody."""
        return self.database.profile_session(self.profile_id, read_only=True)

    def folder(self, *parts: str) -> Path:
        """A folder inside the work dir, made when missing."""
        folder = self.work_dir.joinpath(*parts)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def enter(self, stage: str) -> None:
        """Says that a stage begins."""
        self.log.info("%s", stage)
        self._advance(stage, 0.0, always=True)

    def progress(self, stage: str) -> Callable[[float], None]:
        """A function that takes the finished share of `stage`, for whoever does the work."""
        return lambda done: self._advance(stage, done)

    def tell(self, code: str, message: str, **numbers: Any) -> None:
        """Records what the user may want to know: a stage's result, something reused."""
        self._record(EventLevel.INFO, code, message, numbers)

    def warn(self, code: str, message: str, **numbers: Any) -> None:
        """Records a degradation: what was asked for and not given, with its numbers."""
        self._record(EventLevel.WARNING, code, message, numbers)

    def _record(self, level: EventLevel, code: str, message: str, numbers: dict[str, Any]) -> None:
        # Once is enough: a draft, each final and a second attempt find the same.
        if (code, message, numbers) in self._recorded:
            return
        self._recorded.append((code, message, numbers))
        self.log.log(logging.WARNING if level is EventLevel.WARNING else logging.INFO, "%s", message)
        with self.session() as session:
            session.add(
                RunEvent(
                    profile_id=self.profile_id,
                    run_id=self.run_id,
                    level=level,
                    stage=self._progress.stage,
                    code=code,
                    message=redact(message),
                    numbers=redact_document(numbers),
                )
            )

    def _advance(self, stage: str, done: float, *, always: bool = False) -> None:
        with self._progress_lock:
            # Never backwards: stages of several clips interleave, and several threads report.
            share = max(self._progress.share, self._stages.share(stage, done))
            now = time.monotonic()
            if not always and now - self._progress.written_at < _PROGRESS_EVERY_S:
                return
            is_first = not self._progress.stage
            self._progress = _Progress(share, stage, now)
            with self.session() as session:
                run = session.require(Run, self.run_id)
                run.stage = stage
                run.progress = share
                if always:
                    run.planned_stages = list(self._stages.weights)
                    entered = {"stage": stage, "at": now_utc().isoformat()}
                    run.entered_stages = [*([] if is_first else run.entered_stages), entered]
            if self._on_progress:
                self._on_progress(stage, share)
