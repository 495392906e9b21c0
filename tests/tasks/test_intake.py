"""Files come in without stopping each other, and leave where they were only when their copy is certain."""

import shutil
from pathlib import Path

import pytest
from sqlmodel import select

from models.footage import Footage
from models.run import RunEvent
from tasks import intake
from tasks.intake import TakenFile, discard_source, take_in
from tasks.run_context import RunContext


@pytest.fixture(autouse=True)
def _without_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tasks as plain functions: asked as tasks, they would start a server of their own."""
    for name in ("probe_footage", "import_footage"):
        monkeypatch.setattr(intake, name, getattr(intake, name).fn)


@pytest.fixture
def upload(run: RunContext, films: dict[str, Path]) -> Path:
    """A film as an upload leaves it: in a folder of its own below the profile's."""
    path = run.settings.upload_dir / str(run.profile_id) / "0001" / "tea.mp4"
    path.parent.mkdir(parents=True)
    return Path(shutil.copyfile(films["cup"], path))


def told(run: RunContext) -> dict[str, str]:
    with run.reading() as session:
        return {event.code: event.message for event in session.exec(select(RunEvent)).all()}


def copy_of(run: RunContext, taken: TakenFile) -> Path:
    with run.reading() as session:
        return run.storage.path(session.require(Footage, taken.footage_id).storage_key)


def test_a_refused_file_does_not_stop_the_others(
    run: RunContext, films: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "list.mp4").write_text("tea, cups, a box")
    renamed = Path(shutil.copyfile(films["cup"], tmp_path / "renamed.mp4"))

    taken, refused = take_in(
        run, [tmp_path / "list.mp4", films["cup"], tmp_path / "missing.mp4", renamed, films["tea"]]
    )

    assert [file.path.name for file in taken] == ["cup.mp4", "renamed.mp4", "tea.mp4"]
    assert [file.is_known for file in taken] == [False, True, False]
    assert taken[0].footage_id == taken[1].footage_id
    assert [file.path.name for file in refused] == ["list.mp4", "missing.mp4"]
    assert "there is no such file" in str(refused[1].error)
    assert {"footage_refused", "footage_known"} <= set(told(run))


def test_a_verified_upload_is_removed_with_its_folder(run: RunContext, upload: Path) -> None:
    (taken,), _ = take_in(run, [upload])

    assert discard_source(run, taken)

    assert not upload.parent.exists()
    assert upload.parent.parent.exists(), "the profile's other uploads wait there"
    assert copy_of(run, taken).is_file()


def test_a_file_elsewhere_leaves_its_folder(run: RunContext, films: dict[str, Path], tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (taken,), _ = take_in(run, [Path(shutil.copyfile(films["cup"], inbox / "cup.mp4"))])

    assert discard_source(run, taken)

    assert list(inbox.iterdir()) == []


@pytest.mark.parametrize("damage", ["missing", "other bytes"])
def test_without_a_whole_copy_the_source_stays(damage: str, run: RunContext, upload: Path) -> None:
    # pitfall 40
    (taken,), _ = take_in(run, [upload])
    copy = copy_of(run, taken)
    if damage == "missing":
        copy.unlink()
    else:
        content = bytearray(copy.read_bytes())
        content[len(content) // 2] ^= 1
        copy.write_bytes(content)

    assert not discard_source(run, taken)

    assert upload.is_file()
    assert "missing or damaged" in told(run)["source_kept"]


def test_a_source_that_has_changed_since_stays(run: RunContext, upload: Path) -> None:
    # pitfall 40
    (taken,), _ = take_in(run, [upload])
    with upload.open("ab") as file:
        file.write(b"more")

    assert not discard_source(run, taken)

    assert upload.is_file()
    assert "changed since" in told(run)["source_kept"]


def test_the_librarys_own_file_is_never_removed(run: RunContext, upload: Path) -> None:
    (first,), _ = take_in(run, [upload])
    own = copy_of(run, first)
    (again,), _ = take_in(run, [own])

    assert again.is_known
    assert not discard_source(run, again)

    assert own.is_file()


def test_two_names_for_the_same_file_are_removed_once(run: RunContext, upload: Path) -> None:
    taken, _ = take_in(run, [upload, upload])

    assert [discard_source(run, file) for file in taken] == [True, True]
    assert "source_kept" not in told(run)
