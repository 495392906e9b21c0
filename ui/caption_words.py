"""The words that a clip's captions show, before anything is rendered: heard ones, or those of the script.

A script that nobody has spoken yet is spread over the clip by the length of its words, so that a style can
be looked at first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from sqlmodel import col, select

from models.clip_edits import is_voice_stale
from models.edit import Edit, Word
from models.session import ProfileSession
from models.transcript import StoredTranscript
from models.voice import VoiceOver
from tasks.media.heard_words import HeardCut, breaks_between, words_in_cuts
from tasks.media.timeline import PlacedCut
from tasks.media.words import shift

Origin = Literal["voice", "speech", "script", "sample"]

#: Shown where a clip has no words of its own.
SAMPLE: Final = "This is how captions will look on your clip."

#: Silence around the words of a script that is not spoken yet, as the voice will have it.
_LEAD_S = 0.2
_TAIL_S = 0.35

#: A word that stands alone takes a little longer than its letters do.
_PAUSE_LETTERS = 1.5


@dataclass(frozen=True, slots=True)
class CaptionWords:
    """What captions are made of."""

    words: tuple[Word, ...]
    """In clip time; never empty."""
    breaks_s: tuple[float, ...]
    """Moments that no caption reaches over."""
    origin: Origin
    """Where they come from: "script" and "sample" are guessed times."""


def caption_words(
    session: ProfileSession, edit: Edit, placed: Sequence[PlacedCut], *, fps: int
) -> CaptionWords:
    """The words of a clip's captions as its final would have them, or the nearest to it that is known.

    Args:
        session: A reading one.
        edit: The clip's.
        placed: Its cuts on the grid of `fps`.
        fps: Frames per second.
    """
    voice = session.get(VoiceOver, (session.profile_id, edit.voice.voice_over_id)) if edit.voice else None
    if voice is not None and edit.voice is not None and not is_voice_stale(edit, voice.text):
        spoken = shift([Word.model_validate(word) for word in voice.words], edit.voice.start_s)
        if spoken:
            return CaptionWords(spoken, (), "voice")
    if edit.script is not None:
        return CaptionWords(spread_words(edit.script, edit.duration_s), (), "script")
    cuts = _heard_cuts(_transcripts(session, edit), edit, placed, fps)
    heard = words_in_cuts(cuts)
    if heard:
        return CaptionWords(heard, breaks_between(cuts), "speech")
    return CaptionWords(spread_words(SAMPLE, edit.duration_s), (), "sample")


def spread_words(text: str, duration_s: float) -> tuple[Word, ...]:
    """The words of a text, each as long as its letters, over the time of a clip."""
    words = text.split()
    weights = [len(word) + _PAUSE_LETTERS for word in words]
    room_s = max(duration_s * 0.5, duration_s - _LEAD_S - _TAIL_S)
    start_s = min(_LEAD_S, duration_s * 0.1)
    spread = []
    for word, weight in zip(words, weights, strict=True):
        end_s = start_s + room_s * weight / sum(weights)
        spread.append(Word(text=word, start_s=start_s, end_s=end_s))
        start_s = end_s
    return tuple(spread)


def _transcripts(session: ProfileSession, edit: Edit) -> Mapping[UUID, tuple[Word, ...]]:
    """What is said in the footage, by footage."""
    known = {one.transcript_id: one.footage_id for one in (edit.speech.heard if edit.speech else ())}
    rows = session.exec(select(StoredTranscript).where(col(StoredTranscript.id).in_(known)))
    return {known[row.id]: tuple(Word.model_validate(word) for word in row.words) for row in rows}


def _heard_cuts(
    transcripts: Mapping[UUID, tuple[Word, ...]], edit: Edit, placed: Sequence[PlacedCut], fps: int
) -> tuple[HeardCut, ...]:
    return tuple(
        HeardCut(
            words=transcripts.get(cut.footage_id, ()),
            start_s=place.start_s,
            duration_s=place.frames / fps,
            begins_s=place.first_frame / fps,
        )
        for cut, place in zip(edit.cuts, placed, strict=True)
    )
