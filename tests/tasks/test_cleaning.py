"""What is cleared away of a profile, and what never is."""

import os
import time
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from models.brand import LOGO_SUFFIX, LOGOS, Brand, store_brand
from models.clip import Clip
from models.deliveries import KEPT
from models.edit import Cut, Edit, LogoFile, Overlays
from models.footage import Footage
from models.project import Project
from models.run import Run, RunState
from models.storage import Storage
from models.work_dir import look_at_work_dirs
from tasks.cleaning import clean_profile
from tasks.leftovers import OLD_S, remove_orphans
from tasks.run_context import RunContext

OLD = time.time() - 2 * OLD_S


def put(storage: Storage, kind: str, item_id: UUID, suffix: str = ".mp4", *, at: float = OLD) -> Path:
    path = storage.path(storage.key_for(kind, item_id, suffix))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"12345")
    os.utime(path, (at, at))
    return path


@pytest.fixture
def named(run: RunContext) -> list[Path]:
    """Files that rows name."""
    with run.session() as session:
        project = Project(profile_id=run.profile_id, name="Tea")
        footage = Footage(
            profile_id=run.profile_id,
            name="tea.mp4",
            sha256="0" * 64,
            storage_key="",
            bytes=5,
            duration_s=8.0,
            width=320,
            height=240,
            fps=30.0,
            has_audio=True,
            probe={},
        )
        footage.storage_key = run.storage.key_for("footage", footage.id, ".mp4")
        session.add_all([project, footage])
        session.flush()
        clip = Clip(
            profile_id=run.profile_id,
            project_id=project.id,
            run_id=run.run_id,
            variant=1,
            name="Variant 1",
            edit={},
            duration_s=8.0,
            seed=1,
        )
        clip.draft_key = run.storage.key_for("drafts", clip.id, ".mp4")
        session.add(clip)
    return [
        put(run.storage, "footage", footage.id),
        put(run.storage, "footage", footage.id, "-poster.jpg"),
        put(run.storage, "drafts", clip.id),
    ]


def test_only_old_files_without_a_row_go(run: RunContext, named: list[Path]) -> None:
    orphans = [put(run.storage, kind, uuid4()) for kind in ("footage", "drafts", "exports", "voice")]
    young = put(run.storage, "exports", uuid4(), at=time.time())
    unknown = put(run.storage, "others", uuid4(), ".png")

    removed = remove_orphans(run.database, run.profile_id)

    assert (removed.files, removed.bytes) == (len(orphans), 5 * len(orphans))
    assert not [path for path in orphans if path.exists()]
    assert all(path.exists() for path in [*named, young, unknown])


def test_archives_go_when_they_were_kept_long_enough(run: RunContext, named: list[Path]) -> None:
    kept_s = KEPT.total_seconds()
    past, lately = time.time() - kept_s - 60, time.time() - kept_s + 3600
    expired = put(run.storage, "deliveries", uuid4(), ".zip", at=past)
    kept = put(run.storage, "deliveries", uuid4(), ".zip", at=lately)
    orphan = put(run.storage, "stills", uuid4(), at=past)

    cleaned = clean_profile(run.database, run.profile_id)

    assert (cleaned.archives, cleaned.files, cleaned.bytes) == (1, 1, 10)
    assert [path.exists() for path in (expired, kept, orphan)] == [False, True, False]
    assert all(path.exists() for path in named)


def test_cleaning_ends_dead_runs_and_leaves_live_ones(run: RunContext, named: list[Path]) -> None:
    dead = uuid4()
    with run.session() as session:
        session.add(Run(profile_id=run.profile_id, id=dead, kind="make_reels", state=RunState.RUNNING))
    (run.work_dir.parent / str(dead)).mkdir()
    upload = run.settings.upload_dir / str(run.profile_id) / str(uuid4())
    upload.mkdir(parents=True)
    os.utime(upload, (OLD, OLD))
    assert look_at_work_dirs(run.settings, run.profile_id) == {dead: False, run.run_id: True}

    cleaned = clean_profile(run.database, run.profile_id)

    assert (cleaned.killed_runs, cleaned.uploads, cleaned.files) == (1, 1, 0)
    assert cleaned.ledger_mismatches == 0
    assert look_at_work_dirs(run.settings, run.profile_id) == {run.run_id: True}
    assert not upload.exists()
    with run.reading() as session:
        assert session.require(Run, dead).state is RunState.FAILED
        assert session.require(Run, run.run_id).state is RunState.RUNNING


def test_logos_that_a_brand_kit_or_a_clip_shows_stay(run: RunContext, named: list[Path]) -> None:
    of_kit, of_clip, of_nobody = (uuid4() for _ in range(3))
    paths = [put(run.storage, LOGOS, logo_id, LOGO_SUFFIX) for logo_id in (of_kit, of_clip, of_nobody)]
    card = put(run.storage, "cards", uuid4(), ".nut")
    used = put(run.storage, "cards", uuid4(), ".nut", at=time.time())
    with run.session() as session:
        store_brand(session, Brand(logo_key=run.storage.key_for(LOGOS, of_kit, LOGO_SUFFIX)))
        edit = Edit(
            cuts=(Cut(footage_id=uuid4(), start_s=0, end_s=1),),
            overlays=Overlays(logo=LogoFile(id=of_clip, sha256="0" * 64), corner="top left"),
        )
        session.exec(select(Clip)).one().edit = edit.model_dump(mode="json")

    remove_orphans(run.database, run.profile_id)

    assert [path.exists() for path in (*paths, card, used)] == [True, True, False, False, True]
    assert all(path.exists() for path in named)
