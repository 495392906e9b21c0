"""ElevenLabs' stand-in: real speech with the time of each character, and an account that it is charged to."""

import base64
import contextlib
import dataclasses
import json
import math
import re
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.fakes import elevenlabs_speech as speech
from tests.fakes import elevenlabs_wire as wire
from tests.fakes.server import FakeServer, Reply, Request, Seen, reply_json

_SPEECH = re.compile(r"^/v1/text-to-speech/(?P<voice>[^/]+)(?P<mode>(?:/stream)?(?:/with-timestamps)?)$")
_SAMPLE = re.compile(r"^/samples/(?P<voice>\w+)\.mp3$")
_HISTORY_AUDIO = re.compile(r"^/v1/history/(?P<item>\w+)/audio$")

#: Model: most characters at once, credits per character.
MODELS: Mapping[str, tuple[int, float]] = {
    "eleven_multilingual_v2": (10_000, 1),
    "eleven_v3": (5_000, 1),
    "eleven_flash_v2_5": (40_000, 0.5),
    "eleven_turbo_v2_5": (40_000, 0.5),
}
_LANGUAGES = {"de": "de", "es": "es", "fr": "fr", "it": "it", "ro": "ro", "pt": "pt-br"}
_ANSWERS = frozenset(
    {
        "slow", "drop", "truncated_json", "no_alignment", "uneven_alignment", "bad_base64", "no_sound",
        "not_sound", "no_cost_header",
    }
)  # fmt: skip


