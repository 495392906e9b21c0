"""A connection to ElevenLabs with one profile's key; every request goes out exactly once."""

import math
from collections.abc import Callable
from typing import Any, Self, TypeVar

import httpx
from elevenlabs.client import ElevenLabs
from pydantic import SecretStr

from tasks.providers.access import check_base_url, quiet_loggers, require_key
from tasks.providers.deadline import Deadline
from tasks.providers.elevenlabs_errors import translated

BASE_URL = "https://api.elevenlabs.io"

# At debug level the SDK's logger blots out other keys' headers, not its own (xi-api-key).
quiet_loggers("fern")

AnswerT = TypeVar("AnswerT")


class Connection:
    """One client with one key; a context manager.

    Args:
        api_key: The profile's key.
        base_url: Another address than ElevenLabs': https, or this machine.

    Raises:
        KeyRefused: there is no key.
        BadInput: an address that would show the key.
    """

    def __init__(self, api_key: SecretStr | None, *, base_url: str | None = None) -> None:
        self._key = require_key(api_key, provider="elevenlabs", title="ElevenLabs")
        url = check_base_url(base_url or BASE_URL)
        # Redirects would take the key along; the time-out is a net below each call's own.
        self._http = httpx.Client(follow_redirects=False, timeout=60.0)
        self.client = ElevenLabs(api_key=self._key, base_url=url, httpx_client=self._http)

    def close(self) -> None:
        """Lets go of the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def deadline(self, timeout_s: float) -> Deadline:
        """When a call has to be done."""
        return Deadline(timeout_s, waiting_for="ElevenLabs")

    def ask(
        self, deadline: Deadline, call: Callable[[Any], AnswerT], *, voice: str = "", model: str = ""
    ) -> AnswerT:
        """Sends one request, once.

        Args:
            deadline: When it has to be answered.
            call: Calls the SDK with the request options it is given.
            voice: The voice that is asked for, for messages.
            model: The model that is asked for, for messages.

        Raises:
            BadInput, ProviderRefused, ProviderUnavailable: as `elevenlabs_errors` says.
        """

        def send(left_s: float) -> AnswerT:
            with translated(key=self._key, voice=voice, model=model):
                # Without max_retries the SDK repeats a request twice.
                return call({"max_retries": 0, "timeout_in_seconds": max(1, math.ceil(left_s))})

        return deadline.call(send)
