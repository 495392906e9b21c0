"""The delivery formats as pages offer them: `tasks.media.presets`, with names that people use."""

from dataclasses import dataclass
from typing import Final

from tasks.media.presets import PRESETS

_TITLES: Final = {
    "reels": "Reels",
    "tiktok": "TikTok",
    "shorts": "Shorts",
    "feed": "Feed",
    "square": "Square",
    "youtube": "YouTube",
}


@dataclass(frozen=True, slots=True)
class Format:
    """One format."""

    name: str
    """As flows take it."""
    title: str
    """As people say it."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""

    @property
    def label(self) -> str:
        """Title and shape: "Reels 9:16"."""
        return f"{self.title} {self.shape}"

    @property
    def shape(self) -> str:
        """Width to height, as "9:16"."""
        for across, down in ((9, 16), (4, 5), (1, 1), (16, 9)):
            if self.width * down == self.height * across:
                return f"{across}:{down}"
        return f"{self.width}:{self.height}"


FORMATS: Final[dict[str, Format]] = {
    preset.name: Format(preset.name, _TITLES.get(preset.name, preset.name), preset.width, preset.height)
    for preset in PRESETS.values()
}


def format_title(name: str) -> str:
    """A format's title, also of one that is no longer offered."""
    return FORMATS[name].title if name in FORMATS else name.capitalize()
