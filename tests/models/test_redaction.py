"""Secrets never leave: known ones in any form, unknown ones by their shape, through logs and errors alike."""

import base64
import io
import json
import logging
import traceback
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from models import redaction
from models.errors import Fault, ProviderRefused
from models.redaction import (
    REDACTED,
    RedactingFilter,
    errors_redacted,
    install_redaction,
    redact,
    redact_document,
    remember,
)

KNOWN = "Zq8/wK+3vX~aBcD-eF7gH9jL1mN5pR"
GEMINI = "AIzaSyD-0123456789abcdefABCDEF_ghijklmn"
ELEVENLABS = "sk_0123456789abcdef0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def known() -> None:
    remember(SecretStr(KNOWN))


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What a handler of a logger `leaky` wrote; its records are made after redaction was installed."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logger = logging.getLogger("leaky")
    logger.addHandler(handler)
    logger.propagate = False
    before = logging.getLogRecordFactory()
    install_redaction()
    yield written
    logging.setLogRecordFactory(before)
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    "text",
    [
        f"before {KNOWN} after",
        f"before {quote(KNOWN, safe='')} after",
        f"before {json.dumps(KNOWN)} after",
        *(f"before {base64.b64encode(b'u' * n + KNOWN.encode()).decode()} after" for n in range(3)),
        f"before {base64.urlsafe_b64encode(KNOWN.encode()).decode()} after",
    ],
)
def test_a_known_secret_is_blotted_out_in_every_form(text: str) -> None:
    clean = redact(text)

    assert REDACTED in clean
    assert clean.startswith("before ")
    assert clean.endswith(" after")
    for start in range(len(text) - 20):
        piece = text[start : start + 12]
        assert piece not in clean or piece in "before  after"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"the key {GEMINI} is bad", "the key *** is bad"),
        (f"key={ELEVENLABS}, then", "key=***, then"),
        ("AQ.Ab8RN6abcdefghijklmnopqrstuvwx!", "***!"),
        ("{'xi-api-key': 'abcdef0123456789'}", "{'xi-api-key': '***'}"),
        ('{"x-goog-api-key": "abcdef0123456789"}', '{"x-goog-api-key": "***"}'),
        ("[(b'xi-api-key', b'abcdef0123456789')]", "[(b'xi-api-key', b'***')]"),
        ("Authorization: Bearer abcdef0123456789", "Authorization: Bearer ***"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "Authorization: Basic ***"),
        ("GEMINI_API_KEY=abcdef0123456789 run", "GEMINI_API_KEY=*** run"),
        ("https://x/y?alt=json&key=abcdef0123456789&z=1", "https://x/y?alt=json&key=***&z=1"),
        ("postgresql+psycopg://me:hunter2@host/name", "postgresql+psycopg://***@host/name"),
        ("http://user:pass%40word@proxy:3128", "http://***@proxy:3128"),
    ],
)
def test_what_looks_like_a_secret_is_blotted_out(text: str, clean: str) -> None:
    assert redact(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "no key: run `reelflow profile set-key gemini`, or set REELFLOW_GEMINI_API_KEY for all profiles.",
        "task_run_name and disk_usage_of_the_whole_machine",
        "http://127.0.0.1:4200/api and file:///a/b@2x.mp4",
        "The key file /home/x/secret.key can be read or changed by other users (mode 644)",
        "1 variant, 30.0 s, key frame at 12.5 s",
        "",
    ],
)
def test_ordinary_sentences_stay_as_they_are(text: str) -> None:
    assert redact(text) == text


