"""Gemini's odd answers: what is missing is asked for once more, and what can't be used is told."""

import pytest

from tasks.providers.gemini import GeminiAnalyser
from tests.fakes import FakeGemini
from tests.tasks.providers.conftest import Footage
from tests.tasks.providers.gemini_calls import judge, told

# The old SDK's messages warn about enum numbers that are newer than it is.
pytestmark = pytest.mark.filterwarnings("ignore:Unrecognized .* enum value:UserWarning")


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
