"""Clips that a person has chosen together, of one project or of several."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models.clip import Clip
from tasks.run_context import RunContext


@dataclass(frozen=True)
class ChosenClips:
    """Clips in the order in which they were chosen, each once."""

    ids: tuple[UUID, ...]
    project_ids: tuple[UUID, ...]
    """Their projects, each once."""

    @property
    def only_project_id(self) -> UUID | None:
        """The project of all of them; None when there are several, which no single run can be at work on."""
        return self.project_ids[0] if len(self.project_ids) == 1 else None


def find_clips(run: RunContext, clip_ids: Sequence[UUID]) -> ChosenClips:
    """The clips, all of them, before any work is begun.

    Raises:
        NotFound: the profile has not all of them.
    """
    wanted = tuple(dict.fromkeys(clip_ids))
    with run.reading() as session:
        projects = tuple(dict.fromkeys(session.require(Clip, clip_id).project_id for clip_id in wanted))
    return ChosenClips(wanted, projects)
