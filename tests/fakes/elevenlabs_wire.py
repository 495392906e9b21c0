"""ElevenLabs' JSON: its error bodies, and the lists of an account."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.server import Reply, reply_json


def error(code: int, status: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """An error as the service writes it."""
    return reply_json({"detail": {"status": status, "message": message}}, status=code, headers=headers)


def new_error(code: int, kind: str, status: str, message: str) -> Reply:
    """An error in the newer form, with a type and a request id."""
    detail = {
        "type": kind,
        "code": status,
        "message": message,
        "status": status,
        "request_id": "fake-request",
        "param": None,
    }
    return reply_json({"detail": detail}, status=code)


NO_KEY = error(
    401, "needs_authorization", "Neither authorization header nor xi-api-key received, please provide one."
)
BAD_KEY = error(401, "invalid_api_key", "Invalid API key")
NO_VOICE = error(404, "voice_not_found", "A voice with the voice_id was not found.")

ERRORS = {
    "400": error(400, "bad_request", "The request could not be understood."),
    "invalid_key": BAD_KEY,
    "quota_exceeded": error(
        401,
        "quota_exceeded",
        "This request exceeds your quota of 10000. You have 12 credits remaining, while 120 credits are"
        " required for this request.",
    ),
    "unusual_activity": error(
        401, "detected_unusual_activity", "Unusual activity detected. Free Tier usage disabled."
    ),
    "402": new_error(402, "payment_required", "payment_required", "Your last invoice has not been paid."),
    "missing_permissions": error(
        401,
        "missing_permissions",
        "The API key you used is missing the permission text_to_speech to execute this operation.",
    ),
    "voice_not_found": NO_VOICE,
    "too_long": error(
        400,
        "max_character_limit_exceeded",
        "This request's text has 6270 characters and exceeds the character limit of 5000.",
    ),
    "unsupported_model": new_error(
        400, "validation_error", "unsupported_model", "The model does not support this parameter."
    ),
    "408": error(408, "request_timeout", "The request timed out."),
    "409": error(409, "already_running", "The operation is running already."),
    "422": reply_json(
        {"detail": [{"loc": ["body", "text"], "msg": "field required", "type": "value_error.missing"}]},
        status=422,
    ),
    "too_many_concurrent_requests": error(
        429,
        "too_many_concurrent_requests",
        "Too many concurrent requests. Your current subscription is associated with a maximum of 5 concurrent"
        " requests (running in parallel).",
    ),
    "system_busy": error(
        429,
        "system_busy",
        "We are sorry, the system is experiencing heavy traffic, please try again.",
        {"Retry-After": "4"},
    ),
    "500": error(500, "server_error", "Internal server error."),
    "503": error(
        503, "server_error", "Service unavailable.", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}
    ),
    "html": Reply(502, b"<html><title>502 Bad Gateway</title></html>", "text/html; charset=utf-8"),
}  # fmt: skip

#: Voice id: name, eSpeak's voice, labels.
VOICES: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "21m00Tcm4TlvDq8ikWAM": ("Rachel", "en-us+f3", {"accent": "american", "gender": "female"}),
    "JBFqnCBsd6RMkjVDRZzb": ("George", "en-gb", {"accent": "british", "gender": "male"}),
    "onwK4e9ZLuTAKqWW03F9": ("Daniel", "en-gb+m3", {"accent": "british", "gender": "male"}),
}


def voice(voice_id: str, base_url: str) -> dict[str, Any]:
    """A voice of the list."""
    name, _, labels = VOICES[voice_id]
    return {
        "voice_id": voice_id,
        "name": name,
        "category": "premade",
        "labels": labels,
        "description": f"{name} reads product texts.",
        "preview_url": f"{base_url}/samples/{voice_id}.mp3",
        "available_for_tiers": [],
        "settings": None,
        "high_quality_base_model_ids": ["eleven_multilingual_v2"],
    }


def subscription(used: int, limit: int) -> dict[str, Any]:
    """The account's plan."""
    return {
        "tier": "creator",
        "character_count": used,
        "character_limit": limit,
        "max_credit_limit_extension": 0,
        "can_extend_character_limit": True,
        "allowed_to_extend_character_limit": False,
        "next_character_count_reset_unix": 1_798_761_600,
        "voice_slots_used": 0,
        "professional_voice_slots_used": 0,
        "voice_limit": 30,
        "voice_add_edit_counter": 0,
        "professional_voice_limit": 1,
        "can_extend_voice_limit": False,
        "can_use_instant_voice_cloning": True,
        "can_use_professional_voice_cloning": True,
        "currency": "usd",
        "status": "active",
        "billing_period": "monthly_period",
        "character_refresh_period": "monthly_period",
        "next_invoice": None,
        "open_invoices": [],
        "has_open_invoices": False,
    }
