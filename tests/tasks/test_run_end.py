"""How runs end: their last state is never overwritten, and their project is left as what it is."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from models.clip import Clip
from models.profiles import create_profile
from models.project import Project, ProjectState
from models.run import Run, RunState
from models.session import Database, open_database
from models.settings import Settings
from models.work_dir import open_work_dir
from tasks.run_end import end_killed_runs, end_run


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(Settings(home=tmp_path)) as opened:
        yield opened


@pytest.fixture
def profile_id(database: Database) -> UUID:
    return create_profile(database, "Meadow").id


@pytest.fixture
def project_id(database: Database, profile_id: UUID) -> UUID:
    with database.profile_session(profile_id) as session:
        project = Project(profile_id=profile_id, name="Tea", state=ProjectState.GENERATING)
        session.add(project)
    return project.id


def start(
    database: Database, profile_id: UUID, project_id: UUID | None, state: RunState = RunState.RUNNING
) -> UUID:
    with database.profile_session(profile_id) as session:
        run = Run(profile_id=profile_id, kind="make_reels", state=state, progress=0.5, project_id=project_id)
        session.add(run)
    return run.id


def end(database: Database, profile_id: UUID, run_id: UUID, state: RunState, error: str | None = None) -> Run:
    with database.profile_session(profile_id) as session:
        run = session.require(Run, run_id)
        end_run(session, run, state, error)
    return run


def project_state(database: Database, profile_id: UUID, project_id: UUID) -> ProjectState:
    with database.profile_session(profile_id, read_only=True) as session:
        return session.require(Project, project_id).state


def add_clip(
    database: Database, profile_id: UUID, project_id: UUID, run_id: UUID, *, has_draft: bool = True
) -> None:
    with database.profile_session(profile_id) as session:
        session.add(
            Clip(
                profile_id=profile_id,
                project_id=project_id,
                run_id=run_id,
                variant=1,
                name="Variant 1",
                edit={"cuts": []},
                duration_s=3.0,
                seed=1,
                draft_key="drafts/1.mp4" if has_draft else None,
            )
        )


@pytest.mark.parametrize(
    ("state", "clip", "expected"),
    [
        (RunState.COMPLETED, "cut", ProjectState.READY),
        (RunState.FAILED, "cut", ProjectState.READY),
        (RunState.CANCELLED, "cut", ProjectState.READY),
        (RunState.FAILED, "planned", ProjectState.FAILED),
        (RunState.CANCELLED, "planned", ProjectState.DRAFT),
        (RunState.FAILED, None, ProjectState.FAILED),
        (RunState.CANCELLED, None, ProjectState.DRAFT),  # pitfall 10
    ],
)
def test_a_project_is_left_as_what_it_is(
    state: RunState,
    clip: str | None,
    expected: ProjectState,
    database: Database,
    profile_id: UUID,
    project_id: UUID,
) -> None:
    run_id = start(database, profile_id, project_id)
    if clip:
        add_clip(database, profile_id, project_id, run_id, has_draft=clip == "cut")

    end(database, profile_id, run_id, state)

    assert project_state(database, profile_id, project_id) is expected


def test_the_last_of_several_runs_settles_the_project(
    database: Database, profile_id: UUID, project_id: UUID
) -> None:
    first, second = (start(database, profile_id, project_id) for _ in range(2))
    add_clip(database, profile_id, project_id, first)

    end(database, profile_id, second, RunState.FAILED, "No.")
    assert project_state(database, profile_id, project_id) is ProjectState.GENERATING
    end(database, profile_id, first, RunState.COMPLETED)
    assert project_state(database, profile_id, project_id) is ProjectState.READY


def test_a_last_state_is_never_overwritten(database: Database, profile_id: UUID) -> None:  # pitfall 11
    run_id = start(database, profile_id, None)
    end(database, profile_id, run_id, RunState.CANCELLED, "The run was stopped.")

    run = end(database, profile_id, run_id, RunState.COMPLETED)

    assert (run.state, run.error, run.progress) == (RunState.CANCELLED, "The run was stopped.", 0.5)


def test_a_completed_run_is_done_entirely(database: Database, profile_id: UUID) -> None:
    run = end(database, profile_id, start(database, profile_id, None), RunState.COMPLETED)

    assert (run.progress, run.error) == (1.0, None)
    assert run.finished_at is not None


def test_only_runs_whose_work_dir_nobody_holds_are_dead(
    database: Database, profile_id: UUID, project_id: UUID
) -> None:  # pitfall 3
    settings = database.settings
    killed, live, elsewhere = (start(database, profile_id, project_id) for _ in range(3))
    done = start(database, profile_id, project_id, RunState.COMPLETED)
    for run_id in (killed, done, uuid4()):
        (settings.work_dir / str(profile_id) / str(run_id)).mkdir(parents=True)

    with open_work_dir(settings, profile_id, live):
        assert end_killed_runs(database, profile_id) == [killed]
        assert end_killed_runs(database, profile_id) == [], "a dead run is found once"

    with database.profile_session(profile_id, read_only=True) as session:
        states = {run_id: session.require(Run, run_id).state for run_id in (killed, live, elsewhere, done)}
    assert states == {
        killed: RunState.FAILED,
        live: RunState.RUNNING,
        elsewhere: RunState.RUNNING,
        done: RunState.COMPLETED,
    }
    assert project_state(database, profile_id, project_id) is ProjectState.GENERATING


def test_another_profiles_runs_are_left_alone(database: Database, profile_id: UUID) -> None:
    rival = create_profile(database, "Rival").id
    theirs = start(database, rival, None)
    work_dir = database.settings.work_dir / str(rival) / str(theirs)
    work_dir.mkdir(parents=True)

    assert end_killed_runs(database, profile_id) == []

    assert work_dir.is_dir()
