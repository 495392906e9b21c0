"""What a month's runs found already paid for and did not pay for again."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlmodel import col, func, select

from models.ledger import CostEntry, Reservation
from models.run import RunEvent
from models.session import ProfileSession
from models.transcript import StoredTranscript
from models.voice import VoiceOver

Reused = Literal["voice", "transcript", "analysis"]


@dataclass(frozen=True, slots=True)
class Reuse:
    """One kind of thing that was bought once and used again."""

    what: Reused
    """Spoken scripts, transcripts of footage, or answers of an analyser."""
    times: int
    """How often it was used again."""
    saved_micro_usd: int | None
    """What those uses would have cost at the price it was bought for; None when runs did not note it."""


def reused_between(session: ProfileSession, start: datetime, end: datetime) -> list[Reuse]:
    """What runs used again in a time `[start, end)`; what never cost anything is left out.

    Args:
        session: Whose runs.
        start: Aware.
        end: Aware.
    """
    told = session.execute(
        select(RunEvent.code, RunEvent.numbers).where(
            col(RunEvent.code).in_(("voice_reused", "transcript_reused", "analysis_done")),
            col(RunEvent.created_at) >= start,
            col(RunEvent.created_at) < end,
        )
    ).all()
    voices = Counter(UUID(numbers["voice_over_id"]) for code, numbers in told if code == "voice_reused")
    heard = Counter(UUID(numbers["transcript_id"]) for code, numbers in told if code == "transcript_reused")
    answers = sum(int(numbers.get("reused", 0)) for code, numbers in told if code == "analysis_done")
    found = [
        _reuse("voice", voices, _prices(session, VoiceOver, voices)),
        _reuse("transcript", heard, _prices(session, StoredTranscript, heard)),
        Reuse("analysis", answers, None),
    ]
    return [reuse for reuse in found if reuse.times]


def _reuse(what: Reused, used: Counter[UUID], prices: dict[UUID, int]) -> Reuse:
    paid = {item: times for item, times in used.items() if prices.get(item)}
    return Reuse(what, sum(paid.values()), sum(prices[item] * times for item, times in paid.items()))


def _prices(
    session: ProfileSession, model: type[VoiceOver] | type[StoredTranscript], ids: Collection[UUID]
) -> dict[UUID, int]:
    """What each of some things cost when it was bought; things that were free are left out."""
    rows = session.execute(
        select(model.id, func.sum(CostEntry.amount_micro_usd))
        .join(Reservation, col(Reservation.fingerprint) == col(model.fingerprint))
        .join(CostEntry, col(CostEntry.reservation_id) == col(Reservation.id))
        .where(col(model.id).in_(ids))
        .group_by(col(model.id))
    ).all()
    return {item: int(amount) for item, amount in rows}
