"""Finished files leave the house: one archive with all that belongs to them, under names for people."""

import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from prefect import task
from sqlmodel import col, select

from models.clip import EXPORT_SUFFIXES, Clip, Export
from models.deliveries import DELIVERY_READY
from models.project import Project
from tasks.clips import LoadedClip, load_clip
from tasks.media.interchange import SourceName, list_cuts, write_edl, write_otio
from tasks.media.presets import find_preset
from tasks.policies import LOCAL
from tasks.run_context import RunContext

#: Longest part of a name that is a user's, in bytes; what is added stays below the 255 of file systems.
_NAME_BYTES = 120

#: What Windows, macOS or a shell would stumble over in a file's name.
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Delivery:
    """An archive in the library."""

    key: str
    """Its storage key."""
    name: str
    """What it is called when it is downloaded."""
    bytes: int
    files: int


class PackedFile(NamedTuple):
    """One entry of an archive: a file of the library, or a text."""

    name: str
    content: Path | str


@task(name="pack delivery", **LOCAL)
def pack_delivery(
    run: RunContext, export_ids: Sequence[UUID], on_progress: Callable[[float], None] | None = None
) -> Delivery:
    """Packs exports and what lies beside them, and each clip's edit for other programs, into one archive.

    Nothing is compressed again: video does not get smaller. The archive lies in the library under the
    run's id, and an event of the run says where.

    Args:
        run: The run.
        export_ids: Exports of one clip or many.
        on_progress: Called with the finished share, 0 to 1.

    Raises:
        NotFound: the profile has not all of the exports.
        Fault: the disk is too full, or an export's file is gone.
    """
    entries = list(_entries(run, export_ids))
    needed = sum(entry.content.stat().st_size for entry in entries if isinstance(entry.content, Path))
    run.storage.check_room(needed, name="the archive")
    archive = run.folder("delivery") / "delivery.zip"
    _write_archive(archive, entries, needed, on_progress)
    delivery = Delivery(
        key=run.storage.key_for("deliveries", run.run_id, ".zip"),
        name=f"{_archive_name(run, export_ids)}.zip",
        bytes=archive.stat().st_size,
        files=len(entries),
    )
    run.storage.publish(archive, delivery.key)
    run.tell(
        DELIVERY_READY,
        f"{delivery.name} is ready: {delivery.files} files, {delivery.bytes / 1e6:.1f} MB.",
        key=delivery.key,
        name=delivery.name,
        bytes=delivery.bytes,
        files=delivery.files,
    )
    return delivery


def clean_name(text: str) -> str:
    """A user's name as part of a file's name on any system: "tea: cups/bowls" becomes "tea cups bowls"."""
    shown = _UNSAFE.sub(" ", unicodedata.normalize("NFC", text))
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in shown).split())
    return words.encode()[:_NAME_BYTES].decode(errors="ignore").strip(" .") or "Reels"


def different_names(names: Mapping[UUID, str]) -> dict[UUID, str]:
    """Clean names of several things, numbered where two would be the same, whatever their case."""
    chosen: dict[UUID, str] = {}
    taken: set[str] = set()
    for thing, name in names.items():
        clean = unique = clean_name(name)
        number = 2
        while unique.casefold() in taken:
            unique, number = f"{clean} ({number})", number + 1
        taken.add(unique.casefold())
        chosen[thing] = unique
    return chosen


def _entries(run: RunContext, export_ids: Sequence[UUID]) -> Iterator[PackedFile]:
    with run.reading() as session:
        exports = [session.require(Export, export_id) for export_id in dict.fromkeys(export_ids)]
    clips = {clip_id: load_clip(run, clip_id) for clip_id in dict.fromkeys(e.clip_id for e in exports)}
    projects = different_names({clip.project_id: clip.project_name for clip in clips.values()})
    stems = {clip.id: f"{projects[clip.project_id]} - v{clip.variant}" for clip in clips.values()}
    for export in exports:
        for suffix in EXPORT_SUFFIXES:
            path = run.storage.path(run.storage.key_for("exports", export.id, suffix))
            if suffix == EXPORT_SUFFIXES[0] or path.is_file():
                yield PackedFile(f"{stems[export.clip_id]} - {export.preset}{suffix}", path)
    for clip_id, clip in clips.items():
        yield from _edit_lists(clip, stems[clip_id], exports)


def _edit_lists(clip: LoadedClip, stem: str, exports: Sequence[Export]) -> Iterator[PackedFile]:
    # Every preset has the same rate, so one list holds for all finals of a clip.
    fps = find_preset(next(export.preset for export in exports if export.clip_id == clip.id)).fps
    names = {footage_id: SourceName(row.name, row.sha256) for footage_id, row in clip.footage.items()}
    cuts = list_cuts(clip.edit, clip.sources, names, fps=fps)
    yield PackedFile(f"{stem}.edl", write_edl(stem, cuts, fps=fps))
    yield PackedFile(f"{stem}.otio", write_otio(stem, cuts, fps=fps))


def _write_archive(
    archive: Path,
    entries: Sequence[PackedFile],
    total: int,
    on_progress: Callable[[float], None] | None,
) -> None:
    done = 0
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for entry in entries:
            if isinstance(entry.content, str):
                packed.writestr(entry.name, entry.content)
                continue
            described = zipfile.ZipInfo.from_file(entry.content, entry.name)
            with entry.content.open("rb") as source, packed.open(described, "w") as target:
                while piece := source.read(_PIECE_BYTES):
                    target.write(piece)
                    done += len(piece)
                    if on_progress:
                        on_progress(done / total)


def _archive_name(run: RunContext, export_ids: Sequence[UUID]) -> str:
    with run.reading() as session:
        names = session.exec(
            select(Project.name)
            .join(Clip, col(Clip.project_id) == col(Project.id))
            .join(Export, col(Export.clip_id) == col(Clip.id))
            .where(col(Export.id).in_(export_ids))
            .distinct()
        ).all()
    return clean_name(names[0]) if len(names) == 1 else f"Reels of {len(names)} projects"
