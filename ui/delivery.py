"""Finished files for people: copied out of the library under names that a person recognises."""

import contextlib
import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from models.clip import EXPORT_SUFFIXES, Export
from models.errors import BadInput, Fault
from models.storage import Storage

#: Longest name in bytes; what is added to it stays below the 255 that file systems allow.
_NAME_BYTES = 160


def delivery_folder(out: Path) -> Path:
    """The folder to deliver to, made when missing; checked before the work, not after it.

    Raises:
        BadInput: files can't be put there.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"Nothing can be put into {out}: {error.strerror}. Name another folder.") from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise BadInput(f"Nothing can be put into {out}: it is not writable. Name another folder.")
    return out.absolute()


def deliver(storage: Storage, export: Export, out: Path, stem: str) -> Path:
    """Copies an export and what lies beside it into a folder; returns the video's path.

    An earlier final of the same clip is replaced. Anything else that has the name already stays, and
    the name gets a number.

    Raises:
        Fault: the files can't be written; they are still in the library.
    """
    try:
        with _alone_in(out):
            stem = next(name for name in _names(stem) if _is_free(out, name, export))
            for suffix in EXPORT_SUFFIXES:
                _copy(storage.path(storage.key_for("exports", export.id, suffix)), out / f"{stem}{suffix}")
    except OSError as error:
        raise Fault(
            f"The finished files could not be copied to {out} ({error.strerror}); they are in the library."
        ) from error
    return out / f"{stem}.mp4"


def deliver_archive(storage: Storage, key: str, out: Path, name: str) -> Path:
    """Copies an archive into a folder; what has its name already stays, and the name gets a number.

    Raises:
        Fault: it can't be written; it is still in the library.
    """
    stem = name.removesuffix(".zip")
    try:
        with _alone_in(out):
            target = next(path for number in _names(stem) if not (path := out / f"{number}.zip").exists())
            _copy(storage.path(key), target)
    except OSError as error:
        raise Fault(
            f"The archive could not be copied to {out} ({error.strerror}); it is in the library."
        ) from error
    return target


def download_name(project: str, variant: int, preset: str) -> str:
    """A file name safe on every system: "summer-sale-v1-reels"."""
    words = re.sub(r"[\W_]+", "-", project).lower().encode()[:_NAME_BYTES].decode(errors="ignore").strip("-")
    return f"{words or 'reel'}-v{variant}-{preset}"


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Held while a name is chosen and taken, so that two commands can't choose the same one."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _names(stem: str) -> Iterator[str]:
    yield stem
    yield from (f"{stem}-{number}" for number in count(2))


def _is_free(out: Path, stem: str, export: Export) -> bool:
    """Whether nothing has this name, or only an earlier final of the same clip."""
    if not any((out / f"{stem}{suffix}").exists() for suffix in EXPORT_SUFFIXES):
        return True
    try:
        manifest = json.loads((out / f"{stem}.manifest.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get("clip_id") == str(export.clip_id)


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        target.unlink(missing_ok=True)
        return
    partial = target.with_name(f".{target.name}.partial")
    try:
        shutil.copyfile(source, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
