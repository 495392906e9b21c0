"""Segments judged by Gemini with either SDK: by their frames, in batches, with honest numbers."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from models.errors import BadInput
from tasks.providers.gemini import BackendName, GeminiAnalyser
from tasks.providers.ports import Analyser, AnalysisRequest
from tests.fakes import FakeGemini
from tests.tasks.providers.conftest import KEY, Footage
from tests.tasks.providers.gemini_calls import OpenAnalyser, image_tokens, judge, told

# The old SDK's messages warn about enum numbers that are newer than it is.
pytestmark = pytest.mark.filterwarnings("ignore:Unrecognized .* enum value:UserWarning")


def test_every_segment_is_judged_by_its_frames(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    port: Analyser = analyser
    # when segments from dark to rich are judged
    analysis = port.analyse(footage(4), timeout_s=60)
    # then the answers are in order, whole, and the richer picture has the better score
    assert [verdict.index for verdict in analysis.verdicts] == [0, 1, 2, 3]
    assert analysis.verdicts[0].score < analysis.verdicts[3].score
    assert all(verdict.description and verdict.reason and verdict.tags for verdict in analysis.verdicts)
    assert told(analysis) == {}
    # and one request carried the key, the brief and all frames, without any time
    (seen,) = gemini.paid_requests()
    assert (seen.key, seen.model, len(seen.frames)) == (KEY, "gemini-3.8-flash", 8)
    assert seen.frames[0] == footage(1).segments[0].stills[0].read_bytes()
    assert seen.indices == (0, 1, 2, 3)
    assert "A brass lamp" in seen.text
    assert seen.body["generationConfig"]["responseMimeType"] == "application/json"
    assert seen.body["generationConfig"]["responseSchema"]["required"] == ["segments"]


def test_usage_is_the_services_own_and_the_estimate_was_near(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:  # pitfall 71
    request = footage(4)
    estimate = analyser.estimate(request)
    usage = judge(analyser, request).usage
    assert usage.input_tokens == gemini.billed("input_tokens")
    assert usage.output_tokens == gemini.billed("output_tokens") > 0
    assert usage.requests == estimate.requests == 1
    assert usage.input_tokens <= estimate.input_tokens <= 1.1 * usage.input_tokens
    assert usage.output_tokens <= estimate.output_tokens


def test_thinking_is_counted(analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage) -> None:
    gemini.fail_next("thinking")
    assert judge(analyser, footage(1)).usage.thinking_tokens == gemini.billed("thinking_tokens") == 321


def test_low_resolution_is_asked_for_or_its_lack_is_told(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage, backend: BackendName
) -> None:
    analysis = judge(analyser, footage(1))
    (seen,) = gemini.paid_requests()
    if backend == "google-genai":
        assert seen.media_resolution == analyser.identity["media_resolution"] == "low"
        assert analysis.problems == ()
    else:
        assert seen.media_resolution is analyser.identity["media_resolution"] is None
        assert "can't ask for low media resolution" in analysis.problems[0].message
        assert analyser.estimate(footage(1)).input_tokens > 2 * 1120


def test_batches_hold_whole_segments_up_to_the_limit_of_frames(
    open_analyser: OpenAnalyser, gemini: FakeGemini, footage: Footage
) -> None:  # pitfall 72
    # given 5 segments of 2 frames, one of 5 frames, and room for 4
    request = footage(5)
    big = replace(request.segments[0], index=5, stills=request.segments[0].stills[:1] * 5)
    request = AnalysisRequest((*request.segments, big), request.context)
    analyser = open_analyser(frames_per_batch=4)
    # when it is judged
    analysis = judge(analyser, request)
    # then each call names its segments by the request's indices
    assert [seen.indices for seen in gemini.paid_requests()] == [(0, 1), (2, 3), (4,), (5,)]
    assert [verdict.index for verdict in analysis.verdicts] == [0, 1, 2, 3, 4, 5]
    assert analysis.usage.requests == analyser.estimate(request).requests == 4
    # and the same parts can be had to pay for them one by one
    assert [[segment.index for segment in part.segments] for part in analyser.batches(request)] == [
        [0, 1],
        [2, 3],
        [4],
        [5],
    ]


def test_segments_without_frames_are_told_and_not_sent(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    request = footage(3)
    bare = replace(request.segments[1], stills=())
    request = AnalysisRequest((request.segments[0], bare, request.segments[2]), "")
    analysis = judge(analyser, request)
    assert [verdict.index for verdict in analysis.verdicts] == [0, 2]
    assert told(analysis) == {"missing": (1,)}
    assert "1: no frames" in analysis.problems[-1].message
    assert len(gemini.paid_requests()) == 1


def test_a_lost_frame_is_found_before_anything_is_sent(
    open_analyser: OpenAnalyser, gemini: FakeGemini, footage: Footage, tmp_path: Path
) -> None:
    request = footage(4)
    lost = replace(request.segments[3], stills=(tmp_path / "gone.jpg",))
    with pytest.raises(BadInput, match=r"frame gone\.jpg can't be read"):
        judge(open_analyser(frames_per_batch=2), AnalysisRequest((*request.segments[:3], lost)))
    assert gemini.paid_requests() == []


def test_nothing_to_judge_costs_nothing(analyser: GeminiAnalyser, gemini: FakeGemini) -> None:
    assert judge(analyser, AnalysisRequest(())).verdicts == ()
    assert gemini.seen == []


def test_an_address_may_have_a_path(gemini: FakeGemini, backend: BackendName, footage: Footage) -> None:
    with GeminiAnalyser(
        SecretStr(KEY),
        "gemini-3.8-flash",
        image_tokens=image_tokens,
        backend=backend,
        base_url=gemini.base_url + "/gateway/",
    ) as analyser:
        judge(analyser, footage(1))
    assert gemini.paid_requests()[0].path.startswith("/gateway/v1beta/models/")


def test_an_unknown_model_is_named(open_analyser: OpenAnalyser, footage: Footage) -> None:
    with pytest.raises(BadInput, match="no model 'gemini-9-ultra'"):
        judge(open_analyser(model="gemini-9-ultra"), footage(1))


def test_unknown_choices_name_the_known_ones(gemini: FakeGemini) -> None:
    with pytest.raises(BadInput, match="google-genai and google-generativeai"):
        GeminiAnalyser(SecretStr(KEY), "m", image_tokens=image_tokens, backend="other")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="there are: segments-1"):
        GeminiAnalyser(SecretStr(KEY), "m", image_tokens=image_tokens, prompt_version="segments-0")


def test_what_decides_the_answer_is_in_the_identity(open_analyser: OpenAnalyser) -> None:
    first, second = open_analyser(), open_analyser(model="gemini-2.5-flash")
    assert first.identity["model"] != second.identity["model"]
    assert first.identity["prompt_version"] == "segments-1"
    assert KEY not in str(first.identity)
