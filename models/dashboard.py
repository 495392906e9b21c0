"""What a person sees first: this month's money, what runs, what needs them, what is ready to post."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, and_, cast, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.budget import BudgetState, budget_state, month_of
from models.clip import Clip, Export
from models.clip_listing import ClipLine, FinalLine, clip_lines
from models.costs import Forecast, forecast
from models.ledger import CostEntry
from models.paging import choose
from models.project import Project, ProjectState
from models.run import FINAL_STATES, Run, RunState
from models.run_listing import RunLine, run_lines, run_rows
from models.session import ProfileSession
from models.tenant import now_utc

#: A failure older than this is history.
_FAILURES_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PickWait:
    """A project with clips of which none is picked and none was exported."""

    project_id: UUID
    name: str
    clips: int
    """How many variants wait; those without a draft don't."""
    since: datetime
    """When the newest of them was made."""


@dataclass(frozen=True, slots=True)
class ReadyFinal:
    """A finished file of a clip that was not edited since."""

    clip: ClipLine
    final: FinalLine


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One profile at one moment."""

    month: str
    """As "2026-11", in the profile's time zone."""
    budget: BudgetState
    """This month's spent, reserved and limit."""
    forecast: Forecast
    """What the month will cost at this pace."""
    live: tuple[RunLine, ...]
    """Runs that wait or work, the newest first."""
    failed: tuple[RunLine, ...]
    """Failed runs that nobody has taken up, repeated or dismissed, the newest first."""
    picks: tuple[PickWait, ...]
    """Projects that wait for a pick, the newest first."""
    ready: tuple[ReadyFinal, ...]
    """Ready to post, the newest first."""


def dashboard(session: ProfileSession, *, at: datetime | None = None, most: int = 8) -> Dashboard:
    """Reads all of it in ten queries or fewer.

    Args:
        session: Whose.
        at: The moment; now when None.
        most: Most lines of each list.
    """
    at = at or now_utc()
    month = month_of(session.profile, at)
    budget = budget_state(session, month)
    today = at.astimezone(ZoneInfo(session.profile.timezone)).date()
    return Dashboard(
        month=month,
        budget=budget,
        forecast=forecast(budget.spent_micro_usd, month, today),
        live=_live(session, most),
        failed=failed_runs(session, at=at, most=most),
        picks=_picks(session, most),
        ready=_ready(session, most),
    )


def failed_runs(session: ProfileSession, *, at: datetime, most: int) -> tuple[RunLine, ...]:
    """Failed runs of the last thirty days that still need a person, the newest first.

    One is settled when it was dismissed, when another run has taken it up, or when the same was asked
    for again later; if that failed too, it is the one that is listed.
    """
    later = aliased(Run)
    is_same = and_(
        col(later.kind) == Run.kind,
        col(later.parameters) == Run.parameters,
        col(later.created_at) > Run.created_at,
        col(later.state) != RunState.CANCELLED,
    )
    rows = session.execute(
        run_rows()
        .where(
            col(Run.state) == RunState.FAILED,
            col(Run.dismissed_at).is_(None),
            col(Run.created_at) >= at - _FAILURES_FOR,
            ~exists().where(or_(col(later.resumes_run_id) == Run.id, is_same)),
        )
        .order_by(col(Run.created_at).desc(), col(Run.id))
        .limit(most)
    ).all()
    return tuple(run_lines(rows))


def dismiss_run(session: ProfileSession, run_id: UUID) -> Run:
    """Says that a failed run needs nothing more; its story stays.

    Raises:
        NotFound: the profile has no such run.
    """
    run = session.require(Run, run_id)
    if run.state in FINAL_STATES:
        run.dismissed_at = run.dismissed_at or now_utc()
    return run


def _live(session: ProfileSession, most: int) -> tuple[RunLine, ...]:
    newest = run_rows().where(col(Run.state).in_([state for state in RunState if state not in FINAL_STATES]))
    rows = session.execute(newest.order_by(col(Run.created_at).desc(), col(Run.id)).limit(most)).all()
    return tuple(run_lines(rows))


def _picks(session: ProfileSession, most: int) -> tuple[PickWait, ...]:
    was_exported = exists().where(col(Export.clip_id) == Clip.id)
    # A run that failed between planning and cutting leaves clips that nobody can look at yet.
    can_be_judged = or_(col(Clip.draft_key).is_not(None), col(Clip.is_picked), was_exported)
    made_at = func.max(Clip.created_at)
    rows = session.execute(
        choose(Project.id, Project.name, func.count(), made_at)
        .join(Clip, col(Clip.project_id) == col(Project.id))
        .where(col(Project.state) == ProjectState.READY, can_be_judged)
        .group_by(col(Project.id), col(Project.name))
        .having(func.sum(cast(or_(col(Clip.is_picked), was_exported), Integer)) == 0)
        .order_by(made_at.desc(), col(Project.id))
        .limit(most)
    ).all()
    return tuple(PickWait(*row) for row in rows)


def _ready(session: ProfileSession, most: int) -> tuple[ReadyFinal, ...]:
    """Of each clip the newest finals; some are left out because they are older than the edit."""
    newest = (
        choose(Export.id, Export.clip_id)
        .order_by(col(Export.created_at).desc(), col(Export.id))
        .limit(3 * most)
    )
    finals = session.execute(newest).all()
    cost = choose(func.coalesce(func.sum(CostEntry.amount_micro_usd), 0)).where(
        col(CostEntry.clip_id) == Clip.id
    )
    rows = session.execute(
        choose(Clip, Project.name, cost.scalar_subquery())
        .join(Project, col(Project.id) == col(Clip.project_id))
        .where(col(Clip.id).in_({row.clip_id for row in finals}))
    ).all()
    lines = {line.id: line for line in clip_lines(session, rows)}
    ready = [
        ReadyFinal(lines[row.clip_id], final)
        for row in finals
        for final in lines[row.clip_id].finals
        if final.id == row.id and not final.is_older_than_edit
    ]
    return tuple(ready[:most])
