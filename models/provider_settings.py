"""Which analyser and which voice a profile uses, and how: a document stored on the profile.

Everything in here that changes an answer is part of the fingerprint under which the answer is kept, so
that changing a setting never brings back what was bought with another one.
"""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from models.edit import Document
from models.errors import BadInput
from models.prices import Operation, PriceTable
from models.profile import Profile
from models.session import ProfileSession
from models.tenant import now_utc

AnalyserName = Literal["offline", "gemini"]
VoiceName = Literal["offline", "elevenlabs"]
GeminiBackend = Literal["google-genai", "google-generativeai"]
Fallback = Literal["none", "offline"]

#: Chosen of the models with a price: current (Google names it as what follows 2.5 Flash, whose end it
#: announced for 2026), cheap (0.30 in, 2.50 out; some two cents for the 30 segments of ten minutes), and
#: both its prices were read on a price list, while those of 2.5 Flash-Lite are partly second-hand.
DEFAULT_GEMINI_MODEL = "gemini-3.5-flash-lite"

#: Of the speech-to-text models with a price the one that ElevenLabs' own client names in its examples.
DEFAULT_TRANSCRIPTION_MODEL = "scribe_v2"

#: Whose models do what, for a sentence.
_MODEL_USES: dict[Operation, tuple[str, str]] = {
    "analysis": ("Gemini", "judging footage"),
    "speech": ("ElevenLabs", "speech"),
    "transcription": ("ElevenLabs", "hearing speech"),
}

_MODEL = r"^[a-z0-9][a-z0-9._-]{1,99}$"


class GeminiSettings(Document):
    """How Gemini judges footage."""

    model: str = Field(default=DEFAULT_GEMINI_MODEL, pattern=_MODEL)
    backend: GeminiBackend = Field(default="google-genai", description="The client library that talks to it.")
    prompt_version: str = Field(
        default="segments-1",
        pattern=r"^[a-z0-9][a-z0-9._-]{0,31}$",
        description="Which prompt is sent.",
    )


class ElevenLabsSettings(Document):
    """How ElevenLabs speaks and listens. The numbers are the service's own, with its own defaults."""

    voice_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9]{8,64}$", description="The voice's id.")
    model: str = Field(default="eleven_multilingual_v2", pattern=_MODEL)
    stability: float = Field(default=0.5, ge=0, le=1)
    similarity: float = Field(default=0.75, ge=0, le=1)
    style: float = Field(default=0.0, ge=0, le=1)
    speed: float = Field(default=1.0, ge=0.7, le=1.2)
    language: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2,3}$",
        description='ISO 639 code such as "ro"; None: told by the text, or by what is heard.',
    )
    transcription_model: str = Field(
        default=DEFAULT_TRANSCRIPTION_MODEL,
        pattern=_MODEL,
        description="What hears the footage's own speech.",
    )
    concurrency: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Most calls at once on this key; None: as many as the plan allows.",
    )
    characters_per_request: int | None = Field(
        default=None,
        ge=200,
        le=40_000,
        description="Longer scripts are spoken in parts; None: what the model takes at once.",
    )

    @field_validator("language", "concurrency", "characters_per_request", mode="before")
    @classmethod
    def _auto_is_none(cls, value: Any) -> Any:
        return None if value == "auto" else value


class PauseSettings(Document):
    """Whether long pauses of a spoken script are shortened. The paid sound itself is kept as it was."""

    are_trimmed: bool = False
    longer_than_s: float = Field(default=0.25, ge=0.1, le=3.0, description="Shorter pauses stay.")
    shortened_to_s: float = Field(default=0.1, ge=0.02, le=1.0, description="What is left of a longer one.")

    @model_validator(mode="after")
    def _gets_shorter(self) -> Self:
        if self.shortened_to_s >= self.longer_than_s:
            raise ValueError(
                f"a pause of {self.longer_than_s:g} s can't be shortened to {self.shortened_to_s:g} s"
            )
        return self


class ProviderSettings(Document):
    """A profile's analyser and voice, and what happens when one of them can't be had."""

    version: Literal[1] = 1
    analyser: AnalyserName = "offline"
    gemini: GeminiSettings = GeminiSettings()
    voice: VoiceName = "offline"
    elevenlabs: ElevenLabsSettings = ElevenLabsSettings()
    pauses: PauseSettings = PauseSettings()
    fallback: Fallback = Field(
        default="none",
        description='What takes the place of a provider that fails: "none" (the run fails and says why) or '
        '"offline" (the run goes on without it and says so).',
    )

    @model_validator(mode="after")
    def _voice_is_chosen(self) -> Self:
        if self.voice == "elevenlabs" and self.elevenlabs.voice_id is None:
            raise ValueError("ElevenLabs needs a voice: give its id with --voice")
        return self

    def changed(
        self,
        *,
        gemini: Mapping[str, Any] | None = None,
        elevenlabs: Mapping[str, Any] | None = None,
        pauses: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> "ProviderSettings":
        """A copy with other values; None stands for "as it is".

        Raises:
            BadInput: a value can't be used, a model is not known, or the values don't fit together.
        """
        document = self.model_dump()
        document.update(_given(changes))
        for name, given in (("gemini", gemini), ("elevenlabs", elevenlabs), ("pauses", pauses)):
            document[name].update(_given(given or {}))
        try:
            after = ProviderSettings.model_validate(document)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            reason = str(first["msg"]).removeprefix("Value error, ")
            raise BadInput(f"{where}: {reason}." if where else f"{reason}.") from None
        # Only what changes: a model that was known when it was chosen may be gone from the table since.
        _check_model("analysis", after.gemini.model, self.gemini.model)
        _check_model("speech", after.elevenlabs.model, self.elevenlabs.model)
        _check_model(
            "transcription", after.elevenlabs.transcription_model, self.elevenlabs.transcription_model
        )
        return after


def provider_settings(profile: Profile) -> ProviderSettings:
    """A profile's settings, defaults filled in."""
    return ProviderSettings.model_validate(profile.providers)


def store_provider_settings(session: ProfileSession, settings: ProviderSettings) -> None:
    """Gives the session's profile other settings, for calls from now on."""
    session.profile.providers = settings.model_dump(mode="json")


def _check_model(operation: Operation, model: str, before: str) -> None:
    """Refuses to change to a model whose calls could not be paid for.

    Raises:
        BadInput: there is no price for it today; the sentence lists the models that have one.
    """
    known = PriceTable.load().models(operation, now_utc().date())
    if model == before or model in known:
        return
    title, use = _MODEL_USES[operation]
    raise BadInput(
        f"{model!r} is no {title} model with a known price for {use}; choose one of {', '.join(known)}."
    )


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
