"""Scheduled: on the first of a month, what a profile spent in the month before, as a page and as a table."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run
from pydantic import BaseModel

from flows.markdown_text import escaped, table
from flows.run_life import run_name
from models.budget import BudgetState, budget_state, check_month, month_name
from models.cost_sheet import names_of, write_sheet
from models.costs import CostGroup, Mismatch, check_ledger, cost_entries, cost_groups
from models.money import dollars
from models.profile import Profile
from models.redaction import errors_redacted, install_redaction, redact
from models.session import Database, open_database
from models.settings import load_settings
from models.settlement import expire_reservations
from models.tenant import now_utc
from tasks.policies import task_runner
from tasks.run_context import profile_log


class CostReport(BaseModel):
    """What a month came to, and where it is written down."""

    month: str
    spent_micro_usd: int
    lines: int
    sheet: Path
    """The CSV file."""


def _name() -> str:
    return run_name(flow_run.parameters["profile_id"], "report costs")


@flow(name="report_costs", flow_run_name=_name, task_runner=task_runner())
def report_costs(profile_id: UUID, month: str | None = None) -> CostReport:
    """Writes `reports/<slug>/<month>.csv` in the home, and a page in Prefect.

    Args:
        profile_id: Whose costs.
        month: Such as "2026-10"; None for the month before the one that the run was due in.

    Raises:
        NotFound: there is no such profile.
        BadInput: not a month.
    """
    install_redaction()
    with errors_redacted(), open_database(load_settings()) as database:
        with database.profile_session(profile_id, read_only=True) as session:
            profile = session.profile
        # A run that is late by days, because the machine was off, still reports on its own month.
        due = flow_run.scheduled_start_time or now_utc()
        month = month_before(profile, due) if month is None else check_month(month)
        report, page = write_report(database, profile, month)
    create_markdown_artifact(
        markdown=redact(page),
        key=f"costs-{profile.slug}-{month}",
        description=f"{profile.name}: costs of {month_name(month)}",
    )
    return report


def month_before(profile: Profile, at: datetime) -> str:
    """The month before the one that a moment is in, by the profile's own calendar."""
    first = at.astimezone(ZoneInfo(profile.timezone)).date().replace(day=1)
    return (first - timedelta(days=1)).strftime("%Y-%m")


def write_report(database: Database, profile: Profile, month: str) -> tuple[CostReport, str]:
    """Writes a month's table; returns what it came to, and the page about it in Markdown."""
    with database.profile_session(profile.id) as session:
        expire_reservations(session, now_utc())
    with database.profile_session(profile.id, read_only=True) as session:
        state, entries = budget_state(session, month), cost_entries(session, month)
        names = names_of(session, entries)
        by_provider, by_project = (cost_groups(session, month, by) for by in ("provider", "project"))
        wrong = [mismatch for mismatch in check_ledger(session) if mismatch.month == month]
    sheet = database.settings.report_dir(profile.slug) / f"{month}.csv"
    sheet.parent.mkdir(parents=True, exist_ok=True)
    partial = sheet.with_name(f".{sheet.name}.unfinished")
    with partial.open("w", encoding="utf-8", newline="") as file:
        write_sheet(file, entries, names)
    partial.replace(sheet)
    report = CostReport(month=month, spent_micro_usd=state.spent_micro_usd, lines=len(entries), sheet=sheet)
    profile_log(profile.id).info("%s: %s spent", month, dollars(state.spent_micro_usd))
    page = cost_page(
        profile.name, month, state, providers=by_provider, projects=by_project, names=names, wrong=wrong
    )
    return report, f"{page}\nEvery line: `{sheet}`\n"


def cost_page(
    profile_name: str,
    month: str,
    state: BudgetState,
    *,
    providers: Sequence[CostGroup],
    projects: Sequence[CostGroup],
    names: Mapping[UUID, str],
    wrong: Sequence[Mismatch] = (),
) -> str:
    """A month's costs as Markdown."""
    limit = "no budget was set"
    if state.limit_micro_usd is not None:
        limit = f"of a budget of {dollars(state.limit_micro_usd)}"
    parts = [
        f"# {escaped(profile_name)}: {month_name(month)}",
        f"**{dollars(state.spent_micro_usd)}** spent, {limit}.",
    ]
    for heading, groups in (("By provider", providers), ("By project", projects)):
        if groups:
            rows = [
                (_label(group, names), str(group.lines), dollars(group.amount_micro_usd)) for group in groups
            ]
            parts += [f"## {heading}", table(("", "calls", "cost"), rows)]
    if not providers:
        parts.append("Nothing was bought.")
    parts += [
        f"> The counter of what is {each.counter} says {dollars(each.counted_micro_usd)}, its lines say "
        f"{dollars(each.true_micro_usd)}. The lines are right; please report this."
        for each in wrong
    ]
    return "\n\n".join(parts) + "\n"


def _label(group: CostGroup, names: Mapping[UUID, str]) -> str:
    if group.key is None:
        return "(none)"
    return group.key if isinstance(group.key, str) else names.get(group.key) or str(group.key)
