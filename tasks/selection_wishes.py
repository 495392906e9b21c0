"""What may be wished of new clips beside number and length: like which clip, whose script, which segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from models.clip import Clip
from models.edit import CaptionsFrom, Edit
from models.errors import BadInput
from models.footage import Segment
from models.session import ProfileSession
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
    voiced: Edit | None = None
    """Of the clip whose script the new ones speak, with its voice; else the liked one decides."""
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
    voice_clip_id: UUID | None = None,
) -> Wishes:
    """The wishes, once it is certain that the project can grant them.

    Raises:
        NotFound: the profile has no such clip or segment.
        BadInput: a clip or a segment is not of this project, a clip has no script, or two wishes contradict
            each other.
    """
    if order == "given" and not segment_ids:
        raise BadInput("An order can be kept for chosen segments only; choose some, or leave the order out.")
    if order == "given" and like_clip_id is not None:
        raise BadInput(
            "Clips like another one follow that one's order; leave out either the clip or the given order."
        )
    if voice_clip_id is not None and like_clip_id is not None:
        raise BadInput("Clips like another one speak that one's script; leave out one of the two.")
    footage_ids = set(project_footage(run, project_id))
    with run.reading() as session:
        liked = _edit_of(session, project_id, like_clip_id, role="to be like")
        voiced = _edit_of(session, project_id, voice_clip_id, role="with the script")
        if voiced is not None and voiced.voice is None:
            raise BadInput("The clip with the script has none; choose one that has, or leave it out.")
        for segment_id in segment_ids:
            if session.require(Segment, segment_id).footage_id not in footage_ids:
                raise BadInput(
                    f"Segment {segment_id} is of footage that is not in this project; add its footage first."
                )
    return Wishes(liked, voiced, tuple(dict.fromkeys(segment_ids)), order)


def _edit_of(session: ProfileSession, project_id: UUID, clip_id: UUID | None, *, role: str) -> Edit | None:
    if clip_id is None:
        return None
    clip = session.require(Clip, clip_id)
    if clip.project_id != project_id:
        raise BadInput(f"The clip {role} is of another project; choose one of this project.")
    return Edit.model_validate(clip.edit)


def wished_voice(run: RunContext, wishes: Wishes) -> SpokenScript | None:
    """The voice that a wished clip has, which was paid for already."""
    edit = wishes.voiced or wishes.liked
    if edit is None or edit.voice is None:
        return None
    return load_voice(run, edit.voice.voice_over_id)
