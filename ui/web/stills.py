"""Single pictures of footage for the browser: any moment of any codec, cut when first asked for, then kept.

Lists show each segment and each cut by a real frame of it. Which moments those are changes with every edit,
so they are not made beforehand. A picture lies in the library under its footage's id and its frame; the
nightly cleaning takes it when the footage is gone.
"""

import tempfile
import threading
from pathlib import Path
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from models.access import Identity, join
from models.errors import NotFound, ReelflowError
from models.footage import Footage
from models.settings import Settings, load_settings
from models.storage import Storage
from ui.installation import shared_database
from ui.web.door import PREFIX, identity_of

ROUTE = f"{PREFIX}/stills/{{slug}}/{{footage_id}}/{{frame}}"

#: Moments are counted on the grid on which segments and cuts begin and end; a test holds it to that.
STILL_FPS = 30

#: Longer side; sharp at twice the size at which lists show it.
_SIDE_PX = 320

#: A list asks for dozens at once, and the machine has runs to work at (pitfall 63).
_AT_ONCE = threading.BoundedSemaphore(2)

_HEADERS = {
    # Footage never changes under its id, so neither does a frame of it.
    "cache-control": "private, max-age=86400, immutable",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; img-src 'self'; sandbox",
}
_NOT_FOUND = "There is nothing here.\n"


def still_path(slug: str, footage_id: UUID, at_s: float) -> str:
    """The address of a picture inside the panel; see `ui.components.stills.still_url` for pages."""
    return f"{PREFIX}/stills/{slug}/{footage_id}/{max(0, round(at_s * STILL_FPS))}"


async def serve_still(request: Request) -> Response:
    """GET of one picture."""
    settings = load_settings()
    identity = identity_of(request, settings)
    if identity is None:
        return PlainTextResponse("Sign in first.\n", status_code=403)
    path = await run_in_threadpool(_find, settings, identity, request.path_params)
    if path is None:
        return PlainTextResponse(_NOT_FOUND, status_code=404)
    return FileResponse(path, headers=_HEADERS, media_type="image/jpeg", stat_result=path.stat())


def _find(settings: Settings, identity: Identity, address: dict[str, str]) -> Path | None:
    """The picture's file; None where there is none, for whatever reason."""
    if not address["frame"].isdecimal() or len(address["frame"]) > len("9999999"):
        return None
    try:
        member = join(shared_database(settings), identity, address["slug"])
        with member.reading() as session:
            footage = session.require(Footage, address["footage_id"])
        return find_still(Storage(settings.storage_dir, member.profile.id), footage, int(address["frame"]))
    except ReelflowError:
        return None


def find_still(storage: Storage, footage: Footage, frame: int) -> Path:
    """A kept picture, or a newly cut one.

    Args:
        storage: The library of the footage's profile.
        footage: Which.
        frame: Which moment, at `STILL_FPS`.

    Raises:
        NotFound: the footage is shorter, or nothing can be decoded there.
        MediaToolFailed, MediaToolTimedOut: from the media process.
        Fault: the disk is full.
    """
    if frame >= footage.duration_s * STILL_FPS:
        raise NotFound("moment", frame / STILL_FPS)
    key = storage.key_for("stills", footage.id, f"-{frame}.jpg")
    with _AT_ONCE:
        if not storage.has(key):
            _cut(storage, footage, frame, key)
    return storage.path(key)


def _cut(storage: Storage, footage: Footage, frame: int, key: str) -> None:
    from tasks.media.footage_info import FootageInfo
    from tasks.media.stills import cut_stills  # ffmpeg's wrapper, which a server without lists never needs

    storage.check_room(0, name="a picture")
    with tempfile.TemporaryDirectory(prefix="reelflow-still-") as folder:
        (pictures,) = cut_stills(
            storage.path(footage.storage_key),
            FootageInfo.model_validate(footage.probe),
            [(frame / STILL_FPS, (frame + 1) / STILL_FPS)],
            folder=Path(folder),
            per_segment=1,
            long_side_px=_SIDE_PX,
        )
        if not pictures:
            raise NotFound("moment", frame / STILL_FPS)
        storage.publish(pictures[0], key)
