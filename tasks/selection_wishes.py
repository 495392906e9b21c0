"""What may be wished of new clips beside their number and length: like which clip, from which segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from models.clip import Clip
from models.edit import CaptionsFrom, Edit
from models.errors import BadInput
from models.footage import Segment
from tasks.projects import project_footage
from tasks.run_context import RunContext
from tasks.voice import SpokenScript, load_voice

#: Chosen segments as selection decides, or in the order in which they were chosen.
Order = Literal["best", "given"]


@dataclass(frozen=True)
class Wishes:
    """Wishes that were checked against the project; by default none."""

    liked: Edit | None = None
    """Of the clip that the new ones should be like in manner, script, voice, captions and levels."""
    segment_ids: tuple[UUID, ...] = ()
    """The only segments to cut from; all of the project's when empty."""
    order: Order = "best"

    @property
    def target_s(self) -> float | None:
        """Length of the liked clip."""
        return None if self.liked is None else self.liked.duration_s

    @property
    def captions(self) -> CaptionsFrom | None:
        """Where a liked clip without a voice has its captions from."""
        if self.liked is None or self.liked.voice is not None:
            return None
        return "none" if self.liked.speech is None else "speech"


NO_WISHES = Wishes()


def check_wishes(
    run: RunContext,
    project_id: UUID,
    *,
    like_clip_id: UUID | None,
    segment_ids: Sequence[UUID],
    order: Order,
) -> Wishes:
    """The wishes, once it is certain that the project can grant them.

    Raises:
        NotFound: the profile has no such clip or segment.
        BadInput: the clip or a segment is not of this project, or two wishes contradict each other.
    """
    if order == "given" and not segment_ids:
        raise BadInput("An order can be kept for chosen segments only; choose some, or leave the order out.")
    if order == "given" and like_clip_id is not None:
        raise BadInput(
            "Clips like another one follow that one's order; leave out either the clip or the given order."
        )
    footage_ids = set(project_footage(run, project_id))
    with run.reading() as session:
        liked = None if like_clip_id is None else session.require(Clip, like_clip_id)
        if liked is not None and liked.project_id != project_id:
            raise BadInput("The clip to be like is of another project; choose one of this project.")
        for segment_id in segment_ids:
            if session.require(Segment, segment_id).footage_id not in footage_ids:
                raise BadInput(
                    f"Segment {segment_id} is of footage that is not in this project; add its footage first."
                )
        edit = None if liked is None else Edit.model_validate(liked.edit)
    return Wishes(liked=edit, segment_ids=tuple(dict.fromkeys(segment_ids)), order=order)


def liked_voice(run: RunContext, wishes: Wishes) -> SpokenScript | None:
    """The voice that a liked clip has, which was paid for already."""
    if wishes.liked is None or wishes.liked.voice is None:
        return None
    return load_voice(run, wishes.liked.voice.voice_over_id)
