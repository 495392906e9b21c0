"""Where a profile's files live: the library, a local folder addressed by keys.

A key is `{profile_id}/{kind}/{id}{suffix}`; a name given by a user never becomes part of one. A file
appears under its key whole or not at all, and a storage opened for one profile reaches no other's.
"""

import contextlib
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

from models.errors import BadInput, Fault, ScopeViolation

_CHUNK_BYTES = 1 << 20

#: Left free on the disk, so that the database and other programs can go on.
RESERVE_BYTES = 256 << 20

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KIND = r"[a-z][a-z0-9_-]{0,31}"
_SUFFIX = r"(?:[-_][a-z0-9]{1,16}){0,3}(?:\.[a-z0-9]{1,8}){1,3}"
_KEY = re.compile(rf"(?P<profile>{_UUID})/(?P<kind>{_KIND})/(?P<id>{_UUID})(?P<suffix>{_SUFFIX})")
_UNFINISHED = ".unfinished-"


class Imported(NamedTuple):
    """What was copied into the library."""

    sha256: str
    """Hash of the bytes that were stored, in hexadecimal."""
    bytes: int
    """How many they are."""


class Removed(NamedTuple):
    """What was deleted, or would be."""

    files: int
    """How many files."""
    bytes: int
    """Their sizes added up."""


def key_for(profile_id: UUID, kind: str, item_id: UUID, suffix: str) -> str:
    """The key of one thing of a profile.

    Args:
        profile_id: Whose.
        kind: Folder inside the profile's: "footage", "drafts", "exports".
        item_id: The row's id, or a run's own when there is no row.
        suffix: Ending such as ".mp4" or "-poster.jpg".

    Raises:
        BadInput: kind or suffix don't have that shape.
    """
    key = f"{profile_id}/{kind}/{item_id}{suffix}"
    if not _KEY.fullmatch(key):
        raise BadInput(f"{key!r} is not a storage key.")
    return key


class Storage:
    """The library of one profile.

    Args:
        root: The library's folder, `Settings.storage_dir`.
        profile_id: The one profile whose keys are accepted.
    """

    def __init__(self, root: Path, profile_id: UUID) -> None:
        self._root = root
        self._profile_id = profile_id

    @property
    def profile_id(self) -> UUID:
        """Whose library this is."""
        return self._profile_id

    def key_for(self, kind: str, item_id: UUID, suffix: str) -> str:
        """The key of one thing of this profile; see `key_for`."""
        return key_for(self._profile_id, kind, item_id, suffix)

    def path(self, key: str) -> Path:
        """Where the file of a key is, or would be.

        Raises:
            BadInput: not a key: absolute, with `..`, or of any other shape.
            ScopeViolation: another profile's key.
        """
        parts = _KEY.fullmatch(key)
        if parts is None:
            raise BadInput(f"{key!r} is not a storage key.")
        if parts["profile"] != str(self._profile_id):
            raise ScopeViolation("a storage key of another profile")
        return self._root / key

    def has(self, key: str) -> bool:
        """Whether the file is there."""
        return self.path(key).is_file()

    def publish(self, temp: Path, key: str) -> Path:
        """Moves a finished file to its key; nobody ever sees half of it.

        Args:
            temp: In a work dir, written and closed; gone afterwards.
            key: Replaced if it exists, in one step.

        Returns:
            Where it is now.

        Raises:
            Fault: the disk is too full (only when `temp` is on another one), or `temp` is missing.
        """
        target = self.path(key)
        if not temp.is_file():
            raise Fault(f"There is no finished file at {temp} to publish.")
        target.parent.mkdir(parents=True, exist_ok=True)
        if temp.stat().st_dev == target.parent.stat().st_dev:
            with temp.open("rb") as finished:
                os.fsync(finished.fileno())
            temp.replace(target)
            _sync_folder(target.parent)
        else:
            self._copy(temp, target)
            temp.unlink()
        return target

    def import_file(self, source: Path, key: str) -> Imported:
        """Copies a user's file to its key, hashing what is stored.

        A copy and never a link: the user may change or delete the original later.

        Raises:
            BadInput: no readable file, or it changed while it was read.
            Fault: the disk is too full.
        """
        target = self.path(key)
        if not source.is_file():
            raise BadInput(f"{source} is not a file.")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            return self._copy(source, target)
        except PermissionError as error:
            raise BadInput(f"{source} can't be read: {error.strerror}.") from error

    def remove(self, key: str) -> bool:
        """Deletes the file of a key; False when there was none."""
        try:
            self.path(key).unlink()
        except FileNotFoundError:
            return False
        return True

    def measure(self) -> Removed:
        """How many files this profile has, and their sizes added up; reads every file's entry."""
        folder = self._root / str(self._profile_id)
        files = [path for path in folder.rglob("*") if path.is_file()]
        return Removed(len(files), sum(path.stat().st_size for path in files))

    def remove_profile(self) -> Removed:
        """Deletes everything of this profile; asked again, it removes nothing."""
        folder = self._root / str(self._profile_id)
        removed = self.measure()
        if folder.exists():
            shutil.rmtree(folder)
        return removed

    def remove_unfinished(self, *, older_than_s: float = 86_400) -> int:
        """Deletes what interrupted copies left behind, once no copy can still be at work on it."""
        limit = time.time() - older_than_s
        folder = self._root / str(self._profile_id)
        stale = [path for path in folder.glob(f"*/{_UNFINISHED}*") if path.stat().st_mtime < limit]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def check_room(self, needed_bytes: int, *, name: str) -> None:
        """Makes sure that so much fits on the library's disk and leaves `RESERVE_BYTES` free.

        Raises:
            Fault: it does not, with the numbers and what to do.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._root).free
        if free - needed_bytes < RESERVE_BYTES:
            raise Fault(
                f"There is no room for {name}: it needs {needed_bytes / 1e9:.2f} GB and {free / 1e9:.2f} GB "
                f"are free under {self._root} (of which {RESERVE_BYTES / 1e9:.2f} GB are kept free); "
                "free some space or move REELFLOW_HOME to a larger disk."
            )

    def _copy(self, source: Path, target: Path) -> Imported:
        before = source.stat()
        self.check_room(before.st_size, name=source.name)
        digest, size = hashlib.sha256(), 0
        with _unfinished(target.parent) as temp:
            with source.open("rb") as reader, temp.open("xb") as writer:
                while chunk := reader.read(_CHUNK_BYTES):
                    digest.update(chunk)
                    size += writer.write(chunk)
                writer.flush()
                os.fsync(writer.fileno())
            after = source.stat()
            if size != before.st_size or (after.st_size, after.st_mtime_ns) != (
                before.st_size,
                before.st_mtime_ns,
            ):
                raise BadInput(
                    f"{source.name} changed while it was copied; wait until it is complete, then try again."
                )
            temp.replace(target)
        _sync_folder(target.parent)
        return Imported(digest.hexdigest(), size)


@contextlib.contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """A temporary name beside the final one, so that the last step is a rename; gone on any error."""
    temp = folder / f"{_UNFINISHED}{uuid4()}"
    try:
        yield temp
    finally:
        temp.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Makes a rename survive a power cut, where the system can open folders (not on Windows)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_sha256(path: Path) -> str:
    """The hash of a file's bytes, by which footage is known."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
