"""What becomes of a run that our database and Prefect tell different stories about."""

import pytest
from prefect.client.schemas.objects import StateType

from flows.run_verdict import GRACE_S, STUCK_S, Place, Sight, judge
from models.run import RunState

LONG_S = 10 * STUCK_S
PENDING, RUNNING, FAILED = RunState.PENDING, RunState.RUNNING, RunState.FAILED
COMPLETED, CANCELLED = RunState.COMPLETED, RunState.CANCELLED


def sight(
    row: RunState | None,
    prefect: StateType | None,
    place: Place = Place.NONE,
    *,
    row_age_s: float = LONG_S,
    prefect_age_s: float = LONG_S,
) -> Sight:
    return Sight(row, row_age_s, prefect, prefect_age_s, place)


@pytest.mark.parametrize("is_alone", [False, True])
@pytest.mark.parametrize("prefect", [None, *StateType])
@pytest.mark.parametrize("row", [PENDING, RUNNING, FAILED])
def test_a_run_whose_process_lives_is_left_alone(
    row: RunState, prefect: StateType | None, is_alone: bool
) -> None:
    verdict = judge(sight(row, prefect, Place.HELD), is_alone=is_alone)

    assert (verdict.row, verdict.prefect) == (None, None)


@pytest.mark.parametrize(
    ("seen", "row", "prefect"),
    [
        # Prefect knows the end, our row does not.
        (sight(RUNNING, StateType.CRASHED), FAILED, None),
        (sight(RUNNING, StateType.FAILED, Place.LEFT), FAILED, None),
        (sight(RUNNING, StateType.CANCELLED, Place.LEFT), CANCELLED, None),
        (sight(PENDING, StateType.CANCELLED), CANCELLED, None),
        (sight(PENDING, StateType.CRASHED), FAILED, None),
        (sight(RUNNING, StateType.COMPLETED), FAILED, StateType.FAILED),
        # The process died and nobody has noticed.
        (sight(RUNNING, StateType.RUNNING, Place.LEFT), FAILED, StateType.CRASHED),
        (sight(RUNNING, StateType.CANCELLING, Place.LEFT), CANCELLED, StateType.CANCELLED),
        (sight(RUNNING, None, Place.LEFT), FAILED, None),
        (sight(RUNNING, None), FAILED, None),
        # It never began.
        (sight(PENDING, StateType.PENDING), FAILED, StateType.CRASHED),
        (sight(PENDING, StateType.CANCELLING), CANCELLED, StateType.CANCELLED),
        (sight(PENDING, None), FAILED, None),
        # Our row knows the end, Prefect does not, or says another.
        (sight(COMPLETED, StateType.RUNNING), None, StateType.COMPLETED),
        (sight(COMPLETED, StateType.CRASHED), None, StateType.COMPLETED),
        (sight(CANCELLED, StateType.CRASHED), None, StateType.CANCELLED),
        (sight(CANCELLED, StateType.SCHEDULED), None, StateType.CANCELLED),
        (sight(FAILED, StateType.COMPLETED), None, StateType.FAILED),
        # A scheduled flow has no row.
        (sight(None, StateType.PENDING), None, StateType.CRASHED),
        (sight(None, StateType.CANCELLING), None, StateType.CANCELLED),
    ],
)
def test_what_has_nobody_left_to_end_it_is_ended(
    seen: Sight, row: RunState | None, prefect: StateType | None
) -> None:
    verdict = judge(seen)

    assert (verdict.row, verdict.prefect) == (row, prefect)
    assert verdict.why.endswith(".")


@pytest.mark.parametrize(
    "seen",
    [
        sight(COMPLETED, StateType.COMPLETED),
        sight(FAILED, StateType.CRASHED),
        sight(FAILED, None),
        sight(PENDING, StateType.SCHEDULED),
        sight(RUNNING, StateType.RUNNING),  # perhaps on another machine, which Prefect hears from
        sight(None, StateType.RUNNING),
        sight(PENDING, StateType.PENDING, prefect_age_s=STUCK_S / 2),
        sight(PENDING, None, row_age_s=STUCK_S / 2),
        sight(RUNNING, StateType.RUNNING, Place.LEFT, prefect_age_s=GRACE_S / 2),
        sight(COMPLETED, StateType.RUNNING, row_age_s=GRACE_S / 2),
        sight(FAILED, StateType.RUNNING, prefect_age_s=STUCK_S / 2),  # retried in Prefect a moment ago
    ],
)
def test_what_agrees_or_may_yet_is_left_alone(seen: Sight) -> None:
    assert (judge(seen).row, judge(seen).prefect) == (None, None)


@pytest.mark.parametrize("state", [StateType.RUNNING, StateType.PENDING])
def test_where_no_worker_runs_nothing_is_waited_for(state: StateType) -> None:
    young = sight(RUNNING, state, row_age_s=1.0, prefect_age_s=1.0)

    assert judge(young).row is None
    assert judge(young, is_alone=True).row is FAILED
    assert judge(young, is_alone=True).prefect is StateType.CRASHED


def test_a_run_that_was_cancelled_before_it_began_says_so() -> None:
    assert "before it began" in judge(sight(PENDING, StateType.CANCELLED)).why
