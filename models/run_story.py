"""What a run did, stage by stage: what was reused, paid for, failed, and how long it may still take.

Told from what is stored, so that it is the same for a run that is going on and for one of last month.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any, Literal
from uuid import UUID

from sqlmodel import col, select

from models.ledger import CostEntry
from models.run import FINAL_STATES, EventLevel, Run, RunEvent, RunState
from models.session import ProfileSession
from models.tenant import now_utc

Outcome = Literal["done", "reused", "paid", "failed", "stopped", "running", "waiting", "skipped"]

#: So many earlier runs of a kind say how long the next one takes.
_EARLIER_RUNS = 10

#: Events that say what follows from a stage's result, which is the same for one that was there already.
_ASIDE = frozenset({"duration_from_voice"})

#: Below this share a run's own pace says nothing yet.
_FIRST_WORD = 0.05


@dataclass(frozen=True, slots=True)
class StageStory:
    """One stage of a run."""

    name: str
    """As the run calls it; empty for what happened before the first stage."""
    outcome: Outcome
    """`reused` when all it did was find what was there; `paid` when it cost something."""
    started_at: datetime | None
    """None for a stage that was not entered."""
    duration_s: float | None
    """So far, while it is running; None for a stage that was not entered."""
    cost_micro_usd: int
    """Booked while it ran."""
    events: tuple[RunEvent, ...]
    """What it had to say, in order."""


@dataclass(frozen=True, slots=True)
class RunStory:
    """A run with its stages."""

    run: Run
    stages: tuple[StageStory, ...]
    cost_micro_usd: int
    """All that it cost."""
    left_s: float | None
    """How long it may still take; None when nobody can say, or it is over."""
    resumed_by: UUID | None
    """The latest run that took it up again."""

    @property
    def can_resume(self) -> bool:
        """Whether it ended without being done and nobody has taken it up."""
        return self.run.state in (RunState.FAILED, RunState.CANCELLED) and self.resumed_by is None


def run_story(session: ProfileSession, run_id: UUID, *, at: datetime | None = None) -> RunStory:
    """The story of one run.

    Args:
        session: Whose run.
        run_id: Which.
        at: The moment it is told; now when None.

    Raises:
        NotFound: the profile has no such run.
    """
    at = at or now_utc()
    run = session.require(Run, run_id)
    events = session.exec(
        select(RunEvent).where(RunEvent.run_id == run_id).order_by(col(RunEvent.created_at), col(RunEvent.id))
    ).all()
    costs = session.exec(
        select(CostEntry.created_at, CostEntry.amount_micro_usd).where(CostEntry.run_id == run_id)
    ).all()
    later = select(Run.id).where(Run.resumes_run_id == run_id).order_by(col(Run.created_at).desc())
    return RunStory(
        run=run,
        stages=tell_stages(run, events, costs, at=at),
        cost_micro_usd=sum(amount for _, amount in costs),
        left_s=_left(session, run, at),
        resumed_by=session.exec(later).first(),
    )


def tell_stages(
    run: Run, events: Sequence[RunEvent], costs: Sequence[tuple[datetime, int]], *, at: datetime
) -> tuple[StageStory, ...]:
    """A run's stages in the order they were entered, then those that are still to come or were skipped."""
    entered = _entered(run)
    ends = [*(started for _, started in entered[1:]), run.finished_at or at]
    names = list(dict.fromkeys(name for name, _ in entered))
    stages = [
        _tell(run, name, entered, ends, events, costs, is_last=bool(entered) and name == entered[-1][0])
        for name in names
    ]
    loose = tuple(event for event in events if event.stage not in names)
    if loose:
        outcome: Outcome = "failed" if run.state is RunState.FAILED and not names else "done"
        stages.insert(0, StageStory("", outcome, None, None, 0, loose))
    return (*stages, *(StageStory(name, *_not_entered(run, name, names)) for name in _others(run, names)))


