"""Footage, further clips and archives on the command line."""

import zipfile
from pathlib import Path

import pytest

from tests.program import Reelflow
from tests.ui.conftest import Made

pytestmark = pytest.mark.slow


def test_footage_is_added_to_a_project_that_is_made_for_it(
    reelflow: Reelflow, films: dict[str, Path], tmp_path: Path
) -> None:
    # given a film and something else
    (tmp_path / "list.mp4").write_text("tea, cups, a box")
    # when both are added to a project that is not there yet
    added = reelflow.call(
        "footage", "add", films["cup"], tmp_path / "list.mp4", "--project", "Cups", "--json"
    )
    # then the film is in it, and the other is told with its reason
    assert added.code == 0
    (taken,) = added.document["imported"]
    (refused,) = added.document["refused"]
    assert (taken["name"], taken["projects"], taken["is_known"]) == ("cup.mp4", ["Cups"], False)
    assert taken["segments"] >= 1
    assert Path(taken["poster"]).is_file()
    assert "list.mp4 can't be used" in refused["reason"]
    assert [warning["code"] for warning in added.document["warnings"]] == ["footage_refused"]
    # and the lists show it
    listed = reelflow.call("footage", "list", "--project", "Cups", "--json").document["footage"]
    shown = reelflow.call("footage", "show", "cup.mp4", "--json").document
    assert [row["footage_id"] for row in listed] == [shown["footage_id"]] == [taken["footage_id"]]
    assert len(shown["segments"]) == taken["segments"] == listed[0]["segments"]
    assert "cup.mp4" in reelflow.call("footage", "list").out
    assert shown["segments"][0]["segment_id"] in reelflow.call("footage", "show", "cup.mp4").out
    # and it can be deleted once no project uses it
    refusal = reelflow.call("footage", "delete", "cup.mp4", "--yes")
    assert (refusal.code, "'Cups'" in refusal.sentence) == (2, True)
    assert reelflow.call("project", "delete", "Cups", "--yes").code == 0
    deleted = reelflow.call("footage", "delete", taken["footage_id"], "--yes", "--json").document
    assert (deleted["segments"], deleted["files"]) == (taken["segments"], 3)
    assert reelflow.library() == []


def test_more_clips_like_one_and_of_a_segment(made: Made, copy: Reelflow) -> None:
    project_id, clip_id = made.document["project_id"], made.document["clips"][0]["clip_id"]

    ended = copy.call("generate", project_id, "--variants", 1, "--like", clip_id, "--json")

    assert ended.code == 0
    (clip,) = ended.document["clips"]
    assert (clip["variant"], clip["duration_s"]) == (3, pytest.approx(3.0))
    assert Path(clip["draft"]).is_file()
    for option in ("--like", "--segments"):
        missing = copy.call("generate", project_id, option, "nothing")
        assert (missing.code, "nothing" in missing.sentence) == (3, True)


def test_an_archive_is_copied_beside_what_is_there(made: Made, copy: Reelflow, tmp_path: Path) -> None:
    clip_id = made.document["clips"][0]["clip_id"]
    (tmp_path / "Spring [tea] 100%.zip").write_text("somebody's own file")

    ended = copy.call("clip", "export", clip_id, "--preset", "square", "--out", tmp_path, "--json")

    assert ended.code == 0
    archive = ended.document["archive"]
    assert archive["path"] == str(tmp_path / "Spring [tea] 100%-2.zip")
    assert zipfile.is_zipfile(archive["path"])
    assert Path(archive["path"]).stat().st_size == archive["bytes"]
    assert (tmp_path / "Spring [tea] 100%.zip").read_text() == "somebody's own file"


def test_footage_of_the_same_name_is_named_by_its_id(quick: Reelflow, films: dict[str, Path]) -> None:
    from uuid import UUID

    from models.footage import Footage
    from models.profiles import create_profile

    with quick.database() as database:
        profile_id = create_profile(database, "Meadow").id
        with database.profile_session(profile_id) as session:
            for number in (1, 2):
                session.add(
                    Footage(
                        profile_id=profile_id,
                        id=UUID(int=number),
                        name="tea.mp4",
                        sha256=f"{number:064x}",
                        storage_key=f"{profile_id}/footage/{UUID(int=number)}.mp4",
                        bytes=1,
                        duration_s=1.0,
                        width=16,
                        height=16,
                        fps=30.0,
                        has_audio=False,
                        probe={},
                    )
                )

    ended = quick.call("footage", "show", "tea.mp4")

    assert ended.code == 2
    assert all(str(UUID(int=number)) in ended.sentence for number in (1, 2))
    assert quick.call("footage", "show", "cup.mp4").code == 3
