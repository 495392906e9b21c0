import base64
import io
import json
import subprocess
import sys
import wave
from typing import Any

import httpx
import pytest
from PIL import Image

from models.settings import CHECKOUT
from tests.fakes import FakeElevenLabs, FakeGemini

KEY = "key-of-profile-a"
RACHEL = "21m00Tcm4TlvDq8ikWAM"


def picture(level: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (level, level, level)).save(out, "JPEG")
    return out.getvalue()


def ask_gemini(
    server: FakeGemini, *, key: str = KEY, path: str = "", body: Any = None, **query: str
) -> httpx.Response:
    url = server.base_url + (path or "/v1beta/models/gemini-3.8-flash:generateContent")
    return httpx.post(url, params=query, headers={"x-goog-api-key": key}, json=body or prompt("Hello"))


def prompt(*parts: str | dict[str, Any]) -> dict[str, Any]:
    return {"contents": [{"parts": [{"text": part} if isinstance(part, str) else part for part in parts]}]}


def verdicts(answer: httpx.Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(answer.json()["candidates"][0]["content"]["parts"][0]["text"])[
        "segments"
    ]
    return found


def ask_eleven(
    server: FakeElevenLabs, text: str = "Hello there.", mode: str = "", *, key: str = KEY, **query: str
) -> httpx.Response:
    url = f"{server.base_url}/v1/text-to-speech/{RACHEL}{mode}"
    return httpx.post(url, params=query, headers={"xi-api-key": key}, json={"text": text}, timeout=60)


def test_both_dialects_are_understood(gemini: FakeGemini) -> None:
    # given the new SDK's request and the old one's
    bright = picture(130)
    new = {"inline_data": {"mime_type": "image/jpeg", "data": base64.urlsafe_b64encode(bright).decode()}}
    old = {"inlineData": {"mimeType": "image/jpeg", "data": base64.b64encode(bright).decode()}}
    answers = [
        ask_gemini(
            gemini, path="/v1/models/gemini-3.8-flash:generateContent", body=prompt("Segment 4:", new)
        ),
        ask_gemini(gemini, body=prompt("Segment 4:", old), **{"$alt": "json;enum-encoding=int"}),
    ]
    # then both get the same verdict, with enums in their own form
    assert verdicts(answers[0]) == verdicts(answers[1])
    assert verdicts(answers[0])[0]["index"] == 4
    assert [answer.json()["candidates"][0]["finishReason"] for answer in answers] == ["STOP", 1]
    assert [seen.frames for seen in gemini.seen] == [(bright,), (bright,)]


def test_a_better_lit_picture_scores_better(gemini: FakeGemini) -> None:
    parts: list[str | dict[str, Any]] = []
    for index, level in enumerate((5, 125)):
        data = base64.b64encode(picture(level)).decode()
        parts += [f"Segment {index}:", {"inlineData": {"mimeType": "image/jpeg", "data": data}}]
    dark, lit = verdicts(ask_gemini(gemini, body=prompt(*parts)))
    assert dark["score"] < lit["score"]
    assert "dark" in dark["tags"]


def test_models_and_token_counts_cost_nothing(gemini: FakeGemini) -> None:
    headers = {"x-goog-api-key": KEY}
    listed = httpx.get(gemini.base_url + "/v1beta/models", headers=headers).json()
    assert "models/gemini-3.8-flash" in [model["name"] for model in listed["models"]]
    one = httpx.get(gemini.base_url + "/v1beta/models/gemini-2.5-flash", headers=headers)
    assert one.json()["name"] == "models/gemini-2.5-flash"
    counted = ask_gemini(gemini, path="/v1/models/gemini-2.5-flash:countTokens", body=prompt("12345678"))
    assert counted.json() == {"totalTokens": 2}
    assert gemini.bill == []


@pytest.mark.parametrize(
    ("key", "status", "word"), [("", 403, "unregistered"), ("bad", 400, "API_KEY_INVALID")]
)
def test_gemini_refuses_keys_as_the_service_does(
    key: str, status: int, word: str, gemini: FakeGemini
) -> None:
    answer = ask_gemini(gemini, key=key)
    assert answer.status_code == status
    assert word in answer.text


def test_faults_are_queued_set_and_named(gemini: FakeGemini) -> None:
    gemini.fail_next("503", None, "429")
    assert [ask_gemini(gemini).status_code for _ in range(4)] == [503, 200, 429, 200]
    gemini.fail_always("500")
    assert [ask_gemini(gemini).status_code for _ in range(2)] == [500, 500]
    gemini.fail_always(None)
    assert ask_gemini(gemini, body=prompt("judge [[fault:504]]")).status_code == 504
    once = [ask_gemini(gemini, body=prompt("judge [[fault:503 once]]")).status_code for _ in range(2)]
    assert once == [503, 200]
    with pytest.raises(ValueError, match="no such fault: 999"):
        gemini.fail_next("999")


def test_faults_records_and_bill_are_reached_from_outside(gemini: FakeGemini) -> None:
    assert httpx.post(gemini.base_url + "/_faults", json={"next": ["503"]}).json()["queued"] == ["503"]
    ask_gemini(gemini)
    ask_gemini(gemini)
    seen = httpx.get(gemini.base_url + "/_seen").json()
    assert [(one["status"], one["fault"]) for one in seen] == [(503, "503"), (200, None)]
    assert len(httpx.get(gemini.base_url + "/_bill").json()) == 1


def test_a_drop_breaks_the_body_and_is_charged(gemini: FakeGemini) -> None:
    gemini.fail_next("drop")
    with pytest.raises(httpx.RemoteProtocolError):
        ask_gemini(gemini)
    assert gemini.billed("input_tokens") > 0


def test_stopping_ends_slow_answers() -> None:
    with FakeGemini() as server:
        server.fail_next("slow")
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                server.base_url + "/v1beta/models/gemini-3.8-flash:generateContent",
                headers={"x-goog-api-key": server.key},
                json=prompt("Hello"),
                timeout=0.2,
            )


