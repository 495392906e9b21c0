"""One project with its footage and two clips, made once; each test gets a copy of its home."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from models.profiles import create_profile
from models.project_changes import create_project
from tests.conftest import ODD_NAME
from tests.program import Reelflow


@dataclass(frozen=True)
class TeaProject:
    """Two films, eight scenes of 2.5 s in all, and two clips of 2 s with square drafts."""

    reelflow: Reelflow
    profile_id: UUID
    project_id: UUID
    clip_ids: list[UUID]


@pytest.fixture(scope="session")
def first_tea(
    tmp_path_factory: pytest.TempPathFactory, prefect_api: str, films: dict[str, Path]
) -> TeaProject:
    reelflow = Reelflow(tmp_path_factory.mktemp("tea") / ODD_NAME, prefect_api)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELFLOW_HOME", str(reelflow.home))
        from flows.generate_clips import generate_clips
        from flows.import_footage import import_footage

        with reelflow.database() as database:
            profile_id = create_profile(database, "Meadow").id
            with database.profile_session(profile_id) as session:
                project_id = create_project(session, "Spring [tea]: 100%", target_duration_s=2.0).id
        import_footage(profile_id, [films["tea"], films["other tea"]], project_id=project_id)
        made = generate_clips(profile_id, project_id, variants=2, preset="square")
    return TeaProject(reelflow, profile_id, project_id, made.clip_ids)


@pytest.fixture
def tea(first_tea: TeaProject, reelflow: Reelflow) -> TeaProject:
    """A copy of that home, for a test that changes something."""
    shutil.copytree(first_tea.reelflow.home, reelflow.home)
    return TeaProject(reelflow, first_tea.profile_id, first_tea.project_id, first_tea.clip_ids)
