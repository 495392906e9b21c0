"""Commands that look at and change what is there: profiles, projects, clips, runs, the machine."""

import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from models.run import RunState
from tasks.media.doctor import Finding
from tests.program import Reelflow
from tests.ui.conftest import Made

COMMANDS_ABOUT_A_THING = {
    "project show": ("project_id", []),
    "project update": ("project_id", ["--name", "Taken over"]),
    "project delete": ("project_id", ["--yes"]),
    "clip list --project": ("project_id", []),
    "clip show": ("clip_id", []),
    "clip render": ("clip_id", []),
    "clip delete": ("clip_id", ["--yes"]),
    "clip export": ("clip_id", []),
    "footage list --project": ("project_id", []),
    "generate": ("project_id", []),
}


def test_profiles_from_the_first_to_the_last(quick: Reelflow) -> None:
    first = quick.call("profile", "add", "Meadow Tea", "--json").document
    second = quick.call(
        "profile", "add", "Böx & Co", "--slug", "box", "--timezone", "Europe/Bucharest", "--json"
    ).document

    assert (first["slug"], first["is_default"]) == ("meadow-tea", True)
    assert (second["slug"], second["is_default"]) == ("box", False)
    assert second["timezone"] == "Europe/Bucharest"
    for words, added in ([], first), (["box"], second), ([second["profile_id"]], second):
        shown = quick.call("profile", "show", *words, "--json").document
        assert {key: shown[key] for key in added} == added
        assert set(shown) - set(added) == {"providers", "keys"}

    assert quick.call("profile", "delete", "meadow-tea", "--yes").code == 2, "the default stays"
    assert quick.call("profile", "set-default", "box", "--json").document["is_default"] is True
    listed = quick.call("profile", "list", "--json").document["profiles"]
    assert [(profile["slug"], profile["is_default"]) for profile in listed] == [
        ("box", True),
        ("meadow-tea", False),
    ]

    for slug in ("meadow-tea", "box"):
        deleted = quick.call("profile", "delete", slug, "--yes", "--json")
        assert deleted.code == 0
    assert quick.call("profile", "list", "--json").document == {"profiles": []}


@pytest.mark.parametrize(
    "command", [["show", "nobody"], ["set-default", "nobody"], ["delete", "nobody", "--yes"]]
)
def test_a_missing_profile_is_not_found(command: list[str], quick: Reelflow) -> None:
    ended = quick.call("profile", *command, "--json")

    assert ended.code == 3
    assert ended.document["error"] == {"kind": "not_found", "message": "There is no profile 'nobody'."}


@pytest.mark.parametrize("command", [["project", "list"], ["clip", "list"], ["runs"], ["profile", "show"]])
def test_without_any_profile_there_is_nothing_to_show(command: list[str], quick: Reelflow) -> None:
    assert quick.call(*command).code == 3


@pytest.mark.slow
def test_what_was_made_is_listed_everywhere(made: Made, copy: Reelflow) -> None:
    document = made.document
    first = document["clips"][0]

    (project,) = copy.call("project", "list", "--json").document["projects"]
    shown = copy.call("project", "show", "Spring [tea] 100%", "--json").document
    clips = copy.call("clip", "list", "--project", document["project_id"], "--json").document["clips"]
    clip = copy.call("clip", "show", first["clip_id"], "--json").document
    (run,) = copy.call("runs", "--json").document["runs"]

    assert (project["project_id"], project["state"]) == (document["project_id"], "ready")
    assert (project["clips"], project["footage"], project["target_duration_s"]) == (2, 1, 3.0)
    assert [clip["clip_id"] for clip in shown["clips"]] == [clip["clip_id"] for clip in document["clips"]]
    assert clips == shown["clips"][::-1], "the newest first"
    assert clip["segments"] == first["segments"]
    for export in clip["exports"]:
        assert Path(export["path"]).is_file()
        assert Path(export["path"]).is_relative_to(copy.home)
    assert Path(clip["draft"]).is_file()
    assert Path(clip["poster"]).is_file()
    assert (run["run_id"], run["state"], run["progress"]) == (document["run_id"], "completed", 1.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    ["profile list", "profile show", "project list", "project show", "clip list", "clip show", "runs"],
)
def test_people_get_text_with_the_same_things(command: str, made: Made, copy: Reelflow) -> None:
    reference = {
        "project show": [made.document["project_id"]],
        "clip show": [made.document["clips"][0]["clip_id"]],
    }.get(command, [])

    ended = copy.call(*command.split(), *reference)

    assert (ended.code, ended.err) == (0, "")
    assert len(ended.out.splitlines()) >= 2


