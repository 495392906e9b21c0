"""A profile's queue at a provider: never more at once than allowed, patient, and told to the user."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from models.errors import NoFreeSlot, ProviderBusy
from models.run import RunEvent
from tasks import provider_queue
from tasks.policies import CALLS_AT_ONCE, LONGEST_QUEUE_S
from tasks.provider_queue import Turn, queue_at
from tasks.run_context import RunContext

BUSY = ProviderBusy("ElevenLabs is already speaking on this key.")


def turn(folder: Path, own_limit: int | None = None) -> Turn:
    return Turn(folder, title="ElevenLabs", own_limit=own_limit)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that somebody would have slept; nobody does."""
    slept: list[float] = []
    monkeypatch.setattr(provider_queue, "pause", slept.append)
    return slept


def when_paused(monkeypatch: pytest.MonkeyPatch, action: Callable[[], object]) -> None:
    monkeypatch.setattr(provider_queue, "pause", lambda _: action())


@pytest.mark.parametrize(
    ("plan", "own_limit", "slots"),
    [
        (None, None, CALLS_AT_ONCE),
        (None, 1, 1),
        (None, 4, 4),
        (5, None, 5),
        (5, 3, 3),
        (2, 9, 2),
        (0, None, CALLS_AT_ONCE),
    ],
)
def test_how_many_are_served_at_once(
    tmp_path: Path, plan: int | None, own_limit: int | None, slots: int
) -> None:
    turn(tmp_path).learn(plan)

    assert turn(tmp_path, own_limit).slots == slots


def test_a_plan_that_can_t_be_read_counts_as_unknown(tmp_path: Path) -> None:
    turn(tmp_path).learn(7)
    for path in tmp_path.iterdir():
        path.write_text("")

    assert turn(tmp_path).slots == CALLS_AT_ONCE


def test_who_finds_a_slot_free_does_not_wait(tmp_path: Path, pauses: list[float]) -> None:
    first, second = turn(tmp_path), turn(tmp_path)
    first.wait()
    second.wait()

    assert (pauses, first.waited_s, second.waited_s) == ([], 0.0, 0.0)


def test_who_comes_later_waits_until_one_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = turn(tmp_path, 1), turn(tmp_path, 1)
    first.wait()
    when_paused(monkeypatch, first.leave)

    second.wait()

    assert second.waited_s > 0


def test_a_larger_plan_lets_waiting_ones_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [turn(tmp_path) for _ in range(CALLS_AT_ONCE)]
    for other in others:
        other.wait()
    last = turn(tmp_path)
    when_paused(monkeypatch, lambda: others[0].learn(CALLS_AT_ONCE + 1))

    last.wait()

    assert last.waited_s > 0


@pytest.mark.usefixtures("pauses")
def test_the_wait_has_an_end_and_says_so(tmp_path: Path) -> None:
    first = turn(tmp_path, 1)
    first.wait()

    with pytest.raises(NoFreeSlot, match=f"no free slot for {LONGEST_QUEUE_S:.0f} s"):
        turn(tmp_path, 1).wait()


def test_busy_answers_wait_longer_each_time_and_end_too(tmp_path: Path, pauses: list[float]) -> None:
    waiting = turn(tmp_path)

    def ask_for_ever() -> None:
        while True:
            waiting.again(BUSY)

    with pytest.raises(NoFreeSlot) as raised:
        ask_for_ever()

    assert raised.value.__cause__ is BUSY
    assert sum(pauses) == pytest.approx(LONGEST_QUEUE_S)
    assert pauses[0] <= 1.0 < pauses[4]
    assert not raised.value.can_retry


def test_a_busy_answer_keeps_the_place(tmp_path: Path, pauses: list[float]) -> None:
    first, second = turn(tmp_path, 1), turn(tmp_path, 1)
    first.wait()
    first.again(BUSY)
    first.wait()

    assert len(pauses) == 1
    with pytest.raises(NoFreeSlot):
        second.wait()


def test_never_more_at_once_than_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_queue, "QUEUE_POLL_S", 0.01)
    served: set[int] = set()
    most: list[int] = []

    def call(number: int) -> None:
        mine = turn(tmp_path, 2)
        mine.wait()
        served.add(number)
        most.append(len(served))
        served.discard(number)
        mine.leave()

    threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(most) == 8
    assert max(most) <= 2


@pytest.mark.usefixtures("pauses")
def test_a_noticeable_wait_is_told_on_the_run(run: RunContext) -> None:
    with queue_at(run, "elevenlabs") as waiting:
        for _ in range(6):
            waiting.again(BUSY)
    with queue_at(run, "elevenlabs") as waiting:
        waiting.wait()

    with run.reading() as session:
        (event,) = session.exec(select(RunEvent)).all()
    assert event.code == "provider_queue"
    assert event.message.startswith("Waited ")
    assert event.message.endswith(" s for a free ElevenLabs slot.")
    assert event.numbers["waited_s"] > 1


def test_a_run_that_is_stopped_gives_its_place_up(run: RunContext) -> None:
    def be_stopped() -> None:
        with queue_at(run, "elevenlabs", own_limit=1) as waiting:
            waiting.wait()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        be_stopped()

    with queue_at(run, "elevenlabs", own_limit=1) as waiting:
        waiting.wait()
        assert waiting.waited_s == 0
