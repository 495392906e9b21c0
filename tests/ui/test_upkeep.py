"""`reelflow clean` and `reelflow reconcile`."""

import contextlib
from uuid import uuid4

import pytest

import ui.commands.upkeep
from models.profiles import find_profile
from models.run import Run, RunState
from tests.program import Reelflow


def test_cleaning_says_what_went(quick: Reelflow) -> None:
    quick.call("profile", "add", "Acme")

    assert quick.call("clean", "--json").document == {
        "profile": "acme",
        "killed_runs": 0,
        "files": 0,
        "archives": 0,
        "bytes": 0,
        "uploads": 0,
        "expired_reservations": 0,
        "ledger_mismatches": 0,
    }
    assert quick.call("clean").out.startswith("Acme: 0 files, 0 old archives (0.0 MB) and 0 uploads deleted")
    assert quick.call("clean", "--profile", "nobody").code == 3


@pytest.mark.slow
def test_reconciling_ends_what_was_killed(reelflow: Reelflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui.commands.upkeep, "prefect_ready", lambda _: contextlib.nullcontext())
    reelflow.call("profile", "add", "Acme")
    run_id = uuid4()
    with reelflow.database() as database:
        profile_id = find_profile(database).id
        with database.profile_session(profile_id) as session:
            session.add(Run(profile_id=profile_id, id=run_id, kind="make_reels", state=RunState.RUNNING))
    (reelflow.settings.work_dir / str(profile_id) / str(run_id)).mkdir(parents=True)

    assert reelflow.call("reconcile", "--json").document == {"ended": [str(run_id)], "corrected": []}
    assert reelflow.call("reconcile").out == "All runs are as they are said to be.\n"
