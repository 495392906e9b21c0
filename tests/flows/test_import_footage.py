"""Files into the library, looked through at once, and gone from where they were when that is wished."""

import shutil
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from models.errors import BadInput, MediaToolFailed, NotFound, UnusableFootage
from models.footage import Footage, Segment
from models.profiles import create_profile
from models.project import Project, ProjectFootage
from models.project_changes import create_project
from models.run import Run, RunState
from tests.flows.panel_flows import events, look
from tests.program import Reelflow

pytestmark = pytest.mark.slow


@pytest.fixture
def profile_id(reelflow: Reelflow) -> UUID:
    with reelflow.database() as database:
        return create_profile(database, "Meadow").id


@pytest.fixture
def project_id(reelflow: Reelflow, profile_id: UUID) -> UUID:
    with reelflow.database() as database, database.profile_session(profile_id) as session:
        return create_project(session, "Tea").id


def upload(reelflow: Reelflow, profile_id: UUID, film: Path) -> Path:
    path = reelflow.settings.upload_dir / str(profile_id) / str(uuid4()) / film.name
    path.parent.mkdir(parents=True)
    return Path(shutil.copyfile(film, path))


def test_uploads_become_footage_with_pictures_and_segments(
    reelflow: Reelflow, profile_id: UUID, project_id: UUID, films: dict[str, Path], tmp_path: Path
) -> None:
    from flows.import_footage import import_footage

    # given two uploads, one of them twice, and one that is no video
    files = [upload(reelflow, profile_id, films[name]) for name in ("tea", "cup", "tea")]
    (tmp_path / "list.mp4").write_text("tea, cups, a box")
    # when they are imported for a project, and are to be removed where they are
    done = import_footage(
        profile_id, [files[0], tmp_path / "list.mp4", *files[1:]], project_id=project_id, remove_source=True
    )
    # then the project has both in order, each looked through
    tea, cup, again = done.imported
    assert (tea.is_known, cup.is_known, again.is_known) == (False, False, True)
    assert again.footage_id == tea.footage_id
    assigned = look(
        reelflow,
        profile_id,
        lambda s: s.exec(select(ProjectFootage.footage_id).order_by(ProjectFootage.position)).all(),
    )
    assert assigned == [tea.footage_id, cup.footage_id]
    storage = reelflow.storage("meadow")
    for footage in look(reelflow, profile_id, lambda s: s.exec(select(Footage)).all()):
        assert storage.has(footage.poster_key or "")
        assert storage.has(footage.filmstrip_key or "")
        assert look(
            reelflow,
            profile_id,
            lambda s, of=footage.id: s.exec(select(Segment).where(Segment.footage_id == of)).all(),
        )
    # and the sources are gone but for the refused one
    assert [file.file for file in done.refused] == [str(tmp_path / "list.mp4")]
    assert (tmp_path / "list.mp4").exists()
    assert list((reelflow.settings.upload_dir / str(profile_id)).iterdir()) == []
    told = events(reelflow, profile_id, done.run_id)
    assert set(told) == {"footage_refused", "footage_known"}
    run = look(reelflow, profile_id, lambda s: s.require(Run, done.run_id))
    assert (run.state, run.progress, run.project_id) == (RunState.COMPLETED, 1.0, project_id)
    assert reelflow.work_dirs() == []


def test_a_run_that_fails_on_the_way_removes_no_source(
    reelflow: Reelflow, profile_id: UUID, films: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:  # pitfall 40
    from flows import import_footage as module

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(module, "find_segments", fail)
    waiting = upload(reelflow, profile_id, films["cup"])

    with pytest.raises(ZeroDivisionError):
        module.import_footage(profile_id, [waiting], remove_source=True)

    assert waiting.is_file()


def test_segments_that_can_t_be_found_are_told_and_the_footage_stays(
    reelflow: Reelflow, profile_id: UUID, films: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import import_footage as module

    def fail(*_: object) -> None:
        raise MediaToolFailed("measuring cup.mp4", 1, "no such filter")

    monkeypatch.setattr(module, "find_segments", fail)

    waiting = upload(reelflow, profile_id, films["cup"])

    done = module.import_footage(profile_id, [waiting])

    assert len(done.imported) == 1
    assert waiting.is_file(), "removed only when that is asked for"
    assert "making clips tries again" in events(reelflow, profile_id, done.run_id)["no_segments"].message


def test_a_run_of_refused_files_only_fails_with_all_the_reasons(
    reelflow: Reelflow, profile_id: UUID, project_id: UUID, tmp_path: Path
) -> None:
    from flows.import_footage import import_footage

    (tmp_path / "a.mp4").write_text("nothing")
    with pytest.raises(UnusableFootage, match=r"a\.mp4 can't be used"):
        import_footage(profile_id, [tmp_path / "a.mp4"])
    with pytest.raises(BadInput, match=r"None of the files can be used\. a\.mp4 .*\. b\.mp4 .*no such file"):
        import_footage(profile_id, [tmp_path / "a.mp4", tmp_path / "b.mp4"], project_id=project_id)

    assert reelflow.library() == []


def test_another_profiles_project_gets_nothing(
    reelflow: Reelflow, profile_id: UUID, project_id: UUID, films: dict[str, Path]
) -> None:  # pitfalls 18, 23
    from flows.import_footage import import_footage

    with reelflow.database() as database:
        rival_id = create_profile(database, "Rival").id

    with pytest.raises(NotFound, match="project"):
        import_footage(rival_id, [films["cup"]], project_id=project_id)

    assert reelflow.library() == []
    assert look(reelflow, profile_id, lambda s: s.exec(select(Project.id)).all()) == [project_id]
