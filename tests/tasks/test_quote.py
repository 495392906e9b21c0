"""A quote spends nothing, knows what is paid for, and bounds what the run then costs."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from models.budget import budget_state, month_of, set_budget
from models.errors import BadInput, MissingKey
from models.prices import PriceTable
from models.profiles import create_profile
from models.provider_settings import provider_settings, store_provider_settings
from models.tenant import now_utc
from tasks.analysis import score_segments
from tasks.paid_call import pay_once
from tasks.probing import import_footage, probe_footage
from tasks.quote import Quote, make_quote
from tasks.run_context import RunContext
from tasks.segments import find_segments
from tasks.voice import speak_script
from tests.fakes.elevenlabs import FakeElevenLabs
from tests.fakes.elevenlabs_wire import VOICES
from tests.fakes.gemini import FakeGemini

SCRIPT = "Two shades of blue. One lamp."


@pytest.fixture
def eleven(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeElevenLabs]:
    with FakeElevenLabs() as server:
        monkeypatch.setenv("REELFLOW_ELEVENLABS_BASE_URL", server.base_url)
        monkeypatch.setenv("REELFLOW_ELEVENLABS_API_KEY", server.key)
        yield server


@pytest.fixture
def gemini(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGemini]:
    with FakeGemini() as server:
        monkeypatch.setenv("REELFLOW_GEMINI_BASE_URL", server.base_url)
        monkeypatch.setenv("REELFLOW_GEMINI_API_KEY", server.key)
        yield server


@pytest.fixture
def customer(eleven: FakeElevenLabs, gemini: FakeGemini, run: RunContext) -> RunContext:
    """A run of a profile that pays for both; the fakes come first, as the run reads their addresses."""
    choose(run, analyser="gemini", voice="elevenlabs", elevenlabs={"voice_id": next(iter(VOICES))})
    return run


def choose(run: RunContext, **changes: Any) -> None:
    with run.session() as session:
        store_provider_settings(session, provider_settings(session.profile).changed(**changes))


def quoted(run: RunContext, **wishes: Any) -> Quote:
    return make_quote(run.database, run.profile_id, **wishes)


def spent(run: RunContext) -> int:
    with run.reading() as session:
        return budget_state(session, month_of(session.profile, now_utc())).spent_micro_usd


def taken_in(run: RunContext, film: Path) -> UUID:
    footage_id = import_footage.fn(run, film, probe_footage.fn(run, film))
    find_segments.fn(run, footage_id)
    return footage_id


def test_a_script_is_quoted_to_the_micro_dollar_and_is_free_afterwards(
    customer: RunContext, eleven: FakeElevenLabs
) -> None:
    before = quoted(customer, script=SCRIPT)
    (line,) = before.lines
    assert (line.provider, line.operation, line.already_paid) == ("elevenlabs", "speech", False)
    assert 0 < before.expected_micro_usd == before.maximum_micro_usd / 2, "room for one lost answer"
    assert line.assumption == f"{len(SCRIPT)} characters are spoken, once; at most it is asked for twice."
    assert (eleven.bill, eleven.seen) == ([], [])

    speak_script.fn(customer, SCRIPT)

    assert spent(customer) == before.expected_micro_usd
    after = quoted(customer, script=f"  {SCRIPT}\n")
    assert (after.expected_micro_usd, after.maximum_micro_usd) == (0, 0)
    assert after.lines[0].already_paid
    assert quoted(customer, script="Another script.").maximum_micro_usd > 0
    assert len(eleven.bill) == 1


def test_footage_is_quoted_before_and_after_it_is_taken_in_and_judged(
    customer: RunContext, gemini: FakeGemini, films: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    reserved: list[int] = []

    def noted(run: RunContext, purchase: Any, **options: Any) -> Any:
        reserved.append(purchase.estimate_micro_usd)
        return pay_once(run, purchase, **options)

    monkeypatch.setattr("tasks.analysis.pay_once", noted)
    film = films["tea"]
    new = quoted(customer, captions="none", files=[film])
    assert 0 < new.expected_micro_usd <= new.maximum_micro_usd
    assert "10.0 s of footage, a segment every 3 s, at most every 1.5 s" in new.lines[0].assumption

    footage_id = taken_in(customer, film)
    known = quoted(customer, captions="none", files=[film, film])
    assert "segments; at most" in known.lines[0].assumption
    assert 0 < known.expected_micro_usd <= known.maximum_micro_usd <= new.maximum_micro_usd
    assert (gemini.bill, gemini.seen) == ([], [])

    score_segments.fn(customer, [footage_id], "")

    # The quote's blank stills stand for real ones: their number, size and batches are the same.
    assert sum(reserved) == known.expected_micro_usd
    assert 0 < spent(customer) <= known.maximum_micro_usd
    assert quoted(customer, captions="none", files=[film]).maximum_micro_usd == 0
    assert quoted(customer, captions="none", files=[film]).lines[0].already_paid
    other = quoted(customer, captions="none", files=[film], context="A brass lamp")
    assert other.expected_micro_usd > 0, "another context is another question"
    assert quoted(customer, captions="none", files=[film, films["cup"]]).expected_micro_usd > 0


def test_offline_providers_cost_nothing(run: RunContext, films: dict[str, Path]) -> None:
    quote = quoted(run, files=[films["tea"]], script=SCRIPT)

    assert [line.operation for line in quote.lines] == ["analysis", "speech"]
    assert {line.assumption for line in quote.lines} == {"Works on this machine and costs nothing."}
    assert (quote.expected_micro_usd, quote.maximum_micro_usd) == (0, 0)
    assert not any(line.already_paid for line in quote.lines)
    assert quote.fits(quote.maximum_micro_usd)
    assert quoted(run).lines == ()


def test_what_another_profile_paid_for_is_not_free(customer: RunContext) -> None:
    # pitfall 70
    speak_script.fn(customer, SCRIPT)
    other = create_profile(customer.database, "Rival").id
    with customer.reading() as session:
        settings = provider_settings(session.profile)
    with customer.database.profile_session(other) as session:
        store_provider_settings(session, settings)

    quote = make_quote(customer.database, other, script=SCRIPT)

    assert quote.expected_micro_usd > 0
    assert quote.budget.spent_micro_usd == 0


def test_the_budget_is_told(customer: RunContext) -> None:
    needed = quoted(customer, script=SCRIPT).maximum_micro_usd
    set_budget(customer.database, customer.profile_id, needed)
    quote = quoted(customer, script=SCRIPT)
    assert (quote.budget.limit_micro_usd, quote.fits(needed), quote.fits(needed + 1)) == (needed, True, False)


def test_a_missing_key_is_an_error_as_for_the_run(run: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REELFLOW_ELEVENLABS_API_KEY", raising=False)
    choose(run, voice="elevenlabs", elevenlabs={"voice_id": next(iter(VOICES))})

    with pytest.raises(MissingKey, match="set-key elevenlabs"):
        quoted(run, script=SCRIPT)


def test_a_model_without_a_price_is_an_error_as_for_the_run(customer: RunContext) -> None:
    with pytest.raises(BadInput):
        PriceTable.load().price_for("elevenlabs", "eleven_next", date(2026, 11, 1))
    # chosen when it still had one: nobody could choose it now
    with customer.session() as session:
        document = provider_settings(session.profile).model_dump()
        document["elevenlabs"]["model"] = "eleven_next"
        session.profile.providers = document

    with pytest.raises(BadInput, match="no price for elevenlabs's 'eleven_next'"):
        quoted(customer, script=SCRIPT)
