"""A payer, a provider that keeps its own bills, and a program that kills itself in the middle of a call.

`python -m tests.tasks.paying crash HOME PROFILE FINGERPRINT POINT ...` pays for each fingerprint in a
process of its own that is killed at the point; `race HOME PROFILE FINGERPRINT COUNT` lets so many
processes ask for the same thing at once.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from sqlmodel import select

from models.budget import Purpose
from models.errors import ProviderBusy
from models.session import Database, ProfileSession, open_database
from models.settings import Settings
from models.storage import Storage
from models.voice import VoiceOver
from tasks.paid_call import Paid, Purchase, pay_once
from tasks.providers.ports import Usage

ESTIMATE, COST = 30, 20

#: Every step of a paid call after which its process may be gone. Commits: reserved, marked sent, settled.
POINTS = (
    "nothing found",
    *("before commit 1", "after commit 1", "in the queue", "before commit 2", "after commit 2"),
    *("billed", "answered", "file written", "file renamed", "row stored"),
    *("before commit 3", "after commit 3"),
)

#: Killed here, the provider was paid and nothing shows for it: the next attempt pays again.
PAID_TWICE = ("billed", "answered", "file written", "file renamed")


def nowhere(_point: str) -> None:
    """Reaches every point unharmed."""


def killed_at(wanted: str) -> Callable[[str], None]:
    """Dies at a point as by a power cut."""

    def reach(point: str) -> None:
        if point == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return reach


@dataclass
class Queue:
    """A queue in which nobody waits."""

    reach: Callable[[str], None]

    def wait(self) -> None:
        self.reach("in the queue")

    def again(self, busy: ProviderBusy) -> None:
        raise busy


@dataclass
class Shop:
    """One profile that pays for voice-overs at a provider of its own."""

    database: Database
    profile_id: UUID
    reach: Callable[[str], None] = nowhere
    slowness_s: float = 0.0
    commits: int = field(default=0, init=False)

    @property
    def settings(self) -> Settings:
        return self.database.settings

    @contextlib.contextmanager
    def session(self) -> Iterator[ProfileSession]:
        number = self.commits = self.commits + 1
        with self.database.profile_session(self.profile_id) as session:
            yield session
            self.reach(f"before commit {number}")
        self.reach(f"after commit {number}")

    @property
    def _bills(self) -> Path:
        return self.settings.home_dir / "bills.txt"

    def bills(self, fingerprint: str) -> int:
        """How often the provider was paid for it, by the provider's own books."""
        return self._bills.read_text().split().count(fingerprint) if self._bills.exists() else 0

    def bill(self, fingerprint: str) -> bytes:
        """The provider: charges, then answers."""
        with self._bills.open("a") as books:
            books.write(f"{fingerprint}\n")
            books.flush()
            os.fsync(books.fileno())
        self.reach("billed")
        time.sleep(self.slowness_s)
        return fingerprint.encode()

    def find(self, fingerprint: str) -> VoiceOver | None:
        with self.database.profile_session(self.profile_id, read_only=True) as session:
            row = session.exec(select(VoiceOver).where(VoiceOver.fingerprint == fingerprint)).first()
        if row is None:
            self.reach("nothing found")
        return row

    def store(self, fingerprint: str, answer: bytes) -> VoiceOver:
        self.reach("answered")
        storage = Storage(self.settings.storage_dir, self.profile_id)
        temp = self.settings.home_dir / f"{uuid4()}.part"
        temp.write_bytes(answer)
        self.reach("file written")
        row = VoiceOver(
            profile_id=self.profile_id,
            fingerprint=fingerprint,
            provider="elevenlabs",
            model="m",
            voice="v",
            text="Hello",
            characters=5,
            storage_key=storage.key_for("voice", uuid4(), ".wav"),
            duration_s=1.0,
            words=[],
        )
        storage.publish(temp, row.storage_key)
        self.reach("file renamed")
        with self.database.profile_session(self.profile_id) as session:
            session.add(row)
        self.reach("row stored")
        return row

    def purchase(self, fingerprint: str) -> Purchase[bytes, VoiceOver]:
        return Purchase(
            purpose=Purpose(fingerprint, "elevenlabs", "m", "speech", price_id="p"),
            estimate_micro_usd=ESTIMATE,
            find=lambda: self.find(fingerprint),
            call=lambda: self.bill(fingerprint),
            usage=lambda answer: Usage(characters=len(answer)),
            cost=lambda usage: COST if usage.characters else 0,
            store=lambda answer: self.store(fingerprint, answer),
            turn=Queue(self.reach),
        )

    def pay(self, fingerprint: str) -> Paid[VoiceOver]:
        return pay_once(self, self.purchase(fingerprint))


def _pay(home: str, profile_id: str, fingerprint: str, point: str, slowness_s: float, told: object) -> None:
    with open_database(Settings(home=Path(home))) as database:
        paid = Shop(database, UUID(profile_id), killed_at(point), slowness_s).pay(fingerprint)
        told.put((paid.is_reused, paid.cost_micro_usd))  # type: ignore[attr-defined]


def main(mode: str, home: str, profile_id: str, *rest: str) -> None:
    """Forks the processes from this one, which has everything imported, and prints what became of them."""
    context = multiprocessing.get_context("fork")
    told = context.Queue()
    if mode == "race":
        calls = [(home, profile_id, rest[0], "", 0.3, told)] * int(rest[1])
    else:
        pairs = zip(rest[::2], rest[1::2], strict=True)
        calls = [(home, profile_id, fingerprint, point, 0.0, told) for fingerprint, point in pairs]
    processes = [context.Process(target=_pay, args=call) for call in calls]
    for process in processes:
        process.start()
        if mode == "crash":
            process.join()
    for process in processes:
        process.join()
    exits = [process.exitcode for process in processes]
    answers = [told.get() for code in exits if code == 0]
    print(json.dumps({"exits": exits, "answers": answers}))


if __name__ == "__main__":
    main(*sys.argv[1:])
