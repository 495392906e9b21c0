"""Each profile's Gemini key: used for itself alone, and in no log and no message."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from models.errors import (
    KeyRefused,
    ProviderRefused,
    ReelflowError,
)
from tasks.providers.gemini import BackendName, GeminiAnalyser
from tests.fakes import FakeGemini
from tests.tasks.providers.conftest import KEY, Footage
from tests.tasks.providers.gemini_calls import OpenAnalyser, image_tokens, judge

# The old SDK's messages warn about enum numbers that are newer than it is.
pytestmark = pytest.mark.filterwarnings("ignore:Unrecognized .* enum value:UserWarning")


def test_two_profiles_at_once_never_mix_their_keys(
    open_analyser: OpenAnalyser, gemini: FakeGemini, footage: Footage
) -> None:  # pitfall 27
    analysers = {name: open_analyser(f"key-of-profile-{name}") for name in "ab"}
    requests = {name: footage(1, stills=1, context=f"brand {name}") for name in "ab"}

    def work(number: int) -> None:
        name = "ab"[number % 2]
        judge(analysers[name], requests[name])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(80)))
    seen = gemini.paid_requests()
    assert len(seen) == 80
    assert {(one.key, "brand a" in one.text, "brand b" in one.text) for one in seen} == {
        ("key-of-profile-a", True, False),
        ("key-of-profile-b", False, True),
    }


@pytest.mark.parametrize("key", [None, SecretStr(""), SecretStr("  ")])
def test_without_a_key_nothing_is_taken_from_the_environment(
    key: SecretStr | None, backend: BackendName, gemini: FakeGemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, "key-of-profile-b")
    with pytest.raises(KeyRefused, match="no Gemini key: set one with `reelflow profile set-key gemini`"):
        GeminiAnalyser(key, "gemini-3.8-flash", image_tokens=image_tokens, backend=backend)


def test_the_environment_changes_neither_key_nor_address(
    open_analyser: OpenAnalyser,
    gemini: FakeGemini,
    footage: Footage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, "key-of-profile-b")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "https://elsewhere.invalid")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", "v9")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "elsewhere")
    monkeypatch.setenv("GOOGLE_GENAI_CLIENT_MODE", "replay")
    judge(open_analyser(), footage(1))
    (seen,) = gemini.paid_requests()
    assert seen.key == KEY
    assert seen.path.startswith("/v1beta/")


def test_keys_are_in_no_log_and_no_message(
    open_analyser: OpenAnalyser, gemini: FakeGemini, footage: Footage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stranger = "unknown-key-0123456789"
    errors: list[ReelflowError] = []
    for analyser, fault in (
        (open_analyser(stranger), None),
        (open_analyser(), "400"),
        (open_analyser(), None),
    ):
        gemini.fail_next(fault)
        try:
            judge(analyser, footage(1))
        except ReelflowError as error:
            errors.append(error)
    assert len(errors) == 2
    written = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    for key in (stranger, KEY):
        assert key not in written
        assert key not in "".join(f"{error!r}{error.__cause__!r}{error.__dict__}" for error in errors)
        assert key not in repr(vars(open_analyser(key))) + repr(open_analyser(key))


def test_a_service_that_repeats_the_key_does_not_get_it_into_a_message(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.fakes import gemini_wire as wire

    monkeypatch.setitem(wire.ERRORS, "400", wire.error(400, "INVALID_ARGUMENT", f"The key {KEY} is odd."))
    gemini.fail_next("400")
    with pytest.raises(ProviderRefused, match=r"The key \[key\] is odd"):
        judge(analyser, footage(1))
