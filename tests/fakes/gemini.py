"""Gemini's stand-in: judges each segment from its frames' own light, contrast and detail."""

import dataclasses
import io
import json
import re
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageFilter, ImageStat

from tests.fakes import gemini_wire as wire
from tests.fakes.server import FakeServer, Reply, Request, Seen, reply_json

_SEGMENT = re.compile(r"^Segment (\d+)\b")
_TOKENS_PER_IMAGE = {None: 1120, "low": 280, "medium": 560, "high": 1120}  # of Gemini 3
_TOKENS_PER_IMAGE_2 = 258
_PATH = re.compile(
    r"^(?:/gateway)?/(?:v1|v1beta)/(?:models(?:/(?P<model>[^:/]+)(?::(?P<verb>\w+))?)?|files.*)$"
)

MODELS = (
    "gemini-3.8-flash",
    "gemini-3.5-flash",
    "gemini-3.5-flash-lite",
    "gemini-3.1-pro-preview",
    "gemini-2.5-pro",
    "gemini-2.5-flash",
    "gemini-2.5-flash-lite",
)

#: What the answer's list of verdicts becomes.
_BENT: dict[str, Callable[[list[dict[str, Any]]], list[dict[str, Any]]]] = {
    "missing": lambda verdicts: verdicts[:-1],
    "all_missing": lambda _: [],
    "unknown_index": lambda verdicts: [*verdicts, {**verdicts[-1], "index": 9999}],
    "shifted_indices": lambda verdicts: [{**one, "index": one["index"] + 500} for one in verdicts],
    "duplicate": lambda verdicts: [*verdicts, {**verdicts[0], "score": 1}],
    "no_index": lambda verdicts: [_without(verdicts[0], "index"), *verdicts[1:]],
    "out_of_range": lambda verdicts: [{**verdicts[0], "score": 140}, *verdicts[1:]],
    "negative": lambda verdicts: [{**verdicts[0], "hook": -3}, *verdicts[1:]],
    "no_reason": lambda verdicts: [{**verdicts[0], "reason": "  "}, *verdicts[1:]],
    "wrong_types": lambda verdicts: [{**verdicts[0], "score": "high", "tags": 3}, *verdicts[1:]],
}
_OTHERS = frozenset(
    {
        "slow", "drop", "truncated_json", "blocked", "blocked_new", "safety", "recitation", "other", "empty",
        "empty_parts", "max_tokens", "not_json", "fenced", "thinking", "no_usage", "new_fields",
    }
)  # fmt: skip


