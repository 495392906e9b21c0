"""Keeps secrets out of whatever leaves the process: logs, error texts, events, printed sentences.

Two nets: every secret this process has come to know, in each form it may take on the way, and the shapes
that keys, key headers and passwords in URLs have. Nothing is ever redacted on its way to a provider.
"""

import base64
import contextlib
import json
import logging
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from pydantic import SecretStr

from models.errors import Fault

#: What stands in a secret's place.
REDACTED = "***"

#: Anything shorter is no key, and would blot out ordinary words.
MIN_LENGTH = 8

_KEY_SHAPES = re.compile(
    r"AIza[0-9A-Za-z_-]{20,}"  # Google API key
    r"|(?<![0-9A-Za-z])AQ\.[0-9A-Za-z_-]{20,}"  # Google's newer ones
    r"|(?<![a-z])sk_[0-9A-Za-z]{20,}"  # ElevenLabs; not the end of "task_"
    r"|(?<=://)(?:[^\s:/@'\"]*:[^\s/@'\"]+)(?=@)"  # user:password in a URL
)

_NAME = r"(?:xi-api-key|x-api-key|x-goog-api-key|(?:proxy-)?authorization|api[_-]?key)"
#: A key's name and its value, as in a header, a JSON or Python mapping, an assignment or a query.
_NAMED = re.compile(
    rf"({_NAME}['\"]?\s*[:=]\s*(?:b?['\"])?(?:(?:bearer|basic)\s+)?"
    rf"|{_NAME}['\"]\s*,\s*b?['\"](?:(?:bearer|basic)\s+)?"  # pairs: (b'xi-api-key', b'...')
    r"|\bbearer\s+"
    r"|[?&]key=)"
    rf"([^\s'\",;&)}}\]]{{{MIN_LENGTH},}})",
    re.IGNORECASE,
)

_known: dict[str, None] = {}  # longest first, so that one secret inside another leaves no rest
_lock = threading.Lock()


def remember(secret: SecretStr | str | None) -> None:
    """Makes a value unspeakable from here on, in this process; short ones are ignored."""
    global _known
    value = secret.get_secret_value() if isinstance(secret, SecretStr) else secret or ""
    if len(value) < MIN_LENGTH or value in _known:
        return
    with _lock:
        known = {*_known, *_forms(value)}
        _known = dict.fromkeys(sorted(known, key=len, reverse=True))


def redact(text: str) -> str:
    """The text with every known secret, and everything that looks like one, blotted out."""
    for form in _known:
        if form in text:
            text = text.replace(form, REDACTED)
    return _NAMED.sub(rf"\1{REDACTED}", _KEY_SHAPES.sub(REDACTED, text))


def redact_document(value: Any) -> Any:
    """A JSON-like value with every text in it redacted, keys too."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact_document(key): redact_document(item) for key, item in value.items()}
    if isinstance(value, list):
        return [redact_document(item) for item in value]
    return tuple(redact_document(item) for item in value) if isinstance(value, tuple) else value


@contextlib.contextmanager
def errors_redacted() -> Iterator[None]:
    """Lets no exception out of the block that says a secret.

    For the edge of a task or flow: Prefect stores the text of what it raises. An exception without a
    secret passes as it is; any other is cleaned in place where that is possible, and replaced where not.

    Raises:
        Fault: in place of an exception whose text can't be changed.
    """
    try:
        yield
    except Exception as error:
        if not _says_secret(error):
            raise
        for link in _chain(error):
            link.args = tuple(redact_document(argument) for argument in link.args)
            if hasattr(link, "__notes__"):
                link.__notes__ = [redact(note) for note in link.__notes__]
        if not _says_secret(error):
            raise
        clean = redact(f"{type(error).__name__}: {error}")
    else:
        return
    # Out here, so that the new error does not carry the old one as its context.
    raise Fault(clean) from None


class RedactingFilter(logging.Filter):
    """Cleans every record that a handler is about to write; never drops one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redacts the record in place."""
        clean_record(record)
        return True


def install_redaction() -> None:
    """Cleans every log record of this process as it is made, whichever handler comes to write it.

    A filter reaches only the handlers that are there when it is added, and Prefect replaces its own.
    """
    make = logging.getLogRecordFactory()
    if getattr(make, "redacts", False):
        return

    def make_clean(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        clean_record(record)
        return record

    make_clean.redacts = True  # type: ignore[attr-defined]  # a mark on our own function
    logging.setLogRecordFactory(make_clean)


def clean_record(record: logging.LogRecord) -> None:
    """Redacts a record's message, traceback and stack; leaves it alone when there is nothing to hide.

    Arguments are kept where cleaning them is enough: some formatters count on them (uvicorn's access log).
    """
    message = _message(record)
    clean = redact(message)
    if clean != message:
        record.args = redact_document(record.args)
        if _message(record) != clean:
            record.msg, record.args = clean, ()
    if record.exc_info and not record.exc_text:
        text = logging.Formatter().formatException(record.exc_info)
        if redact(text) != text:
            record.exc_text, record.exc_info = redact(text), None
    elif record.exc_text:
        record.exc_text = redact(record.exc_text)
    if record.stack_info:
        record.stack_info = redact(record.stack_info)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # whatever an argument's own __str__ raises: logging must not stop the work
        return f"{record.msg!s} {record.args!r}"


def _forms(value: str) -> set[str]:
    """A value as it may turn up: plain, in a URL, in JSON, in Base64 at any offset."""
    forms = {value, quote(value, safe=""), quote(value), quote_plus(value), json.dumps(value)[1:-1]}
    raw = value.encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).decode()
        # Characters that also depend on the bytes before or after the value are left out.
        middle = encoded[-(-offset * 4 // 3) : (offset + len(raw)) * 4 // 3]
        forms |= {middle, middle.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= MIN_LENGTH}


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [link.__cause__, link.__context__]
        if isinstance(link, BaseExceptionGroup):
            waiting += link.exceptions


def _says_secret(error: BaseException) -> bool:
    for link in _chain(error):
        text = "\n".join([str(link), repr(link), *getattr(link, "__notes__", ())])
        if redact(text) != text:
            return True
    return False
