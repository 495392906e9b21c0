"""Whether a provider takes a key, asked by a request that costs nothing.

Gemini describes a model, ElevenLabs a subscription. Without the providers' own libraries, so that a
check takes a moment and does what every backend of ours would do with the same key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

import httpx
from pydantic import SecretStr

from models.settings import Settings
from tasks.media.doctor import Finding

_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: Mapping[str, Any]

    @property
    def is_ok(self) -> bool:
        return self.status == HTTPStatus.OK


def try_key(
    provider: Literal["gemini", "elevenlabs"],
    key: SecretStr,
    settings: Settings,
    *,
    name: str,
    model: str | None = None,
    timeout_s: float = _TIMEOUT_S,
) -> Finding:
    """Asks a provider whether it takes a key; never spends anything, and never raises for its answer.

    Args:
        provider: Whose key it is.
        key: The key; it is sent in a header, to the configured address only, and shown nowhere.
        settings: Hold the provider's address.
        name: What to call the finding, as "Gemini key of acme".
        model: A Gemini model that must be there too.
        timeout_s: Longest time the request may take.
    """
    if provider == "gemini":
        path = f"/v1beta/models/{model}" if model else "/v1beta/models?pageSize=1"
        url, header = settings.gemini_base_url + path, "x-goog-api-key"
    else:
        url, header = f"{settings.elevenlabs_base_url}/v1/user/subscription", "xi-api-key"
    host = httpx.URL(url).host
    try:
        # Redirects are not followed: they would take the key along.
        response = httpx.get(
            url, headers={header: key.get_secret_value()}, timeout=timeout_s, follow_redirects=False
        )
    except httpx.TimeoutException:
        return Finding(name, False, f"{host} did not answer within {timeout_s:g} s")
    except httpx.HTTPError as error:
        return Finding(name, False, f"{host} can't be reached: {error}")
    answer = _Answer(response.status_code, _json(response))
    is_well, detail = _judge_gemini(answer, model) if provider == "gemini" else _judge_elevenlabs(answer)
    return Finding(name, is_well, detail)


def _judge_gemini(answer: _Answer, model: str | None) -> tuple[bool, str]:
    error = _mapping(answer.body.get("error"))
    message = str(error.get("message") or "no reason given")
    reasons = {_mapping(detail).get("reason") for detail in error.get("details") or ()}
    if answer.is_ok:
        return True, f"accepted, and there is a model {model}" if model else "accepted"
    if "API_KEY_INVALID" in reasons or answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return False, f"refused ({answer.status}): {message}"
    if answer.status == HTTPStatus.NOT_FOUND and model:
        return (
            False,
            f"accepted, but there is no model {model}; choose another with reelflow profile set",
        )
    return _other(answer, message)


def _judge_elevenlabs(answer: _Answer) -> tuple[bool, str]:
    detail = _mapping(answer.body.get("detail"))
    if answer.is_ok:
        used, limit = answer.body.get("character_count"), answer.body.get("character_limit")
        if isinstance(used, int) and isinstance(limit, int):
            return True, f"accepted, {max(0, limit - used):,} of {limit:,} characters left this period"
        return True, "accepted"
    # Keys can be made for speech only; such a key is good for all that we need.
    if detail.get("status") == "missing_permissions":
        return True, "accepted, but it may not read the subscription, so the characters left are not known"
    message = str(detail.get("message") or "no reason given")
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return False, f"refused ({answer.status}): {message}"
    return _other(answer, message)


def _other(answer: _Answer, message: str) -> tuple[bool, str]:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return False, f"not known: too many requests just now, try again ({message})"
    return False, f"not known: the service answered {answer.status} ({message})"


def _json(response: httpx.Response) -> Mapping[str, Any]:
    try:
        return _mapping(response.json())
    except ValueError:
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
