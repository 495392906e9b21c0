"""An installation whose profiles buy at the fakes: each with its own keys, so that bills are told apart."""

import contextlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pytest
from pydantic import SecretStr
from sqlmodel import col, select

from models.analysis import StoredAnalysis
from models.clip import Clip, Export
from models.ledger import CostEntry, Reservation
from models.prices import PriceTable, elevenlabs_cost, gemini_cost
from models.run import Run, RunEvent
from models.secrets import set_key
from models.session import ProfileSession
from models.tenant import now_utc
from models.voice import VoiceOver
from tasks.media.ffmpeg import run as run_ffmpeg
from tests.conftest import ODD_NAME
from tests.fakes import FakeElevenLabs, FakeGemini, FakeServer, Seen
from tests.program import Ended, Reelflow

VOICE_ID = "21m00Tcm4TlvDq8ikWAM"
VOICE_MODEL = "eleven_multilingual_v2"
GEMINI_MODEL = "gemini-3.5-flash-lite"

PAID = ("--analyser", "gemini", "--voice-provider", "elevenlabs", "--voice", VOICE_ID)

SCRIPT = "Fresh tea for you, today!"


@dataclass
class Shop:
    """The installation, what it buys from, and everything it ever said."""

    reelflow: Reelflow
    gemini: FakeGemini
    elevenlabs: FakeElevenLabs
    film: Path
    said: list[str] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)

    def call(self, *arguments: object) -> Ended:
        """Runs a command in this process and remembers its output."""
        return self.heard(self.reelflow.call(*arguments))

    def heard(self, ended: Ended) -> Ended:
        """Remembers a command's output."""
        self.said += [ended.out, ended.err]
        return ended

    def brand(self, slug: str, *options: str) -> "Brand":
        """A new profile with keys that both services accept."""
        added = self.call("profile", "add", slug, "--json").document
        brand = Brand(self, slug, UUID(added["profile_id"]))
        for server in (self.gemini, self.elevenlabs):
            key = f"{server.name}-of-{slug}-{uuid.uuid4().hex}"
            server.keys += (key,)
            brand.set_key(server, key)
        if options:
            ended = self.call("profile", "set", slug, *options)
            assert ended.code == 0, ended.err
        return brand


@contextlib.contextmanager
def open_shop(folder: Path, prefect_api: str, film: Path) -> Iterator[Shop]:
    """An installation of its own in `folder`, whose retries don't wait."""
    from tasks.analysis import score_segments
    from tasks.voice import speak_script

    with FakeGemini() as gemini, FakeElevenLabs() as elevenlabs, pytest.MonkeyPatch.context() as patch:
        reelflow = Reelflow(folder / ODD_NAME, prefect_api)
        own = {
            "REELFLOW_HOME": str(reelflow.home),
            "REELFLOW_GEMINI_BASE_URL": gemini.base_url,
            "REELFLOW_ELEVENLABS_BASE_URL": elevenlabs.base_url,
        }
        reelflow.environment.update(own)
        for name, value in own.items():
            patch.setenv(name, value)
        patch.delenv("REELFLOW_PROFILE", raising=False)
        for module in ("making", "clips"):
            patch.setattr(f"ui.commands.{module}.prefect_ready", lambda _: contextlib.nullcontext())
        for task in (score_segments, speak_script):
            patch.setattr(task, "retry_delay_seconds", 0)
        yield Shop(reelflow, gemini, elevenlabs, film)


