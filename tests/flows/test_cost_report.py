"""The monthly report: the right month by the profile's calendar, every line in the table, plain words."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from flows.cost_report import month_before, write_report
from models.budget import Purpose, reserve, set_budget
from models.profile import Profile
from models.profiles import create_profile
from models.project import Project
from models.session import Database, open_database
from models.settings import Settings
from models.settlement import mark_sent, settle

MID_OCTOBER = datetime(2026, 10, 15, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(Settings(home=tmp_path)) as opened:
        yield opened


@pytest.fixture
def acme(database: Database) -> Profile:
    return create_profile(database, "Acme", timezone="Europe/Bucharest")


def buy(database: Database, acme: Profile, micro_usd: int, *, project_id: UUID | None = None) -> None:
    with database.profile_session(acme.id) as session:
        purpose = Purpose(
            fingerprint="f",
            provider="elevenlabs",
            model="eleven_multilingual_v2",
            operation="speech",
            project_id=project_id,
        )
        key = f"f:{micro_usd}"
        reserve(session, key, micro_usd, purpose, at=MID_OCTOBER)
        mark_sent(session, key)
        settle(session, key, micro_usd, units={"characters": 12})


@pytest.mark.parametrize(
    ("at", "month"),
    [
        (datetime(2026, 11, 1, 4, tzinfo=UTC), "2026-10"),
        (datetime(2026, 10, 31, 22, 30, tzinfo=UTC), "2026-10"),  # November already in Bucharest
        (datetime(2027, 1, 1, 4, tzinfo=UTC), "2026-12"),
        (datetime(2026, 12, 31, 21, 0, tzinfo=UTC), "2026-11"),
    ],
)
def test_the_month_is_the_one_before_by_the_profiles_own_calendar(at: datetime, month: str) -> None:
    assert month_before(Profile(slug="acme", name="Acme", timezone="Europe/Bucharest"), at) == month


def test_the_page_adds_up_and_the_table_has_every_line(database: Database, acme: Profile) -> None:
    with database.profile_session(acme.id) as session:
        project = Project(profile_id=acme.id, name="=Summer | sale")
        session.add(project)
    buy(database, acme, 1_500_000, project_id=project.id)
    buy(database, acme, 250_000)
    set_budget(database, acme.id, 40_000_000, at=MID_OCTOBER)

    report, page = write_report(database, acme, "2026-10")

    assert (report.spent_micro_usd, report.lines) == (1_750_000, 2)
    assert "# Acme: October 2026" in page
    assert "**$1.75** spent, of a budget of $40.00." in page
    assert r"| =Summer \| sale | 1 | $1.50 |" in page
    assert r"| elevenlabs eleven\_multilingual\_v2 | 2 | $1.75 |" in page
    assert report.sheet == database.settings.home_dir / "reports" / "acme" / "2026-10.csv"
    with report.sheet.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert sorted(line["amount_usd"] for line in lines) == ["0.250000", "1.500000"]
    assert {line["project"] for line in lines} == {"", "'=Summer | sale"}, (
        "no spreadsheet takes it for a formula"
    )
    assert list(report.sheet.parent.iterdir()) == [report.sheet]


def test_a_month_without_costs_is_told_as_well(database: Database, acme: Profile) -> None:
    report, page = write_report(database, acme, "2026-09")

    assert "**$0.00** spent, no budget was set." in page
    assert "Nothing was bought." in page
    assert report.sheet.read_text().startswith("created_at,month,")
