"""Footage is listened to once per profile, and only by who chose to pay for it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from models.budget import budget_state, month_of, set_budget
from models.costs import check_ledger
from models.errors import BadInput, BudgetRefused, MissingKey, ProviderRefused
from models.ledger import CostEntry
from models.prices import PriceTable, transcription_cost
from models.profiles import create_profile
from models.run import Run, RunEvent
from models.tenant import now_utc
from models.transcript import StoredTranscript
from tasks.quote import make_quote
from tasks.run_context import RunContext, StagePlan
from tasks.transcripts import hear_footage, load_transcript
from tests.fakes.elevenlabs import FakeElevenLabs
from tests.tasks.hearing import choose, rows, taken_in, told


def another_run(run: RunContext, profile_id: UUID) -> RunContext:
    """A run beside the first one."""
    row = Run(profile_id=profile_id, kind="test", title="another")
    with run.database.profile_session(profile_id) as session:
        session.add(row)
        run_id = row.id
    return RunContext(
        profile_id=profile_id,
        run_id=run_id,
        settings=run.settings,
        database=run.database,
        work_dir=run.work_dir / str(run_id),
        stages=StagePlan({"look": 1.0}),
    )


def test_words_are_bought_once_and_booked(
    customer: RunContext, eleven: FakeElevenLabs, talking: dict[str, Path]
) -> None:
    footage_id = taken_in(customer, talking["beeps"])

    first = hear_footage.fn(customer, footage_id)
    again = hear_footage.fn(customer, footage_id)

    assert first == again
    assert first is not None
    assert first.footage_id == footage_id
    assert first.transcript_id is not None
    transcript = load_transcript(customer, first.transcript_id)
    assert [word.text for word in transcript.words] == ["word1", "word2"]
    assert [word.start_s for word in transcript.words] == pytest.approx([0.5, 1.75], abs=0.03)
    assert (transcript.provider, transcript.model, transcript.language) == ("elevenlabs", "scribe_v2", "eng")
    assert len(eleven.paid_requests("transcript")) == 1
    (line,) = rows(customer, CostEntry)
    price = PriceTable.load().transcription_price_for("scribe_v2", now_utc().date())
    assert line.amount_micro_usd == transcription_cost(price, duration_s=2.5) > 0
    assert (line.operation, line.price_id) == ("transcription", price.price_id)
    assert line.units == {"audio_s": 2.5, "requests": 1}
    assert told(customer)[-2:] == ["transcript_made", "transcript_reused"]
    with customer.reading() as session:
        assert check_ledger(session) == []


def test_two_runs_at_the_same_moment_pay_once(
    customer: RunContext, eleven: FakeElevenLabs, talking: dict[str, Path]
) -> None:
    footage_id = taken_in(customer, talking["beeps"])
    runs = [customer, another_run(customer, customer.profile_id)]

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda one: hear_footage.fn(one, footage_id), runs)

    assert first == second
    assert len(eleven.paid_requests("transcript")) == len(rows(customer, StoredTranscript)) == 1
    assert sorted(code for one in runs for code in told(one) if "transcript" in code) == [
        "transcript_made",
        "transcript_reused",
    ]


@pytest.mark.parametrize("change", [{"transcription_model": "scribe_v1"}, {"language": "de"}])
def test_another_model_or_language_is_another_question(
    change: dict[str, str], customer: RunContext, eleven: FakeElevenLabs, talking: dict[str, Path]
) -> None:
    footage_id = taken_in(customer, talking["beeps"])
    first = hear_footage.fn(customer, footage_id)
    choose(customer, elevenlabs=change)

    assert hear_footage.fn(customer, footage_id) != first

    assert len(eleven.paid_requests("transcript")) == len(rows(customer, StoredTranscript)) == 2


def test_what_another_profile_has_heard_is_not_shared(
    customer: RunContext, eleven: FakeElevenLabs, talking: dict[str, Path]
) -> None:
    hear_footage.fn(customer, taken_in(customer, talking["beeps"]))
    other = another_run(customer, create_profile(customer.database, "Rival").id)
    choose(other, voice="elevenlabs", elevenlabs={"voice_id": "21m00Tcm4TlvDq8ikWAM"})

    hear_footage.fn(other, taken_in(other, talking["beeps"]))

    assert len(eleven.paid_requests("transcript")) == 2
    assert len(rows(other, StoredTranscript)) == len(rows(customer, StoredTranscript)) == 1


def test_sound_in_which_nothing_can_be_heard_is_not_sent(
    customer: RunContext, eleven: FakeElevenLabs, talking: dict[str, Path]
) -> None:
    footage_id = taken_in(customer, talking["silence"])

    heard = hear_footage.fn(customer, footage_id)

    assert heard is not None
    assert heard.transcript_id is None
    assert eleven.seen == []
    (event,) = [event for event in rows(customer, RunEvent) if event.code == "footage_silent"]
    assert event.message == "silence.mp4 is silent: nothing is said in it."


def test_offline_profiles_are_told_what_to_do_and_pay_nothing(
    eleven: FakeElevenLabs, run: RunContext, talking: dict[str, Path]
) -> None:
    footage_id = taken_in(run, talking["beeps"])

    with pytest.raises(BadInput, match="reelflow profile set meadow --voice-provider elevenlabs"):
        hear_footage.fn(run, footage_id)

    assert eleven.seen == []


def test_a_missing_key_says_how_to_set_one(
    customer: RunContext, talking: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    footage_id = taken_in(customer, talking["beeps"])
    monkeypatch.setattr(
        "models.secrets.installation_key", lambda *_: None
    )  # the run has read its environment already

    with pytest.raises(MissingKey, match="set-key elevenlabs"):
        hear_footage.fn(customer, footage_id)


def test_a_budget_that_is_too_small_stops_it_before_the_call(
    customer: RunContext, eleven: FakeElevenLabs, talking: dict[str, Path]
) -> None:
    footage_id = taken_in(customer, talking["beeps"])
    set_budget(customer.database, customer.profile_id, 100)

    with pytest.raises(BudgetRefused):
        hear_footage.fn(customer, footage_id)

    assert eleven.seen == []
    assert rows(customer, StoredTranscript) == []


def test_a_provider_that_fails_is_replaced_by_no_captions_only_where_that_was_chosen(
    customer: RunContext, eleven: FakeElevenLabs, talking: dict[str, Path]
) -> None:
    footage_id = taken_in(customer, talking["beeps"])
    eleven.fail_always("quota_exceeded")

    with pytest.raises(ProviderRefused):
        hear_footage.fn(customer, footage_id)
    choose(customer, fallback="offline")

    assert hear_footage.fn(customer, footage_id) is None
    assert told(customer)[-1] == "transcript_fallback"


@pytest.fixture
def spent(customer: RunContext) -> Callable[[], int]:
    def ask() -> int:
        with customer.reading() as session:
            return budget_state(session, month_of(session.profile, now_utc())).spent_micro_usd

    return ask


def test_a_quote_tells_what_it_then_costs(
    customer: RunContext, eleven: FakeElevenLabs, talking: dict[str, Path], spent: Callable[[], int]
) -> None:
    films = list(talking.values())

    def line(**wishes: Any) -> Any:
        quote = make_quote(customer.database, customer.profile_id, files=films, **wishes)
        return next((one for one in quote.lines if one.operation == "transcription"), None)

    before = line()
    assert (before.provider, before.model, before.already_paid) == ("elevenlabs", "scribe_v2", False)
    assert before.assumption.startswith("7.5 s of the footage's sound are listened to, once")
    assert line(captions="none") is None
    assert line(script="Tea.") is None
    assert eleven.seen == []

    for film in films:
        assert hear_footage.fn(customer, taken_in(customer, film)) is not None

    # Silence is not sent, which nobody knows before the film is opened.
    assert 0 < spent() <= before.expected_micro_usd <= before.maximum_micro_usd
    films.pop()
    assert (line().maximum_micro_usd, line().already_paid) == (0, True)


def test_offline_a_quote_lists_no_listening_unless_it_is_asked_for(
    run: RunContext, talking: dict[str, Path]
) -> None:
    wanted = {"files": [talking["beeps"]]}

    quote = make_quote(run.database, run.profile_id, **wanted)

    assert [line.operation for line in quote.lines] == ["analysis"]
    with pytest.raises(BadInput, match="can't be heard offline"):
        make_quote(run.database, run.profile_id, **wanted, captions="speech")
    with pytest.raises(BadInput, match="A script brings its own captions"):
        make_quote(run.database, run.profile_id, **wanted, script="Tea.", captions="speech")
