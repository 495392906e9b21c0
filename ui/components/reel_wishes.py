"""What reels are to be: the questions of the quick path, and the parameters of the run they come to."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Final

import streamlit as st
from sqlmodel import col, func, select

from models.clip import Clip
from models.footage import Footage
from models.limits import MAX_CLIP_S, MAX_SCRIPT_CHARACTERS, MAX_VARIANTS, MIN_CLIP_S
from models.project import Project
from models.project_changes import MAX_PROJECT_NAME
from models.provider_settings import provider_settings
from ui.components.desk import Desk
from ui.components.script_length import pace_of, spoken_s
from ui.components.wording import span
from ui.formats import FORMATS

_DEFAULT_S: Final = 30.0


def draw_wishes(desk: Desk, chosen: Sequence[Footage]) -> dict[str, Any]:
    """Asks what the reels are to be; returns the parameters of a `make_reels` run."""
    default = reel_name(chosen[0].name) if chosen else ""
    name = st.text_input(
        "Project",
        key="make_name",
        max_chars=MAX_PROJECT_NAME,
        placeholder=default or "Named after the footage",
    )
    script = st.text_area(
        "Script",
        key="make_script",
        max_chars=MAX_SCRIPT_CHARACTERS,
        height=110,
        placeholder="What the voice says; its words become the captions. Leave it empty for reels without.",
    )
    length = spoken_length(desk, script)
    with st.container(horizontal=True, gap="small"):
        variants = st.number_input("Variants", 1, MAX_VARIANTS, 3, key="make_variants", width=120)
        duration_s = st.number_input(
            "Seconds each", MIN_CLIP_S, MAX_CLIP_S, _DEFAULT_S, 5.0, "%.0f",
            key="make_seconds", width=120, disabled=bool(length),
        )  # fmt: skip
    if length:
        st.caption(f"The voice takes about {span(length)}, so the reels do too.")
    presets = st.pills(
        "Formats", list(FORMATS), selection_mode="multi", default=["reels"],
        format_func=lambda preset: FORMATS[preset].label, key="make_presets",
    )  # fmt: skip
    project = " ".join((name or default).split())
    return {
        "files": [],
        "footage_ids": [footage.id for footage in chosen],
        "project": project,
        "script": script if length else None,
        "variants": variants,
        "duration_s": duration_s,
        "presets": list(presets),
        "seed": next_seed(desk, project),
    }


def reel_name(file_name: str) -> str:
    """What a project is called after its first file."""
    shown = "".join(each if each.isprintable() else " " for each in PurePath(file_name).stem)
    return " ".join(shown.split())[:MAX_PROJECT_NAME] or "Reels"


def spoken_length(desk: Desk, script: str) -> float:
    """About how many seconds a script takes to speak; 0 without one."""
    settings = provider_settings(desk.profile)
    voice = settings.elevenlabs.voice_id if settings.voice == "elevenlabs" else desk.profile.voice
    return spoken_s(script, pace_of(settings, voice or "", ()))


def next_seed(desk: Desk, project: str) -> int:
    """Another one than of any clip that a project of this name has, so that other reels come out."""
    with desk.reading() as session:
        last = session.exec(
            select(func.max(col(Clip.variant)))
            .join(Project, col(Project.id) == col(Clip.project_id))
            .where(Project.name == project)
        ).one()
    return (last or 0) + 1


def is_taken(desk: Desk, project: str) -> bool:
    """Whether a project of this name is there already."""
    with desk.reading() as session:
        return session.exec(select(Project.id).where(Project.name == project)).first() is not None
