"""Footage comes into the library once per content, whatever it is called and whoever else brings it."""

import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from models.errors import BadInput, UnusableFootage
from models.footage import Footage
from models.run import RunEvent
from models.storage import Imported, Storage
from tasks.probing import import_footage, probe_footage
from tasks.run_context import RunContext
from tests.program import files_in


def take_in(run: RunContext, path: Path) -> UUID:
    return import_footage.fn(run, path, probe_footage.fn(run, path))


def rows(run: RunContext) -> list[Footage]:
    with run.reading() as session:
        return list(session.exec(select(Footage)).all())


def library(run: RunContext) -> list[str]:
    return files_in(run.settings.storage_dir / str(run.profile_id))


def test_equal_bytes_are_one_footage(run: RunContext, films: dict[str, Path], tmp_path: Path) -> None:
    copy = shutil.copyfile(films["cup"], tmp_path / "renamed.mov")

    ids = [take_in(run, path) for path in (films["cup"], copy, films["cup"])]

    assert len(set(ids)) == 1
    assert [row.name for row in rows(run)] == ["cup.mp4"]
    assert library(run) == [f"footage/{ids[0]}.mp4"]


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("CUP.MP4", ".mp4"), ("cup", ".video"), ("cup.final cut", ".video"), ("cup.ünï", ".video")],
)
def test_any_name_can_be_stored(
    name: str, suffix: str, run: RunContext, films: dict[str, Path], tmp_path: Path
) -> None:
    path = shutil.copyfile(films["cup"], tmp_path / name)

    footage_id = take_in(run, path)

    assert library(run) == [f"footage/{footage_id}{suffix}"]
    assert rows(run)[0].name == name


def test_a_file_that_is_no_video_is_not_taken_in(run: RunContext, tmp_path: Path) -> None:
    (tmp_path / "list.mp4").write_text("tea, cups, a box")

    with pytest.raises(UnusableFootage, match=r"list\.mp4"):
        take_in(run, tmp_path / "list.mp4")

    assert rows(run) == []


def test_another_run_that_brings_the_same_bytes_meanwhile_wins(
    run: RunContext, films: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # pitfall 9
    theirs = shutil.copyfile(films["cup"], tmp_path / "theirs.mov")
    real = Storage.import_file

    def meanwhile(self: Storage, source: Path, key: str) -> Imported:
        if source != theirs:
            take_in(run, theirs)
        return real(self, source, key)

    monkeypatch.setattr(Storage, "import_file", meanwhile)

    footage_id = take_in(run, films["cup"])

    assert [row.id for row in rows(run)] == [footage_id]
    assert library(run) == [f"footage/{footage_id}.mov"], "theirs stays, ours goes"


def test_a_file_that_changes_between_looking_and_copying_is_refused(
    run: RunContext, films: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shutil.copyfile(films["cup"], tmp_path / "growing.mp4")
    real = Storage.import_file

    def change_first(self: Storage, source: Path, key: str) -> Any:
        with source.open("ab") as file:
            file.write(b"more")
        return real(self, source, key)

    monkeypatch.setattr(Storage, "import_file", change_first)

    with pytest.raises(BadInput, match="changes while it is read"):
        take_in(run, path)

    assert rows(run) == []
    assert library(run) == []


def test_footage_whose_file_is_gone_is_copied_in_again(run: RunContext, films: dict[str, Path]) -> None:
    footage_id = take_in(run, films["cup"])
    (run.settings.storage_dir / str(run.profile_id) / "footage" / f"{footage_id}.mp4").unlink()

    assert take_in(run, films["cup"]) == footage_id

    assert library(run) == [f"footage/{footage_id}.mp4"]
    with run.reading() as session:
        codes = {event.code for event in session.exec(select(RunEvent))}
    assert codes == {"footage_restored", "footage_known"}
