"""The edit: which spans of which footage make a clip, and what is put on top.

An edit is a versioned document stored as JSON on the clip. Analysis proposes, selection decides,
render executes: given the footage, an edit holds everything needed to make the same frames again.
"""

import hashlib
import json
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0.0, le=1.0)]

#: Where a clip without a script gets its captions from, as somebody asks for it.
CaptionsFrom = Literal["speech", "none"]

#: Where a logo can be for the whole of a clip: never where captions are.
Corner = Literal["top left", "top right"]

#: Red, green and blue in hexadecimal.
COLOUR = r"^#[0-9A-Fa-f]{6}$"


class Document(BaseModel):
    """Immutable JSON document; unknown keys are errors, so that a typo is never a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Word(Document):
    """One spoken word and when it is heard, in seconds from the start of the audio."""

    text: str = Field(min_length=1)
    start_s: float = Field(ge=0)
    end_s: float = Field(ge=0)

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        if self.end_s <= self.start_s:
            raise ValueError(
                f"word {self.text!r} ends at {self.end_s} s, not after its start {self.start_s} s"
            )
        return self


class Crop(Document):
    """How a picture fills another shape.

    `fill` cuts away what does not fit; `x` and `y` are the point of the picture (0 left or top, 1 right
    or bottom) that stays as near the middle as the edges allow, so one crop serves every shape. `fit`
    shows the whole picture over a blurred copy of itself.
    """

    mode: Literal["fill", "fit"] = "fill"
    x: Share = 0.5
    y: Share = 0.5


class Cut(Document):
    """A span `[start_s, end_s)` of one footage, in seconds of that footage."""

    footage_id: UUID
    segment_id: UUID | None = None
    start_s: float = Field(ge=0)
    end_s: float
    crop: Crop = Crop()

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        if self.end_s <= self.start_s:
            raise ValueError(f"a cut ends at {self.end_s} s, not after its start {self.start_s} s")
        return self

    @property
    def duration_s(self) -> float:
        """Length of the span."""
        return self.end_s - self.start_s


class CaptionStyle(Document):
    """Look of the captions; sizes are shares of the shorter side, so one style fits every preset."""

    font_family: str = "Inter"
    size: float = Field(
        default=0.078, ge=0.02, le=0.2, description="Letter height (em) / the output's shorter side."
    )
    text_colour: str = Field(default="#FFFFFF", pattern=COLOUR)
    highlight_colour: str = Field(default="#FFD400", pattern=COLOUR)
    outline_colour: str = Field(default="#000000", pattern=COLOUR)
    outline: float = Field(default=0.09, ge=0, le=0.3, description="Outline width / letter height.")
    uppercase: bool = False
    words_per_page: int = Field(default=3, ge=1, le=8)


class AudioLevels(Document):
    """Levels of the mix in dB, before the whole is brought to the preset's loudness."""

    original_db: float = Field(
        default=0.0, ge=-60, le=12, description="Sound of the footage, without a voice."
    )
    original_under_voice_db: float = Field(
        default=-10.0, ge=-60, le=12, description="The same under a voice."
    )
    duck_ratio: float = Field(
        default=8.0, ge=1, le=20, description="How hard the voice pushes it down further."
    )


class VoiceTrack(Document):
    """The spoken script of a clip: the stored voice-over and when it starts."""

    voice_over_id: UUID
    start_s: float = Field(default=0.25, ge=0, description="Silence before the first word, in clip time.")
    duration_s: float = Field(gt=0)


class HeardFootage(Document):
    """One footage that was listened to, and what came of it."""

    footage_id: UUID
    transcript_id: UUID | None = Field(description="The stored transcript; None: the footage is silent.")


class OwnSpeech(Document):
    """Captions of what is said in the footage itself: the transcripts whose words the cuts show.

    Words are found through the cuts each time, so a cut that is moved takes its words along. Footage
    that is not named has not been listened to yet.
    """

    heard: tuple[HeardFootage, ...] = ()

    def of(self, footage_id: UUID) -> HeardFootage | None:
        """What came of listening to a footage; None when nobody has."""
        return next((one for one in self.heard if one.footage_id == footage_id), None)


class LogoFile(Document):
    """A logo in the profile's library; a file whose content is another is not the one that is meant."""

    id: UUID
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class EndCard(Document):
    """What the clip ends with: words and the logo on a ground of the brand's colour."""

    text: str = Field(default="", max_length=200, description="Nothing: the logo alone.")
    primary_colour: str = Field(default="#111111", pattern=COLOUR, description="Ground.")
    secondary_colour: str = Field(default="#FFFFFF", pattern=COLOUR, description="Words.")
    font_family: str = "Inter"


class Overlays(Document):
    """A store's brand on top of the picture, as its brand kit was when the clip took it."""

    version: Literal[1] = 1
    logo: LogoFile | None = None
    corner: Corner | None = Field(default=None, description="Where the logo is; nothing: on the card only.")
    card: EndCard | None = None


class Edit(Document):
    """Ordered cuts, script, voice, captions, brand and levels of one clip.

    Captions show the words of the voice; without a voice those of `speech`; without either there are
    none, whatever their look.
    """

    version: Literal[1] = 1
    cuts: tuple[Cut, ...] = Field(min_length=1)
    script: str | None = None
    voice: VoiceTrack | None = None
    speech: OwnSpeech | None = None
    captions: CaptionStyle | None = CaptionStyle()
    overlays: Overlays | None = None
    audio: AudioLevels = AudioLevels()

    @property
    def duration_s(self) -> float:
        """Length of the picture."""
        return sum(cut.duration_s for cut in self.cuts)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that is not as by default; drafts and finals keep the one that they show.

        Defaults are left out, so that a field that is added to the document makes nothing stale.
        """
        chosen = self.model_dump(mode="json", exclude_defaults=True)
        return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()
