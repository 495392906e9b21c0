"""`reelflow make`, end to end on real films: what it prints, what it leaves, and what a second one adds."""

import json
import shutil
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from models.clip import Clip
from models.edit import Edit
from models.footage import Footage
from models.project import Project, ProjectState
from models.run import Run, RunState
from tasks.media.probe import probe
from tests.conftest import SAMPLE
from tests.films import SCENE_S, frame_hashes
from tests.program import Reelflow, files_in
from tests.ui.conftest import SEED, Made

pytestmark = pytest.mark.slow


def test_json_is_one_document_with_everything_promised(made: Made) -> None:
    document = made.document

    assert set(document) >= {"run_id", "profile_id", "project_id", "warnings", "clips"}
    assert [clip["variant"] for clip in document["clips"]] == [1, 2]
    for clip in document["clips"]:
        assert set(clip) >= {"clip_id", "variant", "duration_s", "segments", "exports"}
        assert clip["duration_s"] == pytest.approx(3.0, abs=1 / 30)
        for segment in clip["segments"]:
            assert set(segment) >= {"footage_id", "file", "start_s", "end_s", "score"}
            assert segment["file"] == "tea.mp4"
            assert 0 <= segment["start_s"] < segment["end_s"] <= 4 * SCENE_S
            assert 0 <= segment["score"] <= 100
        spans = sum(segment["end_s"] - segment["start_s"] for segment in clip["segments"])
        assert spans == pytest.approx(clip["duration_s"], abs=1e-3)
    for identity in (document["run_id"], document["profile_id"], document["project_id"]):
        UUID(identity)


def test_the_exports_are_what_the_document_says(made: Made) -> None:
    sizes = {"square": (1080, 1080), "feed": (1080, 1350)}

    for clip in made.document["clips"]:
        assert [export["preset"] for export in clip["exports"]] == ["square", "feed"]
        for export in clip["exports"]:
            info = probe(Path(export["path"]))
            assert (export["width"], export["height"]) == sizes[export["preset"]]
            assert (info.display_width, info.display_height) == sizes[export["preset"]]
            assert info.fps == pytest.approx(export["fps"])
            assert info.duration_s == pytest.approx(export["duration_s"], abs=0.05)
            assert export["integrated_lufs"] == pytest.approx(-14.0, abs=1.0)
            assert export["true_peak_dbtp"] <= -1.0
            assert export["passed"] is True


def test_the_finished_files_are_delivered_with_their_manifests(made: Made) -> None:
    names = [f"spring-tea-100-v{variant}-{preset}" for variant in (1, 2) for preset in ("feed", "square")]

    assert files_in(made.out) == sorted(
        f"{name}{end}" for name in names for end in (".mp4", ".manifest.json")
    )
    for clip in made.document["clips"]:
        for export in clip["exports"]:
            path = Path(export["path"])
            manifest = json.loads(path.with_suffix(".manifest.json").read_text(encoding="utf-8"))
            assert path.parent == made.out
            assert manifest["clip_id"] == clip["clip_id"]
            assert manifest["export_id"] == export["export_id"]


def test_standard_error_tells_the_story_with_the_profile_in_every_line(made: Made) -> None:
    lines = made.ended.err.splitlines()
    logged = [line for line in lines if "reelflow" in line and "|" in line]

    assert len(logged) > 5
    assert all(f"[Profile {made.document['profile_id']}] " in line for line in logged)
    assert "{" not in made.ended.err
    assert "Traceback" not in made.ended.err


def test_nothing_of_the_run_is_left_but_its_results(made: Made) -> None:
    document, reelflow = made.document, made.reelflow
    exports = [export["export_id"] for clip in document["clips"] for export in clip["exports"]]
    clips = [clip["clip_id"] for clip in document["clips"]]
    (footage_id,) = {segment["footage_id"] for clip in document["clips"] for segment in clip["segments"]}

    assert reelflow.work_dirs() == []
    assert reelflow.library() == sorted(
        f"{document['profile_id']}/{name}"
        for name in [
            f"footage/{footage_id}.mp4",
            *(f"drafts/{clip}.mp4" for clip in clips),
            *(f"posters/{clip}.jpg" for clip in clips),
            *(f"exports/{export}{end}" for export in exports for end in (".mp4", ".manifest.json")),
        ]
    )
    with reelflow.database() as database, database.profile_session(UUID(document["profile_id"])) as session:
        run = session.require(Run, document["run_id"])
        assert (run.state, run.progress, run.error) == (RunState.COMPLETED, 1.0, None)
        assert session.require(Project, document["project_id"]).state is ProjectState.READY


