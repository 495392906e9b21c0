"""Plans become clips, beside whatever other runs have planned for the project meanwhile."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from models.clip import Clip
from models.edit import Cut, Edit
from models.run import Run
from tasks import selection
from tasks.analysis import score_segments
from tasks.media.selection import PlannedCut, plan_variants
from tasks.probing import import_footage, probe_footage
from tasks.projects import open_project
from tasks.run_context import RunContext, StagePlan
from tasks.segments import find_segments
from tasks.selection import plan_clips


@pytest.fixture
def footage_id(run: RunContext, films: dict[str, Path]) -> UUID:
    footage_id = import_footage.fn(run, films["tea"], probe_footage.fn(run, films["tea"]))
    find_segments.fn(run, footage_id)
    score_segments.fn(run, [footage_id], "")
    return footage_id


@pytest.fixture
def project_id(run: RunContext, footage_id: UUID) -> UUID:
    return open_project.fn(run, "Tea", [footage_id], target_s=3.0)


def clips(run: RunContext) -> list[Clip]:
    with run.reading() as session:
        return list(session.exec(select(Clip).order_by(Clip.variant)).all())


def test_a_plan_made_while_another_run_stored_its_clips_is_made_again(
    run: RunContext, footage_id: UUID, project_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:  # pitfalls 14, 65
    planned_beside: list[int] = []

    def plan(candidates: Any, **wishes: Any) -> Any:
        planned = plan_variants(candidates, **wishes)
        planned_beside.append(len(wishes["elsewhere"]))
        if len(planned_beside) == 1:  # another run with the same seed, and so the same plan, is quicker
            add_clip(run, project_id, planned.variants[0].cuts)
        return planned

    monkeypatch.setattr(selection, "plan_variants", plan)

    clip_ids = plan_clips.fn(run, project_id, [footage_id], variants=1, target_s=3.0, seed=1)

    assert planned_beside == [0, 1]
    theirs, ours = clips(run)
    assert [ours.id] == clip_ids
    assert (theirs.variant, ours.variant) == (1, 2)
    spans = [[(cut["start_s"], cut["end_s"]) for cut in clip.edit["cuts"]] for clip in (theirs, ours)]
    assert spans[0] != spans[1]


def add_clip(run: RunContext, project_id: UUID, cuts: Sequence[PlannedCut]) -> None:
    edit = Edit(
        cuts=tuple(
            Cut(footage_id=cut.footage_id, segment_id=cut.segment_id, start_s=cut.start_s, end_s=cut.end_s)
            for cut in cuts
        )
    )
    with run.session() as session:
        session.add(
            Clip(
                profile_id=run.profile_id,
                project_id=project_id,
                run_id=UUID(int=1),
                variant=1,
                name="Variant 1",
                edit=edit.model_dump(mode="json"),
                duration_s=edit.duration_s,
                seed=1,
            )
        )


def test_an_attempt_that_is_repeated_finds_its_clips(
    run: RunContext, footage_id: UUID, project_id: UUID
) -> None:
    first = plan_clips.fn(run, project_id, [footage_id], variants=2, target_s=3.0, seed=1)

    again = plan_clips.fn(run, project_id, [footage_id], variants=2, target_s=3.0, seed=1)

    assert again == first
    assert len(clips(run)) == 2


def test_a_run_that_resumes_another_goes_on_with_its_clips(
    run: RunContext, footage_id: UUID, project_id: UUID
) -> None:
    # given a run that was stopped after it had planned, and one that resumes it
    first = plan_clips.fn(run, project_id, [footage_id], variants=2, target_s=3.0, seed=1)
    resumed = Run(profile_id=run.profile_id, kind="generate_clips", resumes_run_id=run.run_id)
    with run.session() as session:
        session.add(resumed)
    later = RunContext(
        profile_id=run.profile_id,
        run_id=resumed.id,
        settings=run.settings,
        database=run.database,
        work_dir=run.work_dir,
        stages=StagePlan({"plan variants": 1.0}),
    )

    # when it plans, then nothing is made twice
    assert plan_clips.fn(later, project_id, [footage_id], variants=2, target_s=3.0, seed=1) == first
    assert len(clips(run)) == 2
