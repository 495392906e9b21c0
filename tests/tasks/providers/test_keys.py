"""Keys are tried for nothing: one free request, told in a sentence that never says the key."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from models.settings import Settings
from tasks.media.doctor import Finding
from tasks.providers.keys import try_key
from tests.fakes.elevenlabs import FakeElevenLabs
from tests.fakes.gemini import FakeGemini
from tests.fakes.server import FakeServer, Reply, Request

GEMINI_KEY, ELEVENLABS_KEY = "AIza-a-good-gemini-key", "sk_a-good-elevenlabs-key"
MODEL = "gemini-3.5-flash-lite"


class Answering(FakeServer):
    """Gives one reply to everything, and keeps what it was asked."""

    name = "answering"
    default_key = "any"

    def __init__(self, status: int, document: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__()
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self._reply = Reply(status=status, body=body, headers=headers or {})
        self.asked: list[Request] = []

    def handle(self, request: Request) -> Reply:
        self.asked.append(request)
        return self._reply


def settings_for(server: FakeServer) -> Settings:
    return Settings(gemini_base_url=server.base_url, elevenlabs_base_url=server.base_url)


def gemini(server: FakeServer, key: str = GEMINI_KEY, model: str | None = None, **changes: Any) -> Finding:
    return try_key("gemini", SecretStr(key), settings_for(server), name="key", model=model, **changes)


def elevenlabs(server: FakeServer, key: str = ELEVENLABS_KEY, **changes: Any) -> Finding:
    return try_key("elevenlabs", SecretStr(key), settings_for(server), name="key", **changes)


def test_a_good_key_is_accepted_and_nothing_is_spent() -> None:
    with FakeGemini(keys=(GEMINI_KEY,)) as server:
        assert gemini(server) == Finding("key", True, "accepted")
        assert gemini(server, model=MODEL) == Finding("key", True, f"accepted, and there is a model {MODEL}")
        assert server.bill == []
        assert server.paid_requests() == []
    with FakeElevenLabs(keys=(ELEVENLABS_KEY,)) as server:
        found = elevenlabs(server)
        assert found.is_well
        assert found.detail.startswith("accepted, ")
        assert found.detail.endswith(" characters left this period")
        assert server.bill == []


def test_a_bad_key_is_refused_without_being_said() -> None:
    with FakeGemini(keys=(GEMINI_KEY,)) as server:
        found = gemini(server, key="AIza-a-wrong-key")
    assert not found.is_well
    assert found.detail.startswith("refused (400): ")
    assert "wrong" not in found.detail
    with FakeElevenLabs(keys=(ELEVENLABS_KEY,)) as server:
        found = elevenlabs(server, key="sk_a-wrong-key")
    assert not found.is_well
    assert found.detail.startswith("refused (401): ")
    assert "wrong" not in found.detail


def test_a_model_that_is_not_there_is_named() -> None:
    with FakeGemini(keys=(GEMINI_KEY,)) as server:
        found = gemini(server, model="gemini-1.0-gone")
    assert not found.is_well
    assert found.detail.startswith("accepted, but there is no model gemini-1.0-gone")


def test_a_key_for_speech_only_is_good_enough() -> None:
    detail = {"status": "missing_permissions", "message": "The API key is missing the permission user_read."}
    with Answering(401, {"detail": detail}) as server:
        found = elevenlabs(server)
    assert found.is_well
    assert "characters left are not known" in found.detail


@pytest.mark.parametrize(
    ("status", "document", "sentence"),
    [
        (429, {"error": {"message": "slow down"}}, "not known: too many requests just now"),
        (503, {"detail": {"message": "busy"}}, "not known: the service answered 503"),
        (502, b"<html>bad gateway</html>", "not known: the service answered 502 (no reason given)"),
        (500, [1, 2], "not known: the service answered 500"),
        (302, {}, "not known: the service answered 302"),
        (400, {"error": {"message": "odd", "details": [None, "x"]}}, "not known: the service answered 400"),
    ],
)
def test_anything_else_is_not_known(status: int, document: Any, sentence: str) -> None:
    for ask in (gemini, elevenlabs):
        with Answering(status, document) as server:
            found = ask(server)
        assert not found.is_well
        assert sentence in found.detail


def test_the_key_goes_in_a_header_to_the_configured_address_and_nowhere_else() -> None:
    with (
        Answering(200, {}) as elsewhere,
        Answering(307, {}, {"Location": f"{elsewhere.base_url}/stolen"}) as server,
    ):
        gemini(server, model=MODEL)
        elevenlabs(server)
        assert [request.path for request in server.asked] == [
            f"/v1beta/models/{MODEL}",
            "/v1/user/subscription",
        ]
        assert server.asked[0].headers["x-goog-api-key"] == GEMINI_KEY
        assert server.asked[1].headers["xi-api-key"] == ELEVENLABS_KEY
        assert all(not request.query for request in server.asked)
        assert elsewhere.asked == []


def test_nobody_there_and_nobody_answering_are_told_apart() -> None:
    server = Answering(200, {})
    gone = settings_for(server)
    with server:
        pass
    found = try_key("gemini", SecretStr(GEMINI_KEY), gone, name="key")
    assert found.detail.startswith("127.0.0.1 can't be reached: ")

    class Silent(FakeServer):
        default_key = "any"

        def handle(self, request: Request) -> Reply:
            assert request.path
            self.wait_slowly()
            return Reply()

    with Silent() as silent:
        assert elevenlabs(silent, timeout_s=0.05).detail == "127.0.0.1 did not answer within 0.05 s"
