"""Pictures and videos of a profile, as addresses that the browser fetches itself, in ranges."""

from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

import streamlit as st

from models.clip import Clip
from ui.components.desk import Desk
from ui.web.media import media_path

MediaKind = Literal[
    "draft",
    "poster",
    "footage",
    "footage-poster",
    "filmstrip",
    "voice",
    "export",
    "srt",
    "vtt",
    "manifest",
    "delivery",
    "caption-preview",
    "logo",
]

#: Shown where there is no picture yet; of a reel's shape.
NO_POSTER: Final = str(Path(__file__).parents[1] / "assets" / "no-poster.svg")


def origin(desk: Desk) -> str:
    """Scheme and host as the browser has them, also behind a proxy."""
    parts = urlsplit(st.context.url or desk.settings.panel_url)
    return f"{parts.scheme}://{parts.netloc}"


def media_url(desk: Desk, kind: MediaKind, item_id: UUID, *, download: bool = False) -> str:
    """Where the browser finds a file; give it to `st.video`, `st.image`, `st.audio` or a link.

    Args:
        desk: Whose.
        kind: Which file of the thing.
        item_id: Of the clip, export, footage, voice-over, the run that packed a delivery, or the picture.
        download: Saved under a readable name instead of shown.
    """
    return origin(desk) + media_path(desk.slug, kind, item_id, download=download)


def poster_url(desk: Desk, poster_key: str | None) -> str | None:
    """Where a clip's picture is, by the key that lists carry; None when there is none yet."""
    return None if poster_key is None else media_url(desk, "poster", UUID(Path(poster_key).stem))


def clip_player(desk: Desk, clip: Clip, *, loop: bool = False, start_s: float = 0.0) -> None:
    """A clip's draft, playing where it is; a sentence while there is none."""
    if clip.draft_key is None:
        st.image(NO_POSTER, width="stretch", alt=f"{clip.name} has no draft yet")
        return
    # A new draft has the old one's address; players only look again when the address is another one.
    st.video(
        f"{media_url(desk, 'draft', clip.id)}?v={(clip.draft_fingerprint or '')[:12]}",
        start_time=start_s,
        loop=loop,
        muted=loop,
        alt=f"Draft of {clip.name}",
    )


def download_link(desk: Desk, label: str, kind: MediaKind, item_id: UUID) -> None:
    """A button that saves a file; the browser fetches it, the page never holds it."""
    st.link_button(label, media_url(desk, kind, item_id, download=True), icon=":material/download:")
