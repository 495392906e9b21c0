"""ElevenLabs' errors in our words, in one place."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from elevenlabs.core.api_error import ApiError
from elevenlabs.core.parse_error import ParsingError

from models.errors import (
    BadInput,
    KeyRefused,
    ProviderBusy,
    ProviderRefused,
    ProviderUnavailable,
    QuotaExhausted,
    ReelflowError,
)
from tasks.providers.access import quote

_SET_KEY = "set another with `reelflow profile set-key elevenlabs`"

_UNKNOWN_KEY = frozenset({"invalid_api_key", "missing_api_key", "needs_authorization"})
_USED_UP = frozenset({"quota_exceeded", "insufficient_credits", "character_limit_reached"})
_BAD_TEXT = frozenset({"max_character_limit_exceeded", "text_too_long", "empty_text", "invalid_text"})


@contextlib.contextmanager
def translated(*, key: str, voice: str = "", model: str = "") -> Iterator[None]:
    """Wraps a call of the SDK.

    Args:
        key: The key, to keep it out of every sentence.
        voice: The voice that was asked for.
        model: The model that was asked for.
    """
    try:
        yield
    except ParsingError as error:
        raise _unreadable(error) from None
    except ApiError as error:
        raise service_error(error, key=key, voice=voice, model=model) from None
    except httpx.TimeoutException as error:
        failure = ProviderUnavailable("ElevenLabs did not answer in time.")
        failure.never_billed = isinstance(error, httpx.ConnectTimeout)
        raise failure from None
    except httpx.HTTPError as error:
        failure = ProviderUnavailable(f"The connection to ElevenLabs failed ({type(error).__name__}).")
        failure.never_billed = isinstance(error, httpx.ConnectError)  # nothing was sent
        raise failure from None
    except ValueError as error:  # broken JSON, or JSON of another form
        raise _unreadable(error) from None


def service_error(error: ApiError, *, key: str, voice: str, model: str) -> ReelflowError:
    """An error answer of the service as one of ours; see `translated`."""
    code = error.status_code or 0
    status, said = _detail(error.body, key)
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if 200 <= code < 300:
        return _unreadable(error)
    if status == "too_many_concurrent_requests":
        return ProviderBusy(
            f"ElevenLabs is already speaking on this key ({said}).", retry_after_s=_wait_s(headers)
        )
    if code in (408, 409, 425, 429) or code >= 500:
        failure = ProviderUnavailable(
            f"ElevenLabs is not available ({_join(code, status, said)}).", retry_after_s=_wait_s(headers)
        )
        # It speaks and charges only after it has accepted; a gateway's error may come after that.
        failure.never_billed = code in (409, 425, 429) or status == "system_busy"
        return failure
    if status in _USED_UP:
        return QuotaExhausted(
            f"ElevenLabs' quota is used up ({said}): wait until it renews, or raise it at"
            " https://elevenlabs.io/app/subscription."
        )
    if status in _UNKNOWN_KEY:
        return KeyRefused(f"ElevenLabs does not know this key: {_SET_KEY}.")
    if status == "missing_permissions" or (code in (401, 403) and not status):
        return KeyRefused(
            f"ElevenLabs refuses this key ({_join(code, status, said)}): {_SET_KEY}, or allow it at"
            " https://elevenlabs.io/app/settings/api-keys."
        )
    if status == "voice_not_found":
        return BadInput(f"ElevenLabs has no voice {voice!r} on this account: choose one of its list.")
    if status in _BAD_TEXT or code == 422:
        return BadInput(f"ElevenLabs can't speak this as it is ({_join(code, status, said)}).")
    if status in ("model_not_found", "unsupported_model", "invalid_model"):
        return BadInput(f"ElevenLabs can't use the model {model!r} for this ({said}): choose another.")
    return ProviderRefused(f"ElevenLabs refuses the request ({_join(code, status, said)}).")


def _detail(body: Any, key: str) -> tuple[str, str]:
    """The service's code word and its sentence, of the several forms it has for them."""
    detail = body.get("detail") if isinstance(body, dict) else None
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):  # a validation error
        place = ".".join(str(part) for part in detail[0].get("loc", ()))
        return "", quote(f"{place}: {detail[0].get('msg', '')}", key=key)
    if isinstance(detail, dict):
        status = detail.get("status") or detail.get("code") or ""
        return (status if isinstance(status, str) else ""), quote(detail.get("message"), key=key)
    return "", quote(detail, key=key) if isinstance(detail, str) else ""


def _join(code: int, status: str, said: str) -> str:
    return ": ".join(filter(None, (f"{code} {status}".strip(), said)))


def _wait_s(headers: dict[str, str]) -> float | None:
    """Seconds of `Retry-After`, which is a number or a date."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    with contextlib.suppress(ValueError):
        return max(0.0, float(text))
    with contextlib.suppress(ValueError):
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    return None


def _unreadable(error: Exception) -> ProviderUnavailable:
    return ProviderUnavailable(f"ElevenLabs' answer could not be read ({type(error).__name__}).")