class FakeElevenLabs(FakeServer):
    """Speech in all ways the SDK asks for it, speech-to-text, voices, subscription and history."""

    name = "elevenlabs"
    default_key = "fake-elevenlabs-key"
    faults = frozenset({*wire.ERRORS, *_ANSWERS})
    paid_operations = frozenset({"speech", "transcript"})
    character_limit = 100_000
    calls_at_once = 5
    """What the plan allows; calls beyond it are refused."""
    speaking_s = 0.0
    """How long speaking takes at least."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.history: list[dict[str, Any]] = []
        self._history_audio: dict[str, bytes] = {}
        self._speaking = 0
        self.most_speaking = 0
        """Most calls that were being answered at the same time."""

    def handle(self, request: Request) -> Reply:
        """Answers one request."""
        if sample := _SAMPLE.match(request.path):
            return self._sample(sample["voice"])
        spoken = _SPEECH.match(request.path)
        is_transcript = request.path == "/v1/speech-to-text"
        body = request.json() if spoken else {}
        seen = Seen(
            method=request.method,
            path=request.path,
            query=request.query,
            headers=request.headers,
            key=request.headers.get("xi-api-key", ""),
            operation="speech" if spoken else "transcript" if is_transcript else request.path.split("/")[2],
            model=body.get("model_id", ""),
            text=body.get("text", ""),
            body=body,
        )
        self.record(seen)
        reply = self._reply(request, seen, spoken)
        seen.status = reply.status
        return reply

    def _reply(self, request: Request, seen: Seen, spoken: re.Match[str] | None) -> Reply:
        if not seen.key:
            return wire.NO_KEY
        if seen.key not in self.keys:
            return wire.BAD_KEY
        if seen.fault in wire.ERRORS:
            return wire.ERRORS[seen.fault]
        if seen.fault == "slow":
            self.wait_slowly()
        if spoken:
            with self._one_more_speaking() as is_allowed:
                if not is_allowed:
                    return wire.ERRORS["too_many_concurrent_requests"]
                return self._speak(seen, spoken["voice"], spoken["mode"])
        if seen.operation == "transcript":
            return self._transcribe(request, seen)
        if request.path in ("/v1/voices", "/v2/voices"):
            return self._voices(request)
        if request.path == "/v1/user/subscription":
            used = self.billed("credits", key=seen.key)
            return reply_json(wire.subscription(used, self.character_limit))
        if request.path == "/v1/models":
            return reply_json([{"model_id": name, "name": name} for name in MODELS])
        if request.path == "/v1/history":
            return reply_json({"history": self.history, "has_more": False})
        if past := _HISTORY_AUDIO.match(request.path):
            return Reply(body=self._history_audio.get(past["item"], b""), content_type="audio/mpeg")
        return reply_json({"detail": "Not Found"}, status=404)

    @contextlib.contextmanager
    def _one_more_speaking(self) -> Iterator[bool]:
        with self.lock:
            self._speaking += 1
            self.most_speaking = max(self.most_speaking, self._speaking)
            is_allowed = self._speaking <= self.calls_at_once
        try:
            if is_allowed:
                self._closing.wait(self.speaking_s)
            yield is_allowed
        finally:
            with self.lock:
                self._speaking -= 1

    def _speak(self, seen: Seen, voice: str, mode: str) -> Reply:
        if not seen.text:
            return wire.ERRORS["422"]
        if voice not in wire.VOICES:
            return wire.NO_VOICE
        model = seen.model or "eleven_multilingual_v2"
        if model not in MODELS:
            return wire.error(400, "model_not_found", f"A model with model ID {model} does not exist.")
        limit, factor = MODELS[model]
        if len(seen.text) > limit:
            return wire.ERRORS["too_long"]
        if model == "eleven_v3" and (seen.body.get("previous_text") or seen.body.get("next_text")):
            return wire.ERRORS["unsupported_model"]
        cost = math.ceil(len(seen.text) * factor)
        if self.billed("credits", key=seen.key) + cost > self.character_limit:
            return wire.ERRORS["quota_exceeded"]
        settings = seen.body.get("voice_settings") or {}
        language = seen.body.get("language_code") or ""
        said = speech.speak(
            seen.text, _LANGUAGES.get(language, wire.VOICES[voice][1]), float(settings.get("speed") or 1)
        )
        output_format = seen.query.get("output_format", "mp3_44100_128")
        audio = speech.code(said, output_format)
        self.charge(seen, credits=cost, characters=len(seen.text))
        item = self._remember(seen, voice, audio, cost)
        headers = {
            "request-id": item,
            "history-item-id": item,
            "current-concurrent-requests": str(self._speaking),
            "maximum-concurrent-requests": str(self.calls_at_once),
            "character-cost": str(cost),
        }
        if seen.fault == "no_cost_header":
            del headers["character-cost"]
        return self._speech_reply(
            seen, said, audio, mode, headers, speech.MEDIA_TYPES[output_format.split("_")[0]]
        )

    def _speech_reply(
        self,
        seen: Seen,
        said: speech.Spoken,
        audio: bytes,
        mode: str,
        headers: Mapping[str, str],
        media_type: str,
    ) -> Reply:
        if "timestamps" not in mode:
            reply = Reply(body=audio, content_type=media_type, headers=headers)
        elif mode.startswith("/stream"):
            lines = _stream(audio, speech.align(said))
            reply = Reply(body=lines, content_type="text/event-stream", headers=headers)
        else:
            reply = reply_json(_document(seen.fault, audio, speech.align(said)), headers=headers)
        if seen.fault == "drop":
            return dataclasses.replace(reply, break_after=len(reply.body) // 2)
        if seen.fault == "truncated_json":
            return dataclasses.replace(reply, body=reply.body[: len(reply.body) // 2])
        return reply

    def _transcribe(self, request: Request, seen: Seen) -> Reply:
        fields = _form(request)
        seen.model = fields.get("model_id", b"").decode()
        words, duration_s = speech.heard(fields["file"])
        self.charge(seen, audio_ms=round(duration_s * 1000))
        entries: list[dict[str, Any]] = []
        for word in words:
            if entries:
                gap = {"text": " ", "start": entries[-1]["end"], "end": word.start_s, "type": "spacing"}
                entries.append({**gap, "logprob": 0.0})
            entries.append(
                {"text": word.text, "start": word.start_s, "end": word.end_s, "type": "word", "logprob": -0.1}
            )
        return reply_json(
            {
                "language_code": "eng",
                "language_probability": 0.98,
                "text": "".join(entry["text"] for entry in entries),
                "words": entries,
                "audio_duration_secs": duration_s,
            }
        )

    def _voices(self, request: Request) -> Reply:
        ids = list(wire.VOICES)
        start = int(request.query.get("next_page_token") or 0)
        # Pages of two, however many are asked for, so that every listing turns a page.
        page = ids[start : start + 2] if request.path.startswith("/v2") else ids
        has_more = request.path.startswith("/v2") and start + 2 < len(ids)
        return reply_json(
            {
                "voices": [wire.voice(voice_id, self.base_url) for voice_id in page],
                "has_more": has_more,
                "total_count": len(ids),
                "next_page_token": str(start + 2) if has_more else None,
            }
        )

    def _sample(self, voice: str) -> Reply:
        if voice not in wire.VOICES:
            return wire.NO_VOICE
        name, spoken_by, _ = wire.VOICES[voice]
        said = speech.speak(f"Hello, I am {name}, and this is how I sound.", spoken_by, 1.0)
        return Reply(body=speech.code(said, "mp3_44100_128"), content_type="audio/mpeg")

    def _remember(self, seen: Seen, voice: str, audio: bytes, cost: int) -> str:
        with self.lock:
            item = f"item{len(self.history):06d}"
            self._history_audio[item] = audio
            self.history.insert(
                0,
                {
                    "history_item_id": item,
                    "request_id": item,
                    "voice_id": voice,
                    "model_id": seen.model,
                    "text": seen.text,
                    "character_count_change_from": 0,
                    "character_count_change_to": cost,
                    "state": "created",
                    "source": "TTS",
                },
            )
        return item


def _document(fault: str | None, audio: bytes, alignment: dict[str, Any]) -> dict[str, Any]:
    if fault == "uneven_alignment":
        alignment = {
            **alignment,
            "character_end_times_seconds": alignment["character_end_times_seconds"][:-3],
        }
    if fault == "no_sound":
        audio = b""
    coded = base64.b64encode(b"<html>" * 40 if fault == "not_sound" else audio).decode()
    return {
        "audio_base64": "%%%" if fault == "bad_base64" else coded,
        "alignment": None if fault == "no_alignment" else alignment,
        "normalized_alignment": None if fault == "no_alignment" else alignment,
    }


def _stream(audio: bytes, alignment: dict[str, Any]) -> bytes:
    """JSON lines, each with a part of the sound and of the characters."""
    total = len(alignment["characters"])
    step = max(1, total // 3)
    lines = []
    for start in range(0, total, step):
        end = min(total, start + step)
        part = audio[len(audio) * start // total : len(audio) * end // total]
        lines.append(
            json.dumps(
                {
                    "audio_base64": base64.b64encode(part).decode(),
                    "alignment": {name: values[start:end] for name, values in alignment.items()},
                    "normalized_alignment": None,
                }
            ).encode()
        )
    return b"\n".join(lines) + b"\n"


def _form(request: Request) -> dict[str, bytes]:
    """Fields of a multipart body."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(EmailMessage, policy=HTTP).parsebytes(head + request.body)
    fields: dict[str, bytes] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        fields[str(name)] = content if isinstance(content, bytes) else b""
    return fields
