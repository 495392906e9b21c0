"""A drop zone for footage that streams to `ui.web.uploads`; Streamlit's own holds files in memory."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import streamlit as st

from ui.components.desk import Desk
from ui.web.door import PREFIX

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """One file that arrived whole; a run is importing it."""

    name: str
    run_id: UUID
    known_as: str | None
    """What the library calls the same footage, if it had it before."""
    sha256: str
    """Of its bytes; the footage in the library has the same once it is imported."""


@cache
def _component() -> Any:
    """Registered once per process, as Streamlit asks."""
    html, css, js = ((_HERE / f"upload.{part}").read_text(encoding="utf-8") for part in ("html", "css", "js"))
    return st.components.v2.component("reelflow_upload", html=html, css=css, js=js)


def upload_box(desk: Desk, *, key: str, project_id: UUID | None = None) -> list[UploadedFile]:
    """Draws the drop zone; returns what arrived since the last rerun.

    Args:
        desk: Whose footage it becomes.
        key: Unique on the page.
        project_id: Footage is added to this project too.
    """
    limit_gb = desk.settings.max_upload_gb
    result = _component()(
        key=key,
        data={
            "url": f"{PREFIX}/uploads/{desk.slug}",
            "project": str(project_id) if project_id else None,
            "limit_bytes": int(limit_gb * 1e9),
            "verb": "Drop videos here, or choose files",
            "hint": f"MP4, MOV, WebM, MKV and more · several at once · up to {limit_gb:g} GB each",
        },
        on_uploaded_change=lambda: None,
    )
    return [
        UploadedFile(file["name"], UUID(file["run_id"]), file["known_as"], file["sha256"])
        for file in result.uploaded or ()
    ]
