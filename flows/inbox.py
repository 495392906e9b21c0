"""Scheduled: new, complete files in a profile's inbox become reels, each project by a run of its own.

What was taken is told by where it lies, and the run's id is made of the content: a crash at any step is
made good by the next look, which never makes the same reels twice.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

from filelock import FileLock, Timeout
from prefect import flow
from prefect.runtime import flow_run
from pydantic import BaseModel

from flows.own_history import tidy_own_runs
from flows.run_life import run_name
from flows.run_start import start_run
from models.errors import BadInput
from models.limits import check_max_cost
from models.profile import Profile
from models.redaction import errors_redacted, install_redaction
from models.run import FINAL_STATES, Run, RunState
from models.session import Database, open_database
from models.settings import load_settings
from tasks.inbox_folder import (
    InboxItem,
    check_item,
    content_key,
    find_items,
    is_complete,
    put_away,
    read_script,
    take,
    taken_items,
)
from tasks.media.probe import probe
from tasks.policies import task_runner
from tasks.run_context import profile_log

#: Largest seed; what fits into every number that a seed passes through.
_SEEDS = 2**31

_VARIANTS = 3


class InboxLook(BaseModel):
    """What one look at an inbox came to; projects by name."""

    started: list[str] = []
    """Reels are being made of these."""
    done: list[str] = []
    """These have gone to `done/`."""
    refused: list[str] = []
    """These have gone to `refused/`."""


def _name() -> str:
    return run_name(flow_run.parameters["profile_id"], "watch the inbox")


@flow(name="watch_inbox", flow_run_name=_name, task_runner=task_runner())
def watch_inbox(profile_id: UUID, max_cost_micro_usd: int | None = None) -> InboxLook:
    """Makes reels of what lies complete in a profile's inbox.

    Args:
        profile_id: Whose inbox.
        max_cost_micro_usd: Most that each of the runs may cost; the month's budget alone decides when None.

    Raises:
        NotFound: there is no such profile.
        BadInput: the inbox can't be read, or no such amount.
    """
    install_redaction()
    check_max_cost(max_cost_micro_usd)
    with errors_redacted(), open_database(load_settings()) as database:
        tidy_own_runs()
        with database.profile_session(profile_id, read_only=True) as session:
            profile = session.profile
        return look_into_inbox(database, profile, max_cost_micro_usd=max_cost_micro_usd)


def look_into_inbox(
    database: Database, profile: Profile, *, max_cost_micro_usd: int | None = None
) -> InboxLook:
    """One look: what is finished with is put away, what is new and complete is taken and started.

    Does nothing while another process looks into the same inbox.
    """
    inbox = database.settings.inbox_dir(profile.slug)
    inbox.mkdir(parents=True, exist_ok=True)
    watch = _Watch(database, profile, inbox, max_cost_micro_usd, InboxLook())
    try:
        with FileLock(inbox / ".watcher.lock", timeout=0):
            for run_id, item in taken_items(inbox).items():
                watch.follow(run_id, item)
            now_s = time.time()
            for item in find_items(inbox):
                if is_complete(item, now_s):
                    watch.accept(item)
    except Timeout:
        profile_log(profile.id).info("another process looks into the inbox")
    return watch.seen


@dataclass(frozen=True)
class _Watch:
    """One look at one inbox, by whoever holds its lock."""

    database: Database
    profile: Profile
    inbox: Path
    max_cost_micro_usd: int | None
    seen: InboxLook

    def accept(self, item: InboxItem) -> None:
        """Takes a new item and has its reels made, unless that is done or under way already."""
        try:
            check_item(item)
            for film in item.films:
                probe(film)
            run_id, earlier = self._find_run(content_key(item))
        except BadInput as error:
            self._refuse(item, str(error))
            return
        except OSError as error:
            self._refuse(item, f"{item.path.name} can't be read: {error.strerror}.")
            return
        if earlier is RunState.COMPLETED:
            profile_log(self.profile.id).info("%s was made into reels before: reused", item.project)
            self._finish(item)
        elif earlier is None:
            take(item, self.inbox, run_id)
            self.follow(run_id, taken_items(self.inbox)[run_id])
        # Otherwise the same content is at work: its end decides what becomes of this one.

    def follow(self, run_id: UUID, item: InboxItem) -> None:
        """Brings a taken item a step further: started, or put away when its project exists or never will."""
        with self.database.profile_session(self.profile.id, read_only=True) as session:
            run = session.get(Run, (self.profile.id, run_id))
        if run is None or (run.state is RunState.PENDING and run.prefect_flow_run_id is None):
            self._start(run_id, item)
        elif run.project_id is not None or run.state is RunState.COMPLETED:
            self._finish(item, run_id)
        elif run.state in FINAL_STATES:
            self._refuse(item, run.error or "The run ended before it began.", run_id)

    def _start(self, run_id: UUID, item: InboxItem) -> None:
        start_run(
            self.database,
            self.profile,
            "make_reels",
            {
                "files": [str(film) for film in item.films],
                "project": item.project,
                "script": read_script(item),
                "variants": _VARIANTS,
                "seed": run_id.int % _SEEDS,
            },
            run_id=run_id,
            title=f"make {_VARIANTS} reels",
            max_cost_micro_usd=self.max_cost_micro_usd,
        )
        self.seen.started.append(item.project)

    def _find_run(self, key: str) -> tuple[UUID, RunState | None]:
        """The run that made, makes or is to make this content; a failed one is followed by another."""
        attempt = 1
        with self.database.profile_session(self.profile.id, read_only=True) as session:
            while True:
                run_id = uuid5(self.profile.id, f"inbox:{key}:{attempt}")
                run = session.get(Run, (self.profile.id, run_id))
                if run is None or run.state not in (RunState.FAILED, RunState.CANCELLED):
                    return run_id, run.state if run else None
                attempt += 1

    def _finish(self, item: InboxItem, run_id: UUID | None = None) -> None:
        put_away(item, self.inbox, run_id)
        self.seen.done.append(item.project)

    def _refuse(self, item: InboxItem, why: str, run_id: UUID | None = None) -> None:
        put_away(item, self.inbox, run_id, refused=why)
        profile_log(self.profile.id).warning("%s was refused: %s", item.path.name, why)
        self.seen.refused.append(item.project)
