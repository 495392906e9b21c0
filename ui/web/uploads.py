"""Footage from the browser to the disk: streamed, hashed on the way, whole or not at all.

One request carries one file as its body. It is written under a temporary name and moved to
`uploads/{profile_id}/{upload_id}/{name}` when it is whole; then a run imports it, so that closing the
tab after that changes nothing.
"""

import contextlib
import hashlib
import logging
import os
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID, uuid4

from sqlmodel import select
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from models.access import Member, Role, join
from models.errors import BadInput, Fault, Forbidden, NotFound, ReelflowError
from models.footage import Footage
from models.project import Project
from models.redaction import redact
from models.settings import Settings, load_settings
from models.storage import Storage
from ui.installation import shared_database, shared_gateway
from ui.web.door import PREFIX, identity_of
from ui.web.file_names import clean_file_name

ROUTE = f"{PREFIX}/uploads/{{slug}}"

#: Written in pieces of this size, by a thread: the server's loop never waits for the disk.
_PIECE_BYTES = 4 << 20
_BYTES_PER_GB = 1_000_000_000
_UNFINISHED = ".unfinished-"
_ABANDONED_S = 86_400.0

_log = logging.getLogger("reelflow.uploads")


class TooLarge(ReelflowError):
    """The file is larger than the installation takes."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A whole file that waits for its import."""

    upload_id: UUID
    path: Path
    bytes: int
    sha256: str


async def receive_upload(request: Request) -> Response:
    """POST of one file; answers with the run that imports it, or a sentence."""
    settings = load_settings()
    identity = identity_of(request, settings)
    if identity is None:
        return _refusal("Sign in first.", 403)
    try:
        member, project_id = await run_in_threadpool(
            lambda: _entry(request, join(shared_database(settings), identity, _slug(request)))
        )
        name = clean_file_name(request.query_params.get("name", ""))
        announced = _announced_bytes(request, name, settings)
        folder = settings.upload_dir / str(member.profile.id)
        Storage(settings.storage_dir, member.profile.id).check_room(announced or 0, name=name)
        uploaded = await store(request.stream(), folder, name, limit_bytes=_limit_bytes(settings))
        document = await run_in_threadpool(_import, settings, member, project_id, uploaded)
    except ClientDisconnect:
        _log.info("an upload was broken off")
        return Response(status_code=499)
    except ReelflowError as error:
        return _refusal(redact(str(error)), _status(error))
    return JSONResponse(document, status_code=201)


async def store(stream: AsyncIterator[bytes], folder: Path, name: str, *, limit_bytes: int) -> Uploaded:
    """Writes a stream to `folder/{upload id}/{name}`; leaves nothing behind unless it is whole.

    Raises:
        TooLarge: more bytes than allowed came.
        BadInput: not a single one came.
    """
    upload_id, digest, size, waiting = uuid4(), hashlib.sha256(), 0, bytearray()
    with _unfinished(folder, upload_id) as (temp, file):

        def write(piece: bytes) -> None:
            digest.update(piece)
            file.write(piece)

        async for chunk in stream:
            size += len(chunk)
            if size > limit_bytes:
                raise _too_large(name, limit_bytes)
            waiting += chunk
            if len(waiting) >= _PIECE_BYTES:
                await run_in_threadpool(write, bytes(waiting))
                waiting.clear()
        if size == 0:
            raise BadInput(f"{name} is empty; choose a video file.")
        await run_in_threadpool(write, bytes(waiting))
        await run_in_threadpool(_settle, file)
        target = folder / str(upload_id) / name
        target.parent.mkdir()
        temp.replace(target)
    return Uploaded(upload_id, target, size, digest.hexdigest())


def remove_abandoned(settings: Settings) -> int:
    """Deletes what uploads left that were under way when a server was killed; called at its start."""
    limit = time.time() - _ABANDONED_S
    stale = [path for path in settings.upload_dir.glob(f"*/{_UNFINISHED}*") if path.stat().st_mtime < limit]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)


def _settle(file: BinaryIO) -> None:
    """Has the disk hold it, so that what is imported is what was sent."""
    file.flush()
    os.fsync(file.fileno())


@contextlib.contextmanager
def _unfinished(folder: Path, upload_id: UUID) -> Iterator[tuple[Path, BinaryIO]]:
    folder.mkdir(parents=True, exist_ok=True)
    temp = folder / f"{_UNFINISHED}{upload_id}"
    try:
        with temp.open("xb") as file:
            yield temp, file
    finally:
        temp.unlink(missing_ok=True)


def _slug(request: Request) -> str:
    return str(request.path_params["slug"])


def _entry(request: Request, member: Member) -> tuple[Member, UUID | None]:
    """Whoever may upload here, and the project it is for, before a single byte is taken."""
    member.require(Role.EDITOR)
    wanted = request.query_params.get("project")
    if not wanted:
        return member, None
    with member.reading() as session:
        return member, session.require(Project, wanted).id


def _announced_bytes(request: Request, name: str, settings: Settings) -> int | None:
    announced = request.headers.get("content-length", "")
    size = int(announced) if announced.isdecimal() else None
    if size is not None and size > _limit_bytes(settings):
        raise _too_large(name, _limit_bytes(settings))
    return size


def _limit_bytes(settings: Settings) -> int:
    return int(settings.max_upload_gb * _BYTES_PER_GB)


def _too_large(name: str, limit_bytes: int) -> TooLarge:
    return TooLarge(
        f"{name} is larger than {limit_bytes / _BYTES_PER_GB:g} GB, the most this installation takes. "
        "Shorten or re-encode it, or raise REELFLOW_MAX_UPLOAD_GB."
    )


def _import(
    settings: Settings, member: Member, project_id: UUID | None, uploaded: Uploaded
) -> dict[str, object]:
    """Starts the run that takes the file into the library; what is known already is said."""
    with member.reading() as session:
        known_as = session.exec(select(Footage.name).where(Footage.sha256 == uploaded.sha256)).first()
    parameters: dict[str, object] = {"files": [str(uploaded.path)], "remove_source": True}
    if project_id is not None:
        parameters["project_id"] = str(project_id)
    run_id = shared_gateway(settings).start(
        member, "import_footage", parameters, title=f"import {uploaded.path.name}", project_id=project_id
    )
    return {
        "upload_id": str(uploaded.upload_id),
        "name": uploaded.path.name,
        "bytes": uploaded.bytes,
        "sha256": uploaded.sha256,
        "known_as": known_as,
        "run_id": str(run_id),
    }


def _status(error: ReelflowError) -> int:
    if isinstance(error, TooLarge):
        return 413
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, Forbidden):
        return 403
    return 503 if isinstance(error, Fault) else 400


def _refusal(sentence: str, status: int) -> JSONResponse:
    # The rest of the body is not read: without this the browser would go on sending gigabytes.
    return JSONResponse({"error": sentence}, status_code=status, headers={"connection": "close"})
