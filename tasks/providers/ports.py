"""What an analyser and a voice promise, whoever stands behind them.

Every provider takes one of these requests and gives back typed answers, so that tasks, tests and the
stored results never see a provider's own types. Nothing in here retries, stores or counts money.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from models.edit import Word


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call used: estimated before it, counted by the service after it. Money is made of it elsewhere.

    Two of them add up.
    """

    input_tokens: int = 0
    """The prompt, pictures included."""
    output_tokens: int = 0
    """The answer, without thinking."""
    thinking_tokens: int = 0
    """What the model thought before it answered; charged like output."""
    characters: int = 0
    """Characters spoken, as the service charges them."""
    audio_s: float = 0.0
    """Seconds of sound that were listened to."""
    requests: int = 0
    """Calls over the network."""
    raw: Mapping[str, int] = field(default_factory=dict)
    """The service's own numbers by its own names; `estimated_requests` counts calls without any."""

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            thinking_tokens=self.thinking_tokens + other.thinking_tokens,
            characters=self.characters + other.characters,
            audio_s=self.audio_s + other.audio_s,
            requests=self.requests + other.requests,
            raw={
                name: self.raw.get(name, 0) + other.raw.get(name, 0)
                for name in sorted({*self.raw, *other.raw})
            },
        )

    def units(self) -> dict[str, Any]:
        """Everything that is not zero, as the ledger stores it."""
        fields = {name: getattr(self, name) for name in self.__slots__ if name != "raw"}
        return {
            **{name: value for name, value in fields.items() if value},
            **({"raw": dict(self.raw)} if self.raw else {}),
        }


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """A text to be spoken."""

    text: str
    """The script, as the user wrote it."""
    voice: str
    """The provider's id of the voice; for the offline voice a language such as `en-us`."""
    speed: float = 1.0
    """1 is the voice's normal pace; 0.7 to 1.2 is what every provider can do."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A spoken text."""

    audio: Path
    """WAV file: mono, 16 bit, `sample_rate`."""
    sample_rate: int
    """Samples per second."""
    duration_s: float
    """Length of the audio."""
    words: tuple[Word, ...]
    """Every word of the text with its time in the audio: in order, never overlapping, never empty."""
    characters: int
    """Characters of the request's text: what providers bill."""
    provider: str
    """Name of the provider that spoke."""
    model: str
    """Its model."""
    voice: str
    """Its voice."""
    usage: Usage = field(default_factory=Usage)
    """What speaking it used."""
    calls_at_once: int | None = None
    """How many calls the customer's plan allows at once; None when the provider did not say."""


@dataclass(frozen=True, slots=True)
class OfferedVoice:
    """A voice that can be chosen."""

    id: str
    """What a `SpeechRequest` names."""
    name: str
    """What people call it."""
    category: str = ""
    """Such as `premade` or `cloned`, in the service's words; may be empty."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Accent, gender, age, use and so on, in the service's words."""
    description: str = ""
    """In a sentence; may be empty."""
    sample_url: str = ""
    """Where a sample can be heard; empty when there is none."""


class Provider(Protocol):
    """Who is asked, as results are stored under."""

    @property
    def name(self) -> str:
        """The provider's name, as stored with its results."""
        ...

    @property
    def model(self) -> str:
        """The provider's model, as stored with its results."""
        ...

    @property
    def identity(self) -> Mapping[str, Any]:
        """All that decides the answer besides the request, for the fingerprint of what is stored."""
        ...


class Voice(Provider, Protocol):
    """Speaks texts."""

    def estimate(self, request: SpeechRequest) -> Usage:
        """About what the call will use; asks nobody."""
        ...

    def speak(self, request: SpeechRequest, into: Path, *, timeout_s: float) -> Speech:
        """Speaks a text.

        Args:
            request: What to say and how.
            into: An existing folder of the caller; the audio is written there as `speech.wav`.
            timeout_s: Longest time the whole call may take.

        Raises:
            BadInput: the text or the voice can't be used.
            ProviderRefused: the provider said no for good.
            ProviderUnavailable: the provider did not answer properly; another try may succeed.
            MediaToolTimedOut: a local process took longer than `timeout_s`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Transcript:
    """What is said in some sound."""

    words: tuple[Word, ...]
    """In order, never overlapping; empty when nobody speaks."""
    language: str
    """Code of the language, as the provider calls it; empty when it can't tell."""
    usage: Usage
    """What listening used."""


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """What was measured about one segment."""

    index: int
    """Position in the request; the verdict carries it back."""
    duration_s: float
    """Length of the segment."""
    motion: float
    """Mean absolute luma difference between neighbouring frames, 0 to 255."""
    sharpness: float
    """Strength of fine detail; larger is sharper. Only comparable inside one request."""
    brightness: float
    """Mean luma, 0 to 255."""
    audio_db: float | None = None
    """Mean level of the sound in dBFS; None without sound."""
    black_share: float = 0.0
    """Share of the frames that are black, 0 to 1."""
    frozen_share: float = 0.0
    """Share of the frames that repeat the one before, 0 to 1."""
    is_blurred: bool = False
    """Out of focus or smeared by movement."""
    is_long_enough: bool = True
    """Long enough to be a cut of its own."""
    stills: tuple[Path, ...] = ()
    """JPEG frames in time order, for analysers that look at pictures."""


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """Segments to be judged against each other."""

    segments: tuple[SegmentFacts, ...]
    context: str = ""
    """What the project is about, in the user's words."""


@dataclass(frozen=True, slots=True)
class SegmentVerdict:
    """How useful one segment is for a short video."""

    index: int
    """The `SegmentFacts.index` it is about."""
    score: int
    """0 to 100; higher is better."""
    hook: int
    """0 to 100: how well it would open a video."""
    description: str
    """What is seen, in one sentence."""
    highlights: tuple[str, ...]
    """What speaks for it, a few words each."""
    tags: tuple[str, ...]
    """Lower-case words to find it by."""
    reason: str
    """Why it got its score, in one sentence a user understands."""


ProblemKind = Literal["missing", "unknown_index", "duplicate", "second_call", "resolution"]


@dataclass(frozen=True, slots=True)
class AnalysisProblem:
    """Something about an analysis that is not as it was asked for, yet no reason to throw it away."""

    kind: ProblemKind
    """What it is."""
    message: str
    """The sentence for the user."""
    indices: tuple[int, ...] = ()
    """The `SegmentFacts.index` values it is about."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """An analyser's answer."""

    verdicts: tuple[SegmentVerdict, ...]
    """In the request's order. A segment without one is named by a problem of kind `missing`."""
    usage: Usage = field(default_factory=Usage)
    """What judging them used."""
    problems: tuple[AnalysisProblem, ...] = ()
    """What the run has to tell."""


class Analyser(Provider, Protocol):
    """Judges segments."""

    def estimate(self, request: AnalysisRequest) -> Usage:
        """About what the call will use; asks nobody."""
        ...

    def estimate_most(self, request: AnalysisRequest) -> Usage:
        """The most that it uses as long as every call is answered: what a customer should have at hand."""
        ...

    def batches(self, request: AnalysisRequest) -> tuple[AnalysisRequest, ...]:
        """The request in parts that one call each answers: for paying and storing part by part."""
        ...

    def analyse(self, request: AnalysisRequest, *, timeout_s: float) -> Analysis:
        """Judges all segments of the request, in as many calls as it takes.

        Args:
            request: The segments and what the project is about.
            timeout_s: Longest time the whole call may take.

        Raises:
            ProviderRefused: the provider said no for good.
            ProviderUnavailable: the provider did not answer properly; another try may succeed.
        """
        ...
