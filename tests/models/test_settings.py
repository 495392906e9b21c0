"""Installation settings: secrets hidden, addresses safe, refusals in a sentence that shows no value."""

import pytest

from models.errors import BadInput
from models.redaction import redact
from models.settings import Settings, load_settings


def test_secrets_of_the_environment_are_hidden_and_unspeakable(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "REELFLOW_GEMINI_API_KEY": "gemini-key-without-a-shape",
        "REELFLOW_ELEVENLABS_API_KEY": "elevenlabs-key-without-a-shape",
        "REELFLOW_SECRET_KEY": "first-sealing-key second-sealing-key",
        "REELFLOW_DATABASE_URL": "postgresql://me:pa55word-of-mine@host/name",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)

    settings = load_settings()

    for value in values.values():
        assert value not in repr(settings)
        assert value not in str(settings.model_dump())
        assert value not in redact(f"it says {value} here")
    assert redact("second-sealing-key, pa55word-of-mine") == "***, ***"


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELFLOW_GEMINI_API_KEY", "")
    monkeypatch.setenv("REELFLOW_HOME", "")

    assert load_settings().gemini_api_key is None
    assert load_settings().home == Settings.model_fields["home"].default


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://generativelanguage.googleapis.com/", "https://generativelanguage.googleapis.com"),
        ("https://gateway.example/eleven", "https://gateway.example/eleven"),
        ("http://127.0.0.1:8801", "http://127.0.0.1:8801"),
        ("http://localhost:8801/", "http://localhost:8801"),
        ("http://[::1]:8801", "http://[::1]:8801"),
    ],
)
def test_keys_may_go_to_safe_addresses(monkeypatch: pytest.MonkeyPatch, url: str, kept: str) -> None:
    monkeypatch.setenv("REELFLOW_GEMINI_BASE_URL", url)
    monkeypatch.setenv("REELFLOW_ELEVENLABS_BASE_URL", url)

    assert load_settings().gemini_base_url == load_settings().elevenlabs_base_url == kept


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://api.example.com", "must begin with https"),
        ("http://127.0.0.1.example.com", "must begin with https"),
        ("https://me:hunter2hunter2@api.example.com", "must not hold a name"),
        ("https://api.example.com?key=hunter2hunter2", "must not hold a name, a password or a query"),
        ("http://127.0.0.1:port", "Port could not be cast"),
        ("ftp://api.example.com", "write it as https://host"),
        ("hunter2hunter2", "write it as https://host"),
    ],
)
def test_keys_may_not_go_anywhere_else(monkeypatch: pytest.MonkeyPatch, url: str, reason: str) -> None:
    monkeypatch.setenv("REELFLOW_GEMINI_BASE_URL", url)

    with pytest.raises(BadInput, match=f"REELFLOW_GEMINI_BASE_URL can't be used: .*{reason}") as refused:
        load_settings()

    assert "hunter2" not in str(refused.value)


def test_any_other_unusable_variable_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELFLOW_PARALLEL_RENDERS", "many")

    with pytest.raises(BadInput, match="REELFLOW_PARALLEL_RENDERS can't be used: Input should be a"):
        load_settings()
