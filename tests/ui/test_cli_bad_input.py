"""What can't be done is refused with one sentence and an exit code, and leaves nothing behind."""

import json
import os
from pathlib import Path

import pytest
from sqlmodel import select

from models.clip import Clip
from models.errors import BudgetRefused, Fault, ProviderRefused, ProviderUnavailable
from models.project import Project
from tests.program import Reelflow

TEA = "tea.mp4"


@pytest.fixture
def folder(tmp_path: Path, films: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of a person: one usable film, and everything that is none."""
    folder = tmp_path / "desk"
    (folder / "a folder.mp4").mkdir(parents=True)
    film = films["tea"].read_bytes()
    (folder / TEA).write_bytes(film)
    (folder / "cut off.mp4").write_bytes(film[: len(film) // 3])
    (folder / "text.mp4").write_text("This is a shopping list.")
    (folder / "empty.mp4").touch()
    (folder / "latin-1.txt").write_bytes("Zoë's café".encode("latin-1"))
    (folder / "blank.txt").write_text(" \n\t ")
    (folder / "a file").touch()
    (folder / "lost.mp4").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.mp4")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(autouse=True)
def no_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is refused is refused before Prefect is started, which takes seconds."""

    def refuse(*_: object) -> None:
        raise AssertionError("a flow would have been started")

    monkeypatch.setattr("ui.commands.making.prefect_ready", refuse)
    monkeypatch.setattr("ui.commands.clips.prefect_ready", refuse)


BAD_MAKES: dict[str, tuple[list[str], int, str]] = {
    "missing file": (["nope.mp4"], 2, "no file nope.mp4"),
    "name too long": (["x" * 300 + ".mp4"], 2, "no file"),
    "broken link": (["lost.mp4"], 2, "no file"),
    "folder": (["a folder.mp4"], 2, "folder"),
    "pipe": (["pipe.mp4"], 2, "no file"),
    "text": (["text.mp4"], 2, "text.mp4 can't be used"),
    "empty file": (["empty.mp4"], 2, "empty.mp4 can't be used"),
    "cut off": (["cut off.mp4"], 2, "cut off.mp4 can't be used"),
    "second of two": ([TEA, "text.mp4"], 2, "text.mp4 can't be used"),
    "no file": ([], 2, "FOOTAGE"),
    "preset": ([TEA, "--preset", "cinema"], 2, "cinema"),
    "second preset": ([TEA, "--preset", "reels", "--preset", "cinema"], 2, "cinema"),
    "two scripts": ([TEA, "--script", "Hi", "--script-file", "blank.txt"], 2, "not both"),
    "empty script": ([TEA, "--script", ""], 2, "nothing to say"),
    "blank script": ([TEA, "--script-file", "blank.txt"], 2, "nothing to say"),
    "only marks": ([TEA, "--script", "... !"], 2, "nothing to say"),
    "long script": ([TEA, "--script", "word " * 4000], 2, "10000 are the most"),
    "script not UTF-8": ([TEA, "--script-file", "latin-1.txt"], 2, "not UTF-8"),
    "no script file": ([TEA, "--script-file", "nope.txt"], 2, "nope.txt can't be read"),
    "script folder": ([TEA, "--script-file", "a folder.mp4"], 2, "can't be read"),
    "duration 0": ([TEA, "--duration", "0"], 2, "1 to 300 s"),
    "duration -1": ([TEA, "--duration", "-1"], 2, "1 to 300 s"),
    "duration nan": ([TEA, "--duration", "nan"], 2, "1 to 300 s"),
    "duration inf": ([TEA, "--duration", "inf"], 2, "1 to 300 s"),
    "duration 1e9": ([TEA, "--duration", "1e9"], 2, "1 to 300 s"),
    "duration word": ([TEA, "--duration", "long"], 2, "--duration"),
    "variants 0": ([TEA, "--variants", "0"], 2, "--variants"),
    "variants 11": ([TEA, "--variants", "11"], 2, "--variants"),
    "variants 1.5": ([TEA, "--variants", "1.5"], 2, "--variants"),
    "seed": ([TEA, "--seed", str(2**63)], 2, "--seed"),
    "negative seed": ([TEA, "--seed", "-1"], 2, "--seed"),
    "unknown option": ([TEA, "--sped", "1"], 2, "--sped"),
    "empty project": ([TEA, "--project", " "], 2, "1 to 200"),
    "long project": ([TEA, "--project", "x" * 201], 2, "1 to 200"),
    "unprintable project": ([TEA, "--project", "a\x1b[31mb"], 2, "printable"),
    "out is a file": ([TEA, "--out", "a file"], 2, "a file"),
    "out below a file": ([TEA, "--out", "a file/reels"], 2, "a file/reels"),
    "out not writable": ([TEA, "--out", "/proc/reels"], 2, "/proc/reels"),
    "max cost word": ([TEA, "--max-cost", "much"], 2, "no amount of dollars"),
    "max cost -1": ([TEA, "--max-cost", "-1"], 2, "no amount of dollars"),
    "max cost nan": ([TEA, "--max-cost", "nan"], 2, "no amount of dollars"),
    "unknown profile": ([TEA, "--profile", "nobody"], 3, "nobody"),
    "empty profile": ([TEA, "--profile", ""], 3, "no profile"),
    "not UTF-8": (["caf\udce9.mp4"], 2, "not UTF-8"),
}


@pytest.mark.parametrize("case", BAD_MAKES)
def test_a_bad_make_is_refused_and_leaves_nothing(case: str, quick: Reelflow, folder: Path) -> None:
    arguments, code, words = BAD_MAKES[case]

    ended = quick.call("make", *arguments)

    assert ended.code == code
    assert words in ended.sentence
    assert ended.out == ""
    assert quick.library() == []
    assert quick.work_dirs() == []
    assert not (quick.home / "faults.log").exists()
    with quick.database() as database:
        from models.profiles import list_profiles

        for profile in list_profiles(database):
            with database.profile_session(profile.id) as session:
                assert session.exec(select(Project)).all() == []
                assert session.exec(select(Clip)).all() == []


def test_a_refusal_as_json_is_one_document(quick: Reelflow, folder: Path) -> None:
    ended = quick.call("make", "text.mp4", "--json")

    assert ended.code == 2
    assert ended.document == {"error": {"kind": "unusable_footage", "message": ended.sentence}}


def test_a_usage_error_says_where_help_is(quick: Reelflow) -> None:
    ended = quick.call("clip", "render", "--json")

    assert ended.code == 2
    assert ended.document["error"]["kind"] == "usage"
    assert ended.sentence == "Missing argument 'CLIP'. See reelflow clip render --help."


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", ""], "1 to 200 printable"),
        (["add", "x" * 201], "1 to 200 printable"),
        (["add", "tea\nhouse\x07"], "1 to 200 printable"),
        (["add", "TAKEN"], "already a profile"),
        (["add", "Other", "--slug", "taken"], "'taken-2' is free"),
        (["add", "Other", "--slug", "Bad Slug"], "'bad-slug'"),
        (["add", "Other", "--slug", ""], "short name"),
        (["add", "Other", "--slug", "../up"], "short name"),
        (["add", "Other", "--timezone", "Mars/Olympus"], "no time zone"),
        (["add", "Other", "--timezone", "../../etc/passwd"], "no time zone"),
        (["add", "Other", "--timezone", ""], "no time zone"),
        (["add"], "NAME"),
        (["delete", "taken"], "--yes"),
    ],
)
def test_a_bad_profile_is_refused(arguments: list[str], words: str, quick: Reelflow) -> None:
    assert quick.call("profile", "add", "Taken").code == 0

    ended = quick.call("profile", *arguments)

    assert ended.code == 2
    assert words in ended.sentence
    listed = quick.call("profile", "list", "--json").document["profiles"]
    assert [profile["slug"] for profile in listed] == ["taken"]


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [
        ("REELFLOW_PARALLEL_RENDERS", "many", 2),
        ("REELFLOW_PARALLEL_RENDERS", "0", 2),
        ("REELFLOW_DATABASE_URL", "not a url", 2),
        ("REELFLOW_DATABASE_URL", "sqlite://", 2),
    ],
)
def test_a_bad_setting_is_named(
    variable: str, value: str, code: int, quick: Reelflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)

    ended = quick.call("profile", "list")

    assert ended.code == code
    assert variable in ended.sentence


