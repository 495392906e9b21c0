"""The script step's clips: what each one says now, by whom, and what a voice would make of its length."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import streamlit as st
from sqlmodel import col, select

from models.clip import Clip
from models.clip_edits import is_voice_stale
from models.edit import Edit
from models.provider_settings import provider_settings
from models.voice import VoiceOver
from ui.app_pages.project_steps.script_voice import known_name
from ui.components.desk import Desk
from ui.components.media import media_url
from ui.components.script_length import Pace, fit_sentence, pace_of, spoken_s
from ui.components.wording import clock, escape

#: The latest voice-overs tell how fast a voice is.
_LATEST = 40

#: So much of a script is shown of a clip.
_SHOWN_CHARACTERS = 140


@dataclass(frozen=True, slots=True)
class ScriptedClip:
    """A clip and what it says."""

    clip: Clip
    edit: Edit
    voice: VoiceOver | None
    """What was spoken for it last, which may be another text."""

    @property
    def is_unspoken(self) -> bool:
        """Whether it has a script that its voice does not say."""
        return is_voice_stale(self.edit, self.voice.text if self.voice else None)

    @property
    def shows_speech(self) -> bool:
        """Whether its captions show what is said in the footage."""
        return self.edit.script is None and self.edit.speech is not None

    def says(self, text: str) -> bool:
        """Whether its voice says exactly this."""
        return self.voice is not None and self.voice.text == " ".join(text.split())

    def differs(self, words: str, text: str) -> bool:
        """Whether saving such words would change it."""
        if words == "script":
            return bool(text.strip()) and self.edit.script != " ".join(text.split())
        return self.edit.script is not None or self.shows_speech != (words == "speech")


def read_clips(desk: Desk, clip_ids: Sequence[UUID]) -> tuple[list[ScriptedClip], Pace]:
    """The clips in the order given, and how fast the profile's voice is."""
    settings = provider_settings(desk.profile)
    with desk.reading() as session:
        clips = {clip.id: clip for clip in session.exec(select(Clip).where(col(Clip.id).in_(clip_ids)))}
        edits = {clip_id: Edit.model_validate(clip.edit) for clip_id, clip in clips.items()}
        named = {edit.voice.voice_over_id for edit in edits.values() if edit.voice}
        voices = {row.id: row for row in session.exec(select(VoiceOver).where(col(VoiceOver.id).in_(named)))}
        latest = session.exec(
            select(VoiceOver).order_by(col(VoiceOver.created_at).desc()).limit(_LATEST)
        ).all()
    voice = settings.elevenlabs.voice_id if settings.voice == "elevenlabs" else desk.profile.voice
    scripted = [
        ScriptedClip(clips[clip_id], edits[clip_id], voices.get(track.voice_over_id) if track else None)
        for clip_id in clip_ids
        if clip_id in clips
        for track in [edits[clip_id].voice]
    ]
    return scripted, pace_of(settings, voice or "", latest)


def draw_clip(desk: Desk, clip: ScriptedClip, pace: Pace) -> None:
    """One clip: its words, its voice to listen to, and what will become of its length."""
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{escape(clip.clip.name)}** · {clock(clip.clip.duration_s)} {_badge(clip)}")
        if clip.edit.script is None:
            st.caption(
                "Captions show what is said in the footage."
                if clip.shows_speech
                else "No script, no captions."
            )
            return
        shown = clip.edit.script
        if len(shown) > _SHOWN_CHARACTERS:
            shown = f"{shown[:_SHOWN_CHARACTERS].rsplit(' ', 1)[0]} …"
        st.markdown(f"“{escape(shown)}”")
        if clip.is_unspoken or clip.voice is None:
            length_s = spoken_s(clip.edit.script, pace)
            st.caption(f"About {length_s:.0f} s spoken; {fit_sentence(length_s, clip.clip.duration_s)}.")
        else:
            # An id of the service says nothing to anybody; its name is known once the voices were asked for.
            who = known_name(clip.voice.voice)
            is_id = clip.voice.provider == "elevenlabs" and who == clip.voice.voice
            by = "an ElevenLabs voice" if is_id else who
            st.caption(f"{clip.voice.duration_s:.1f} s spoken by {escape(by)}")
            st.audio(media_url(desk, "voice", clip.voice.id), alt=f"Voice of {clip.clip.name}")


def _badge(clip: ScriptedClip) -> str:
    if clip.edit.script is None:
        return ":gray-badge[own speech]" if clip.shows_speech else ":gray-badge[no words]"
    if clip.voice is None:
        return ":orange-badge[:material/schedule: not spoken yet]"
    if clip.is_unspoken:
        return ":orange-badge[:material/schedule: script changed since it was spoken]"
    return ":green-badge[:material/check: spoken]"
