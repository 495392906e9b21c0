"""The inbox as a folder: only whole files are seen, and nothing is lost between two renames."""

import os
import time
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from models.errors import BadInput
from tasks.inbox_folder import (
    QUIET_S,
    InboxItem,
    check_item,
    content_key,
    find_items,
    is_complete,
    put_away,
    read_script,
    take,
    taken_items,
)

RUN = UUID("00000000-0000-4000-8000-00000000000a")


def drop(path: Path, text: str = "film") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def only(inbox: Path) -> InboxItem:
    (item,) = find_items(inbox)
    return item


def later() -> float:
    return time.time() + QUIET_S + 1


def test_a_film_is_a_project_and_so_is_a_folder(tmp_path: Path) -> None:
    drop(tmp_path / "tea.mp4")
    drop(tmp_path / "tea.txt", "Fresh tea.")
    drop(tmp_path / "lonely.txt", "No film yet.")
    for name in ("b.mov", "a.mov", "script.txt"):
        drop(tmp_path / "Summer sale v1.2" / name)
    for ours in ("done", "refused", "making"):
        drop(tmp_path / ours / "old.mp4")

    folder, film = find_items(tmp_path)

    assert (film.project, film.script) == ("tea", tmp_path / "tea.txt")
    assert folder.project == "Summer sale v1.2"
    assert [path.name for path in folder.films] == ["a.mov", "b.mov"]
    assert folder.script == tmp_path / "Summer sale v1.2" / "script.txt"


@pytest.mark.parametrize(
    "name",
    [".tea.mp4.Xy12", "tea.mp4.part", "tea.mp4.crdownload", "~tea.mp4", "tea.mp4~", "Thumbs.db", "x.TMP"],
)
def test_what_is_being_copied_under_another_name_is_not_seen(name: str, tmp_path: Path) -> None:
    drop(tmp_path / name)

    assert find_items(tmp_path) == []


def test_a_file_is_complete_when_it_has_been_left_alone(tmp_path: Path) -> None:
    film = drop(tmp_path / "tea.mp4")
    os.utime(film, (0, 0))  # as copying programs do that keep the time of the original

    assert not is_complete(only(tmp_path), time.time())
    assert is_complete(only(tmp_path), later())


@pytest.mark.skipif(not hasattr(__import__("fcntl"), "F_SETLEASE"), reason="told by Linux only")
def test_a_copy_that_stands_still_is_not_complete(tmp_path: Path) -> None:
    with (tmp_path / "tea.mp4").open("w") as writing:
        writing.write("half of")
        writing.flush()

        assert not is_complete(only(tmp_path), later())

    assert is_complete(only(tmp_path), later())


def test_a_folder_is_complete_when_all_in_it_is(tmp_path: Path) -> None:
    drop(tmp_path / "Sale" / "a.mp4")
    partial = drop(tmp_path / "Sale" / "b.mp4.part")

    assert not is_complete(only(tmp_path), later())

    partial.rename(partial.with_suffix(""))
    assert is_complete(only(tmp_path), later())


def test_the_key_is_of_content_script_and_project(tmp_path: Path) -> None:
    first, same = tmp_path / "1", tmp_path / "2"
    drop(first / "tea.mp4")
    drop(same / "tea.mp4")
    key = content_key(only(first))
    assert content_key(only(same)) == key

    drop(same / "tea.txt", "Fresh tea.")
    assert content_key(only(same)) != key
    (first / "tea.mp4").rename(first / "cup.mp4")
    assert content_key(only(first)) != key


def test_what_is_taken_is_found_again_and_put_away(tmp_path: Path) -> None:
    drop(tmp_path / "tea.mp4")
    drop(tmp_path / "tea.txt", "Fresh tea.")

    take(only(tmp_path), tmp_path, RUN)

    assert find_items(tmp_path) == []
    taken = taken_items(tmp_path)[RUN]
    assert (taken.project, read_script(taken)) == ("tea", "Fresh tea.")
    put_away(taken, tmp_path, RUN)
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == ["tea.mp4", "tea.txt"]
    assert taken_items(tmp_path) == {}
    assert list((tmp_path / "making").iterdir()) == []


def test_a_taking_that_was_interrupted_is_undone(tmp_path: Path) -> None:
    drop(tmp_path / "tea.mp4")
    drop(tmp_path / "making" / str(RUN) / "tea.txt", "Fresh tea.")

    assert taken_items(tmp_path) == {}

    assert only(tmp_path).script == tmp_path / "tea.txt"


def test_a_putting_away_that_was_interrupted_is_gone_on_with(tmp_path: Path) -> None:
    drop(tmp_path / "making" / str(RUN) / "tea.mp4")
    drop(tmp_path / "done" / "tea.txt", "Fresh tea.")

    put_away(taken_items(tmp_path)[RUN], tmp_path, RUN)

    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == ["tea.mp4", "tea.txt"]


def test_nothing_in_done_or_refused_is_replaced(tmp_path: Path) -> None:
    drop(tmp_path / "done" / "tea.mp4", "the first")
    drop(tmp_path / "tea.mp4", "the second")

    put_away(only(tmp_path), tmp_path)

    assert (tmp_path / "done" / "tea.mp4").read_text() == "the first"
    assert (tmp_path / "done" / "tea (2).mp4").read_text() == "the second"


def test_a_refused_file_has_its_reason_beside_it(tmp_path: Path) -> None:
    drop(tmp_path / "list.mp4")

    put_away(only(tmp_path), tmp_path, refused="list.mp4 can't be used: it is no video.")

    why = (tmp_path / "refused" / "list.mp4 - why.txt").read_text()
    assert why.startswith("list.mp4 can't be used: it is no video.")
    assert "Move it back" in why


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({"Sale/a.mp4": "", "Sale/more/b.mp4": ""}, "folder inside a folder"),
        ({"Sale/a.mp4": "", "Sale/1.txt": "one", "Sale/2.txt": "two"}, "several texts"),
        ({"tea.mp4": "", "tea.txt": " "}, "nothing to say"),
    ],
)
def test_what_no_run_could_use_is_refused_at_once(files: dict[str, str], word: str, tmp_path: Path) -> None:
    for name, text in files.items():
        drop(tmp_path / name, text)

    with pytest.raises(BadInput, match=word):
        check_item(only(tmp_path))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    secret = drop(tmp_path / "elsewhere" / "film.mp4")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / f"{uuid4()}.mp4").symlink_to(secret)

    with pytest.raises(BadInput, match="is a link"):
        check_item(only(tmp_path / "inbox"))