@pytest.mark.parametrize(
    ("output_format", "beginning"),
    [("mp3_44100_128", b""), ("pcm_16000", b""), ("wav_22050", b"RIFF"), ("opus_48000_64", b"OggS")],
)
def test_speech_is_coded_as_asked(output_format: str, beginning: bytes, eleven: FakeElevenLabs) -> None:
    answer = ask_eleven(eleven, output_format=output_format)
    assert answer.status_code == 200
    assert answer.content.startswith(beginning)
    assert len(answer.content) > 5000
    assert answer.headers["character-cost"] == "12"


def test_characters_have_times_inside_the_speech(eleven: FakeElevenLabs) -> None:
    text = "  It's $9.99 - today! 🎉 "
    answer = ask_eleven(eleven, text, "/with-timestamps", output_format="wav_24000").json()
    with wave.open(io.BytesIO(base64.b64decode(answer["audio_base64"]))) as file:
        duration_s = file.getnframes() / file.getframerate()
    starts = answer["alignment"]["character_start_times_seconds"]
    ends = answer["alignment"]["character_end_times_seconds"]
    assert "".join(answer["alignment"]["characters"]) == text
    assert len(starts) == len(ends) == len(text)
    assert starts == sorted(starts)
    assert all(start <= end <= duration_s + 0.01 for start, end in zip(starts, ends, strict=True))


def test_the_stream_carries_the_same_sound_in_lines(eleven: FakeElevenLabs) -> None:
    lines = ask_eleven(eleven, mode="/stream/with-timestamps", output_format="pcm_16000").text.splitlines()
    whole = ask_eleven(eleven, mode="/stream", output_format="pcm_16000").content
    parts = [json.loads(line) for line in lines]
    assert b"".join(base64.b64decode(part["audio_base64"]) for part in parts) == whole
    assert (
        "".join(character for part in parts for character in part["alignment"]["characters"])
        == "Hello there."
    )


def test_what_was_spoken_is_in_the_history_and_on_the_account(eleven: FakeElevenLabs) -> None:
    spoken = ask_eleven(eleven)
    headers = {"xi-api-key": KEY}
    (item,) = httpx.get(eleven.base_url + "/v1/history", headers=headers).json()["history"]
    assert (item["text"], item["history_item_id"]) == ("Hello there.", spoken.headers["history-item-id"])
    again = httpx.get(f"{eleven.base_url}/v1/history/{item['history_item_id']}/audio", headers=headers)
    assert again.content == spoken.content
    account = httpx.get(eleven.base_url + "/v1/user/subscription", headers=headers).json()
    assert account["character_count"] == 12


def test_an_account_runs_out(eleven: FakeElevenLabs) -> None:
    eleven.character_limit = 20
    assert [ask_eleven(eleven).status_code for _ in range(2)] == [200, 401]
    assert "quota_exceeded" in ask_eleven(eleven).text


def test_unknown_keys_voices_and_models_are_refused(eleven: FakeElevenLabs) -> None:
    assert ask_eleven(eleven, key="bad").json()["detail"]["status"] == "invalid_api_key"
    url = eleven.base_url + "/v1/text-to-speech/nobody"
    headers = {"xi-api-key": KEY}
    assert httpx.post(url, headers=headers, json={"text": "Hello"}).status_code == 404
    url = f"{eleven.base_url}/v1/text-to-speech/{RACHEL}"
    assert httpx.post(url, headers=headers, json={"text": "Hello", "model_id": "none"}).status_code == 400


def test_unknown_sound_is_heard_as_stretches(eleven: FakeElevenLabs) -> None:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        tone = (b"\x00\x20" * 4 + b"\x00\xe0" * 4) * 500
        file.writeframes(tone + bytes(8000) + tone)
    answer = httpx.post(
        eleven.base_url + "/v1/speech-to-text",
        headers={"xi-api-key": KEY},
        data={"model_id": "scribe_v1"},
        files={"file": ("a.wav", sound.getvalue())},
    ).json()
    assert [(word["start"], word["end"]) for word in answer["words"] if word["type"] == "word"] == [
        (0.0, 0.5),
        (1.0, 1.5),
    ]


def test_they_run_by_hand() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        names = dict(line.removeprefix("export ").strip().split("=") for line in lines)
        answer = httpx.get(
            names["REELFLOW_GEMINI_BASE_URL"] + "/v1beta/models",
            headers={"x-goog-api-key": names["REELFLOW_GEMINI_API_KEY"]},
        )
        assert answer.status_code == 200
        assert names["REELFLOW_ELEVENLABS_BASE_URL"].startswith("http://127.0.0.1:")
    finally:
        process.kill()
        process.communicate()
