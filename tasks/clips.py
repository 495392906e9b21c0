"""A clip as the stages need it: its edit, its source files on this machine, its voice or transcripts."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from uuid import UUID

from sqlmodel import col, select

from models.clip import Clip
from models.edit import Edit, Word
from models.footage import Footage
from models.project import Project
from tasks.media.heard_words import HeardCut, breaks_between, words_in_cuts
from tasks.media.mix import VoiceFile
from tasks.media.presets import Preset, find_preset
from tasks.media.timeline import PlacedCut, SourceFile, place_cuts
from tasks.media.words import shift
from tasks.probing import footage_info
from tasks.run_context import RunContext
from tasks.transcripts import FootageTranscript, load_transcript
from tasks.voice import SpokenScript, load_voice

#: Width of a draft in pixels; its height follows the preset's shape.
DRAFT_WIDTH = 540

#: Every preset has the same frame rate, so words go through the cuts alike for all of them.
_FPS = find_preset("reels").fps


@dataclass(frozen=True)
class LoadedClip:
    """One clip with everything its edit refers to."""

    id: UUID
    project_id: UUID
    project_name: str
    run_id: UUID
    """The run that planned it."""
    variant: int
    seed: int
    edit: Edit
    sources: dict[UUID, SourceFile]
    footage: dict[UUID, Footage]
    voice: SpokenScript | None
    transcripts: dict[UUID, FootageTranscript] = field(default_factory=dict)
    """What is said in the footage, by footage; empty unless that is what the captions show."""

    def placed(self, fps: int) -> tuple[PlacedCut, ...]:
        """The cuts on an output's clock."""
        return place_cuts(self.edit, self.sources, fps=fps)

    @property
    def voice_file(self) -> VoiceFile | None:
        """The voice for the mix."""
        if self.voice is None or self.edit.voice is None:
            return None
        return VoiceFile(self.voice.sound, self.edit.voice.start_s)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """What is said, in clip time: by the voice, else in the footage itself."""
        if self.voice is not None and self.edit.voice is not None:
            return shift(self.voice.words, self.edit.voice.start_s)
        return words_in_cuts(self._heard_cuts)

    @property
    def unheard(self) -> list[str]:
        """Names of footage whose words should be in the captions, yet nobody has listened to it."""
        speech = self.edit.speech
        if self.voice is not None or speech is None:
            return []
        return sorted({row.name for footage_id, row in self.footage.items() if speech.of(footage_id) is None})

    @property
    def speech_breaks_s(self) -> tuple[float, ...]:
        """Where the footage's own speech jumps from one cut to the next; nowhere under a voice."""
        return breaks_between(self._heard_cuts)

    @cached_property
    def _heard_cuts(self) -> tuple[HeardCut, ...]:
        if self.voice is not None or not self.transcripts:
            return ()
        return tuple(
            HeardCut(
                words=self.transcripts[cut.footage_id].words if cut.footage_id in self.transcripts else (),
                start_s=placed.start_s,
                duration_s=placed.frames / _FPS,
                begins_s=placed.first_frame / _FPS,
            )
            for cut, placed in zip(self.edit.cuts, self.placed(_FPS), strict=True)
        )


def load_clip(run: RunContext, clip_id: UUID) -> LoadedClip:
    """Loads a clip.

    Raises:
        NotFound: the profile has no such clip.
    """
    with run.reading() as session:
        clip = session.require(Clip, clip_id)
        project = session.require(Project, clip.project_id)
        edit = Edit.model_validate(clip.edit)
        wanted = {cut.footage_id for cut in edit.cuts}
        rows = session.exec(select(Footage).where(col(Footage.id).in_(wanted))).all()
        footage = {row.id: row for row in rows}
        loaded = LoadedClip(
            id=clip.id,
            project_id=project.id,
            project_name=project.name,
            run_id=clip.run_id,
            variant=clip.variant,
            seed=clip.seed,
            edit=edit,
            sources={
                row.id: SourceFile(run.storage.path(row.storage_key), footage_info(row)) for row in rows
            },
            footage=footage,
            voice=None,
        )
    if edit.voice is not None:
        return replace(loaded, voice=load_voice(run, edit.voice.voice_over_id))
    if edit.speech is None:
        return loaded
    return replace(
        loaded,
        transcripts={
            one.footage_id: load_transcript(run, one.transcript_id)
            for one in edit.speech.heard
            if one.transcript_id is not None and one.footage_id in wanted
        },
    )


def clip_folder(run: RunContext, clip_id: UUID, purpose: str) -> Path:
    """Scratch folder for one purpose of a clip ("sound", "draft", a preset) in the run's work dir."""
    return run.folder("clips", str(clip_id), purpose)


def draft_preset(preset: Preset) -> Preset:
    """The same picture, small and quick."""
    height = round(preset.height * DRAFT_WIDTH / preset.width / 2) * 2
    scale = DRAFT_WIDTH / preset.width
    zone = preset.safe_zone
    return replace(
        preset,
        name="draft",
        width=DRAFT_WIDTH,
        height=height,
        safe_zone=replace(
            zone,
            left=round(zone.left * scale),
            top=round(zone.top * scale),
            right=round(zone.right * scale),
            bottom=round(zone.bottom * scale),
        ),
        x264_preset="ultrafast",
        crf=28,
    )
