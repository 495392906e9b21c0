"""`reelflow runs`: what was started, where it stands, what it had to say."""

from typing import Annotated

import typer
from sqlmodel import col, select

from models.costs import run_costs
from models.money import dollars
from models.run import Run, RunEvent
from ui.commands.context import JsonOption, ProfileOption, workplace
from ui.documents import event_document, money_document, run_document
from ui.output import print_json, print_table


def runs(
    profile: ProfileOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List the profile's runs, newest first."""
    with workplace(profile) as place, place.reading() as session:
        documents = []
        found = session.exec(select(Run).order_by(col(Run.created_at).desc()).limit(limit)).all()
        cost = run_costs(session, [run.id for run in found])
        for run in found:
            events = session.exec(
                select(RunEvent).where(RunEvent.run_id == run.id).order_by(col(RunEvent.created_at))
            ).all()
            documents.append(
                run_document(run)
                | money_document("cost", cost.get(run.id, 0))
                | {"events": [event_document(event) for event in events]}
            )
    if as_json:
        print_json({"runs": documents})
        return
    print_table(
        ["run", "state", "stage", "done", "cost", "notes", "id"],
        [
            (
                d["title"],
                d["state"],
                d["stage"],
                f"{d['progress']:.0%}",
                dollars(d["cost_micro_usd"]),
                d["error"] or len(d["events"]) or "",
                d["run_id"],
            )
            for d in documents
        ],
        empty=f"No runs of {place.profile.name} yet.",
    )