@pytest.mark.parametrize("command", [["profile", "list"], ["make", TEA], ["project", "list"], ["runs"]])
def test_a_home_that_is_a_file_is_named(
    command: list[str], quick: Reelflow, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELFLOW_HOME", str(folder / "a file"))

    ended = quick.call(*command)

    assert ended.code == 2
    assert "REELFLOW_HOME" in ended.sentence


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (
            BudgetRefused(
                "The budget is spent.",
                spent_micro_usd=4_900_000,
                reserved_micro_usd=0,
                limit_micro_usd=5_000_000,
                needed_micro_usd=200_000,
            ),
            4,
        ),
        (ProviderRefused("The voice is blocked."), 5),
        (ProviderUnavailable("The voice did not answer."), 5),
        (Fault("The disk is full."), 1),
        (ZeroDivisionError("division by zero"), 1),
    ],
)
def test_every_kind_of_error_has_its_exit_code(
    error: Exception, code: int, quick: Reelflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("ui.commands.profiles.list_profiles", fail)

    ended = quick.call("profile", "list", "--json")

    assert ended.code == code
    assert str(error) in ended.sentence
    assert ended.document["error"]["message"] == ended.sentence


def test_the_details_of_a_fault_are_kept_and_their_place_is_named(
    quick: Reelflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("ui.commands.profiles.list_profiles", fail)

    ended = quick.call("profile", "list")

    assert str(quick.home / "faults.log") in ended.sentence
    assert "Traceback" in (quick.home / "faults.log").read_text(encoding="utf-8")


def test_ctrl_c_is_told_in_one_word(quick: Reelflow, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ui.commands.profiles.list_profiles", interrupt)

    ended = quick.call("profile", "list", "--json")

    assert ended.code == 130
    assert ended.sentence == "Stopped."
    assert ended.document["error"]["kind"] == "stopped"


def test_names_are_shown_as_they_are(quick: Reelflow) -> None:
    name = "[/red] :tea: [bold]100%"

    added = quick.call("profile", "add", name)
    listed = quick.call("profile", "list")
    refused = quick.call("profile", "add", name)

    assert name in added.out
    assert name in listed.out
    assert name in refused.sentence


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_process_prints_json_that_can_be_read_in_any_encoding(
    encoding: str, quick: Reelflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert quick.call("profile", "add", "Zoë's café 茶").code == 0
    quick.environment["PYTHONIOENCODING"] = encoding

    ended = quick.run("profile", "list", "--json")

    assert ended.code == 0
    assert ended.err == ""
    assert json.loads(ended.out)["profiles"][0]["name"] == "Zoë's café 茶"


@pytest.mark.slow
def test_a_process_shows_no_traceback_for_a_name_that_is_not_utf8(quick: Reelflow) -> None:
    ended = quick.run("make", os.fsdecode(b"caf\xe9.mp4"), "--json")

    assert ended.code == 2
    assert "caf\\xe9.mp4" in ended.sentence
    assert ended.document["error"]["kind"] == "bad_input"


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error(quick: Reelflow) -> None:
    for number in range(30):
        assert quick.call("profile", "add", f"Brand {number}").code == 0
    process = quick.start("profile", "list", "--json")
    assert process.stdout is not None
    process.stdout.close()

    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()

    assert process.wait() == 0
    assert err == ""
