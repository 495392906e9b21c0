import ctypes
import logging
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from models.errors import (
    BadInput,
    ContentBlocked,
    KeyRefused,
    ProviderRefused,
    ProviderUnavailable,
    QuotaExhausted,
    ReelflowError,
)
from tasks.providers.gemini import BackendName, GeminiAnalyser
from tasks.providers.ports import Analyser, Analysis, AnalysisRequest
from tests.fakes import FakeGemini
from tests.tasks.providers.conftest import Footage

# The old SDK's messages warn about enum numbers that are newer than it is.
pytestmark = pytest.mark.filterwarnings("ignore:Unrecognized .* enum value:UserWarning")

KEY = "key-of-profile-a"
Open = Callable[..., GeminiAnalyser]


def image_tokens(model: str, *, width_px: int, height_px: int, resolution: str | None) -> int:
    assert (width_px, height_px) == (320, 180)
    return {"low": 280, None: 1120}[resolution] if model.startswith("gemini-3") else 258


@pytest.fixture(params=["google-genai", "google-generativeai"])
def backend(request: pytest.FixtureRequest) -> BackendName:
    name: BackendName = request.param
    pytest.importorskip("google.genai" if name == "google-genai" else "google.ai.generativelanguage")
    return name


@pytest.fixture
def open_analyser(gemini: FakeGemini, backend: BackendName) -> Iterator[Open]:
    with ExitStack() as stack:

        def make(key: str = KEY, model: str = "gemini-3.8-flash", **options: object) -> GeminiAnalyser:
            analyser = GeminiAnalyser(
                SecretStr(key),
                model,
                image_tokens=image_tokens,
                backend=backend,
                base_url=gemini.base_url,
                **options,  # type: ignore[arg-type]
            )
            return stack.enter_context(analyser)

        yield make


@pytest.fixture
def analyser(open_analyser: Open) -> GeminiAnalyser:
    return open_analyser()


def judge(analyser: GeminiAnalyser, request: AnalysisRequest) -> Analysis:
    return analyser.analyse(request, timeout_s=20)


def told(analysis: Analysis) -> dict[str, tuple[int, ...]]:
    """Problems besides the one every answer of the old SDK has."""
    return {problem.kind: problem.indices for problem in analysis.problems if problem.kind != "resolution"}


