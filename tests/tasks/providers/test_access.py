import pytest
from pydantic import SecretStr

from models.errors import BadInput, KeyRefused
from tasks.providers.access import check_base_url, quote, require_key


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel"])
def test_a_key_that_can_not_be_one_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(KeyRefused, match="copy it again") as caught:
        require_key(SecretStr(key), provider="gemini", title="Gemini")
    assert key not in str(caught.value)


def test_space_around_a_key_is_taken_off() -> None:
    assert require_key(SecretStr(" abc\n"), provider="gemini", title="Gemini") == "abc"


@pytest.mark.parametrize(
    "url", ["https://api.example.com/", "http://127.0.0.1:99", "http://localhost:1/x", "http://[::1]:5"]
)
def test_https_and_this_machine_are_fine(url: str) -> None:
    assert check_base_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.7:80",
        "ftp://api.example.com",
        "api.example.com",
        "https://user:pass@api.example.com",
        "",
    ],
)
def test_any_other_address_would_show_the_key(url: str) -> None:
    with pytest.raises(BadInput):
        check_base_url(url)


def test_quotes_are_short_single_lines_without_keys() -> None:
    assert quote("The key\n abc-1 is  odd", key="abc-1") == "The key [key] is odd"
    assert quote("seen sk_12ab34cd56 there", key="x-y-z") == "seen [key] there"
    assert len(quote("a" * 5000, key="key")) < 400
    assert quote("<html>gateway</html>", key="key") == ""
    assert quote(None, key="key") == ""