@dataclass
class Brand:
    """One profile of the shop."""

    shop: Shop
    slug: str
    id: UUID
    keys: dict[str, str] = field(default_factory=dict)

    def set_key(self, server: FakeServer, key: str) -> None:
        """Gives the profile a key, whether or not the service knows it."""
        self.keys[server.name] = self.shop.secrets[f"{server.name} key of {self.slug}"] = key
        with self.shop.reelflow.database() as database:
            set_key(database, self.id, server.name, SecretStr(key))

    def wishes(self, *, script: str = SCRIPT, variants: int = 1) -> tuple[object, ...]:
        """A command line for the same small reels every time."""
        return (
            *("make", self.shop.film, "--profile", self.slug, "--project", "Tea", "--script", script),
            *("--variants", variants, "--preset", "square", "--seed", 1, "--json"),
        )

    def make(self, *, script: str = SCRIPT, variants: int = 1) -> Ended:
        """Makes reels."""
        return self.shop.call(*self.wishes(script=script, variants=variants))

    def made(self, *, script: str = SCRIPT, variants: int = 1) -> dict[str, Any]:
        """Makes reels, which must succeed."""
        ended = self.make(script=script, variants=variants)
        assert ended.code == 0, ended.err
        return ended.document

    def look(self, question: Callable[[ProfileSession], Any]) -> Any:
        """Asks the database."""
        with (
            self.shop.reelflow.database() as database,
            database.profile_session(self.id, read_only=True) as session,
        ):
            return question(session)

    def rows(self, model: type[Any]) -> list[Any]:
        """All rows of a table, the oldest first."""
        return list(self.look(lambda s: s.exec(select(model).order_by(col(model.created_at))).all()))

    def events(self, run_id: str) -> dict[str, RunEvent]:
        """Events of a run by code."""
        return {event.code: event for event in self.rows(RunEvent) if event.run_id == UUID(run_id)}

    def last_run(self) -> Run:
        """The newest run."""
        run: Run = self.rows(Run)[-1]
        return run

    def manifest(self, made: dict[str, Any]) -> dict[str, Any]:
        """Manifest of the first export of what was made."""
        export_id = UUID(made["clips"][0]["exports"][0]["export_id"])
        manifest: dict[str, Any] = self.look(lambda s: s.require(Export, export_id).manifest)
        return manifest

    def edit(self, made: dict[str, Any]) -> dict[str, Any]:
        """Edit of the first clip of what was made."""
        clip_id = UUID(made["clips"][0]["clip_id"])
        edit: dict[str, Any] = self.look(lambda s: s.require(Clip, clip_id).edit)
        return edit

    def asked(self, server: FakeServer) -> list[Seen]:
        """Paid requests with this profile's key, refused ones too."""
        return [seen for seen in server.paid_requests() if seen.key == self.keys[server.name]]

    @property
    def calls(self) -> int:
        """How often anything was asked of any service with this profile's keys."""
        servers = (self.shop.gemini, self.shop.elevenlabs)
        return sum(seen.key == self.keys[server.name] for server in servers for seen in server.seen)

    def bill_micro_usd(self) -> dict[str, int]:
        """What the services themselves would charge, by provider."""
        table, today = PriceTable.load(), now_utc().date()
        gemini, spoken = self.shop.gemini, self.shop.elevenlabs
        price = table.price_for("gemini", GEMINI_MODEL, today)
        voice_price = table.price_for("elevenlabs", VOICE_MODEL, today)
        return {
            "gemini": sum(
                gemini_cost(price, **charge.units)
                for charge in gemini.bill
                if charge.key == self.keys["gemini"]
            ),
            "elevenlabs": sum(
                elevenlabs_cost(voice_price, characters=charge.units["characters"])
                for charge in spoken.bill
                if charge.key == self.keys["elevenlabs"]
            ),
        }

    def booked_micro_usd(self) -> dict[str, int]:
        """What the ledger says, by provider."""
        booked = {"gemini": 0, "elevenlabs": 0}
        for line in self.rows(CostEntry):
            booked[line.provider] += line.amount_micro_usd
        return booked

    def bought(self) -> list[Any]:
        """Everything that was ever paid for and kept, and every line and reservation for it."""
        return [
            row for model in (VoiceOver, StoredAnalysis, Reservation, CostEntry) for row in self.rows(model)
        ]


def samples(path: Path, *, rate: int) -> npt.NDArray[np.float64]:
    """The sound of a file, one channel."""
    out = bytearray()
    run_ffmpeg(
        ["-i", path.name, "-vn", "-ac", "1", "-ar", str(rate), "-f", "s16le", "pipe:1"],
        doing="reading sound",
        timeout_s=60,
        cwd=path.parent,
        on_output=out.extend,
    )
    return np.frombuffer(bytes(out), dtype="<i2").astype(np.float64)


def found_at(needle: npt.NDArray[np.float64], haystack: npt.NDArray[np.float64]) -> int:
    """Where in a sound another is heard, as a number of samples."""
    size = 1 << (len(needle) + len(haystack)).bit_length()
    spectrum = np.fft.rfft(haystack, size) * np.conj(np.fft.rfft(needle, size))
    return int(np.argmax(np.fft.irfft(spectrum, size)[: len(haystack)]))


def cue_starts_s(srt: Path) -> list[float]:
    """When each caption of a file begins."""
    starts = [line.split(" --> ")[0] for line in srt.read_text().splitlines() if " --> " in line]
    return [
        int(hours) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
        for hours, minutes, seconds in (start.split(":") for start in starts)
    ]
