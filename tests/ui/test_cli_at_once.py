"""Several people at the same moment: in two profiles, and in one."""

import shutil
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from models.clip import Clip
from models.edit import Edit
from models.footage import Footage, Segment
from models.project import Project, ProjectState
from models.run import Run
from models.tables import TENANT_TABLES
from tests.program import Reelflow, finish

pytestmark = pytest.mark.slow

WISHES = ("--variants", 2, "--duration", 3, "--preset", "square", "--json")


def test_two_profiles_with_equally_named_films(
    reelflow: Reelflow, films: dict[str, Path], tmp_path: Path
) -> None:  # pitfalls 23, 37, 38
    profiles = {
        slug: reelflow.call("profile", "add", slug, "--json").document["profile_id"]
        for slug in ("ours", "rival")
    }
    asked = {"ours": films["tea"], "rival": films["other tea"]}
    assert asked["ours"].name == asked["rival"].name

    running = [
        reelflow.start("make", asked[slug], "--profile", slug, "--out", tmp_path / "out", *WISHES)
        for slug in profiles
    ]
    answers = dict(zip(profiles, [finish(process) for process in running], strict=True))

    for slug, ended in answers.items():
        assert ended.code == 0, ended.err
        assert ended.document["profile_id"] == profiles[slug]
        assert [clip["variant"] for clip in ended.document["clips"]] == [1, 2]
        other = next(profile_id for name, profile_id in profiles.items() if name != slug)
        assert other not in ended.out + ended.err
    delivered = [
        export["path"]
        for ended in answers.values()
        for clip in ended.document["clips"]
        for export in clip["exports"]
    ]
    assert len(set(delivered)) == 4, "equal names in one folder replace nothing"
    assert reelflow.work_dirs() == []
    for slug, profile_id in profiles.items():
        (footage,) = (reelflow.settings.storage_dir / profile_id / "footage").iterdir()
        assert footage.read_bytes() == asked[slug].read_bytes()
        with reelflow.database() as database, database.profile_session(UUID(profile_id)) as session:
            for model in TENANT_TABLES:
                assert all(row.profile_id == UUID(profile_id) for row in session.exec(select(model)).all())
            assert len(session.exec(select(Clip)).all()) == 2
            assert len(session.exec(select(Project)).all()) == 1


def test_two_runs_of_one_profile_with_the_same_film_and_project(
    reelflow: Reelflow, films: dict[str, Path], tmp_path: Path
) -> None:  # pitfalls 7, 14, 17
    renamed = shutil.copyfile(films["tea"], tmp_path / "tea.MOV")

    running = [
        reelflow.start("make", film, "--project", "Tea", "--seed", 1, *WISHES)
        for film in (films["tea"], renamed)
    ]
    answers = [finish(process) for process in running]

    for ended in answers:
        assert ended.code == 0, ended.err
    assert answers[0].document["project_id"] == answers[1].document["project_id"]
    variants = [clip["variant"] for ended in answers for clip in ended.document["clips"]]
    assert sorted(variants) == [1, 2, 3, 4]
    assert reelflow.work_dirs() == []
    assert len([name for name in reelflow.library() if "/footage/" in name]) == 1
    profile_id = UUID(answers[0].document["profile_id"])
    library = reelflow.storage()
    with reelflow.database() as database, database.profile_session(profile_id) as session:
        (footage,) = session.exec(select(Footage)).all()
        assert library.has(footage.storage_key)
        segments = session.exec(select(Segment)).all()
        assert len({(segment.start_s, segment.end_s) for segment in segments}) == len(segments)
        edits = [Edit.model_validate(clip.edit).cuts for clip in session.exec(select(Clip)).all()]
        assert len(set(edits)) == 4, "the second run plans around the first one's clips"
        assert session.exec(select(Project.state)).one() is ProjectState.READY
        assert {run.state.value for run in session.exec(select(Run)).all()} == {"completed"}
