"""Footage comes in: probed, hashed, copied into the profile's library, once per content."""

import re
from pathlib import Path
from uuid import UUID, uuid4

from prefect import task
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from models.errors import BadInput
from models.footage import Footage
from models.storage import file_sha256
from tasks.media.probe import FootageInfo, probe
from tasks.policies import LOCAL
from tasks.run_context import RunContext

_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


@task(name="probe footage", task_run_name="probe {path.name}", **LOCAL)
def probe_footage(run: RunContext, path: Path) -> FootageInfo:
    """Looks at a video file without taking it in.

    Raises:
        UnusableFootage: the file can't be made into reels, with the reason.
    """
    info = probe(path)
    run.log.info("%s: %dx%d, %.1f s", path.name, info.display_width, info.display_height, info.duration_s)
    return info


@task(name="import footage", task_run_name="import {path.name}", **LOCAL)
def import_footage(run: RunContext, path: Path, info: FootageInfo) -> UUID:
    """Takes a video file into the library and returns its footage id.

    The file is copied, so that what happens to it later changes nothing. A file whose bytes are in
    the library already is the same footage, whatever it is called.

    Raises:
        BadInput: the file can't be read any more, or changes while it is.
    """
    sha256 = file_sha256(path)
    known = _find(run, sha256)
    if known:
        _restore(run, known, path)
        run.tell("footage_known", f"{path.name} is in the library already: reused.", footage_id=str(known.id))
        return known.id
    footage_id = uuid4()
    suffix = path.suffix.lower()
    key = run.storage.key_for("footage", footage_id, suffix if _SUFFIX.fullmatch(suffix) else ".video")
    size = _copy_in(run, path, key, sha256)
    row = Footage(
        profile_id=run.profile_id,
        id=footage_id,
        name=path.name[-255:],
        sha256=sha256,
        storage_key=key,
        bytes=size,
        duration_s=info.duration_s,
        width=info.display_width,
        height=info.display_height,
        fps=info.fps,
        has_audio=info.audio is not None,
        probe=info.model_dump(mode="json"),
    )
    try:
        with run.session() as session:
            session.add(row)
    except IntegrityError:
        # Another run brought the same bytes in at the same moment; its row is the footage.
        run.storage.remove(key)
        known = _find(run, sha256)
        if known is None:
            raise
        return known.id
    for warning in info.warnings:
        run.warn("footage_damaged", f"{path.name}: {warning}", footage_id=str(footage_id))
    return footage_id


def footage_info(footage: Footage) -> FootageInfo:
    """What the probe found, from the row."""
    return FootageInfo.model_validate(footage.probe)


def _find(run: RunContext, sha256: str) -> Footage | None:
    with run.reading() as session:
        return session.exec(select(Footage).where(Footage.sha256 == sha256)).first()


def _copy_in(run: RunContext, path: Path, key: str, sha256: str) -> int:
    """Copies a file whose hash is known to its key; returns its size in bytes."""
    imported = run.storage.import_file(path, key)
    if imported.sha256 != sha256:
        run.storage.remove(key)
        raise BadInput(f"{path.name} changes while it is read; wait until it is complete, then try again.")
    return imported.bytes


def _restore(run: RunContext, footage: Footage, path: Path) -> None:
    """Copies footage whose file is gone from the library into its place again: the bytes are the same."""
    if run.storage.has(footage.storage_key):
        return
    _copy_in(run, path, footage.storage_key, footage.sha256)
    run.warn(
        "footage_restored",
        f"The library's copy of {footage.name} was gone; {path.name} has the same bytes and took its place.",
        footage_id=str(footage.id),
    )
