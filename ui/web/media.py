"""Drafts, posters, finals and footage for the browser: by id, in ranges, and only for members.

A request names a profile, a kind and an id, never a path. What is missing, another profile's, or in a
profile that one is no member of gives the same answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from models.access import Identity, join
from models.brand import brand_of
from models.clip import Clip, Export
from models.deliveries import KEPT, find_delivery
from models.errors import ReelflowError
from models.footage import Footage
from models.project import Project
from models.session import ProfileSession
from models.settings import Settings, load_settings
from models.storage import Storage
from models.voice import VoiceOver
from ui.delivery import download_name
from ui.installation import shared_database
from ui.web.door import PREFIX, identity_of
from ui.web.file_names import clean_file_name

ROUTE = f"{PREFIX}/media/{{slug}}/{{kind}}/{{item_id}}"

_NOT_FOUND = "There is nothing here.\n"
_HEADERS = {
    # Shown again only after asking, since a draft may be cut anew; the answer is then a short "not modified".
    "cache-control": "private, no-cache",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    # What is served is never a page of ours, even if a file claims to be one.
    "content-security-policy": "default-src 'none'; media-src 'self'; img-src 'self'; sandbox",
}


@dataclass(frozen=True, slots=True)
class Served:
    """A stored file and how it is sent."""

    key: str | None
    """Its storage key; None when there is no such file yet."""
    media_type: str
    """As MIME."""
    name: str
    """For saving, as the user named the thing; cleaned before it is sent."""
    gone: str | None = None
    """What is said when the file was there once, and was deleted on purpose."""


def _draft(session: ProfileSession, _storage: Storage, item_id: UUID) -> Served:
    clip = session.require(Clip, item_id)
    return Served(clip.draft_key, "video/mp4", f"{clip.name} draft.mp4")


def _poster(session: ProfileSession, _storage: Storage, item_id: UUID) -> Served:
    clip = session.require(Clip, item_id)
    return Served(clip.poster_key, "image/jpeg", f"{clip.name}.jpg")


def _footage(session: ProfileSession, _storage: Storage, item_id: UUID) -> Served:
    footage = session.require(Footage, item_id)
    kinds = {".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/mp4", ".webm": "video/webm"}
    suffix = Path(footage.storage_key).suffix
    return Served(footage.storage_key, kinds.get(suffix, "application/octet-stream"), footage.name)


def _voice(session: ProfileSession, _storage: Storage, item_id: UUID) -> Served:
    voice = session.require(VoiceOver, item_id)
    kinds = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".m4a": "audio/mp4"}
    suffix = Path(voice.storage_key).suffix
    return Served(voice.storage_key, kinds.get(suffix, "application/octet-stream"), f"voice{suffix}")


def _footage_poster(session: ProfileSession, _storage: Storage, item_id: UUID) -> Served:
    footage = session.require(Footage, item_id)
    return Served(footage.poster_key, "image/jpeg", f"{footage.name}.jpg")


def _filmstrip(session: ProfileSession, _storage: Storage, item_id: UUID) -> Served:
    footage = session.require(Footage, item_id)
    return Served(footage.filmstrip_key, "image/jpeg", f"{footage.name} filmstrip.jpg")


def _of_export(suffix: str, media_type: str) -> "Finder":
    def find(session: ProfileSession, storage: Storage, item_id: UUID) -> Served:
        export = session.require(Export, item_id)
        clip = session.require(Clip, export.clip_id)
        project = session.require(Project, clip.project_id)
        name = download_name(project.name, clip.variant, export.preset)
        return Served(storage.key_for("exports", item_id, suffix), media_type, f"{name}{suffix}")

    return find


def _caption_preview(_session: ProfileSession, storage: Storage, item_id: UUID) -> Served:
    # By its content and without a row: it lies in the profile's own library, which is what decides.
    return Served(storage.key_for("previews", item_id, ".jpg"), "image/jpeg", "captions.jpg")


def _delivery(session: ProfileSession, _storage: Storage, item_id: UUID) -> Served:
    delivery = find_delivery(session, item_id)
    gone = (
        f"{delivery.name} is no longer here: archives are kept for {KEPT.days} days, or until somebody "
        "deletes them. What it was made of is still here; pack it again at the project's export step.\n"
    )
    return Served(delivery.key, "application/zip", delivery.name, gone)


def _logo(session: ProfileSession, storage: Storage, item_id: UUID) -> Served:
    key = brand_of(session.profile).logo_key
    is_it = key == storage.key_for("brand", item_id, ".png")
    return Served(key if is_it else None, "image/png", f"{session.profile.name} logo.png")


Finder = Callable[[ProfileSession, Storage, UUID], Served]

#: Everything that can be had, by the word in the address.
KINDS: dict[str, Finder] = {
    "logo": _logo,
    "draft": _draft,
    "poster": _poster,
    "footage": _footage,
    "footage-poster": _footage_poster,
    "filmstrip": _filmstrip,
    "voice": _voice,
    "export": _of_export(".mp4", "video/mp4"),
    "srt": _of_export(".srt", "application/x-subrip"),
    "vtt": _of_export(".vtt", "text/vtt"),
    "manifest": _of_export(".manifest.json", "application/json"),
    "delivery": _delivery,
    "caption-preview": _caption_preview,
}


def media_path(slug: str, kind: str, item_id: UUID, *, download: bool = False) -> str:
    """The address of a file inside the panel; see `ui.components.media.media_url` for pages."""
    path = f"{PREFIX}/media/{slug}/{kind}/{item_id}"
    return f"{path}?{urlencode({'download': 1})}" if download else path


async def serve_media(request: Request) -> Response:
    """GET and HEAD of one file, whole or in ranges."""
    settings = load_settings()
    identity = identity_of(request, settings)
    if identity is None:
        return PlainTextResponse("Sign in first.\n", status_code=403, headers=_HEADERS)
    found = await run_in_threadpool(_find, settings, identity, request.path_params)
    if found is None:
        return PlainTextResponse(_NOT_FOUND, status_code=404, headers=_HEADERS)
    path, served = found
    if path is None:
        return PlainTextResponse(served.gone, status_code=410, headers=_HEADERS)
    response = FileResponse(
        path,
        headers=_HEADERS,
        media_type=served.media_type,
        stat_result=path.stat(),
        filename=clean_file_name(served.name),
        content_disposition_type="attachment" if "download" in request.query_params else "inline",
    )
    if request.headers.get("if-none-match") == response.headers["etag"]:
        return Response(status_code=304, headers={**_HEADERS, "etag": response.headers["etag"]})
    return response


def _find(
    settings: Settings, identity: Identity, address: dict[str, str]
) -> tuple[Path | None, Served] | None:
    """What an address means, with no path where the file was deleted on purpose; None for nothing."""
    finder = KINDS.get(address["kind"])
    try:
        item_id = UUID(address["item_id"])
    except ValueError:
        return None
    if finder is None:
        return None
    try:
        member = join(shared_database(settings), identity, address["slug"])
        storage = Storage(settings.storage_dir, member.profile.id)
        with member.reading() as session:
            served = finder(session, storage, item_id)
    except ReelflowError:
        return None
    if served.key is not None and storage.has(served.key):
        return storage.path(served.key), served
    return (None, served) if served.gone else None
