"""`reelflow costs` and `reelflow profile set-budget`: the numbers of the ledger, for people and scripts."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from models.budget import Purpose, month_of, reserve
from models.profile import Profile
from models.profiles import create_profile, find_profile
from models.project import Project
from models.run import Run
from models.session import open_database
from models.settings import Settings
from models.settlement import settle
from models.tenant import now_utc
from ui.cli import run_command


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with two profiles, of which `mugs` has paid for two calls."""
    monkeypatch.setenv("REELFLOW_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("REELFLOW_PROFILE", raising=False)
    with open_database(Settings(home=tmp_path / "home")) as database:
        profile = create_profile(database, "Mugs", timezone="Pacific/Kiritimati")
        create_profile(database, "Cups")
        run = Run(profile_id=profile.id, kind="make_reels", title="make 3 reels")
        project = Project(profile_id=profile.id, name="=SUM(A1)")
        with database.profile_session(profile.id) as session:
            session.add_all([run, project])
            session.flush()
            for key, provider, amount in (("a", "gemini", 1_500_000), ("b", "elevenlabs", 4_200)):
                given: dict[str, Any] = {"run_id": run.id}
                if key == "a":
                    given["project_id"] = project.id
                reserve(session, key, amount, Purpose(key, provider, "m", "o", price_id="p", **given))
                settle(session, key, amount, units={"characters": 9})
    return tmp_path / "home"


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run_command([*arguments, "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_what_this_month_cost(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["costs"]) == 0

    said = capsys.readouterr().out
    month = month_of(Profile(slug="m", name="M", timezone="Pacific/Kiritimati"), now_utc())
    assert said.startswith(f"Mugs, {month}: $1.5042 spent, no budget is set.\n")
    assert [line.split() for line in said.splitlines()[2:]] == [
        ["gemini", "m", "1", "$1.50"],
        ["elevenlabs", "m", "1", "$0.0042"],
    ]


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("provider", ["gemini m", "elevenlabs m"]),
        ("project", ["=SUM(A1)", "(none)"]),
        ("run", ["make 3 reels"]),
    ],
)
def test_the_same_as_a_document(
    home: Path, capsys: pytest.CaptureFixture[str], by: str, names: list[str]
) -> None:
    told = document(capsys, "costs", "--by", by)

    assert [group["name"] for group in told["groups"]] == names
    assert sum(group["amount_micro_usd"] for group in told["groups"]) == 1_504_200
    assert (told["spent_micro_usd"], told["spent_usd"]) == (1_504_200, "1.504200")
    assert (told["limit_usd"], told["left_micro_usd"]) == (None, None)
    assert [entry["units"] for entry in told["entries"]] == [{"characters": 9}] * 2
    assert told["is_ledger_sound"] is True


def test_another_profile_and_another_month_cost_nothing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # pitfall 70
    assert document(capsys, "costs", "--profile", "cups")["spent_micro_usd"] == 0
    assert document(capsys, "costs", "--month", "2020-01")["entries"] == []
    assert run_command(["costs", "--month", "2020-1"]) == 2


def test_every_line_as_csv(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "costs.csv"

    assert run_command(["costs", "--csv", str(path)]) == 0

    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["amount_usd"] for row in rows] == ["1.500000", "0.004200"]
    assert [row["run"] for row in rows] == ["make 3 reels"] * 2
    assert [row["project"] for row in rows] == ["'=SUM(A1)", ""]  # no formula in a spreadsheet
    assert json.loads(rows[0]["units"]) == {"characters": 9}
    assert run_command(["costs", "--csv", str(tmp_path / "no" / "costs.csv")]) == 2


def test_a_run_shows_what_it_cost(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run,) = document(capsys, "runs")["runs"]

    assert (run["cost_micro_usd"], run["cost_usd"]) == (1_504_200, "1.504200")
    assert run_command(["runs"]) == 0
    assert "$1.5042" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "limit", "said"),
    [
        ("7.50", 7_500_000, "Mugs may spend $7.50 a month"),
        ("$0", 0, "Mugs may spend $0.00 a month"),
        ("none", None, "Mugs may spend any amount"),
    ],
)
def test_a_budget_is_set(
    home: Path, capsys: pytest.CaptureFixture[str], typed: str, limit: int | None, said: str
) -> None:
    assert run_command(["profile", "set-budget", "mugs", typed]) == 0

    assert said in capsys.readouterr().out
    with open_database(Settings(home=home)) as database:
        assert find_profile(database, "mugs").monthly_budget_micro_usd == limit
    assert document(capsys, "costs")["limit_micro_usd"] == limit
    assert document(capsys, "profile", "show", "mugs")["monthly_budget_micro_usd"] == limit


def test_a_budget_that_is_no_amount_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["profile", "set-budget", "mugs", "lots"]) == 2
    assert "write it as 25 or 7.50" in capsys.readouterr().err
    assert run_command(["profile", "set-budget", "nobody", "1"]) == 3
