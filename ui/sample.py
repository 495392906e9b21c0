"""The sample footage that comes with Reelflow, for a first reel without anything of one's own."""

from pathlib import Path
from typing import Any

from sqlmodel import col, select

from models.run import Run
from models.session import ProfileSession
from models.settings import CHECKOUT

PROJECT = "Mountain biscuits"
KIND = "make_reels"

#: The sample is what a profile begins with.
_LOOKED_AT = 200
_FOLDER = CHECKOUT / "tasks" / "media" / "assets" / "sample"
_FILES = ("box.mp4", "cup.mp4", "meadow.webm")


def sample_files() -> list[Path]:
    """The videos, as they lie in the installation."""
    return [_FOLDER / name for name in _FILES]


def sample_script() -> str:
    """What the sample's voice says."""
    return (_FOLDER / "script.txt").read_text(encoding="utf-8").strip()


def sample_parameters() -> dict[str, Any]:
    """What the sample's run is asked for."""
    return {
        "files": [str(file) for file in sample_files()],
        "project": PROJECT,
        "script": sample_script(),
        "variants": 1,
    }


def sample_run(session: ProfileSession) -> Run | None:
    """The newest of a profile's runs that made, or makes, the sample reel."""
    runs = session.exec(
        select(Run).where(Run.kind == KIND).order_by(col(Run.created_at).desc()).limit(_LOOKED_AT)
    )
    return next((run for run in runs if run.parameters.get("project") == PROJECT), None)