class FakeGemini(FakeServer):
    """`generateContent`, `countTokens` and the models list, for both SDKs."""

    name = "gemini"
    default_key = "fake-gemini-key"
    faults = frozenset({*wire.ERRORS, *_BENT, *_OTHERS})
    paid_operations = frozenset({"generateContent"})

    def handle(self, request: Request) -> Reply:
        """Answers one request."""
        reply = self._reply(request)
        if "enum-encoding=int" in request.query.get("$alt", "") and reply.status == 200:
            try:
                document = json.loads(reply.body)
            except ValueError:
                return reply
            body = json.dumps(wire.enums_as_numbers(document)).encode()
            return dataclasses.replace(reply, body=body)
        return reply

    def _reply(self, request: Request) -> Reply:
        found = _PATH.match(request.path)
        key = request.headers.get("x-goog-api-key") or request.query.get("key", "")
        body = wire.camel(request.json()) if request.method == "POST" else {}
        model = (found["model"] or "") if found else ""
        texts, frames = _parts(body.get("generateContentRequest", body))
        seen = Seen(
            method=request.method,
            path=request.path,
            query=request.query,
            headers=request.headers,
            key=key,
            operation=(found["verb"] or "models") if found else "unknown",
            model=model,
            text="\n".join(texts),
            body=body,
            frames=frames,
            indices=tuple(int(match[1]) for text in texts if (match := _SEGMENT.match(text))),
            media_resolution=_resolution(body),
        )
        self.record(seen)
        reply = self._judge_request(seen, found is not None)
        seen.status = reply.status
        return reply

    def _judge_request(self, seen: Seen, is_known_path: bool) -> Reply:
        if not seen.key:
            return wire.NO_KEY
        if seen.key not in self.keys:
            return wire.BAD_KEY
        if not is_known_path:
            return wire.error(404, "NOT_FOUND", f"{seen.path} was not found.")
        if seen.model and seen.model not in MODELS:
            return wire.unknown_model(seen.model)
        if seen.operation == "models":
            return reply_json(
                _model(seen.model) if seen.model else {"models": [_model(name) for name in MODELS]}
            )
        if seen.operation == "countTokens":
            return reply_json({"totalTokens": sum(_count(seen))})
        if seen.operation != "generateContent":
            return wire.error(404, "NOT_FOUND", f"{seen.operation} is not supported.")
        if seen.fault in wire.ERRORS:
            return wire.ERRORS[seen.fault]
        if seen.fault == "slow":
            self.wait_slowly()
        return self._generate(seen)

    def _generate(self, seen: Seen) -> Reply:
        answer = self._answer_for(seen)
        usage = answer.get("usageMetadata", {})
        self.charge(
            seen,
            input_tokens=usage.get("promptTokenCount", 0),
            output_tokens=usage.get("candidatesTokenCount", 0),
            thinking_tokens=usage.get("thoughtsTokenCount", 0),
        )
        if seen.fault == "no_usage":
            del answer["usageMetadata"]
        reply = reply_json(answer)
        if seen.fault == "drop":
            return dataclasses.replace(reply, break_after=len(reply.body) // 2)
        if seen.fault == "truncated_json":
            return dataclasses.replace(reply, body=reply.body[: len(reply.body) // 2])
        return reply

    def _answer_for(self, seen: Seen) -> dict[str, Any]:
        if seen.fault in ("blocked", "blocked_new"):
            reason = "SAFETY" if seen.fault == "blocked" else "MODEL_ARMOR"
            return _answer(seen, None, feedback={"blockReason": reason, "safetyRatings": [_RATING]})
        if seen.fault in ("safety", "recitation", "other"):
            return _answer(seen, {"finishReason": seen.fault.upper(), "index": 0, "safetyRatings": [_RATING]})
        if seen.fault == "empty":
            return _answer(seen, None)
        if seen.fault == "empty_parts":
            return _answer(seen, {"content": {"role": "model"}, "finishReason": "STOP", "index": 0})
        verdicts = [_judge(index, frames) for index, frames in _segments(seen).items()]
        if seen.fault in _BENT and verdicts:
            verdicts = _BENT[seen.fault](verdicts)
        text = json.dumps({"segments": verdicts})
        if seen.fault == "not_json":
            text = "Here is what I think of your video: it is lovely."
        if seen.fault == "fenced":
            text = f"```json\n{text}\n```"
        finish, limit = "STOP", seen.body.get("generationConfig", {}).get("maxOutputTokens")
        if seen.fault == "max_tokens" or (limit and -(-len(text) // 4) > int(limit)):
            text, finish = text[: len(text) // 2], "MAX_TOKENS"
        candidate = {
            "content": {"parts": [{"text": text}], "role": "model"},
            "finishReason": finish,
            "index": 0,
        }
        answer = _answer(seen, candidate, thoughts=321 if seen.fault == "thinking" else 0)
        if seen.fault == "new_fields":
            answer |= {"brandNewField": {"x": 1}}
            answer["usageMetadata"]["trafficType"] = "ON_DEMAND"
        return answer


_RATING = {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH"}


def _parts(body: dict[str, Any]) -> tuple[list[str], tuple[bytes, ...]]:
    texts, frames = [], []
    for content in [body.get("systemInstruction") or {}, *body.get("contents", ())]:
        for part in content.get("parts", ()):
            if "text" in part:
                texts.append(part["text"])
            if "inlineData" in part:
                frames.append(wire.inline_bytes(part["inlineData"]["data"]))
    return texts, tuple(frames)


def _segments(seen: Seen) -> dict[int, list[bytes]]:
    """Frames of each segment: those that follow its heading."""
    segments: dict[int, list[bytes]] = {}
    current: list[bytes] | None = None
    for content in seen.body.get("contents", ()):
        for part in content.get("parts", ()):
            if heading := _SEGMENT.match(part.get("text", "")):
                current = segments.setdefault(int(heading[1]), [])
            elif "inlineData" in part and current is not None:
                current.append(wire.inline_bytes(part["inlineData"]["data"]))
    return segments


def _judge(index: int, frames: list[bytes]) -> dict[str, Any]:
    """A verdict from the frames' own statistics, so that better pictures do score better."""
    light, contrast, detail = 0.0, 0.0, 0.0
    for frame in frames:
        with Image.open(io.BytesIO(frame)) as picture:
            grey = picture.convert("L")
        statistics = ImageStat.Stat(grey)
        light += statistics.mean[0] / len(frames)
        contrast += statistics.stddev[0] / len(frames)
        detail += ImageStat.Stat(grey.filter(ImageFilter.FIND_EDGES)).mean[0] / len(frames)
    lit = max(0.0, 1 - abs(light - 125) / 125)
    score = round(100 * (0.4 * lit + 0.3 * min(1.0, contrast / 60) + 0.3 * min(1.0, detail / 20)))
    tone = "dark" if light < 60 else "bright" if light > 180 else "well lit"
    return {
        "index": index,
        "score": score,
        "hook": round(score * 0.9),
        "description": f"A {tone} shot of the product in {len(frames)} frames.",
        "highlights": [tone, "clear view"] if score >= 50 else [],
        "tags": [tone, "product"],
        "reason": f"The picture is {tone} with {'rich' if detail > 8 else 'little'} detail.",
    }


def _resolution(body: dict[str, Any]) -> str | None:
    return wire.RESOLUTIONS.get(body.get("generationConfig", {}).get("mediaResolution", ""))


def _count(seen: Seen) -> tuple[int, int]:
    """Tokens of text and of images."""
    each = (
        _TOKENS_PER_IMAGE_2 if seen.model.startswith("gemini-2") else _TOKENS_PER_IMAGE[seen.media_resolution]
    )
    texts, _ = _parts(seen.body.get("generateContentRequest", seen.body))
    return -(-sum(len(text) for text in texts) // 4), each * len(seen.frames)


def _answer(
    seen: Seen,
    candidate: dict[str, Any] | None,
    *,
    thoughts: int = 0,
    feedback: dict[str, Any] | None = None,
) -> dict[str, Any]:
    text, images = _count(seen)
    parts = ((candidate or {}).get("content") or {}).get("parts", ())
    written = sum(-(-len(part["text"]) // 4) for part in parts)
    usage: dict[str, Any] = {
        "promptTokenCount": text + images,
        "candidatesTokenCount": written,
        "totalTokenCount": text + images + written + thoughts,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": text},
            {"modality": "IMAGE", "tokenCount": images},
        ],
    }
    if thoughts:
        usage["thoughtsTokenCount"] = thoughts
    answer: dict[str, Any] = {
        "usageMetadata": usage,
        "modelVersion": seen.model,
        "responseId": "fake-response",
    }
    if candidate:
        answer["candidates"] = [candidate]
    if feedback:
        answer["promptFeedback"] = feedback
    return answer


def _model(name: str) -> dict[str, Any]:
    return {
        "name": f"models/{name}",
        "version": "001",
        "displayName": name,
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    }


def _without(document: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != key}
