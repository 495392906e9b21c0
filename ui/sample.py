"""The sample footage that comes with Reelflow, for a first reel without anything of one's own."""

from pathlib import Path

from models.settings import CHECKOUT

PROJECT = "Mountain biscuits"
_FOLDER = CHECKOUT / "tasks" / "media" / "assets" / "sample"
_FILES = ("box.mp4", "cup.mp4", "meadow.webm")


def sample_files() -> list[Path]:
    """The videos, as they lie in the installation."""
    return [_FOLDER / name for name in _FILES]


def sample_script() -> str:
    """What the sample's voice says."""
    return (_FOLDER / "script.txt").read_text(encoding="utf-8").strip()
