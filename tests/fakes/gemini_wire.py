"""Gemini's JSON: both spellings in, names or numbers out, and the real service's error bodies."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from tests.fakes.server import Reply, reply_json

#: google-generativeai asks for `$alt=json;enum-encoding=int`: enums travel as numbers, both ways.
#: Positions from google/ai/generativelanguage/v1beta/generative_service.proto and content.proto.
_NUMBERS = {
    "finishReason": {
        "STOP": 1, "MAX_TOKENS": 2, "SAFETY": 3, "RECITATION": 4, "OTHER": 5, "LANGUAGE": 6, "BLOCKLIST": 7,
        "PROHIBITED_CONTENT": 8, "SPII": 9, "MALFORMED_FUNCTION_CALL": 10, "IMAGE_SAFETY": 11,
    },
    "blockReason": {"SAFETY": 1, "OTHER": 2, "BLOCKLIST": 3, "PROHIBITED_CONTENT": 4, "IMAGE_SAFETY": 5},
    "modality": {"TEXT": 1, "IMAGE": 2, "VIDEO": 3, "AUDIO": 4, "DOCUMENT": 5},
    "category": {"HARM_CATEGORY_DANGEROUS_CONTENT": 10},
    "probability": {"HIGH": 4},
}  # fmt: skip
_UNKNOWN_NUMBER = 19

RESOLUTIONS = {
    "MEDIA_RESOLUTION_LOW": "low",
    "MEDIA_RESOLUTION_MEDIUM": "medium",
    "MEDIA_RESOLUTION_HIGH": "high",
}


def camel(document: Any) -> Any:
    """The document with its keys in camel case: proto JSON accepts both spellings, the SDKs mix them."""
    if isinstance(document, list):
        return [camel(item) for item in document]
    if isinstance(document, dict):
        return {
            re.sub(r"_([a-z])", lambda match: match.group(1).upper(), key): camel(value)
            for key, value in document.items()
        }
    return document


def enums_as_numbers(document: Any) -> Any:
    """The document as the old SDK asks for it."""
    if isinstance(document, list):
        return [enums_as_numbers(item) for item in document]
    if isinstance(document, dict):
        return {
            key: _NUMBERS[key].get(value, _UNKNOWN_NUMBER)
            if key in _NUMBERS and isinstance(value, str)
            else enums_as_numbers(value)
            for key, value in document.items()
        }
    return document


def inline_bytes(data: str) -> bytes:
    """Decodes standard base64 (the old SDK) and the URL-safe one (the new)."""
    return base64.b64decode(data.replace("-", "+").replace("_", "/") + "=" * (-len(data) % 4), validate=True)


def error(
    code: int,
    status: str,
    message: str,
    details: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """An error as the service writes it."""
    body: dict[str, Any] = {"code": code, "message": message, "status": status}
    if details:
        body["details"] = details
    return reply_json({"error": body}, status=code, headers=headers)


def _quota(quota_id: str, retry: str | None) -> list[dict[str, Any]]:
    details: list[dict[str, Any]] = [
        {
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [
                {
                    "quotaMetric": "generativelanguage.googleapis.com/generate_content_paid_tier_requests",
                    "quotaId": quota_id,
                }
            ],
        }
    ]
    if retry:
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": retry})
    return details


BAD_KEY = error(
    400,
    "INVALID_ARGUMENT",
    "API key not valid. Please pass a valid API key.",
    [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
            "metadata": {"service": "generativelanguage.googleapis.com"},
        }
    ],
)

NO_KEY = error(
    403,
    "PERMISSION_DENIED",
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key"
    " or other form of API consumer identity to call this API.",
)


def unknown_model(model: str) -> Reply:
    """The answer for a model that is not there."""
    return error(
        404,
        "NOT_FOUND",
        f"models/{model} is not found for API version v1beta, or is not supported for generateContent."
        " Call ListModels to see the list of available models and their supported methods.",
    )


ERRORS = {
    "400": error(400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
    "location": error(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
    "invalid_key": BAD_KEY,
    "401": error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
    "403": error(403, "PERMISSION_DENIED", "Your project has been denied access. Please contact support."),
    "404": unknown_model("gemini-none"),
    "408": error(408, "CANCELLED", "The request timed out."),
    "409": error(409, "ABORTED", "The operation was aborted."),
    "413": error(413, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 20971520 bytes."),
    "429": error(
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota. Please retry in 7s.",
        _quota("GenerateRequestsPerMinutePerProjectPerModel", "7s"),
    ),
    "429_header": error(
        429,
        "RESOURCE_EXHAUSTED",
        "Resource has been exhausted (e.g. check quota).",
        headers={"Retry-After": "3"},
    ),
    "429_day": error(
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
        _quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier", None),
    ),
    "500": error(500, "INTERNAL", "An internal error has occurred. Please retry or report."),
    "503": error(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    "504": error(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
    "html": Reply(502, b"<html><title>502 Server Error</title></html>", "text/html; charset=utf-8"),
}
