"""What providers charge: one dated table, and the arithmetic from units to micro-USD.

Pure, apart from reading the table that comes with the program. Amounts are whole micro-USD and every
call is rounded up, so that a sum of calls is never less than the bill.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from math import ceil
from typing import Literal, TypeVar, overload

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.errors import BadInput

_TOKENS = 1_000_000
_CHARACTERS = 1_000
_HOUR_S = 3_600

#: Above this many input tokens some models charge the whole call at a higher rate.
LONG_PROMPT_TOKENS = 200_000

Resolution = Literal["low", "medium", "high", "ultra_high"]

#: What is bought, as the ledger calls it.
Operation = Literal["analysis", "speech", "transcription"]


class _Row(BaseModel):
    """What every line of the table says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    valid_from: date | None = None
    """First day it holds; None for always."""
    valid_to: date | None = None
    """First day it no longer holds; None for until further notice."""
    source: str
    """Where the number was read."""
    read: date | None = None
    """When, if known."""
    confidence: str
    """How far to trust it: quoted, second-hand, from memory."""
    price_id: str = ""
    """Names this row in the ledger: model, first day, version of the table."""

    @model_validator(mode="after")
    def _check_range(self) -> "_Row":
        if self.valid_from and self.valid_to and self.valid_from >= self.valid_to:
            raise ValueError(f"the price of {self.model} ends before it begins")
        return self

    def holds(self, at: date) -> bool:
        """Whether it is the price on that day."""
        return (self.valid_from is None or self.valid_from <= at) and (
            self.valid_to is None or at < self.valid_to
        )

    def span(self) -> str:
        """Its days, for a sentence."""
        return f"{self.valid_from or '…'} to {self.valid_to or '…'}"


class TokenRates(BaseModel):
    """Micro-USD per million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: int = Field(ge=0)
    output: int = Field(ge=0)


class GeminiPrice(_Row):
    """Price of a Gemini model, in micro-USD per million tokens."""

    input: int = Field(ge=0)
    output: int = Field(ge=0)
    """Thinking tokens cost the same."""
    audio_input: int | None = Field(default=None, ge=0)
    """For sound in the prompt, where it differs."""
    above_200k: TokenRates | None = None
    """For the whole call, when its input is longer than `LONG_PROMPT_TOKENS`."""


class ElevenLabsPrice(_Row):
    """Price of an ElevenLabs speech model."""

    per_1000_characters: int = Field(ge=0)
    """In micro-USD."""
    credits_per_character: Decimal = Field(gt=0)
    """What the service's own `character-cost` counts in."""
    max_characters: int = Field(gt=0)
    """Most that one call takes."""


class TranscriptionPrice(_Row):
    """Price of an ElevenLabs speech-to-text model."""

    per_hour: int = Field(ge=0)
    """Micro-USD per hour of sound."""


class _ImageTokens(BaseModel):
    """How a family of Gemini models counts a picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    families: tuple[str, ...]
    by_resolution: dict[Resolution, int]
    default: int | None = None
    up_to_384px: int | None = None
    tile: int | None = None
    source: str
    confidence: str


class _Document(BaseModel):
    """The file as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    currency: Literal["USD"]
    note: str
    gemini: tuple[GeminiPrice, ...]
    gemini_images: tuple[_ImageTokens, ...]
    elevenlabs: tuple[ElevenLabsPrice, ...]
    elevenlabs_speech_to_text: tuple[TranscriptionPrice, ...]


RowT = TypeVar("RowT", bound=_Row)
Price = GeminiPrice | ElevenLabsPrice | TranscriptionPrice


@dataclass(frozen=True)
class PriceTable:
    """All known prices with the days on which each holds."""

    version: str
    gemini: tuple[GeminiPrice, ...]
    gemini_images: tuple[_ImageTokens, ...]
    elevenlabs: tuple[ElevenLabsPrice, ...]
    transcription: tuple[TranscriptionPrice, ...]

    @classmethod
    def load(cls) -> "PriceTable":
        """The table that comes with this version of the program; read once per process."""
        return _bundled()

    @classmethod
    def parse(cls, text: str) -> "PriceTable":
        """A table from its JSON.

        Raises:
            ValueError: it is not of the table's form, or two prices of a model hold on the same day.
        """
        document = _Document.model_validate_json(text)
        return cls(
            version=document.version,
            gemini=_named(document.gemini, document.version),
            gemini_images=document.gemini_images,
            elevenlabs=_named(document.elevenlabs, document.version),
            transcription=_named(document.elevenlabs_speech_to_text, document.version),
        )

    @overload
    def price_for(self, provider: Literal["gemini"], model: str, at: date) -> GeminiPrice: ...
    @overload
    def price_for(self, provider: Literal["elevenlabs"], model: str, at: date) -> ElevenLabsPrice: ...
    def price_for(self, provider: str, model: str, at: date) -> GeminiPrice | ElevenLabsPrice:
        """The price of a model's calls on a day; asked before the call, never after.

        Args:
            provider: "gemini", or "elevenlabs" for speech.
            model: As the provider spells it.
            at: Day of the call, in UTC.

        Raises:
            BadInput: the table has no such provider or model, or no price of it for that day.
        """
        if provider == "gemini":
            return _valid(self.gemini, provider, model, at)
        if provider == "elevenlabs":
            return _valid(self.elevenlabs, provider, model, at)
        raise BadInput(f"There are no prices for {provider!r}; known are: elevenlabs, gemini.")

    def models(self, operation: Operation, at: date) -> tuple[str, ...]:
        """The models that have a price for something on a day, sorted."""
        rows: dict[Operation, tuple[_Row, ...]] = {
            "analysis": self.gemini,
            "speech": self.elevenlabs,
            "transcription": self.transcription,
        }
        return tuple(sorted({row.model for row in rows[operation] if row.holds(at)}))

    def transcription_price_for(self, model: str, at: date) -> TranscriptionPrice:
        """The price of ElevenLabs' speech-to-text on a day; see `price_for`."""
        return _valid(self.transcription, "elevenlabs", model, at)

    def image_tokens(
        self, model: str, *, width_px: int, height_px: int, resolution: Resolution | None
    ) -> int:
        """About how many input tokens one picture is, for an estimate before the call.

        Gemini 3 charges a fixed number per resolution. Gemini 2 charges 258 tokens for a small picture
        and 258 for each tile of a larger one; a tile's side is two thirds of the shorter side
        (https://ai.google.dev/gemini-api/docs/tokens).

        Args:
            model: A Gemini model.
            width_px: The picture's.
            height_px: The picture's.
            resolution: The `media_resolution` that the call asks for; None for the model's default.

        Raises:
            BadInput: nothing is known about the model's family.
        """
        for family in self.gemini_images:
            if model.startswith(family.families):
                return _image_tokens(family, width_px, height_px, resolution)
        known = ", ".join(name + "…" for family in self.gemini_images for name in family.families)
        raise BadInput(f"How {model!r} counts pictures is not known; known families are: {known}.")