def test_every_segment_is_judged_by_its_frames(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    port: Analyser = analyser
    # when segments from dark to rich are judged
    analysis = port.analyse(footage(4), timeout_s=20)
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
    open_analyser: Open, gemini: FakeGemini, footage: Footage
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


OUTCOMES = {
    "400": (ProviderRefused, "Gemini refuses the request", None),
    "location": (ProviderRefused, "location is not supported", None),
    "413": (ProviderRefused, "payload size", None),
    "invalid_key": (KeyRefused, "reelflow profile set-key gemini", None),
    "401": (KeyRefused, "reelflow profile set-key gemini", None),
    "403": (KeyRefused, "denied access", None),
    "404": (BadInput, "no model 'gemini-3.8-flash'", None),
    "429": (ProviderUnavailable, "too many requests", 7.0),
    "429_header": (ProviderUnavailable, "too many requests", 3.0),
    "429_day": (QuotaExhausted, "quota for the day", None),
    "408": (ProviderUnavailable, "408", None),
    "409": (ProviderUnavailable, "409", None),
    "500": (ProviderUnavailable, "500", None),
    "503": (ProviderUnavailable, "overloaded", None),
    "504": (ProviderUnavailable, "504", None),
    "html": (ProviderUnavailable, "502", None),
    "drop": (ProviderUnavailable, "connection", None),
    "truncated_json": (ProviderUnavailable, "could not be read", None),
    "blocked": (ContentBlocked, "SAFETY, segments 0, 1, 2, 3", None),
    "blocked_new": (ContentBlocked, "does not judge this footage", None),
    "safety": (ContentBlocked, "SAFETY", None),
    "recitation": (ContentBlocked, "RECITATION", None),
    "other": (ProviderUnavailable, "was empty", None),
    "empty": (ProviderUnavailable, "no candidate", None),
    "empty_parts": (ProviderUnavailable, "STOP", None),
    "not_json": (ProviderUnavailable, "not of the asked form", None),
}


@pytest.mark.parametrize("fault", OUTCOMES)
def test_a_failed_call_is_one_request_and_one_error(
    fault: str, analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    kind, words, retry_after_s = OUTCOMES[fault]
    gemini.fail_next(fault)
    with pytest.raises(kind, match=words) as caught:
        judge(analyser, footage(4))
    error = caught.value
    assert type(error) is kind
    assert len(gemini.paid_requests()) == 1
    assert error.can_retry == (kind is ProviderUnavailable)
    assert getattr(error, "retry_after_s", None) == retry_after_s
    assert KEY not in str(error)
    # what it cost is known, or it is said that it is not
    charged = gemini.billed("input_tokens") > 0
    if isinstance(error, (ProviderRefused, ProviderUnavailable)) and charged:
        assert error.usage.input_tokens == gemini.billed("input_tokens") or not error.never_billed
    else:
        assert error.never_billed or fault in ("408", "504")
    # it survives the way through Prefect
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (str(copy), copy.never_billed, getattr(copy, "retry_after_s", None)) == (
        str(error),
        error.never_billed,
        retry_after_s,
    )


@pytest.mark.parametrize(
    ("fault", "again"),
    [
        ("missing", (3,)),
        ("no_index", (0,)),
        ("out_of_range", (0,)),
        ("negative", (0,)),
        ("no_reason", (0,)),
        ("wrong_types", (0,)),
        ("all_missing", (0, 1, 2, 3)),
        ("shifted_indices", (0, 1, 2, 3)),
    ],
)
def test_segments_without_a_usable_verdict_are_asked_for_once_more(
    fault: str, again: tuple[int, ...], analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    gemini.fail_next(fault)
    analysis = judge(analyser, footage(4))
    assert [verdict.index for verdict in analysis.verdicts] == [0, 1, 2, 3]
    assert [seen.indices for seen in gemini.paid_requests()] == [(0, 1, 2, 3), again]
    assert "missing" not in told(analysis)
    assert analysis.usage.requests == 2
    assert analysis.usage.input_tokens == gemini.billed("input_tokens")


def test_what_is_missing_twice_is_reported_with_the_reason(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    gemini.fail_next("out_of_range", "out_of_range")
    analysis = judge(analyser, footage(4))
    assert [verdict.index for verdict in analysis.verdicts] == [1, 2, 3]
    assert told(analysis) == {"missing": (0,)}
    assert "score: Input should be less than or equal to 100" in analysis.problems[-1].message
    assert len(gemini.paid_requests()) == 2


def test_nothing_usable_at_all_is_worth_another_try(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    gemini.fail_always("all_missing")
    with pytest.raises(ProviderUnavailable, match="no usable verdict") as caught:
        judge(analyser, footage(2))
    assert caught.value.usage.input_tokens == gemini.billed("input_tokens")
    assert caught.value.never_billed  # beyond that


@pytest.mark.parametrize("fault", ["503", "blocked", "drop"])
def test_a_second_call_that_fails_keeps_what_is_there(
    fault: str, analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    gemini.fail_next("missing", fault)
    analysis = judge(analyser, footage(4))
    assert [verdict.index for verdict in analysis.verdicts] == [0, 1, 2]
    assert told(analysis) == {"second_call": (3,), "missing": (3,)}


def test_verdicts_nobody_asked_for_are_dropped_and_told(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    gemini.fail_next("unknown_index")
    analysis = judge(analyser, footage(4))
    assert len(analysis.verdicts) == 4
    assert told(analysis) == {"unknown_index": (9999,)}


def test_of_two_verdicts_the_first_counts(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    expected = judge(analyser, footage(4)).verdicts
    gemini.fail_next("duplicate")
    analysis = judge(analyser, footage(4))
    assert analysis.verdicts == expected
    assert told(analysis) == {"duplicate": (0,)}


@pytest.mark.parametrize("fault", ["fenced", "new_fields"])
def test_harmless_oddities_are_read(
    fault: str, analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    gemini.fail_next(fault)
    assert told(judge(analyser, footage(3))) == {}


def test_an_answer_that_is_cut_off_is_asked_for_in_halves(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    gemini.fail_next("max_tokens", "max_tokens")
    analysis = judge(analyser, footage(4))
    assert [seen.indices for seen in gemini.paid_requests()] == [(0, 1, 2, 3), (0, 1), (0,), (1,), (2, 3)]
    assert len(analysis.verdicts) == 4
    assert analysis.usage.output_tokens == gemini.billed("output_tokens")


def test_a_single_segment_that_is_always_cut_off_counts_as_missing(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    gemini.fail_next("max_tokens", "max_tokens", None, "max_tokens")
    analysis = judge(analyser, footage(2))
    # both, the first cut off, the second fine, the first once more
    assert [seen.indices for seen in gemini.paid_requests()] == [(0, 1), (0,), (1,), (0,)]
    assert told(analysis) == {"missing": (0,)}
    assert "cut off" in analysis.problems[-1].message


def test_an_answer_without_numbers_is_counted_by_the_estimate(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    gemini.fail_next("no_usage")
    usage = judge(analyser, footage(2)).usage
    assert usage.input_tokens == analyser.estimate(footage(2)).input_tokens
    assert usage.raw["estimated_requests"] == 1


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
    open_analyser: Open, gemini: FakeGemini, footage: Footage, tmp_path: Path
) -> None:
    request = footage(4)
    lost = replace(request.segments[3], stills=(tmp_path / "gone.jpg",))
    with pytest.raises(BadInput, match=r"frame gone\.jpg can't be read"):
        judge(open_analyser(frames_per_batch=2), AnalysisRequest((*request.segments[:3], lost)))
    assert gemini.paid_requests() == []


def test_nothing_to_judge_costs_nothing(analyser: GeminiAnalyser, gemini: FakeGemini) -> None:
    assert judge(analyser, AnalysisRequest(())).verdicts == ()
    assert gemini.seen == []


def test_batches_paid_before_a_failure_are_on_the_error(
    open_analyser: Open, gemini: FakeGemini, footage: Footage
) -> None:
    gemini.fail_next(None, "503")
    with pytest.raises(ProviderUnavailable) as caught:
        judge(open_analyser(frames_per_batch=4), footage(4))
    assert caught.value.usage.requests == 1
    assert caught.value.usage.input_tokens == gemini.billed("input_tokens") > 0


def test_a_slow_answer_ends_with_the_time_limit(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    gemini.fail_next("slow")
    with pytest.raises(ProviderUnavailable, match="did not answer") as caught:
        analyser.analyse(footage(1), timeout_s=0.4)
    assert not caught.value.never_billed
    assert len(gemini.paid_requests()) == 1


def test_a_cancelled_run_does_not_wait_for_the_service(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage
) -> None:
    gemini.fail_next("slow")
    caught: list[BaseException] = []

    def work() -> None:
        try:
            analyser.analyse(footage(1), timeout_s=60)
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while not gemini.paid_requests():
        thread.join(0.02)
    # when the run is cancelled the way Prefect does it
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident or 0), ctypes.py_object(KeyboardInterrupt)
    )
    thread.join(20)
    assert not thread.is_alive()
    assert isinstance(caught[0], KeyboardInterrupt)


def test_two_profiles_at_once_never_mix_their_keys(
    open_analyser: Open, gemini: FakeGemini, footage: Footage
) -> None:  # pitfall 27
    analysers = {name: open_analyser(f"key-of-profile-{name}") for name in "ab"}
    requests = {name: footage(1, stills=1, context=f"brand {name}") for name in "ab"}

    def work(number: int) -> None:
        name = "ab"[number % 2]
        judge(analysers[name], requests[name])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(80)))
    seen = gemini.paid_requests()
    assert len(seen) == 80
    assert {(one.key, "brand a" in one.text, "brand b" in one.text) for one in seen} == {
        ("key-of-profile-a", True, False),
        ("key-of-profile-b", False, True),
    }


@pytest.mark.parametrize("key", [None, SecretStr(""), SecretStr("  ")])
def test_without_a_key_nothing_is_taken_from_the_environment(
    key: SecretStr | None, backend: BackendName, gemini: FakeGemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, "key-of-profile-b")
    with pytest.raises(KeyRefused, match="no Gemini key: set one with `reelflow profile set-key gemini`"):
        GeminiAnalyser(key, "gemini-3.8-flash", image_tokens=image_tokens, backend=backend)


def test_the_environment_changes_neither_key_nor_address(
    open_analyser: Open,
    gemini: FakeGemini,
    footage: Footage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, "key-of-profile-b")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "https://elsewhere.invalid")
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", "v9")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "elsewhere")
    monkeypatch.setenv("GOOGLE_GENAI_CLIENT_MODE", "replay")
    judge(open_analyser(), footage(1))
    (seen,) = gemini.paid_requests()
    assert seen.key == KEY
    assert seen.path.startswith("/v1beta/")


def test_keys_are_in_no_log_and_no_message(
    open_analyser: Open, gemini: FakeGemini, footage: Footage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stranger = "unknown-key-0123456789"
    errors: list[ReelflowError] = []
    for analyser, fault in (
        (open_analyser(stranger), None),
        (open_analyser(), "400"),
        (open_analyser(), None),
    ):
        gemini.fail_next(fault)
        try:
            judge(analyser, footage(1))
        except ReelflowError as error:
            errors.append(error)
    assert len(errors) == 2
    written = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    for key in (stranger, KEY):
        assert key not in written
        assert key not in "".join(f"{error!r}{error.__cause__!r}{error.__dict__}" for error in errors)
        assert key not in repr(vars(open_analyser(key))) + repr(open_analyser(key))


def test_a_service_that_repeats_the_key_does_not_get_it_into_a_message(
    analyser: GeminiAnalyser, gemini: FakeGemini, footage: Footage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.fakes import gemini_wire as wire

    monkeypatch.setitem(wire.ERRORS, "400", wire.error(400, "INVALID_ARGUMENT", f"The key {KEY} is odd."))
    gemini.fail_next("400")
    with pytest.raises(ProviderRefused, match=r"The key \[key\] is odd"):
        judge(analyser, footage(1))


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


def test_an_unknown_model_is_named(open_analyser: Open, footage: Footage) -> None:
    with pytest.raises(BadInput, match="no model 'gemini-9-ultra'"):
        judge(open_analyser(model="gemini-9-ultra"), footage(1))


def test_unknown_choices_name_the_known_ones(gemini: FakeGemini) -> None:
    with pytest.raises(BadInput, match="google-genai and google-generativeai"):
        GeminiAnalyser(SecretStr(KEY), "m", image_tokens=image_tokens, backend="other")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="there are: segments-1"):
        GeminiAnalyser(SecretStr(KEY), "m", image_tokens=image_tokens, prompt_version="segments-0")


def test_what_decides_the_answer_is_in_the_identity(open_analyser: Open) -> None:
    first, second = open_analyser(), open_analyser(model="gemini-2.5-flash")
    assert first.identity["model"] != second.identity["model"]
    assert first.identity["prompt_version"] == "segments-1"
    assert KEY not in str(first.identity)
