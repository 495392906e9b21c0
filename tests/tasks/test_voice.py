"""Scripts spoken by a paid voice: in turn, once, with pauses as the profile likes them, and never lost."""

import threading
from collections.abc import Iterator

import pytest

from models.errors import Fault, NoFreeSlot, NotFound, ProviderUnavailable
from models.ledger import Reservation, ReservationState
from models.voice import VoiceOver
from tasks import provider_queue
from tasks.policies import LONGEST_QUEUE_S
from tasks.run_context import RunContext
from tasks.voice import SpokenScript, load_voice, speak_script
from tests.fakes import FakeElevenLabs
from tests.tasks.at_the_fakes import another_run, booked, buys_at, choose, rows, told

SCRIPT = "Fresh tea. It is here, today! Try a cup... and take two."


@pytest.fixture
def eleven(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeElevenLabs]:
    with FakeElevenLabs() as server:
        monkeypatch.setenv("REELFLOW_ELEVENLABS_BASE_URL", server.base_url)
        yield server


@pytest.fixture
def paying(eleven: FakeElevenLabs, run: RunContext) -> RunContext:
    """A run of a profile that speaks with ElevenLabs' voice."""
    buys_at(run, eleven)
    return run


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits in the queue that were asked for; none is made."""
    slept: list[float] = []
    monkeypatch.setattr(provider_queue, "pause", slept.append)
    return slept


def speak(run: RunContext, script: str = SCRIPT) -> SpokenScript:
    return speak_script.fn(run, script)


def states(run: RunContext) -> list[ReservationState]:
    return rows(run, Reservation, lambda row: row.state)


# ------------------------------------------------------------------ waiting for a turn


def test_a_busy_service_is_waited_for_within_one_attempt(
    paying: RunContext, eleven: FakeElevenLabs, pauses: list[float]
) -> None:
    eleven.fail_next(*["too_many_concurrent_requests"] * 7)

    spoken = speak(paying)

    assert spoken.path.is_file()
    assert [seen.status for seen in eleven.paid_requests()] == [429] * 7 + [200]
    assert len(pauses) == 7
    assert states(paying) == [ReservationState.RELEASED] * 7 + [ReservationState.SETTLED]
    assert len(booked(paying)) == 1
    assert told(paying)["provider_queue"] == f"Waited {sum(pauses):.0f} s for a free ElevenLabs slot."


def test_a_service_that_stays_busy_ends_the_wait_and_is_not_tried_again(
    paying: RunContext, eleven: FakeElevenLabs, pauses: list[float]
) -> None:
    eleven.fail_always("too_many_concurrent_requests")

    with pytest.raises(NoFreeSlot, match="take a plan that allows more") as refused:
        speak(paying)

    assert not refused.value.can_retry
    assert sum(pauses) == pytest.approx(LONGEST_QUEUE_S)
    assert set(states(paying)) == {ReservationState.RELEASED}
    assert booked(paying) == []
    assert told(paying)["provider_queue"] == "Waited 600 s for a free ElevenLabs slot."


@pytest.mark.usefixtures("pauses")
def test_without_a_free_slot_nothing_is_sent_and_nothing_booked(
    paying: RunContext, eleven: FakeElevenLabs
) -> None:
    choose(paying, elevenlabs={"concurrency": 1})
    with provider_queue.queue_at(paying, "elevenlabs", own_limit=1) as somebody_else:
        somebody_else.wait()

        with pytest.raises(NoFreeSlot):
            speak(paying)

    assert eleven.paid_requests() == []
    assert states(paying) == [ReservationState.RELEASED]


def test_what_is_stored_needs_no_slot(paying: RunContext, pauses: list[float]) -> None:
    first = speak(paying)
    choose(paying, elevenlabs={"concurrency": 1})
    with provider_queue.queue_at(paying, "elevenlabs", own_limit=1) as somebody_else:
        somebody_else.wait()

        assert speak(paying).id == first.id

    assert pauses == []
    assert told(paying)["voice_reused"].endswith("reused, $0.00.")


def test_runs_of_a_profile_never_ask_for_more_than_the_plan_allows(
    paying: RunContext, eleven: FakeElevenLabs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_queue, "QUEUE_POLL_S", 0.02)
    eleven.calls_at_once, eleven.speaking_s = 2, 0.05
    spoken: list[SpokenScript] = []
    threads = [
        threading.Thread(target=lambda own, text: spoken.append(speak(own, text)), args=(own, f"Tea {n}."))
        for n, own in enumerate(another_run(paying) for _ in range(6))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({one.id for one in spoken}) == 6
    assert eleven.most_speaking <= 2
    assert {seen.status for seen in eleven.paid_requests()} == {200}, "nobody was ever turned away"


def test_the_plan_is_learnt_from_the_answer(paying: RunContext, eleven: FakeElevenLabs) -> None:
    eleven.calls_at_once = 7
    speak(paying)

    with provider_queue.queue_at(paying, "elevenlabs") as turn:
        assert turn.slots == 7


# ------------------------------------------------------------------ shorter pauses


@pytest.mark.parametrize("is_paid", [True, False])
def test_pauses_are_shortened_in_a_copy_and_the_paid_sound_is_kept(
    eleven: FakeElevenLabs, run: RunContext, is_paid: bool
) -> None:
    # pitfall 57
    if is_paid:
        buys_at(run, eleven)
    plain = speak(run)
    sound = plain.path.read_bytes()
    choose(run, pauses={"are_trimmed": True})

    shorter = speak(run)
    again = speak(run)

    assert shorter.duration_s < plain.duration_s - 0.3
    assert [word.text for word in shorter.words] == [word.text for word in plain.words]
    assert shorter.words[-1].end_s <= shorter.duration_s
    assert (again.id, again.path) == (shorter.id, shorter.path)
    assert plain.path.read_bytes() == sound
    assert load_voice(run, plain.id) == plain
    assert len(eleven.paid_requests()) == len(booked(run)) == int(is_paid)
    assert "instead of" in told(run)["pauses_shortened"]


def test_every_setting_of_the_pauses_is_made_of_the_same_paid_sound(
    paying: RunContext, eleven: FakeElevenLabs
) -> None:
    lengths = []
    for longer_than_s, shortened_to_s in ((0.25, 0.1), (0.15, 0.05), (0.25, 0.1)):
        choose(
            paying,
            pauses={
                "are_trimmed": True,
                "longer_than_s": longer_than_s,
                "shortened_to_s": shortened_to_s,
            },
        )
        lengths.append(speak(paying).duration_s)
    choose(paying, pauses={"are_trimmed": False})

    assert lengths[1] < lengths[0] == lengths[2] < speak(paying).duration_s
    assert len(eleven.paid_requests()) == 1
    assert len(rows(paying, VoiceOver, lambda row: row.id)) == 3


def test_a_voice_without_long_pauses_stays_the_same_one(run: RunContext) -> None:
    plain = speak(run, "Tea")
    choose(run, pauses={"are_trimmed": True, "longer_than_s": 2.0})

    assert speak(run, "Tea") == plain


# ------------------------------------------------------------------ lost files


def test_a_lost_voice_is_bought_again_and_told_and_clips_have_it_back(
    paying: RunContext, eleven: FakeElevenLabs
) -> None:
    first = speak(paying)
    first.path.unlink()
    with pytest.raises(Fault, match="gone from the library"):
        _ = load_voice(paying, first.id).sound

    second = speak(paying)

    assert second.id == first.id
    assert load_voice(paying, first.id).sound.is_file()
    assert len(eleven.paid_requests()) == len(booked(paying)) == 2
    messages = told(paying)
    assert "paid for once more" in messages["voice_lost"]
    assert "voice_made" in messages
    assert "voice_reused" not in messages


def test_a_lost_copy_with_shorter_pauses_is_made_again_for_nothing(
    paying: RunContext, eleven: FakeElevenLabs
) -> None:
    choose(paying, pauses={"are_trimmed": True})
    first = speak(paying)
    first.path.unlink()

    second = speak(paying)

    assert (second.id, second.duration_s, second.words) == (first.id, first.duration_s, first.words)
    assert second.sound.is_file()
    assert len(eleven.paid_requests()) == 1


def test_a_lost_offline_voice_is_spoken_again(run: RunContext) -> None:
    first = speak(run)
    first.path.unlink()

    assert speak(run).sound.is_file()
    assert "voice_lost" in told(run)


def test_another_profiles_voice_is_not_there(run: RunContext) -> None:
    with pytest.raises(NotFound):
        load_voice(run, run.run_id)


def test_a_service_that_is_down_is_an_attempt_for_prefect(paying: RunContext, eleven: FakeElevenLabs) -> None:
    eleven.fail_next("503")

    with pytest.raises(ProviderUnavailable):
        speak(paying)

    assert len(eleven.paid_requests()) == 1


def test_no_scratch_file_is_left_in_the_library(paying: RunContext) -> None:
    choose(paying, pauses={"are_trimmed": True})
    speak(paying)

    files = [path for path in (paying.settings.storage_dir).rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".wav"}
    assert len(files) == 2