def gemini_cost(
    price: GeminiPrice,
    *,
    input_tokens: int,
    output_tokens: int,
    thinking_tokens: int = 0,
    audio_input_tokens: int = 0,
) -> int:
    """Micro-USD for one call, rounded up.

    Args:
        price: Of the model, on the day of the call.
        input_tokens: All of the prompt, pictures and sound included.
        output_tokens: The answer.
        thinking_tokens: What the model thought before it; 0 when `output_tokens` counts it already.
        audio_input_tokens: The part of `input_tokens` that is sound.
    """
    _refuse_negative(input_tokens, output_tokens, thinking_tokens, audio_input_tokens)
    is_long = price.above_200k is not None and input_tokens > LONG_PROMPT_TOKENS
    rates = price.above_200k if price.above_200k and is_long else price
    audio_rate = rates.input if is_long or price.audio_input is None else price.audio_input
    total = (
        (input_tokens - audio_input_tokens) * rates.input
        + audio_input_tokens * audio_rate
        + (output_tokens + thinking_tokens) * rates.output
    )
    return ceil(Fraction(total, _TOKENS))


def elevenlabs_cost(price: ElevenLabsPrice, *, characters: int) -> int:
    """Micro-USD for speaking so many characters in one call, rounded up."""
    _refuse_negative(characters)
    return ceil(Fraction(characters * price.per_1000_characters, _CHARACTERS))


def transcription_cost(price: TranscriptionPrice, *, duration_s: float) -> int:
    """Micro-USD for the words of so many seconds of sound, rounded up."""
    _refuse_negative(duration_s)
    return ceil(Fraction(duration_s) * price.per_hour / _HOUR_S)


def _refuse_negative(*units: float) -> None:
    if any(unit < 0 for unit in units):
        raise ValueError(f"units that are below zero can't be charged: {units}")


def _image_tokens(family: _ImageTokens, width_px: int, height_px: int, resolution: Resolution | None) -> int:
    if resolution in family.by_resolution:
        return family.by_resolution[resolution]
    if family.default is not None:
        return family.default
    if family.tile is None or family.up_to_384px is None:
        raise ValueError(f"the table says neither a default nor a tile for {family.families}")
    if max(width_px, height_px) <= 384:
        return family.up_to_384px
    side_px = max(1, int(min(width_px, height_px) / 1.5))
    return ceil(width_px / side_px) * ceil(height_px / side_px) * family.tile


def _valid(rows: Sequence[RowT], provider: str, model: str, at: date) -> RowT:
    of_model = [row for row in rows if row.model == model]
    if not of_model:
        known = ", ".join(sorted({row.model for row in rows}))
        raise BadInput(f"There is no price for {provider}'s {model!r}; known are: {known}.")
    for row in of_model:
        if row.holds(at):
            return row
    spans = ", ".join(row.span() for row in of_model)
    known = ", ".join(sorted({row.model for row in rows if row.holds(at)}))
    raise BadInput(
        f"There is no price for {provider}'s {model!r} on {at}; its prices hold from {spans}. "
        f"Known for that day are: {known or 'none'}."
    )


def _named(rows: Iterable[RowT], version: str) -> tuple[RowT, ...]:
    """Rows with their ids, by model and day; two prices of a model on one day are refused."""
    ordered = sorted(rows, key=lambda row: (row.model, row.valid_from or date.min))
    for one, after in pairwise(ordered):
        if one.model == after.model and (
            one.valid_to is None or after.valid_from is None or one.valid_to > after.valid_from
        ):
            raise ValueError(f"two prices of {one.model} hold on the same day")
    return tuple(
        row.model_copy(update={"price_id": f"{row.model}@{row.valid_from or 'always'}/{version}"})
        for row in ordered
    )


@lru_cache(maxsize=1)
def _bundled() -> PriceTable:
    return PriceTable.parse((files("models") / "assets" / "prices.json").read_text(encoding="utf-8"))
