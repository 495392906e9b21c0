"""A home with very many rows and no files: for measuring how soon a page is there."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlmodel import insert

from models.budget import month_of, set_budget
from models.clip import Clip
from models.edit import Cut, Edit
from models.ledger import BudgetMonth, CostEntry
from models.profiles import create_profile
from models.project import Project, ProjectState
from models.run import Run, RunState
from models.session import ProfileSession, open_database
from models.settings import Settings
from models.tenant import now_utc
from tests.ui.panel_runs import cost_entry


def fill_many(home: Path, *, projects: int = 1_000, clips: int = 10_000, costs: int = 100_000) -> Settings:
    """Fills an empty home with so many rows, without files: for measuring how soon a page is there."""
    settings = Settings(home=home)
    home.mkdir(parents=True, exist_ok=True)
    with open_database(settings) as database:
        profile = create_profile(database, "Acme")
        set_budget(database, profile.id, 400_000_000)
        with database.profile_session(profile.id) as session:
            _many_rows(session, projects, clips, costs)
    return settings


def _many_rows(session: ProfileSession, projects: int, clips: int, costs: int) -> None:
    now, owner = now_utc(), session.profile_id
    states = list(ProjectState)
    project_ids = [uuid4() for _ in range(projects)]
    _insert(
        session, Project,
        (
            {"id": project_id, "name": f"Campaign {number:04d}", "state": states[number % len(states)],
             "description": "", "context": "", "target_duration_s": 30.0,
             "created_at": now - timedelta(hours=number)}
            for number, project_id in enumerate(project_ids)
        ),
    )  # fmt: skip
    run_id = uuid4()
    _insert(
        session, Run,
        (
            {"id": run_id if number == 0 else uuid4(), "kind": "generate_clips", "title": "generate 10 clips",
             "state": RunState.RUNNING if number < 3 else RunState.COMPLETED, "stage": "cut drafts",
             "progress": 0.5 if number < 3 else 1.0, "project_id": project_ids[number % projects],
             "parameters": {}, "created_at": now - timedelta(hours=number),
             "started_at": now - timedelta(hours=number), "finished_at": None if number < 3 else now}
            for number in range(projects * 2)
        ),
    )  # fmt: skip
    edit = Edit(cuts=(Cut(footage_id=uuid4(), start_s=0, end_s=30),)).model_dump(mode="json")
    _insert(
        session, Clip,
        (
            {"id": uuid4(), "project_id": project_ids[number % projects], "run_id": run_id,
             "variant": number // projects + 1, "name": f"Variant {number // projects + 1}", "edit": edit,
             "duration_s": 30.0, "seed": number, "is_picked": number % 3 == 0,
             "created_at": now - timedelta(minutes=number)}
            for number in range(clips)
        ),
    )  # fmt: skip
    spent: dict[str, int] = {}

    def entries() -> Iterator[dict[str, Any]]:
        for number in range(costs):
            at = now - timedelta(seconds=number * 60 * 24 * 3600 / costs)
            month = month_of(session.profile, at)
            spent[month] = spent.get(month, 0) + 1_500
            row = cost_entry(
                owner,
                number,
                month,
                at,
                number % 3 > 0,
                1_500,
                project_ids[number % projects],
                {"completed": run_id},
            )
            yield row.model_dump(exclude={"profile_id"})

    _insert(session, CostEntry, entries())
    _insert(
        session, BudgetMonth,
        (
            {"id": uuid4(), "month": month, "spent_micro_usd": amount, "limit_micro_usd": 400_000_000,
             "reserved_micro_usd": 0}
            for month, amount in spent.items()
        ),
    )  # fmt: skip


def _insert(session: ProfileSession, model: type[Any], rows: Iterator[dict[str, Any]]) -> None:
    while batch := list(itertools.islice(rows, 5_000)):
        session.execute(insert(model), batch)
