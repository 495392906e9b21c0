"""The parts of MoviePy that cards are composed with, imported without what MoviePy does when it is imported.

Its `moviepy.config` loads the nearest `.env` file into this process's environment, where keys of ours may
lie, and starts `ffplay` to see whether there is one. Cards only ask for frames, so the module is taken up
before MoviePy's own: with the same two names, which nothing here calls.
"""

import sys
from types import ModuleType


def _without_side_effects() -> None:
    if "moviepy.config" not in sys.modules:
        config = ModuleType("moviepy.config", "Stands for MoviePy's own; see tasks.media.moviepy_clips.")
        config.FFMPEG_BINARY = config.FFPLAY_BINARY = "unset"  # type: ignore[attr-defined]
        sys.modules["moviepy.config"] = config


_without_side_effects()

from moviepy import ColorClip, CompositeVideoClip, ImageClip, VideoClip, vfx  # noqa: E402 - after the above

__all__ = ["ColorClip", "CompositeVideoClip", "ImageClip", "VideoClip", "vfx"]
