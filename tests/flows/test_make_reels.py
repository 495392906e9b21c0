"""The flow itself, in this process: what it leaves when something goes wrong on the way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from models.clip import Clip, Export
from models.edit import Edit
from models.errors import BadInput, NotFound, QualityCheckFailed, UnusableFootage
from models.footage import Footage
from models.profiles import create_profile
from models.project import Project, ProjectFootage, ProjectState
from models.run import Run, RunEvent, RunState
from models.session import ProfileSession
from tasks.media.checks import Expected, QualityReport, check_file
from tests.program import Reelflow

pytestmark = pytest.mark.slow


@pytest.fixture
def profile_id(reelflow: Reelflow) -> UUID:
    with reelflow.database() as database:
        return create_profile(database, "Meadow").id


def look(reelflow: Reelflow, profile_id: UUID, question: Callable[[ProfileSession], Any]) -> Any:
    with reelflow.database() as database, database.profile_session(profile_id, read_only=True) as session:
        return question(session)


def the_run(reelflow: Reelflow, profile_id: UUID) -> Run:
    run: Run = look(reelflow, profile_id, lambda session: session.exec(select(Run)).one())
    return run


def spoil_checks(monkeypatch: pytest.MonkeyPatch, is_spoilt: Callable[[int], bool]) -> None:
    """Lets the first check of some files fail; asks with 0 for the first file that is checked."""
    seen: list[Path] = []

    def check(path: Path, expected: Expected, *, timeout_s: float) -> QualityReport:
        report = check_file(path, expected, timeout_s=timeout_s)
        seen.append(path)
        if not is_spoilt(len(seen) - 1):
            return report
        first, *others = report.checks
        failed = first.model_copy(update={"passed": False})
        return report.model_copy(update={"checks": (failed, *others)})

    monkeypatch.setattr("tasks.quality.check_file", check)


def test_a_final_that_fails_does_not_take_the_others_with_it(
    reelflow: Reelflow, profile_id: UUID, films: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.make_reels import make_reels

    spoil_checks(monkeypatch, lambda number: number == 0)

    with pytest.raises(QualityCheckFailed, match="Clip 1 for square did not pass"):
        make_reels(profile_id, [films["tea"]], "Tea", variants=2, duration_s=2.0, presets=["square"])

    clips = look(
        reelflow, profile_id, lambda session: session.exec(select(Clip).order_by(Clip.variant)).all()
    )
    exports = look(reelflow, profile_id, lambda session: session.exec(select(Export)).all())
    assert [export.clip_id for export in exports] == [clips[1].id]
    published = [name for name in reelflow.library() if "/exports/" in name]
    assert published == [f"{profile_id}/exports/{exports[0].id}{end}" for end in (".manifest.json", ".mp4")]
    run = the_run(reelflow, profile_id)
    assert run.state is RunState.FAILED
    assert "did not pass" in (run.error or "")
    assert look(reelflow, profile_id, lambda s: s.exec(select(Project.state)).one()) is ProjectState.READY
    assert reelflow.work_dirs() == []


def test_files_that_fail_their_checks_are_not_published(
    reelflow: Reelflow, profile_id: UUID, films: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.make_reels import make_reels

    spoil_checks(monkeypatch, lambda _: True)

    with pytest.raises(QualityCheckFailed, match="Clip 1 for square"):
        make_reels(profile_id, [films["tea"]], "Tea", variants=1, duration_s=2.0, presets=["square", "feed"])

    assert look(reelflow, profile_id, lambda session: session.exec(select(Export)).all()) == []
    assert [name for name in reelflow.library() if "/exports/" in name] == []
    told = look(reelflow, profile_id, lambda session: session.exec(select(RunEvent)).all())
    assert {event.code for event in told} >= {"failed", "final_failed"}
    assert any("for feed did not pass" in event.message for event in told), "the second is told as well"


def test_a_fault_in_one_final_does_not_take_the_others_with_it(
    reelflow: Reelflow, profile_id: UUID, films: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.make_reels import make_reels

    def check(path: Path, expected: Expected, *, timeout_s: float) -> QualityReport:
        if path.parent.name == "square":
            raise ZeroDivisionError("a bug")
        return check_file(path, expected, timeout_s=timeout_s)

    monkeypatch.setattr("tasks.quality.check_file", check)

    with pytest.raises(ZeroDivisionError):
        make_reels(profile_id, [films["tea"]], "Tea", variants=1, duration_s=2.0, presets=["square", "feed"])

    assert look(reelflow, profile_id, lambda session: session.exec(select(Export.preset)).all()) == ["feed"]
    assert the_run(reelflow, profile_id).error == "Unexpected ZeroDivisionError: a bug"


def test_a_wrong_file_among_good_ones_changes_nothing(
    reelflow: Reelflow, profile_id: UUID, films: dict[str, Path], tmp_path: Path
) -> None:
    from flows.make_reels import make_reels

    (tmp_path / "list.mp4").write_text("tea, cups, a box")

    with pytest.raises(UnusableFootage, match=r"list\.mp4 can't be used"):
        make_reels(profile_id, [films["tea"], tmp_path / "list.mp4"], "Tea")

    assert reelflow.library() == []
    assert look(reelflow, profile_id, lambda session: session.exec(select(Footage)).all()) == []
    assert look(reelflow, profile_id, lambda session: session.exec(select(Project)).all()) == []
    assert the_run(reelflow, profile_id).state is RunState.FAILED


@pytest.mark.parametrize(
    "wish",
    [
        {"variants": 0},
        {"variants": 11},
        {"duration_s": 0.0},
        {"presets": ["cinema"]},
        {"presets": []},
        {"script": " "},
        {"files": []},
    ],
    ids=str,
)
def test_a_wish_that_cannot_be_met_is_refused_before_any_work(
    wish: dict[str, object], reelflow: Reelflow, profile_id: UUID, films: dict[str, Path]
) -> None:
    from flows.make_reels import make_reels

    asked: dict[str, object] = {"files": [films["tea"]], "project": "Tea", **wish}

    with pytest.raises(BadInput):
        make_reels.fn(profile_id, **asked)

    assert reelflow.library() == []
    assert look(reelflow, profile_id, lambda session: session.exec(select(Project)).all()) == []
    assert reelflow.work_dirs() == []


def test_another_profiles_things_are_not_found_by_any_flow(
    reelflow: Reelflow, profile_id: UUID, films: dict[str, Path]
) -> None:
    from flows.generate_clips import generate_clips
    from flows.make_reels import make_reels
    from flows.render_clip import render_clip

    with reelflow.database() as database:
        rival = create_profile(database, "Rival").id
    made = make_reels(profile_id, [films["cup"]], "Tea", variants=1, duration_s=2.0, presets=["square"])
    before = reelflow.library()

    with pytest.raises(NotFound, match=f"no project '{made.project_id}'"):
        generate_clips(rival, made.project_id)
    with pytest.raises(NotFound, match=f"no clip '{made.clip_ids[0]}'"):
        render_clip(rival, made.clip_ids[0])
    nobody = uuid4()
    with pytest.raises(NotFound, match=f"no profile '{nobody}'"):
        make_reels(nobody, [films["cup"]], "Tea")

    assert reelflow.library() == before
    assert not (reelflow.settings.work_dir / str(nobody)).exists()
    assert reelflow.work_dirs() == []


def test_more_clips_of_a_project_are_added_to_it(
    reelflow: Reelflow, profile_id: UUID, films: dict[str, Path]
) -> None:
    from flows.generate_clips import generate_clips
    from flows.make_reels import make_reels

    made = make_reels(
        profile_id, [films["tea"]], "Tea", script="Fresh tea.", variants=1, duration_s=2.0, presets=["square"]
    )

    more = generate_clips(profile_id, made.project_id, variants=1, duration_s=3.0, preset="feed")
    (clip_id,) = made.clip_ids
    voiced = generate_clips(
        profile_id, made.project_id, variants=1, duration_s=3.0, preset="feed", voice_clip_id=clip_id
    )

    clips = look(
        reelflow, profile_id, lambda session: session.exec(select(Clip).order_by(Clip.variant)).all()
    )
    assert [clip.id for clip in clips] == [*made.clip_ids, *more.clip_ids, *voiced.clip_ids]
    assert [clip.variant for clip in clips] == [1, 2, 3]
    assert round(clips[1].duration_s, 3) == 3.0
    assert clips[2].duration_s == pytest.approx(clips[0].duration_s) != 3.0, "its voice decides"
    edits = [Edit.model_validate(clip.edit) for clip in clips]
    assert [edit.script for edit in edits] == ["Fresh tea.", None, "Fresh tea."]
    assert edits[1].voice is None
    assert edits[2].voice == edits[0].voice is not None
    assert all(reelflow.storage().has(clip.draft_key or "") for clip in clips)
    assert look(reelflow, profile_id, lambda s: s.exec(select(Project.state)).one()) is ProjectState.READY


def test_footage_of_the_library_is_made_into_reels_without_its_file(
    reelflow: Reelflow, profile_id: UUID, films: dict[str, Path]
) -> None:
    from flows.import_footage import import_footage
    from flows.make_reels import make_reels

    (taken,) = import_footage(profile_id, [films["tea"]]).imported

    made = make_reels(
        profile_id,
        [],
        "Tea",
        variants=1,
        duration_s=2.0,
        presets=["square"],
        footage_ids=[taken.footage_id],
    )

    assert len(made.export_ids) == 1
    used = look(reelflow, profile_id, lambda session: session.exec(select(ProjectFootage.footage_id)).all())
    assert used == [taken.footage_id]
    with pytest.raises(NotFound):
        make_reels.fn(profile_id, [], "Tea", footage_ids=[uuid4()])
