"""Stand-ins of the services and adapters that talk to them; nothing else can be reached."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import SecretStr

from tasks.providers.elevenlabs import ElevenLabsVoice, VoiceSettings
from tasks.providers.elevenlabs_account import ElevenLabsAccount
from tasks.providers.gemini import BackendName, GeminiAnalyser
from tasks.providers.ports import AnalysisRequest, SegmentFacts
from tests.fakes import FakeElevenLabs, FakeGemini
from tests.tasks.providers.elevenlabs_calls import OpenVoice
from tests.tasks.providers.gemini_calls import OpenAnalyser, image_tokens

KEY = "key-of-profile-a"


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches a paid service: sockets connect to this machine or not at all."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            raise AssertionError(f"a test wants to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def gemini() -> Iterator[FakeGemini]:
    with FakeGemini(keys=(KEY, "key-of-profile-b")) as server:
        yield server


@pytest.fixture
def eleven() -> Iterator[FakeElevenLabs]:
    with FakeElevenLabs(keys=(KEY, "key-of-profile-b")) as server:
        yield server


Footage = Callable[..., AnalysisRequest]


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    """Segments with stills: the first is the darkest, the last the richest."""
    folder = tmp_path_factory.mktemp("stills")

    def still(level: int) -> Path:
        path = folder / f"{level}.jpg"
        if not path.exists():
            picture = Image.effect_noise((320, 180), 6.0 * level).convert("RGB")
            picture.point(lambda value: min(255, value * min(level, 6) // 6)).save(path)
        return path

    def make(count: int = 4, *, stills: int = 2, context: str = "A brass lamp") -> AnalysisRequest:
        return AnalysisRequest(
            tuple(
                SegmentFacts(
                    index=index,
                    duration_s=2.5,
                    motion=4.0,
                    sharpness=9.0,
                    brightness=100.0,
                    stills=tuple(still(index) for _ in range(stills)),
                )
                for index in range(count)
            ),
            context,
        )

    return make


@pytest.fixture(params=["google-genai", "google-generativeai"])
def backend(request: pytest.FixtureRequest) -> BackendName:
    name: BackendName = request.param
    pytest.importorskip("google.genai" if name == "google-genai" else "google.ai.generativelanguage")
    return name


@pytest.fixture
def open_analyser(gemini: FakeGemini, backend: BackendName) -> Iterator[OpenAnalyser]:
    with ExitStack() as stack:

        def make(key: str = KEY, model: str = "gemini-3.8-flash", **options: object) -> GeminiAnalyser:
            analyser = GeminiAnalyser(
                SecretStr(key),
                model,
                image_tokens=image_tokens,
                backend=backend,
                base_url=gemini.base_url,
                **options,  # type: ignore[arg-type]
            )
            return stack.enter_context(analyser)

        yield make


@pytest.fixture
def analyser(open_analyser: OpenAnalyser) -> GeminiAnalyser:
    return open_analyser()


@pytest.fixture
def open_voice(eleven: FakeElevenLabs) -> Iterator[OpenVoice]:
    with ExitStack() as stack:

        def make(
            key: str = KEY,
            model: str = "eleven_multilingual_v2",
            settings: VoiceSettings | None = None,
            *,
            max_characters: int = 10_000,
            credits_per_character: str = "1",
            **options: str,
        ) -> ElevenLabsVoice:
            voice = ElevenLabsVoice(
                SecretStr(key),
                model,
                settings,
                max_characters=max_characters,
                credits_per_character=Decimal(credits_per_character),
                base_url=eleven.base_url,
                **options,
            )
            return stack.enter_context(voice)

        yield make


@pytest.fixture
def account(eleven: FakeElevenLabs) -> Iterator[ElevenLabsAccount]:
    with ElevenLabsAccount(SecretStr(KEY), base_url=eleven.base_url) as account:
        yield account