def estimate_left_s(progress: float, elapsed_s: float, earlier_s: Sequence[float]) -> float | None:
    """How long a run may still take: by earlier ones at first, more and more by its own pace.

    Args:
        progress: From 0 to 1.
        elapsed_s: Since it began.
        earlier_s: How long earlier runs of its kind took.

    Returns:
        Seconds; None when nothing is known yet.
    """
    by_own = elapsed_s * (1 - progress) / progress if progress >= _FIRST_WORD else None
    by_earlier = max(0.0, median(earlier_s) * (1 - progress)) if earlier_s else None
    if by_own is None or by_earlier is None:
        return by_earlier if by_own is None else by_own
    return progress * by_own + (1 - progress) * by_earlier


def _left(session: ProfileSession, run: Run, at: datetime) -> float | None:
    if run.state in FINAL_STATES:
        return None
    earlier = session.execute(
        select(Run.started_at, Run.finished_at)
        .where(Run.kind == run.kind, Run.state == RunState.COMPLETED)
        .order_by(col(Run.finished_at).desc())
        .limit(_EARLIER_RUNS)
    ).all()
    lengths = [(end - start).total_seconds() for start, end in earlier if start and end]
    elapsed_s = (at - run.started_at).total_seconds() if run.started_at else 0.0
    return estimate_left_s(run.progress, elapsed_s, lengths)


def _entered(run: Run) -> list[tuple[str, datetime]]:
    return [(entry["stage"], datetime.fromisoformat(entry["at"])) for entry in run.entered_stages]


def _tell(
    run: Run,
    name: str,
    entered: Sequence[tuple[str, datetime]],
    ends: Sequence[datetime],
    events: Sequence[RunEvent],
    costs: Sequence[tuple[datetime, int]],
    *,
    is_last: bool,
) -> StageStory:
    spans = [(start, end) for (stage, start), end in zip(entered, ends, strict=True) if stage == name]
    # What is booked after the run's end, such as a late estimate, belongs to its last stage.
    cost = sum(
        amount
        for booked_at, amount in costs
        if any(start <= booked_at < end for start, end in spans) or (is_last and booked_at >= ends[-1])
    )
    own = tuple(event for event in events if event.stage == name)
    return StageStory(
        name,
        _outcome(run, own, cost, is_last=is_last),
        spans[0][0],
        sum((end - start).total_seconds() for start, end in spans),
        cost,
        own,
    )


def _outcome(run: Run, events: Sequence[RunEvent], cost: int, *, is_last: bool) -> Outcome:
    if is_last and run.state is not RunState.COMPLETED:
        ends: Mapping[RunState, Outcome] = {RunState.FAILED: "failed", RunState.CANCELLED: "stopped"}
        return ends.get(run.state, "running")
    if cost > 0:
        return "paid"
    told = [event for event in events if event.level is EventLevel.INFO and event.code not in _ASIDE]
    return "reused" if told and all(_is_reuse(event.code, event.numbers) for event in told) else "done"


def _is_reuse(code: str, numbers: Mapping[str, Any]) -> bool:
    """Whether an event says that something was there already."""
    if code.endswith(("_reused", "_known", "_current")):
        return True
    return bool(numbers.get("reused")) and not numbers.get("cost_micro_usd")


def _others(run: Run, names: Sequence[str]) -> list[str]:
    return [name for name in run.planned_stages if name not in names]


def _not_entered(
    run: Run, name: str, names: Sequence[str]
) -> tuple[Outcome, None, None, int, tuple[RunEvent, ...]]:
    """A stage after the last one that was entered is still to come, as long as the run goes on."""
    planned = run.planned_stages
    reached = max((planned.index(stage) for stage in names if stage in planned), default=-1)
    is_waiting = run.state not in FINAL_STATES and planned.index(name) > reached
    return ("waiting" if is_waiting else "skipped"), None, None, 0, ()
