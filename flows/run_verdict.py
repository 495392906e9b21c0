"""Makes our rows and Prefect's states tell the same story about every run.

Prefect knows whether a run has begun, and what a person asked of it; a held work dir proves that its process
lives; our row knows what came of it. `judge` decides from these three; `flows.reconciliation` asks, and
carries out.
"""

import enum
from dataclasses import dataclass

from prefect.client.schemas.objects import TERMINAL_STATES, StateType

from models.run import FINAL_STATES, RunState

#: A process that ends tells our row first and Prefect a moment later; one that begins does so in reverse.
GRACE_S = 60.0

#: Starting or ending a process takes seconds, so what has been at it for this long has lost its worker.
STUCK_S = 600.0


class Place(enum.Enum):
    """What a run's work dir on this machine says."""

    HELD = "held"
    """Its process lives."""
    LEFT = "left"
    """Its process has died."""
    NONE = "none"
    """Nothing: the run has not begun, has ended, or is on another machine."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known about one run."""

    row: RunState | None
    """In our database; None for what has no row, such as a scheduled flow."""
    row_age_s: float
    """Since the row began, or ended if it has ended."""
    prefect: StateType | None
    """In Prefect; None when Prefect does not know the run."""
    prefect_age_s: float
    """Since Prefect's state was set."""
    place: Place
    """Of its work dir."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be changed; None for what is right already."""

    row: RunState | None = None
    """The row's last state."""
    prefect: StateType | None = None
    """Prefect's last state."""
    why: str = ""
    """A sentence for the person whose run it was."""


_FINE = Verdict()

_STOPPED = "The run was stopped."
_NOT_BEGUN = "The run was cancelled before it began."
_KILLED = "The run was killed: its process ended without a word. Start it again."
_LOST = "The run never reached a worker. Start it again."

#: What Prefect may call a run that ended so; the first is what it is made to say.
_SAME = {
    RunState.COMPLETED: (StateType.COMPLETED,),
    RunState.FAILED: (StateType.FAILED, StateType.CRASHED),
    RunState.CANCELLED: (StateType.CANCELLED,),
}


def judge(sight: Sight, *, is_alone: bool = False) -> Verdict:
    """What has to change so that both sides agree and nothing is left that nobody works on.

    Args:
        sight: What is known.
        is_alone: No worker runs anywhere, so nothing but a held work dir is alive.
    """
    if sight.place is Place.HELD:
        return _FINE
    if sight.row in FINAL_STATES:
        return _judge_ended(sight, is_alone=is_alone)
    if sight.prefect is StateType.COMPLETED and sight.row is not None:
        return Verdict(RunState.FAILED, StateType.FAILED, _KILLED)
    if sight.prefect in TERMINAL_STATES:
        return _row_ends(sight)
    if not _is_dead(sight, is_alone=is_alone):
        return _FINE
    was_asked_to_stop = sight.prefect is StateType.CANCELLING
    ended = _row_ends(sight) if sight.row is not None else _FINE
    last = None
    if sight.prefect is not None:
        last = StateType.CANCELLED if was_asked_to_stop else StateType.CRASHED
    return Verdict(ended.row, last, ended.why or _KILLED)


def _judge_ended(sight: Sight, *, is_alone: bool) -> Verdict:
    assert sight.row is not None  # noqa: S101 - for the type checker
    same = _SAME[sight.row]
    if sight.prefect is None or sight.prefect in same:
        return _FINE
    is_settled = sight.prefect in TERMINAL_STATES or is_alone
    # A state that is younger may be a retry that a person has just asked Prefect for.
    patience_s = GRACE_S if is_settled else STUCK_S
    if min(sight.row_age_s, sight.prefect_age_s) < patience_s and not is_alone:
        return _FINE
    return Verdict(prefect=same[0], why="The database has the last word on what came of a run.")


def _is_dead(sight: Sight, *, is_alone: bool) -> bool:
    """Whether a run that neither side calls ended has nobody left who could end it."""
    if sight.prefect is StateType.SCHEDULED or sight.prefect is StateType.PAUSED:
        return False
    if sight.prefect is None:
        if sight.row is None:
            return False
        return sight.place is Place.LEFT or is_alone or sight.row_age_s > STUCK_S
    if is_alone:
        return True
    if sight.place is Place.LEFT:
        return sight.prefect_age_s > GRACE_S
    return sight.prefect is not StateType.RUNNING and sight.prefect_age_s > STUCK_S


def _row_ends(sight: Sight) -> Verdict:
    if sight.row is None:
        return _FINE
    has_begun = sight.row is RunState.RUNNING
    if sight.prefect in (StateType.CANCELLED, StateType.CANCELLING):
        return Verdict(RunState.CANCELLED, why=_STOPPED if has_begun else _NOT_BEGUN)
    return Verdict(RunState.FAILED, why=_KILLED if has_begun or sight.prefect else _LOST)
