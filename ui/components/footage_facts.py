"""What the prober found in a footage, as badges and as words; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

#: From these sizes of the longer and the shorter side on a picture has a name of its own.
_SIZES: Final = (("8K", 7680, 4320), ("4K", 3840, 2160), ("2.7K", 2704, 1520))

#: What browsers play without a plug-in, by the file's ending: picture, and bits of a colour.
_PLAYABLE: Final[Mapping[str, frozenset[str]]] = {
    ".mp4": frozenset({"h264", "av1", "vp9"}),
    ".m4v": frozenset({"h264", "av1", "vp9"}),
    ".mov": frozenset({"h264"}),
    ".webm": frozenset({"vp8", "vp9", "av1"}),
}

#: Formats of eight bits whose colours are at half resolution, the only ones that H.264 players all know.
_COMMON_PIXELS: Final = frozenset({"yuv420p", "yuvj420p", "nv12"})

_TITLES: Final[Mapping[str, str]] = {
    "h264": "H.264",
    "hevc": "HEVC",
    "prores": "ProRes",
    "av1": "AV1",
    "vp8": "VP8",
    "vp9": "VP9",
    "mpeg2video": "MPEG-2",
    "mpeg4": "MPEG-4",
    "mjpeg": "Motion JPEG",
    "dnxhd": "DNxHD",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """One word about a footage, and what it means for the reels."""

    label: str
    color: str
    meaning: str

    @property
    def markdown(self) -> str:
        """The badge inside a line of text."""
        return f":{self.color}-badge[{self.label}]"


def badges(probe: Mapping[str, Any], *, has_audio: bool) -> list[Badge]:
    """What is worth knowing about a footage before it is used.

    Args:
        probe: `tasks.media.footage_info.FootageInfo` as JSON.
        has_audio: Whether it has sound.
    """
    width, height = probe["display_width"], probe["display_height"]
    found = [Badge(f"{_size_name(width, height)}", "blue", f"{width} × {height} pixels")]
    rate = f"{probe['fps']:.2f}".rstrip("0").rstrip(".")
    if probe["is_vfr"]:
        found.append(Badge(f"VFR ~{rate} fps", "orange", "The frame rate varies; reels have a steady 30 fps"))
    else:
        found.append(Badge(f"{rate} fps", "gray", "Frames per second; reels have 30"))
    if probe["transfer"]:
        found.append(Badge("HDR", "violet", "High dynamic range; brought to standard range in reels"))
    if probe["rotation"]:
        found.append(Badge(f"rotated {probe['rotation']}°", "gray", "Turned upright everywhere"))
    if probe["is_interlaced"]:
        found.append(Badge("interlaced", "gray", "Made progressive in reels"))
    if not has_audio:
        found.append(Badge("no audio", "orange", "Reels of it have only the voice, or are silent"))
    if probe["is_truncated"]:
        found.append(Badge("cut off", "red", "The file ends too early; what is there can be used"))
    return found


def codec_title(codec: str) -> str:
    """A codec as people write it."""
    return _TITLES.get(codec, codec.upper())


def why_unplayable(probe: Mapping[str, Any], storage_key: str) -> str | None:
    """Why browsers don't play a footage, as the start of a sentence; None when they do."""
    suffix, codec, pixels = PurePath(storage_key).suffix, probe["codec"], probe["pix_fmt"]
    if suffix not in _PLAYABLE:
        return f"Browsers don't play {suffix.removeprefix('.').upper()} files"
    if codec not in _PLAYABLE[suffix]:
        return f"Not every browser plays {codec_title(codec)}"
    if codec == "h264" and pixels not in _COMMON_PIXELS:
        bits = "10-bit" if "10" in pixels else pixels
        return f"Browsers don't play {bits} {codec_title(codec)}"
    return None


def _size_name(width: int, height: int) -> str:
    """A picture size as people say it, such as "4K" or "1080p"."""
    longer, shorter = max(width, height), min(width, height)
    for name, least_longer, least_shorter in _SIZES:
        if longer >= least_longer or shorter >= least_shorter:
            return name
    return f"{shorter}p"