def test_prefect_knows_the_run_by_name_and_tags_and_tags_no_task(made: Made, prefect_api: str) -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    profile_id = UUID(made.document["profile_id"])
    with made.reelflow.database() as database, database.profile_session(profile_id) as session:
        flow_run_id = session.require(Run, made.document["run_id"]).prefect_flow_run_id
        name = session.profile.name
    assert flow_run_id is not None
    with get_client(sync_client=True) as client:
        flow_run = client.read_flow_run(flow_run_id)
        tasks = client.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id])))

    assert flow_run.name == f"{name} · Spring [tea] 100% · make 2 reels"
    assert set(flow_run.tags) == {"profile:my-store", "kind:make_reels"}
    assert flow_run.state is not None
    assert flow_run.state.is_completed()
    assert {tag for task in tasks for tag in task.tags} == set()


def test_an_equal_seed_in_a_fresh_home_gives_the_same_frames(
    made: Made, reelflow: Reelflow, films: dict[str, Path], tmp_path: Path
) -> None:
    renamed = shutil.copyfile(films["tea"], tmp_path / "Renamed.MP4")

    ended = reelflow.call(
        *("make", renamed, "--variants", 2, "--duration", 3, "--preset", "square", "--seed", SEED, "--json")
    )

    assert ended.code == 0, ended.err
    for first, second in zip(made.document["clips"], ended.document["clips"], strict=True):
        spans = [
            [(segment["start_s"], segment["end_s"]) for segment in clip["segments"]]
            for clip in (first, second)
        ]
        assert spans[0] == spans[1]
        hashes = [frame_hashes(Path(clip["exports"][0]["path"])) for clip in (first, second)]
        assert len(hashes[0]) == 90
        assert hashes[0] == hashes[1]


def test_the_sample_becomes_a_spoken_reel(reelflow: Reelflow, tmp_path: Path) -> None:
    footage = [SAMPLE / name for name in ("box.mp4", "cup.mp4", "meadow.webm")]

    ended = reelflow.call(
        *(
            "make",
            *footage,
            "--script",
            "One golden box. One good cup.",
            "--variants",
            1,
            "--out",
            tmp_path / "out",
        ),
        "--json",
    )

    assert ended.code == 0, ended.err
    (clip,) = ended.document["clips"]
    (export,) = clip["exports"]
    assert (export["preset"], export["width"], export["height"], export["passed"]) == (
        "reels",
        1080,
        1920,
        True,
    )
    assert 1.0 < clip["duration_s"] < 5.0, "as long as the voice, not as the default"
    assert {segment["file"] for segment in clip["segments"]} <= {file.name for file in footage}
    captions = Path(export["path"]).with_suffix(".srt").read_text(encoding="utf-8")
    assert "golden" in captions


def test_a_second_run_knows_the_footage_and_makes_other_reels(
    made: Made, copy: Reelflow, films: dict[str, Path], tmp_path: Path
) -> None:  # pitfalls 36, 65
    before = set(copy.library())
    renamed = shutil.copyfile(films["tea"], tmp_path / "same bytes.mov")

    ended = copy.call(
        *("make", renamed, "--project", "Spring [tea] 100%", "--variants", 2, "--duration", 3),
        *("--preset", "square", "--out", made.out, "--json"),
    )

    assert ended.code == 0, ended.err
    document = ended.document
    assert document["project_id"] == made.document["project_id"]
    assert [clip["variant"] for clip in document["clips"]] == [3, 4]
    assert before <= set(copy.library()), "nothing of the first run is lost"
    with copy.database() as database, database.profile_session(UUID(document["profile_id"])) as session:
        assert [footage.name for footage in session.exec(select(Footage)).all()] == ["tea.mp4"]
        edits = [Edit.model_validate(clip.edit).cuts for clip in session.exec(select(Clip)).all()]
    assert len(edits) == 4
    assert len(set(edits)) == 4
