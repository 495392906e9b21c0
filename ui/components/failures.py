"""Failed runs of one project where their result is missed: the reason, and the way on."""

from collections.abc import Collection
from uuid import UUID

from models.dashboard import failed_runs
from models.tenant import now_utc
from ui.components.desk import Desk
from ui.components.run_failure import ended_card

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
        ended_card(desk, run.id, key="project", has_project=False)
