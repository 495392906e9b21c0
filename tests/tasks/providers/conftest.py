import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tasks.providers.ports import AnalysisRequest, SegmentFacts
from tests.fakes import FakeElevenLabs, FakeGemini


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
    with FakeGemini(keys=("key-of-profile-a", "key-of-profile-b")) as server:
        yield server


@pytest.fixture
def eleven() -> Iterator[FakeElevenLabs]:
    with FakeElevenLabs(keys=("key-of-profile-a", "key-of-profile-b")) as server:
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
