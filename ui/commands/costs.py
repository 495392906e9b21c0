"""`reelflow costs`: what a month cost, by whom and for what, and what is left of its budget."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from models.budget import BudgetState, budget_state, month_of
from models.cost_sheet import names_of, write_sheet
from models.costs import CostGroup, Mismatch, check_ledger, cost_entries, cost_groups
from models.errors import BadInput
from models.ledger import CostEntry
from models.money import dollars
from models.settlement import expire_reservations
from models.tenant import now_utc
from ui.commands.context import JsonOption, ProfileOption, workplace
from ui.documents import money_document
from ui.output import notes, print_json, print_table, print_text

_Names = Mapping[UUID, str]


class By(StrEnum):
    """What costs are added up by."""

    PROVIDER = "provider"
    PROJECT = "project"
    RUN = "run"


def costs(
    month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="The current one when left out.")
    ] = None,
    by: Annotated[By, typer.Option(help="What to add up by.")] = By.PROVIDER,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Also write every line of the ledger here.")
    ] = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a month cost and what is left of its budget."""
    with workplace(profile) as place:
        now = now_utc()
        month = month or month_of(place.profile, now)
        with place.writing() as session:
            expire_reservations(session, now)
        with place.reading() as session:
            state, entries = budget_state(session, month), cost_entries(session, month)
            groups, wrong = cost_groups(session, month, by.value), check_ledger(session)
            names = names_of(session, entries)
    if csv_file is not None:
        _write_csv(csv_file, entries, names)
    for mismatch in wrong:
        notes.print(f"[yellow]warning:[/yellow] {_sentence(mismatch)}")
    if as_json:
        print_json(
            {
                "profile": place.profile.slug,
                "month": month,
                "timezone": place.profile.timezone,
                **_state_document(state),
                "by": by.value,
                "groups": [_group_document(group, names) for group in groups],
                "entries": [_entry_document(entry) for entry in entries],
                "is_ledger_sound": not wrong,
            }
        )
        return
    print_text(f"{place.profile.name}, {month}: {_summary(state)}")
    print_table(
        [by.value, "calls", "cost"],
        [(_label(group, names), group.lines, dollars(group.amount_micro_usd)) for group in groups],
        empty="Nothing was spent.",
    )
    if csv_file is not None:
        print_text(f"Wrote {len(entries)} lines to {csv_file}.")


def _summary(state: BudgetState) -> str:
    parts = [f"{dollars(state.spent_micro_usd)} spent"]
    if state.reserved_micro_usd:
        parts.append(f"{dollars(state.reserved_micro_usd)} reserved by calls under way")
    if state.limit_micro_usd is None or state.left_micro_usd is None:
        parts.append("no budget is set")
    else:
        parts.append(f"{dollars(state.left_micro_usd)} left of {dollars(state.limit_micro_usd)}")
    return ", ".join(parts) + "."


def _sentence(wrong: Mismatch) -> str:
    return (
        f"The counter of what is {wrong.counter} in {wrong.month} says {dollars(wrong.counted_micro_usd)}, "
        f"its lines say {dollars(wrong.true_micro_usd)}. The lines are right; please report this."
    )


def _label(group: CostGroup, names: _Names) -> str:
    if group.key is None:
        return "(none)"
    return str(group.key) if isinstance(group.key, str) else names.get(group.key) or str(group.key)


def _state_document(state: BudgetState) -> dict[str, Any]:
    return {
        **money_document("spent", state.spent_micro_usd),
        **money_document("reserved", state.reserved_micro_usd),
        **money_document("limit", state.limit_micro_usd),
        **money_document("left", state.left_micro_usd),
    }


def _group_document(group: CostGroup, names: _Names) -> dict[str, Any]:
    return {
        "key": None if group.key is None else str(group.key),
        "name": _label(group, names),
        "lines": group.lines,
        **money_document("amount", group.amount_micro_usd),
    }


def _entry_document(entry: CostEntry) -> dict[str, Any]:
    ids = {"project_id": entry.project_id, "run_id": entry.run_id, "clip_id": entry.clip_id}
    return {
        "created_at": entry.created_at.isoformat(),
        "month": entry.month,
        "kind": entry.kind.value,
        "provider": entry.provider,
        "model": entry.model,
        "operation": entry.operation,
        **{name: None if value is None else str(value) for name, value in ids.items()},
        "price_id": entry.price_id,
        "units": entry.units,
        **money_document("amount", entry.amount_micro_usd),
        "idempotency_key": entry.idempotency_key,
    }


def _write_csv(path: Path, entries: Sequence[CostEntry], names: _Names) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            write_sheet(file, entries, names)
    except OSError as error:
        raise BadInput(f"{path} can't be written: {error.strerror}.") from error
