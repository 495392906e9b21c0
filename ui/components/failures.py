"""Failed runs of one project where their result is missed: the reason, and the way on."""

from collections.abc import Collection
from functools import partial
from uuid import UUID

from models.dashboard import dismiss_run, failed_runs
from models.tenant import now_utc
from ui.components.desk import Desk
from ui.components.messages import error_card, tried
from ui.components.wording import escape

#: Of the whole profile; those of the project are among them unless very much goes wrong.
_LOOKED_AT = 40


def draw_failures(desk: Desk, project_id: UUID, kinds: Collection[str], *, most: int = 2) -> None:
    """Draws a card for each failure that still needs somebody.

    Args:
        desk: Whose.
        project_id: Of which project.
        kinds: Of which flows.
        most: How many, the newest first.
    """
    with desk.reading() as session:
        runs = failed_runs(session, at=now_utc(), most=_LOOKED_AT)
    mine = [run for run in runs if run.project_id == project_id and run.kind in kinds]
    for run in mine[:most]:
        stage = f" at “{run.stage}”" if run.stage else ""
        error_card(
            f"{escape(run.title[:1].upper() + run.title[1:])} failed{stage}",
            run.error or "It ended without saying why; its log is under Runs.",
            safe="What was made and paid for is kept and reused",
            action="Resume" if desk.can_edit else None,
            on_action=partial(_resume, desk, run.id),
            on_dismiss=partial(_dismiss, desk, run.id) if desk.can_edit else None,
            key=f"failure_{run.id}",
        )


def _resume(desk: Desk, run_id: UUID) -> None:
    tried(lambda: desk.gateway.resume(desk.member, run_id), done="Started again")


def _dismiss(desk: Desk, run_id: UUID) -> None:
    def change() -> None:
        with desk.writing() as session:
            dismiss_run(session, run_id)

    tried(change)