@pytest.mark.slow
def test_a_project_is_changed(made: Made, copy: Reelflow) -> None:
    changes = [
        "--name",
        "  Autumn   tea ",
        "--description",
        "Für alle",
        "--context",
        "a mug",
        "--duration",
        12.5,
    ]

    changed = copy.call("project", "update", made.document["project_id"], *changes, "--json").document

    assert (changed["name"], changed["description"]) == ("Autumn tea", "Für alle")
    assert (changed["context"], changed["target_duration_s"]) == ("a mug", 12.5)
    assert copy.call("project", "show", "Autumn tea", "--json").code == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([], "Nothing to change"),
        (["--name", ""], "1 to 200"),
        (["--name", "x" * 201], "1 to 200"),
        (["--description", "x" * 2001], "2000 are the most"),
        (["--context", "x" * 8001], "8000 are the most"),
        (["--duration", "0"], "1 to 300"),
        (["--duration", "nan"], "1 to 300"),
    ],
)
def test_a_bad_change_changes_nothing(changes: list[str], words: str, made: Made, copy: Reelflow) -> None:
    project_id = made.document["project_id"]
    before = copy.call("project", "show", project_id, "--json").document

    ended = copy.call("project", "update", project_id, *changes)

    assert ended.code == 2
    assert words in ended.sentence
    assert copy.call("project", "show", project_id, "--json").document == before


@pytest.mark.slow
def test_deleting_takes_the_files_along_and_nothing_else(made: Made, copy: Reelflow) -> None:
    first, second = made.document["clips"]

    assert copy.call("clip", "delete", first["clip_id"], "--yes", "--json").document["files"] == 6
    assert not [name for name in copy.library() if first["clip_id"] in name]
    assert [name for name in copy.library() if second["clip_id"] in name]

    deleted = copy.call("project", "delete", made.document["project_id"], "--yes", "--json").document
    assert (deleted["clips"], deleted["files"]) == (1, 6)
    assert [name.split("/")[1] for name in copy.library()] == ["footage"]
    assert all(Path(export["path"]).is_file() for export in second["exports"]), "what was delivered stays"

    assert copy.call("profile", "delete", "my-store", "--yes").code == 0
    assert copy.library() == []


@pytest.mark.slow
def test_deleting_needs_a_yes(made: Made, copy: Reelflow) -> None:
    before = copy.library()

    for command in (
        ["project", "delete", made.document["project_id"]],
        ["clip", "delete", made.document["clips"][0]["clip_id"]],
        ["profile", "delete", "my-store"],
    ):
        ended = copy.call(*command)
        assert ended.code == 2
        assert "--yes" in ended.sentence
    assert copy.library() == before


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS_ABOUT_A_THING)
def test_another_profiles_thing_is_like_a_missing_one(
    command: str, made: Made, copy: Reelflow
) -> None:  # pitfalls 18, 24, 30
    assert copy.call("profile", "add", "Rival").code == 0
    before = copy.call("project", "show", made.document["project_id"], "--json").document
    kind, options = COMMANDS_ABOUT_A_THING[command]
    theirs = made.document["project_id"] if kind == "project_id" else made.document["clips"][0]["clip_id"]
    missing = str(uuid4())

    answers = [
        copy.call(*command.split(), reference, *options, "--profile", "rival", "--json")
        for reference in (theirs, missing)
    ]

    assert [answer.code for answer in answers] == [3, 3]
    assert answers[0].out.replace(theirs, missing) == answers[1].out
    assert copy.call("project", "show", made.document["project_id"], "--json").document == before


