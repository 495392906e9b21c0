"""Gemini through google-genai, the SDK in support; the default."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import httpx2
from google import genai
from google.genai import errors, types
from google.genai.client import DebugConfig

from tasks.providers.access import quiet_loggers
from tasks.providers.gemini_calls import (
    BASE_URL,
    GeminiAnswer,
    GeminiCall,
    Resolution,
    service_error,
    unreachable,
    unreadable,
    usage_of,
)

# It tells of keys it finds in the environment, which are never used here.
quiet_loggers("google_genai._api_client", "google_genai.models")

_RESOLUTIONS: Mapping[Resolution, types.MediaResolution] = {
    "low": types.MediaResolution.MEDIA_RESOLUTION_LOW,
    "medium": types.MediaResolution.MEDIA_RESOLUTION_MEDIUM,
    "high": types.MediaResolution.MEDIA_RESOLUTION_HIGH,
}


class GenaiBackend:
    """One client with one key; everything the SDK would take from the environment is set.

    Args:
        key: In clear; never empty.
        base_url: The service's address; None for Google's.
    """

    can_set_resolution = True

    def __init__(self, key: str, base_url: str | None) -> None:
        self._key = key
        self._client = genai.Client(
            api_key=key,
            vertexai=False,
            debug_config=DebugConfig(client_mode=None, replay_id=None, replays_directory=None),
            http_options=types.HttpOptions(
                base_url=base_url or BASE_URL,
                # v1, the SDK's default, has no response schema and no media resolution.
                api_version="v1beta",
                retry_options=types.HttpRetryOptions(attempts=1),
                client_args={"follow_redirects": False},  # they would take the key along
            ),
        )

    def generate(self, call: GeminiCall, *, model: str, timeout_s: float) -> GeminiAnswer:
        """Sends one request, once."""
        contents = [
            types.Part.from_text(text=part)
            if isinstance(part, str)
            else types.Part.from_bytes(data=part, mime_type="image/jpeg")
            for part in call.parts
        ]
        config = types.GenerateContentConfig(
            system_instruction=call.system,
            response_mime_type="application/json",
            response_schema=dict(call.schema),
            max_output_tokens=call.max_output_tokens,
            media_resolution=_RESOLUTIONS[call.resolution] if call.resolution else None,
            thinking_config=_thinking(model),
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            http_options=_limit(timeout_s),
        )
        with self._errors(model):
            response = self._client.models.generate_content(
                model=model, contents=types.Content(role="user", parts=contents), config=config
            )
            return _answer(response)

    def close(self) -> None:
        """Closes the client."""
        self._client.close()

    @contextlib.contextmanager
    def _errors(self, model: str) -> Iterator[None]:
        try:
            yield
        except errors.APIError as error:
            body = error.details.get("error", {}) if isinstance(error.details, dict) else {}
            raise service_error(
                error.code,
                str(body.get("message") or error.status or ""),
                body.get("details") or (),
                dict(getattr(error.response, "headers", None) or {}),
                model=model,
                key=self._key,
            ) from None
        except (httpx.HTTPError, httpx2.HTTPError) as error:
            raise unreachable(error) from None
        except ValueError as error:  # broken JSON, or JSON of another form
            raise unreadable(error) from None


def _limit(timeout_s: float) -> types.HttpOptions:
    return types.HttpOptions(timeout=max(1, int(timeout_s * 1000)))


def _thinking(model: str) -> types.ThinkingConfig | None:
    """Little thinking: it is charged like output, and looking at frames needs hardly any.

    https://ai.google.dev/gemini-api/docs/thinking: Gemini 3 has levels; others keep their default.
    """
    if not model.startswith("gemini-3"):
        return None
    return types.ThinkingConfig(thinking_level=types.ThinkingLevel.LOW)


def _answer(response: types.GenerateContentResponse) -> GeminiAnswer:
    candidate = response.candidates[0] if response.candidates else None
    parts = candidate.content.parts if candidate and candidate.content and candidate.content.parts else ()
    counted = response.usage_metadata
    feedback = response.prompt_feedback
    return GeminiAnswer(
        text="".join(part.text for part in parts if part.text and not part.thought),
        finish=_name(candidate.finish_reason) if candidate else "",
        block_reason=_name(feedback.block_reason) if feedback else "",
        usage=usage_of(
            counted.prompt_token_count,
            counted.candidates_token_count,
            counted.thoughts_token_count or 0,
            counted.total_token_count,
        )
        if counted
        else None,
    )


def _name(reason: Any) -> str:
    """An enum's name; words that the SDK does not know yet arrive as they are."""
    return "" if reason is None else str(getattr(reason, "value", reason))
