"""Finished files for people: copied out of the library under names that a person recognises."""

import re
import shutil
from pathlib import Path

from models.clip import EXPORT_SUFFIXES, Export
from models.storage import Storage


def deliver(storage: Storage, export: Export, out: Path, stem: str) -> Path:
    """Copies an export and what lies beside it into a folder; returns the video's path."""
    out.mkdir(parents=True, exist_ok=True)
    for suffix in EXPORT_SUFFIXES:
        source = storage.path(storage.key_for("exports", export.id, suffix))
        target = out / f"{stem}{suffix}"
        if not source.is_file():
            target.unlink(missing_ok=True)
            continue
        partial = out / f".{stem}{suffix}.partial"
        shutil.copyfile(source, partial)
        partial.replace(target)
    return (out / f"{stem}.mp4").resolve()


def download_name(project: str, variant: int, preset: str) -> str:
    """A file name safe on every system: "summer-sale-v1-reels"."""
    words = re.sub(r"\W+", "-", project).strip("-_").lower()[:60]
    return f"{words or 'reel'}-v{variant}-{preset}"
