"""A database in a folder of its own, two profiles, and one row of everything for each."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from models.budget import set_budget
from models.ledger import ReservationState
from models.profile import Profile
from models.profiles import create_profile, find_profile
from models.run import EventLevel, RunState
from models.session import Database, open_database
from models.settings import Settings
from models.tables import (
    BudgetMonth,
    Clip,
    CostEntry,
    Export,
    Footage,
    ProfileSecret,
    Project,
    ProjectFootage,
    RemovedFile,
    Reservation,
    Run,
    RunEvent,
    Segment,
    StoredAnalysis,
    StoredTranscript,
    TenantModel,
    VoiceOver,
)
from tests.models.budgets import AT
from tests.models.shelf import Shelf, stock

Ids = dict[type[TenantModel], UUID]


@dataclass(frozen=True)
class Rows:
    """Ids of what one profile owns."""

    profile: Profile
    ids: Ids

    @property
    def profile_id(self) -> UUID:
        return self.profile.id

    def __getitem__(self, model: type[TenantModel]) -> UUID:
        return self.ids[model]


def fill(database: Database, profile: Profile) -> Ids:
    """Gives a profile one row of every table."""
    run = Run(kind="make_reels", state=RunState.COMPLETED)
    project = Project(name="Spring")
    footage = Footage(
        name="mug.mp4",
        sha256="a" * 64,
        storage_key="footage",
        bytes=1,
        duration_s=9.0,
        width=1920,
        height=1080,
        fps=30.0,
        has_audio=False,
        probe={},
    )
    clip = Clip(
        project_id=project.id,
        run_id=run.id,
        variant=1,
        name=f"secret of {profile.slug}",
        edit={"cuts": []},
        duration_s=9.0,
        seed=1,
    )
    rows: list[TenantModel] = [
        run,
        project,
        footage,
        clip,
        ProfileSecret(name="gemini", sealed="sealed"),
        RemovedFile(storage_key="gone"),
        ProjectFootage(project_id=project.id, footage_id=footage.id),
        Segment(footage_id=footage.id, start_s=0.0, end_s=2.0),
        RunEvent(run_id=run.id, level=EventLevel.INFO, code="done", message="Done."),
        VoiceOver(
            fingerprint="b" * 64,
            provider="offline",
            model="espeak",
            voice="en-us",
            text="Hello",
            characters=5,
            storage_key="voice",
            duration_s=1.0,
            words=[],
        ),
        StoredAnalysis(
            fingerprint="d" * 64, provider="gemini", model="gemini-3.5-flash-lite", verdicts=[], problems=[]
        ),
        StoredTranscript(
            fingerprint="e" * 64,
            footage_sha256=footage.sha256,
            provider="elevenlabs",
            model="scribe_v1",
            audio_s=9.0,
        ),
        Export(
            clip_id=clip.id,
            run_id=run.id,
            preset="reels",
            fingerprint="c" * 64,
            storage_key="export",
            bytes=1,
            width=1080,
            height=1920,
            fps=30.0,
            duration_s=9.0,
            integrated_lufs=None,
            true_peak_dbtp=None,
            quality={},
            manifest={},
        ),
        BudgetMonth(month="2026-11", limit_micro_usd=1_000, spent_micro_usd=7),
        Reservation(
            idempotency_key="k:1",
            fingerprint="k",
            month="2026-11",
            state=ReservationState.SETTLED,
            amount_micro_usd=9,
            expires_at=datetime(2026, 11, 20, tzinfo=UTC),
            provider="offline",
            model="espeak",
            operation="speech",
        ),
        CostEntry(
            idempotency_key="k",
            month="2026-11",
            clip_id=clip.id,
            project_id=project.id,
            provider="offline",
            model="espeak",
            operation="speech",
            amount_micro_usd=7,
        ),
    ]
    with database.profile_session(profile.id) as session:
        for row in rows:
            session.add(row)
            session.flush()
    return {type(row): row.id for row in rows}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture(scope="session")
def filled_database(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Ids]]:
    """One with the profiles `ours` (the default) and `theirs`, each with one row of every table."""
    home = tmp_path_factory.mktemp("filled")
    with open_database(Settings(home=home)) as database:
        ids = {name: fill(database, create_profile(database, name)) for name in ("ours", "theirs")}
    return home / "reelflow.db", ids


@pytest.fixture
def database(
    request: pytest.FixtureRequest,
    settings: Settings,
    empty_database: Path,
    filled_database: tuple[Path, dict[str, Ids]],
) -> Iterator[Database]:
    """Empty, unless the test also asks for `ours` or `theirs`: then both are there."""
    is_filled = not {"ours", "theirs"}.isdisjoint(request.fixturenames)
    settings.home_dir.mkdir()
    shutil.copyfile(filled_database[0] if is_filled else empty_database, settings.home_dir / "reelflow.db")
    with open_database(settings) as opened:
        yield opened


@pytest.fixture
def ours(database: Database, filled_database: tuple[Path, dict[str, Ids]]) -> Rows:
    return Rows(find_profile(database, "ours"), filled_database[1]["ours"])


@pytest.fixture
def theirs(database: Database, filled_database: tuple[Path, dict[str, Ids]]) -> Rows:
    return Rows(find_profile(database, "theirs"), filled_database[1]["theirs"])


@pytest.fixture
def unknown_id() -> UUID:
    return uuid4()


@pytest.fixture
def shelf(database: Database) -> Shelf:
    """The profile Acme with a project: footage, segments, a clip with its draft and a final."""
    return stock(database)


@pytest.fixture
def shop(database: Database) -> Profile:
    """A profile with a budget of 100 micro-USD."""
    profile = create_profile(database, "Mugs")
    set_budget(database, profile.id, 100, at=AT)
    return profile
