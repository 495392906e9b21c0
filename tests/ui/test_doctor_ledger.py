"""`reelflow doctor` looks after ledgers: ends what was abandoned, tells what does not add up."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from models.budget import Purpose, budget_state, month_of, reserve
from models.ledger import BudgetMonth
from models.profiles import find_profile
from models.session import ProfileSession
from models.settlement import mark_sent
from models.tenant import now_utc
from tasks.media.doctor import Finding
from tests.program import Reelflow


@pytest.fixture
def doctor(quick: Reelflow, monkeypatch: pytest.MonkeyPatch) -> "Doctor":
    """A profile and a doctor who looks at nothing that is slow."""
    for name in ("examine_ffmpeg", "_voice", "examine_font"):
        monkeypatch.setattr(f"ui.checkup.{name}", lambda name=name: Finding(name, True, ""))
    assert quick.call("profile", "add", "Acme").code == 0
    return Doctor(quick)


class Doctor:
    def __init__(self, program: Reelflow) -> None:
        self.program = program

    def change(self, action: Callable[[ProfileSession], Any]) -> Any:
        with (
            self.program.database() as database,
            database.profile_session(find_profile(database).id) as session,
        ):
            return action(session)

    def says(self) -> tuple[int, str]:
        """Exit code, and what it says of the ledger."""
        ended = self.program.call("doctor", "--json")
        (check,) = [one for one in ended.document["checks"] if one["name"] == "ledger of acme"]
        assert check["passed"] == (ended.code == 0)
        return ended.code, check["detail"]


def abandon(session: ProfileSession, name: str, amount: int, *, is_sent: bool) -> None:
    """Leaves a reservation as a process that died two hours ago."""
    purpose = Purpose(fingerprint=name * 64, provider="elevenlabs", model="m", operation="speech")
    reserve(session, name, amount, purpose, at=now_utc() - timedelta(hours=2), lifetime_s=600)
    if is_sent:
        mark_sent(session, name)


def test_a_sound_ledger_agrees(doctor: Doctor) -> None:
    assert doctor.says() == (0, "agrees")


def test_abandoned_calls_are_ended_and_told_once(doctor: Doctor) -> None:
    # pitfall 69
    def leave(session: ProfileSession) -> None:
        for name, amount, is_sent in (("a", 100_000, False), ("b", 200_000, True), ("c", 50_000, True)):
            abandon(session, name, amount, is_sent=is_sent)

    doctor.change(leave)

    code, said = doctor.says()

    assert code == 0
    assert said.split("; ") == [
        "1 abandoned call never sent, given back: $0.10",
        "2 abandoned calls sent but not seen to end, booked by estimate: $0.25",
    ]
    state = doctor.change(lambda s: budget_state(s, month_of(s.profile, now_utc() - timedelta(hours=2))))
    assert (state.spent_micro_usd, state.reserved_micro_usd) == (250_000, 0)
    assert doctor.says() == (0, "agrees")


def test_a_call_under_way_is_left_alone(doctor: Doctor) -> None:
    purpose = Purpose(fingerprint="f" * 64, provider="elevenlabs", model="m", operation="speech")
    doctor.change(lambda session: reserve(session, "f", 1_000, purpose) and None)

    assert doctor.says() == (0, "agrees")
    assert (
        doctor.change(lambda s: budget_state(s, month_of(s.profile, now_utc()))).reserved_micro_usd == 1_000
    )


def test_a_counter_that_drifted_fails_with_both_numbers(doctor: Doctor) -> None:
    def drift(session: ProfileSession) -> None:
        abandon(session, "a", 100_000, is_sent=True)
        session.flush()
        session.exec(select(BudgetMonth)).one().spent_micro_usd = 70_000

    doctor.change(drift)

    code, said = doctor.says()

    assert code == 1
    assert "the counter of what is spent says $0.17, its lines add up to $0.10" in said
    assert "1 abandoned call sent but not seen to end" in said


def test_each_profile_has_its_own_finding(doctor: Doctor) -> None:
    doctor.program.call("profile", "add", "Bolt")

    names = [check["name"] for check in doctor.program.call("doctor", "--json").document["checks"]]

    assert names[-2:] == ["ledger of acme", "ledger of bolt"]
