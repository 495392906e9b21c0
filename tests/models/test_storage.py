"""The library: whole files or none, one profile's keys and no path of anybody's making."""

import errno
import hashlib
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from models.errors import BadInput, Fault, ScopeViolation
from models.storage import Removed, Storage, key_for

OURS, THEIRS, ITEM = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "it's a library", OURS)


def leftovers(storage: Storage, tmp_path: Path) -> list[Path]:
    return list((tmp_path / "it's a library").rglob(".unfinished-*"))


@pytest.mark.parametrize("suffix", [".mp4", ".tar.gz", "-poster.jpg", ".manifest.json", "_16x9.mp4"])
def test_a_key_is_made_of_ids(storage: Storage, tmp_path: Path, suffix: str) -> None:
    key = storage.key_for("footage", ITEM, suffix)

    assert key == key_for(OURS, "footage", ITEM, suffix) == f"{OURS}/footage/{ITEM}{suffix}"
    assert storage.path(key) == tmp_path / "it's a library" / str(OURS) / "footage" / f"{ITEM}{suffix}"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        f"/{OURS}/footage/{ITEM}.mp4",
        f"{OURS}/footage/../../{THEIRS}/footage/{ITEM}.mp4",
        f"{OURS}/../{ITEM}.mp4",
        f"{OURS}/footage/{ITEM}",
        f"{OURS}/footage/{ITEM}/..",
        f"{OURS}/footage/{ITEM}.mp4/x",
        f"{OURS}/footage/{ITEM}.mp4\n",
        f"{OURS}/footage/{ITEM}.mp4\0",
        f"{OURS}/footage/{ITEM}..mp4",
        f"{OURS}/foo tage/{ITEM}.mp4",
        f"{OURS}/footage/{str(ITEM)[:8]}.mp4",
        f"{OURS}/footage/name.mp4",
        f"{OURS}\\footage\\{ITEM}.mp4",
    ],
)
def test_anything_else_is_no_key(storage: Storage, key: str) -> None:
    # pitfalls 31, 37
    for use in (storage.path, storage.remove, storage.has):
        with pytest.raises(BadInput, match="not a storage key"):
            use(key)


@pytest.mark.parametrize(("kind", "suffix"), [("../x", ".mp4"), ("footage", "/../x.mp4"), ("footage", "")])
def test_a_key_of_another_shape_can_t_be_made(storage: Storage, kind: str, suffix: str) -> None:
    with pytest.raises(BadInput):
        storage.key_for(kind, ITEM, suffix)


def test_another_profile_s_key_is_refused_everywhere(storage: Storage, tmp_path: Path) -> None:
    # pitfalls 23, 31
    key = key_for(THEIRS, "footage", ITEM, ".mp4")
    other = Storage(tmp_path / "it's a library", THEIRS)
    (tmp_path / "new").write_bytes(b"ours")
    other.import_file(tmp_path / "new", key)

    for use in (
        lambda: storage.path(key),
        lambda: storage.has(key),
        lambda: storage.remove(key),
        lambda: storage.publish(tmp_path / "new", key),
        lambda: storage.import_file(tmp_path / "new", key),
    ):
        with pytest.raises(ScopeViolation):
            use()
    storage.remove_profile()

    assert other.path(key).read_bytes() == b"ours"


def test_publishing_moves_the_file(storage: Storage, tmp_path: Path) -> None:
    key = storage.key_for("exports", ITEM, ".mp4")
    for content in (b"first", b"second"):
        temp = tmp_path / "finished.mp4"
        temp.write_bytes(content)

        path = storage.publish(temp, key)

        assert path.read_bytes() == content
        assert not temp.exists()
    assert storage.has(key)


def test_publishing_from_another_disk_copies_first(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temp, key = tmp_path / "finished.mp4", storage.key_for("exports", ITEM, ".mp4")
    temp.write_bytes(b"x" * 3_000_000)
    real_stat, real_replace = Path.stat, Path.replace

    def other_disk(self: Path, **options: Any) -> Any:
        found = real_stat(self, **options)
        if self != temp:
            return found
        fields = {name: getattr(found, name) for name in dir(found) if name.startswith("st_")}
        return SimpleNamespace(**fields | {"st_dev": -1})

    def no_rename_across(self: Path, target: Path) -> Path:
        if self == temp:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return real_replace(self, target)

    monkeypatch.setattr(Path, "stat", other_disk)
    monkeypatch.setattr(Path, "replace", no_rename_across)

    assert storage.publish(temp, key).read_bytes() == b"x" * 3_000_000
    assert not temp.exists()
    assert leftovers(storage, tmp_path) == []


def test_nothing_to_publish_is_said(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(Fault, match="no finished file"):
        storage.publish(tmp_path / "missing.mp4", storage.key_for("exports", ITEM, ".mp4"))


def test_an_import_is_a_copy_with_its_hash(storage: Storage, tmp_path: Path) -> None:
    source = tmp_path / "it's mine?.mp4"
    source.write_bytes(os.urandom(2_500_000))
    content = source.read_bytes()
    key = storage.key_for("footage", ITEM, ".mp4")

    sha256, size = storage.import_file(source, key)
    source.write_bytes(b"changed by its owner")

    assert (sha256, size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert storage.path(key).read_bytes() == content


def test_a_source_that_grows_meanwhile_is_not_imported(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pitfall 40
    source, key = tmp_path / "upload.mp4", storage.key_for("footage", ITEM, ".mp4")
    source.write_bytes(b"half")
    monkeypatch.setattr(Storage, "check_room", lambda *_, **__: source.write_bytes(b"half and more"))

    with pytest.raises(BadInput, match="changed while it was copied"):
        storage.import_file(source, key)

    assert not storage.has(key)
    assert leftovers(storage, tmp_path) == []


@pytest.mark.parametrize("name", ["missing.mp4", "."])
def test_what_is_no_file_is_not_imported(storage: Storage, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="is not a file"):
        storage.import_file(tmp_path / name, storage.key_for("footage", ITEM, ".mp4"))


def test_a_full_disk_is_noticed_before_the_copy(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pitfall 45
    source = tmp_path / "mug.mp4"
    source.write_bytes(b"x" * 1000)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=256 << 20))

    with pytest.raises(Fault, match=r"no room for mug\.mp4: it needs 0\.00 GB .*free some space"):
        storage.import_file(source, storage.key_for("footage", ITEM, ".mp4"))

    assert not storage.has(storage.key_for("footage", ITEM, ".mp4"))


def test_removing_says_whether_there_was_something(storage: Storage, tmp_path: Path) -> None:
    key = storage.key_for("drafts", ITEM, ".mp4")
    (tmp_path / "x").write_bytes(b"12345")
    storage.import_file(tmp_path / "x", key)

    assert [storage.remove(key), storage.remove(key)] == [True, False]

    storage.import_file(tmp_path / "x", key)
    assert [storage.remove_profile(), storage.remove_profile()] == [Removed(1, 5), Removed(0, 0)]


def test_only_old_unfinished_copies_are_cleaned(storage: Storage, tmp_path: Path) -> None:
    folder = storage.path(storage.key_for("footage", ITEM, ".mp4")).parent
    folder.mkdir(parents=True)
    old, young, whole = (folder / name for name in (f".unfinished-{uuid4()}", f".unfinished-{uuid4()}", "x"))
    for path in (old, young, whole):
        path.write_bytes(b"x")
    for path in (old, whole):
        os.utime(path, (0, 0))

    assert storage.remove_unfinished() == 1
    assert sorted(folder.iterdir()) == sorted([young, whole])
