"""Edits for other programs: a CMX 3600 list that everything reads, and an OpenTimelineIO document.

Both name the footage by the file name its owner knows and count from its first picture, so that an
editing program finds the originals on the owner's own disk. Crops and captions stay in the manifest:
neither format can say them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

import opentimelineio as otio

from models.edit import Edit
from tasks.media.timeline import SourceFile, place_cuts

#: Lists conventionally begin at one hour, so that a program may lay something before the first frame.
_RECORD_START_S = 3600

#: Longest title and clip name in a list; CMX 3600 has lines of 80 characters.
_TITLE_CHARACTERS = 70


@dataclass(frozen=True)
class SourceName:
    """A footage as other programs get to know it."""

    file: str
    """The file's name as its owner knows it."""
    sha256: str
    """Hash of its bytes."""


@dataclass(frozen=True)
class ListedCut:
    """One cut in whole frames of the timeline."""

    footage_id: UUID
    file: str
    sha256: str
    has_audio: bool
    media_s: float
    """Length of the whole footage in seconds."""
    start: int
    """First frame in the footage."""
    frames: int
    """How many are shown."""


def list_cuts(
    edit: Edit, sources: Mapping[UUID, SourceFile], names: Mapping[UUID, SourceName], *, fps: int
) -> tuple[ListedCut, ...]:
    """The cuts exactly as they are rendered at that rate.

    Raises:
        BadInput: a cut lies outside its footage, or is shorter than a frame.
    """
    return tuple(
        ListedCut(
            footage_id=cut.footage_id,
            file=names[cut.footage_id].file,
            sha256=names[cut.footage_id].sha256,
            has_audio=placed.source.info.audio is not None,
            media_s=placed.source.info.duration_s,
            start=round(placed.start_s * fps),
            frames=placed.frames,
        )
        for cut, placed in zip(edit.cuts, place_cuts(edit, sources, fps=fps), strict=True)
    )


def write_edl(title: str, cuts: Sequence[ListedCut], *, fps: int) -> str:
    """An edit decision list as CMX 3600, one event for each cut, all counted at the timeline's rate.

    Args:
        title: What the list is called.
        cuts: In order.
        fps: Whole frames per second; the list is non-drop.
    """
    reels = {footage: f"F{number:03d}" for number, footage in enumerate(_footage(cuts), start=1)}
    lines = [f"TITLE: {_one_line(title)}", "FCM: NON-DROP FRAME", ""]
    at = _RECORD_START_S * fps
    for number, cut in enumerate(cuts, start=1):
        times = (cut.start, cut.start + cut.frames, at, at + cut.frames)
        lines += [
            f"{number:03d}  {reels[cut.footage_id]:<8} {'AA/V' if cut.has_audio else 'V':<5} C        "
            + " ".join(timecode(frame, fps=fps) for frame in times),
            f"* FROM CLIP NAME: {_one_line(cut.file)}",
        ]
        at += cut.frames
    return "\n".join(lines) + "\n"


def write_otio(title: str, cuts: Sequence[ListedCut], *, fps: int) -> str:
    """The same as an OpenTimelineIO document: a picture track, and a sound track where there is sound.

    Args:
        title: What the timeline is called.
        cuts: In order.
        fps: Frames per second of the timeline.
    """
    timeline = otio.schema.Timeline(name=title)
    picture = otio.schema.Track(name="Picture", kind=otio.schema.TrackKind.Video)
    picture.extend([_clip(cut, fps) for cut in cuts])
    timeline.tracks.append(picture)
    if any(cut.has_audio for cut in cuts):
        sound = otio.schema.Track(name="Sound", kind=otio.schema.TrackKind.Audio)
        sound.extend([_clip(cut, fps) if cut.has_audio else _gap(cut, fps) for cut in cuts])
        timeline.tracks.append(sound)
    return str(otio.adapters.write_to_string(timeline, "otio_json"))


def timecode(frame: int, *, fps: int) -> str:
    """A frame's number as `hours:minutes:seconds:frames`, non-drop."""
    seconds, frames = divmod(frame, fps)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}:{frames:02d}"


def _clip(cut: ListedCut, fps: int) -> "otio.schema.Clip":
    return otio.schema.Clip(
        name=cut.file,
        media_reference=otio.schema.ExternalReference(
            target_url=quote(cut.file),
            available_range=_range(0, round(cut.media_s * fps), fps),
        ),
        source_range=_range(cut.start, cut.frames, fps),
        metadata={"reelflow": {"footage_id": str(cut.footage_id), "sha256": cut.sha256}},
    )


def _gap(cut: ListedCut, fps: int) -> "otio.schema.Gap":
    return otio.schema.Gap(source_range=_range(0, cut.frames, fps))


def _range(start: int, frames: int, fps: int) -> "otio.opentime.TimeRange":
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, fps), otio.opentime.RationalTime(frames, fps)
    )


def _footage(cuts: Sequence[ListedCut]) -> list[UUID]:
    return list(dict.fromkeys(cut.footage_id for cut in cuts))


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_TITLE_CHARACTERS]
