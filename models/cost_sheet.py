"""The ledger's lines as a table for spreadsheets, for people and programs alike."""

import csv
import json
from collections.abc import Collection, Mapping
from typing import Any, TextIO
from uuid import UUID

from sqlmodel import col, select

from models.ledger import CostEntry
from models.money import usd
from models.project import Project
from models.run import Run
from models.session import ProfileSession

COLUMNS = (
    *("created_at", "month", "kind", "provider", "model", "operation", "project_id", "project"),
    *("run_id", "run", "clip_id", "price_id", "units", "amount_micro_usd", "amount_usd", "idempotency_key"),
)


def names_of(session: ProfileSession, entries: Collection[CostEntry]) -> dict[UUID, str]:
    """What people call the projects and runs of some lines; those that are gone are left out."""
    projects = {entry.project_id for entry in entries if entry.project_id}
    runs = {entry.run_id for entry in entries if entry.run_id}
    return {
        **dict(session.exec(select(Project.id, Project.name).where(col(Project.id).in_(projects))).all()),
        **dict(session.exec(select(Run.id, Run.title).where(col(Run.id).in_(runs))).all()),
    }


def write_sheet(file: TextIO, entries: Collection[CostEntry], names: Mapping[UUID, str]) -> None:
    """Writes lines of the ledger as CSV.

    Args:
        file: Opened with `newline=""`.
        entries: The lines, in their order.
        names: Of their projects and runs.
    """
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    writer.writerows(_row(entry, names) for entry in entries)


def _row(entry: CostEntry, names: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        **{name: getattr(entry, name) for name in COLUMNS if hasattr(entry, name)},
        "created_at": entry.created_at.isoformat(),
        "kind": entry.kind.value,
        "project": _plain(names.get(entry.project_id, "")) if entry.project_id else "",
        "run": _plain(names.get(entry.run_id, "")) if entry.run_id else "",
        "units": json.dumps(entry.units, sort_keys=True),
        "amount_usd": f"{usd(entry.amount_micro_usd):.6f}",
    }


def _plain(name: str) -> str:
    """A user's text that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name
