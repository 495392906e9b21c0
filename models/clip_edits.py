"""What a person changes about a clip: its name, whether it is picked, and its edit.

A changed edit makes draft and finals stale by its fingerprint; nothing is rendered here. While a run
works on the clip its edit stays as it is, since the run reads it more than once.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlmodel import col, select

from models.clip import Clip
from models.edit import AudioLevels, CaptionsFrom, CaptionStyle, Crop, Edit, Overlays, OwnSpeech
from models.edit_changes import (
    Bounds,
    Replacement,
    Room,
    boundary_moved,
    reordered,
    replaced,
    trimmed,
    without_cut,
)
from models.errors import BadInput, NotFound
from models.footage import Footage, Segment
from models.framing import TALLEST_ASPECT, Subject, choose_crop
from models.limits import check_script
from models.live_runs import live_run_on_clip, refuse_while_live
from models.project import ProjectFootage
from models.removal import remove_clip
from models.session import ProfileSession

MAX_CLIP_NAME = 200


def rename_clip(session: ProfileSession, clip_id: UUID, name: str) -> Clip:
    """Gives a clip another name.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: a name that can't be used.
    """
    clip = session.require(Clip, clip_id)
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_CLIP_NAME or not name.isprintable():
        raise BadInput(f"A clip's name has 1 to {MAX_CLIP_NAME} printable characters; this one has not.")
    clip.name = name
    return clip


def pick_clip(session: ProfileSession, clip_id: UUID, *, is_picked: bool = True) -> Clip:
    """Marks a clip as chosen, or takes that back; any number of a project's clips may be.

    Raises:
        NotFound: the profile has no such clip.
    """
    clip = session.require(Clip, clip_id)
    clip.is_picked = is_picked
    return clip


def delete_clip(session: ProfileSession, clip_id: UUID) -> None:
    """Deletes a clip; `models.removal.sweep_removed_files` then deletes its files.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: a run is at work on it.
    """
    remove_clip(session, clip_id)


# ------------------------------------------------------------------ the edit
#
# `base` in each of these is the fingerprint of the edit that the person was looking at: a change made for
# another state of the clip, in a second window or after a run, is refused. None takes the edit as it is.


def reorder_cuts(
    session: ProfileSession, clip_id: UUID, order: Sequence[int], *, base: str | None = None
) -> Edit:
    """Puts the cuts in another order; `order` names today's indices from 0.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: not each cut once, or see above.
    """
    return _change(session, clip_id, base, lambda edit, _: reordered(edit, order))


def replace_cut(
    session: ProfileSession,
    clip_id: UUID,
    index: int,
    segment_id: UUID,
    *,
    start_s: float | None = None,
    base: str | None = None,
) -> Edit:
    """Shows another segment of the project's footage instead of one cut; see `models.edit_changes.replaced`.

    Raises:
        NotFound: the profile has no such clip, or the project no such segment.
        BadInput: the segment is too short, or see above.
    """
    clip = session.require(Clip, clip_id)
    segment = session.require(Segment, segment_id)
    is_here = select(ProjectFootage.id).where(
        ProjectFootage.project_id == clip.project_id, ProjectFootage.footage_id == segment.footage_id
    )
    if session.exec(is_here).first() is None:
        raise NotFound("segment", segment_id)

    def change(edit: Edit, rooms: Sequence[Room]) -> Edit:
        if not 0 <= index < len(edit.cuts):
            raise BadInput(f"The clip has {len(edit.cuts)} cuts; there is no cut {index + 1}.")
        first_s = segment.start_s if start_s is None else start_s
        last_s = min(segment.end_s, first_s + edit.cuts[index].duration_s)
        by = Replacement(
            footage_id=segment.footage_id,
            segment_id=segment.id,
            span=Bounds(segment.start_s, segment.end_s),
            crop=_crop(session, segment, first_s, last_s),
        )
        return replaced(edit, index, by, rooms, start_s=start_s)

    return _change(session, clip_id, base, change)


def move_boundary(
    session: ProfileSession, clip_id: UUID, index: int, by_s: float, *, base: str | None = None
) -> Edit:
    """Moves the change from cut `index` to the next one by so many seconds; the total length stays.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: too far (the message says how far it can go), or see above.
    """
    return _change(session, clip_id, base, lambda edit, rooms: boundary_moved(edit, index, by_s, rooms))


def trim_cut(
    session: ProfileSession,
    clip_id: UUID,
    index: int,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    base: str | None = None,
) -> Edit:
    """Gives one cut another start or end in its footage, in seconds of it.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: outside the footage, too short, or see above.
    """
    return _change(
        session, clip_id, base, lambda edit, rooms: trimmed(edit, index, rooms, start_s=start_s, end_s=end_s)
    )


def remove_cut(session: ProfileSession, clip_id: UUID, index: int, *, base: str | None = None) -> Edit:
    """Takes one cut out.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: it is the only one, or see above.
    """
    return _change(session, clip_id, base, lambda edit, rooms: without_cut(edit, index, rooms))


def set_crop(
    session: ProfileSession, clip_id: UUID, index: int, crop: Crop, *, base: str | None = None
) -> Edit:
    """Sets what stays of one cut's picture in other shapes.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: no such cut, or see above.
    """

    def change(edit: Edit, _: Sequence[Room]) -> Edit:
        if not 0 <= index < len(edit.cuts):
            raise BadInput(f"The clip has {len(edit.cuts)} cuts; there is no cut {index + 1}.")
        cuts = list(edit.cuts)
        cuts[index] = cuts[index].model_copy(update={"crop": crop})
        return edit.model_copy(update={"cuts": tuple(cuts)})

    return _change(session, clip_id, base, change)


def set_caption_style(
    session: ProfileSession, clip_id: UUID, style: CaptionStyle | None, *, base: str | None = None
) -> Edit:
    """Gives a clip's captions another look; None for no captions.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: see above.
    """
    return _change(session, clip_id, base, lambda edit, _: edit.model_copy(update={"captions": style}))


def set_overlays(
    session: ProfileSession, clip_id: UUID, overlays: Overlays | None, *, base: str | None = None
) -> Edit:
    """Gives a clip the store's brand, such as `models.brand.overlays_of`; None takes it off.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: see above.
    """
    return _change(session, clip_id, base, lambda edit, _: edit.model_copy(update={"overlays": overlays}))


def set_audio_levels(
    session: ProfileSession, clip_id: UUID, levels: AudioLevels, *, base: str | None = None
) -> Edit:
    """Sets the levels of a clip's mix.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: see above.
    """
    return _change(session, clip_id, base, lambda edit, _: edit.model_copy(update={"audio": levels}))


def set_script(
    session: ProfileSession, clip_id: UUID, script: str | None, *, base: str | None = None
) -> Edit:
    """Writes a clip's script without having it spoken: nothing is paid, and the voice is stale until it is.

    None takes script and voice away.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: nothing to say, too long, or see above.
    """
    if script is None:
        without = {"script": None, "voice": None}
        return _change(session, clip_id, base, lambda edit, _: edit.model_copy(update=without))
    text = check_script(script)
    return _change(session, clip_id, base, lambda edit, _: edit.model_copy(update={"script": text}))


def set_caption_source(
    session: ProfileSession, clip_id: UUID, source: CaptionsFrom, *, base: str | None = None
) -> Edit:
    """Says whether a clip without a script shows what is said in its footage; nobody listens to it yet.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: the clip has a script, whose words its captions show, or see above.
    """

    def change(edit: Edit, _: Sequence[Room]) -> Edit:
        if edit.script is not None or edit.voice is not None:
            raise BadInput("A script brings its own captions. Take the clip's script away first.")
        return edit.model_copy(
            update={"speech": (edit.speech or OwnSpeech()) if source == "speech" else None}
        )

    return _change(session, clip_id, base, change)


def is_voice_stale(edit: Edit, spoken: str | None) -> bool:
    """Whether the voice does not say the script.

    Args:
        edit: A clip's.
        spoken: Text of its voice-over; None when it has none.
    """
    return edit.script is not None and (edit.voice is None or spoken != edit.script)


# ------------------------------------------------------------------ reading and writing it


def _change(
    session: ProfileSession,
    clip_id: UUID,
    base: str | None,
    change: Callable[[Edit, Sequence[Room]], Edit],
) -> Edit:
    clip = session.require(Clip, clip_id)
    refuse_while_live(live_run_on_clip(session, clip), clip.name, then="edit it")
    edit = Edit.model_validate(clip.edit)
    if base is not None and edit.fingerprint != base:
        raise BadInput(f"{clip.name!r} was changed meanwhile; look at it as it is now, then try again.")
    changed = change(edit, cut_rooms(session, edit))
    if changed != edit:
        clip.edit = changed.model_dump(mode="json")
        clip.duration_s = changed.duration_s
    return changed


def cut_rooms(session: ProfileSession, edit: Edit) -> list[Room]:
    """How far each cut of an edit may reach.

    Raises:
        BadInput: footage of it is gone.
    """
    wanted = {cut.footage_id for cut in edit.cuts}
    lengths = dict(
        session.exec(select(Footage.id, Footage.duration_s).where(col(Footage.id).in_(wanted))).all()
    )
    segments = {
        row.id: Bounds(row.start_s, row.end_s)
        for row in session.exec(
            select(Segment).where(col(Segment.id).in_({cut.segment_id for cut in edit.cuts}))
        )
    }
    if missing := wanted - lengths.keys():
        raise BadInput(f"{len(missing)} footage of this clip is gone, so its cuts can't be changed.")
    return [
        Room(Bounds(0.0, lengths[cut.footage_id]), segments.get(cut.segment_id) if cut.segment_id else None)
        for cut in edit.cuts
    ]


def _crop(session: ProfileSession, segment: Segment, from_s: float, to_s: float) -> Crop:
    """The crop that planning would give the same span."""
    found = segment.features.get("subject")
    if found is None:
        return Crop()
    footage = session.require(Footage, segment.footage_id)
    return choose_crop(
        footage.width / footage.height,
        Subject.model_validate(found),
        from_s=from_s - segment.start_s,
        to_s=to_s - segment.start_s,
        target_aspect=TALLEST_ASPECT,
    ).crop
