"""`--max-cost`: a run's own limit, from the command line to the statement that reserves."""

import contextlib
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select

from flows.run_life import live_run
from models.budget import Purpose, reserve, run_state
from models.errors import BadInput, BudgetRefused
from models.profiles import ensure_default
from models.run import Run
from models.session import open_database
from models.settings import load_settings
from tasks.run_context import StagePlan
from tests.program import Reelflow

PLAN = StagePlan({"a": 1})


def test_a_run_is_refused_what_its_own_limit_does_not_allow(quick: Reelflow) -> None:
    with open_database(load_settings()) as database:
        profile_id = ensure_default(database).id
    with live_run(profile_id, kind="test", title="t", stages=PLAN, max_cost_micro_usd=500) as run:
        purpose = Purpose("f", "gemini", "m", "analysis", run_id=run.run_id)
        with run.session() as session:
            reserve(session, "f:1", 500, purpose)
        with pytest.raises(BudgetRefused, match=r"this run's own limit is .*--max-cost"), run.session() as s:
            reserve(s, "f:2", 1, purpose)
        with run.reading() as session:
            assert run_state(session, run.run_id).limit_micro_usd == 500


@pytest.mark.parametrize("amount", [-1, 10**18])
def test_a_limit_that_is_no_amount_starts_no_run(amount: int, quick: Reelflow) -> None:
    with open_database(load_settings()) as database:
        profile_id = ensure_default(database).id
        with (
            pytest.raises(BadInput, match="no amount"),
            live_run(profile_id, kind="test", title="t", stages=PLAN, max_cost_micro_usd=amount),
        ):
            pytest.fail("the run was started")
        with database.profile_session(profile_id, read_only=True) as session:
            assert session.exec(select(Run)).all() == []


def test_a_limit_is_kept_when_the_run_is_started_again(quick: Reelflow) -> None:
    with open_database(load_settings()) as database:
        profile_id = ensure_default(database).id
    run_id = uuid4()
    for given in (700, None):
        with (
            live_run(
                profile_id, kind="test", title="t", stages=PLAN, run_id=run_id, max_cost_micro_usd=given
            ) as run,
            run.reading() as session,
        ):
            assert session.require(Run, run_id).max_cost_micro_usd == 700


@pytest.mark.parametrize(("words", "limit"), [(["--max-cost", "$0.50"], 500_000), ([], None)])
def test_make_hands_the_limit_on_and_a_refusal_ends_with_4(
    words: list[str],
    limit: int | None,
    quick: Reelflow,
    films: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []

    def refuse(**parameters: Any) -> None:
        asked.append(parameters["max_cost_micro_usd"])
        raise BudgetRefused(
            "Too dear.", spent_micro_usd=0, reserved_micro_usd=0, limit_micro_usd=0, needed_micro_usd=1
        )

    monkeypatch.setattr("flows.make_reels.make_reels", refuse)
    monkeypatch.setattr("ui.commands.making.prefect_ready", lambda _: contextlib.nullcontext())

    ended = quick.call("make", films["tea"], *words, "--json")

    assert (ended.code, ended.document["error"]["kind"]) == (4, "budget_refused")
    assert asked == [limit]
