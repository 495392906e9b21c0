"""Gemini that fails: one request, one error with the next step, and nothing that was paid is lost."""

import ctypes
import pickle
import threading

import pytest

from models.errors import (
    BadInput,
    ContentBlocked,
    KeyRefused,
    ProviderRefused,
    ProviderUnavailable,
    QuotaExhausted,
)
from tasks.providers.gemini import GeminiAnalyser
from tests.fakes import FakeGemini
from tests.tasks.providers.conftest import KEY, Footage
from tests.tasks.providers.gemini_calls import OpenAnalyser, judge, told

# The old SDK's messages warn about enum numbers that are newer than it is.
pytestmark = pytest.mark.filterwarnings("ignore:Unrecognized .* enum value:UserWarning")


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


def test_batches_paid_before_a_failure_are_on_the_error(
    open_analyser: OpenAnalyser, gemini: FakeGemini, footage: Footage
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
    thread.join(60)
    assert not thread.is_alive()
    assert isinstance(caught[0], KeyboardInterrupt)
