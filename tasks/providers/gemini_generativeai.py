"""Gemini through google-generativeai, whose support ended on 30 November 2025; for who has to stay with it.

It keeps its key in a process-wide `configure()`, so the keys of two brands would mix (1 call in 160 did,
with eight threads): each backend has a client of its own instead. It can't ask for a media resolution:
its messages don't know the field.
"""

import contextlib
import re
import warnings
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import requests

from tasks.providers.access import quiet_loggers
from tasks.providers.gemini_calls import (
    BASE_URL,
    GeminiAnswer,
    GeminiCall,
    service_error,
    unreachable,
    unreadable,
    usage_of,
)

with warnings.catch_warnings():
    # It warns at every import that it is no longer supported; this module says so itself.
    warnings.simplefilter("ignore")
    # Imported as what they are for a type checker: unknown.
    _sdk: Any = import_module("google.generativeai")
    _service: Any = import_module("google.ai.generativelanguage")
    _core: Any = import_module("google.api_core.exceptions")
    _api_key: Any = import_module("google.auth.api_key")
    _auth: Any = import_module("google.auth.exceptions")
    _protobuf: Any = import_module("google.protobuf.json_format")

# At debug level they log whole requests and answers.
quiet_loggers("google.ai.generativelanguage_v1beta", "google.api_core", "google.auth")


#: The SDK puts "POST https://...: " before the service's sentence.
_PREFIX = re.compile(r"\A[A-Z]+ \S+: ")


class _Key(_api_key.Credentials):  # type: ignore[misc] # the base is unknown to a type checker
    """A key that is not "refreshed" after a 401, which would send the request three times."""

    def refresh(self, request: Any) -> None:  # noqa: ARG002 - the base class's
        raise _auth.RefreshError("a key can't be refreshed")


class GenerativeaiBackend:
    """One client with one key over REST.

    Args:
        key: In clear; never empty.
        base_url: The service's address; None for Google's.
    """

    can_set_resolution = False

    def __init__(self, key: str, base_url: str | None) -> None:
        self._key = key
        # Without a scheme the client takes https; with one it takes that.
        options = {"api_endpoint": base_url or BASE_URL}
        self._generator = _service.GenerativeServiceClient(
            credentials=_Key(key), transport="rest", client_options=options
        )

    def generate(self, call: GeminiCall, *, model: str, timeout_s: float) -> GeminiAnswer:
        """Sends one request, once."""
        generator = _sdk.GenerativeModel(model, system_instruction=call.system)
        # The only way to give it a client; left alone, it takes the process-wide one.
        generator._client = self._generator
        contents = [
            part if isinstance(part, str) else {"mime_type": "image/jpeg", "data": part}
            for part in call.parts
        ]
        with self._errors(model):
            response = generator.generate_content(
                contents,
                generation_config={
                    "response_mime_type": "application/json",
                    "response_schema": _service.Schema(_snake(call.schema)),
                    "max_output_tokens": call.max_output_tokens,
                },
                # Its own retries would go on for ten minutes.
                request_options={"timeout": timeout_s, "retry": None},
            )
        return _answer(response)

    def close(self) -> None:
        """Closes the client."""
        self._generator.transport.close()

    @contextlib.contextmanager
    def _errors(self, model: str) -> Iterator[None]:
        try:
            yield
        except _core.GoogleAPICallError as error:
            answer = error.response
            raise service_error(
                int(error.code or 500),
                _PREFIX.sub("", error.message),
                error.details,
                dict(answer.headers) if answer is not None else {},
                model=model,
                key=self._key,
            ) from None
        except _auth.RefreshError:
            raise service_error(401, "unauthenticated", (), {}, model=model, key=self._key) from None
        except requests.exceptions.RequestException as error:
            raise unreachable(error) from None
        except (_protobuf.ParseError, ValueError) as error:
            raise unreadable(error) from None


def _snake(schema: Any) -> dict[str, Any]:
    """The schema in the spelling of the SDK's message."""
    names = {"type": "type_", "minItems": "min_items", "maxItems": "max_items", "propertyOrdering": None}
    found: dict[str, Any] = {}
    for key, value in schema.items():
        name = names.get(key, key)
        if name is None or key in ("minimum", "maximum"):
            continue  # fields its message does not have
        if key == "properties":
            found[name] = {inner: _snake(each) for inner, each in value.items()}
        elif key == "items":
            found[name] = _snake(value)
        else:
            found[name] = value
    return found


def _answer(response: Any) -> GeminiAnswer:
    candidate = response.candidates[0] if response.candidates else None
    counted = response.usage_metadata
    blocked = response.prompt_feedback.block_reason
    return GeminiAnswer(
        text="".join(part.text for part in candidate.content.parts) if candidate else "",
        finish=_name(candidate.finish_reason) if candidate else "",
        block_reason=_name(blocked) if blocked else "",
        usage=usage_of(
            counted.prompt_token_count, counted.candidates_token_count, None, counted.total_token_count
        )
        if counted and counted.total_token_count
        else None,
    )


def _name(reason: Any) -> str:
    """An enum's name; numbers that the SDK does not know yet arrive as they are."""
    return str(getattr(reason, "name", reason))