@given(st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact(f"{text}{KNOWN}{text}api-key: {text}{GEMINI}")

    assert redact(once) == once
    assert KNOWN not in once
    assert GEMINI not in once


def test_a_long_line_takes_no_long_time() -> None:
    for piece in ("a", "sk_", "api", "://", "key=", "bearer ", "AIza"):
        redact(piece * 200_000)


def test_short_values_are_not_remembered() -> None:
    for value in ("", "a", "secret"):
        remember(value)
    remember(None)
    assert redact("a secret") == "a secret"


def test_one_secret_inside_another_leaves_no_rest() -> None:
    remember("inner-secret")
    remember("outer-inner-secret-outer")
    assert redact("x outer-inner-secret-outer y") == "x *** y"


def test_documents_are_cleaned_to_the_bottom() -> None:
    document = {"a": [KNOWN, 1, {"b": (KNOWN, None)}], KNOWN: True, "n": 1.5}

    assert redact_document(document) == {"a": ["***", 1, {"b": ("***", None)}], "***": True, "n": 1.5}


# ------------------------------------------------------------------ logs


def leak(stream: io.StringIO) -> str:
    text = stream.getvalue()
    assert text
    for secret in (KNOWN, GEMINI, ELEVENLABS):
        assert secret not in text
    return text


def test_a_log_line_says_no_secret(stream: io.StringIO) -> None:
    log = logging.getLogger("leaky")
    log.warning("plain %s", KNOWN)
    log.warning(f"formatted {KNOWN} 100 %")
    log.warning("by name %(key)s", {"key": GEMINI})
    log.warning("an object %s and %r", {"xi-api-key": ELEVENLABS}, ValueError(KNOWN))
    log.warning("split " + KNOWN[:10] + "%s", KNOWN[10:])
    log.warning(ValueError(f"an error itself {KNOWN}"))

    assert leak(stream).count(REDACTED) == 7


def test_a_traceback_says_no_secret(stream: io.StringIO) -> None:
    try:
        try:
            raise ValueError(f"inner {KNOWN}")
        except ValueError as error:
            raise RuntimeError(f"outer {ELEVENLABS}") from error
    except RuntimeError:
        logging.getLogger("leaky").exception("it failed", stack_info=True)

    text = leak(stream)
    assert "ValueError: inner ***" in text
    assert "RuntimeError: outer ***" in text
    assert "Traceback (most recent call last)" in text


def test_harmless_records_are_not_touched(stream: io.StringIO) -> None:
    records: list[logging.LogRecord] = []
    logger = logging.getLogger("leaky")
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]  # a handler that keeps what it is given
    logger.addHandler(handler)
    try:
        raise ValueError("harmless")
    except ValueError:
        logger.warning("%s of %d", "one", 2, exc_info=True)
    logger.warning("GET %s %d", f"/models?key={GEMINI}", 200)
    logger.removeHandler(handler)

    assert (records[0].msg, records[0].args) == ("%s of %d", ("one", 2))
    assert records[0].exc_info is not None
    # an access log's formatter counts its arguments
    assert records[1].args == ("/models?key=***", 200)


def test_a_line_that_can_t_be_formatted_does_not_stop_the_work(stream: io.StringIO) -> None:
    class Hostile:
        def __str__(self) -> str:
            raise RuntimeError("no")

        def __repr__(self) -> str:
            return "hostile"

    logging.raiseExceptions, before = False, logging.raiseExceptions
    logging.getLogger("leaky").warning("%d %s", KNOWN)
    logging.getLogger("leaky").warning("%s", Hostile())
    logging.raiseExceptions = before

    assert KNOWN not in stream.getvalue()


def test_the_filter_does_the_same_for_one_handler() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(RedactingFilter())
    logger = logging.Logger("own")
    logger.addHandler(handler)

    logger.warning("a %s", KNOWN)

    assert written.getvalue() == "a ***\n"


def test_installing_twice_is_installing_once() -> None:
    before = logging.getLogRecordFactory()
    install_redaction()
    first = logging.getLogRecordFactory()
    install_redaction()
    assert logging.getLogRecordFactory() is first
    logging.setLogRecordFactory(before)


# ------------------------------------------------------------------ errors


def told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error) + str(error)


def test_an_error_keeps_its_kind_and_loses_its_secret() -> None:
    def call() -> None:
        try:
            raise ValueError(f"inner {KNOWN}", {"headers": {"xi-api-key": ELEVENLABS}})
        except ValueError as error:
            error.add_note(f"while using {GEMINI}")
            raise ProviderRefused(f"the key {KNOWN} was refused") from error

    with pytest.raises(ProviderRefused) as caught, errors_redacted():
        call()

    assert str(caught.value) == "the key *** was refused"
    text = told(caught.value)
    assert not any(secret in text for secret in (KNOWN, ELEVENLABS, GEMINI))
    assert "inner ***" in text


def test_an_error_that_makes_its_own_text_is_replaced() -> None:
    class ApiError(Exception):
        def __init__(self) -> None:
            super().__init__()
            self.headers = {"xi-api-key": ELEVENLABS}

        def __str__(self) -> str:
            return f"headers: {self.headers}"

    with pytest.raises(Fault) as caught, errors_redacted():
        raise ApiError

    assert str(caught.value) == "ApiError: headers: {'xi-api-key': '***'}"
    assert ELEVENLABS not in told(caught.value)


def test_an_error_without_a_secret_passes_as_it_is() -> None:
    error = ValueError("harmless")

    with pytest.raises(ValueError, match="harmless") as caught, errors_redacted():
        raise error

    assert caught.value is error
    with pytest.raises(KeyboardInterrupt), errors_redacted():
        raise KeyboardInterrupt


def test_a_block_that_ends_well_ends_well() -> None:
    with errors_redacted():
        done = True

    assert done
    assert errors_redacted()(lambda: "result")() == "result"


def test_errors_of_a_group_are_cleaned_too() -> None:
    group = ExceptionGroup("several", [ValueError(KNOWN), RuntimeError("harmless")])

    with pytest.raises(ExceptionGroup) as caught, errors_redacted():
        raise group

    assert f"ValueError: {REDACTED}" in told(caught.value)


def test_what_is_public() -> None:
    public = {name for name in vars(redaction) if not name.startswith("_")}
    assert {"redact", "remember", "errors_redacted", "install_redaction", "RedactingFilter"} <= public
