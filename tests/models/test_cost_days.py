"""A month's costs by day and provider, the months there are, and what was not paid for again."""

from datetime import UTC, date, datetime
from typing import Any

from models.budget import Purpose, reserve
from models.costs import ProviderDay, cost_by_day, cost_months, provider_days
from models.ledger import CostEntry
from models.profiles import change_profile
from models.reuse import Reuse, reused_between
from models.run import EventLevel, RunEvent
from models.session import Database
from models.settlement import mark_sent, settle
from models.voice import VoiceOver
from tests.models.shelf import Shelf, stock

START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def spend(shelf: Shelf, amount: int, at: str, provider: str) -> None:
    with shelf.writing() as session:
        session.add(
            CostEntry(
                idempotency_key=f"{at} {provider} {amount}", month="2026-11", provider=provider, model="m",
                operation="speech", amount_micro_usd=amount,
                created_at=datetime.fromisoformat(at).replace(tzinfo=UTC),
            )
        )  # fmt: skip


def tell(shelf: Shelf, code: str, at: datetime, **numbers: Any) -> None:
    with shelf.writing() as session:
        session.add(
            RunEvent(
                run_id=shelf.run_id, level=EventLevel.INFO, code=code, message="x", numbers=numbers,
                created_at=at,
            )
        )  # fmt: skip


def test_each_day_s_costs_are_split_by_provider_and_add_up(shelf: Shelf, database: Database) -> None:
    change_profile(database, shelf.profile_id, timezone="Europe/Bucharest")  # two hours ahead in November
    spend(shelf, 10, "2026-11-02T08:00", "gemini")
    spend(shelf, 5, "2026-11-02T09:00", "gemini")
    spend(shelf, 7, "2026-11-02T10:00", "elevenlabs")
    spend(shelf, 100, "2026-11-02T22:30", "elevenlabs")  # half past midnight there
    spend(stock(database, "Rival"), 999, "2026-11-02T08:00", "gemini")

    with shelf.reading() as session:
        days = provider_days(session, "2026-11")
        whole = cost_by_day(session, "2026-11")

    assert days == [
        ProviderDay(date(2026, 11, 2), "elevenlabs", 7),
        ProviderDay(date(2026, 11, 2), "gemini", 15),
        ProviderDay(date(2026, 11, 3), "elevenlabs", 100),
    ]
    assert sum(day.amount_micro_usd for day in days) == sum(day.amount_micro_usd for day in whole)


def test_months_in_which_something_was_reserved_are_known_the_latest_first(shelf: Shelf) -> None:
    with shelf.writing() as session:
        for month in (10, 12, 11):
            at = datetime(2026, month, 5, tzinfo=UTC)
            reserve(session, f"k{month}", 1, Purpose("f", "gemini", "m", "analysis"), at=at)

    with shelf.reading() as session:
        assert cost_months(session) == ["2026-12", "2026-11", "2026-10"]


def test_what_was_reused_is_counted_at_the_price_it_was_bought_for(shelf: Shelf) -> None:
    # given a voice-over that cost 40 and one that was free
    with shelf.writing() as session:
        paid, free = (
            VoiceOver(
                fingerprint=letter * 64, provider="elevenlabs", model="m", voice="v", text="Hi", characters=2,
                storage_key="k", duration_s=1.0, words=[],
            )
            for letter in "ab"
        )  # fmt: skip
        session.add_all([paid, free])
        purpose = Purpose(paid.fingerprint, "elevenlabs", "m", "speech")
        reserve(session, "one", 50, purpose, at=START)
        mark_sent(session, "one")
        settle(session, "one", 40, units={})
    # when runs used them again, also before and after the month
    tell(shelf, "voice_reused", START, voice_over_id=str(paid.id))
    tell(shelf, "voice_reused", datetime(2026, 11, 30, 23, tzinfo=UTC), voice_over_id=str(paid.id))
    tell(shelf, "voice_reused", END, voice_over_id=str(paid.id))
    tell(shelf, "voice_reused", START, voice_over_id=str(free.id))
    tell(shelf, "analysis_done", START, reused=3, cost_micro_usd=7)
    tell(shelf, "analysis_done", START, reused=0, cost_micro_usd=0)

    with shelf.reading() as session:
        found = reused_between(session, START, END)

    assert found == [Reuse("voice", 2, 80), Reuse("analysis", 3, None)]


def test_a_month_without_reuse_has_none(shelf: Shelf) -> None:
    with shelf.reading() as session:
        assert reused_between(session, START, END) == []