@pytest.mark.slow
def test_another_profiles_lists_are_empty(copy: Reelflow) -> None:
    assert copy.call("profile", "add", "Rival").code == 0

    assert copy.call("project", "list", "--profile", "rival", "--json").document == {"projects": []}
    assert copy.call("clip", "list", "--profile", "rival", "--json").document == {"clips": []}
    assert copy.call("runs", "--profile", "rival", "--json").document == {"runs": []}
    by_name = copy.call("project", "show", "Spring [tea] 100%", "--profile", "rival")
    assert by_name.code == 3


def healthy() -> Finding:
    return Finding("ffmpeg", True, "9.0")


def broken() -> Finding:
    return Finding("ffmpeg", False, "not found; install it")


@pytest.mark.parametrize(("examine", "code"), [(healthy, 0), (broken, 1)])
def test_doctor_says_whether_all_is_well(
    examine: Any, code: int, quick: Reelflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.checkup.examine_ffmpeg", examine)

    ended = quick.call("doctor", "--json")

    assert ended.code == code
    assert ended.document["well"] is (code == 0)
    assert [check["name"] for check in ended.document["checks"] if check["passed"]] == [
        *(["ffmpeg"] if code == 0 else []),
        "offline voice",
        "captions font",
        "database",
        "disk",
    ]


def test_doctor_finds_an_unusable_home(
    quick: Reelflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setenv("REELFLOW_HOME", str(tmp_path / "a file"))
    monkeypatch.setattr("ui.checkup.examine_ffmpeg", healthy)

    ended = quick.call("doctor", "--json")

    assert ended.code == 1
    unwell = {check["name"]: check["detail"] for check in ended.document["checks"] if not check["passed"]}
    assert set(unwell) == {"database", "disk"}
    assert "REELFLOW_HOME" in unwell["disk"]


@pytest.mark.slow
def test_a_killed_run_is_ended_by_the_next_command(made: Made, copy: Reelflow) -> None:  # pitfalls 1, 3
    # Given a home as a SIGKILL leaves it: a running run, a generating project, a work dir without owner
    from uuid import UUID

    from models.project import Project, ProjectState
    from models.run import Run

    profile_id = UUID(made.document["profile_id"])
    with copy.database() as database, database.profile_session(profile_id) as session:
        run = session.require(Run, made.document["run_id"])
        run.state, run.progress, run.finished_at = RunState.RUNNING, 0.4, None
        session.require(Project, made.document["project_id"]).state = ProjectState.GENERATING
        run.project_id = UUID(made.document["project_id"])
    work_dir = copy.settings.work_dir / str(profile_id) / made.document["run_id"]
    work_dir.mkdir(parents=True)
    (work_dir / "half a film.mp4").touch()

    ended = copy.call("runs", "--json")

    assert "was killed" in ended.err
    (told,) = ended.document["runs"]
    assert (told["state"], told["progress"]) == ("failed", 0.4)
    assert copy.work_dirs() == []
    project = copy.call("project", "show", made.document["project_id"], "--json").document
    assert project["state"] == "ready"
    assert copy.call("project", "delete", made.document["project_id"], "--yes").code == 0


def test_delivering_never_replaces_what_is_not_the_same_clip(made: Made, tmp_path: Path) -> None:
    from models.clip import Export
    from ui.delivery import deliver

    exports = []
    storage = made.reelflow.storage()
    with made.reelflow.database() as database, database.profile_session(storage.profile_id) as session:
        for clip in made.document["clips"]:
            exports.append(session.require(Export, clip["exports"][0]["export_id"]))
    (tmp_path / "taken.mp4").write_text("somebody's own file")

    first = deliver(storage, exports[0], tmp_path, "taken")
    second = deliver(storage, exports[1], tmp_path, "taken")
    again = deliver(storage, exports[0], tmp_path, "taken")

    assert [path.name for path in (first, second, again)] == ["taken-2.mp4", "taken-3.mp4", "taken-2.mp4"]
    assert (tmp_path / "taken.mp4").read_text() == "somebody's own file"
    shutil.rmtree(tmp_path)
