"""One budget, fifty processes: exactly as many calls are granted as it pays for."""

import json
import multiprocessing
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from models.budget import BudgetState, Purpose, budget_state, month_of, reserve, set_budget
from models.costs import check_ledger
from models.errors import BudgetRefused
from models.profiles import create_profile
from models.session import Database, open_database
from models.settings import Settings
from models.settlement import mark_sent, settle
from models.tenant import now_utc

PROCESSES, AMOUNT, GRANTED = 50, 7, 20


def spend(home: str, profile_id: str, number: int, start: object, results: object) -> None:
    """One process: asks once, and says whether it was granted."""
    key = f"f:{number}"
    with open_database(Settings(home=Path(home))) as database:
        start.wait()  # type: ignore[attr-defined]
        try:
            with database.profile_session(UUID(profile_id)) as session:
                reserve(session, key, AMOUNT, Purpose("f", "gemini", "m", "analysis"))
        except BudgetRefused:
            results.put(False)  # type: ignore[attr-defined]
            return
        with database.profile_session(UUID(profile_id)) as session:
            mark_sent(session, key)
        with database.profile_session(UUID(profile_id)) as session:
            settle(session, key, AMOUNT, units={})
    results.put(True)  # type: ignore[attr-defined]


def main(home: str, profile_id: str) -> None:
    """Forks the processes from one that has everything imported, and prints what each of them got."""
    context = multiprocessing.get_context("fork")
    start, results = context.Barrier(PROCESSES), context.Queue()
    processes = [
        context.Process(target=spend, args=(home, profile_id, number, start, results))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    answers = [results.get() for _ in processes]
    for process in processes:
        process.join()
    print(json.dumps({"answers": answers, "exits": [process.exitcode for process in processes]}))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_fifty_processes_are_granted_exactly_the_limit(database: Database) -> None:
    # pitfalls 9, 68
    profile = create_profile(database, "Mugs")
    limit = GRANTED * AMOUNT + AMOUNT - 1  # the rest is too small for another call
    set_budget(database, profile.id, limit)

    child = subprocess.run(
        [sys.executable, "-m", __spec__.name, str(database.settings.home_dir), str(profile.id)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=120,
    )

    assert child.returncode == 0, child.stderr
    told = json.loads(child.stdout)
    assert told["exits"] == [0] * PROCESSES
    assert sorted(told["answers"]) == [False] * (PROCESSES - GRANTED) + [True] * GRANTED
    with database.profile_session(profile.id, read_only=True) as session:
        month = month_of(profile, now_utc())
        assert budget_state(session, month) == BudgetState(GRANTED * AMOUNT, 0, limit)
        assert check_ledger(session) == []


if __name__ == "__main__":
    main(*sys.argv[1:])
