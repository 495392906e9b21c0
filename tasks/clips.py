"""A clip as the stages need it: its edit, its source files on this machine, its voice."""

from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from sqlmodel import col, select

from models.clip import Clip
from models.edit import Edit, Word
from models.footage import Footage
from models.project import Project
from tasks.media.mix import VoiceFile
from tasks.media.presets import Preset
from tasks.media.timeline import PlacedCut, SourceFile, place_cuts
from tasks.media.words import shift
from tasks.probing import footage_info
from tasks.run_context import RunContext
from tasks.voice import SpokenScript, load_voice

#: Width of a draft in pixels; its height follows the preset's shape.
DRAFT_WIDTH = 540


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

    def placed(self, fps: int) -> tuple[PlacedCut, ...]:
        """The cuts on an output's clock."""
        return place_cuts(self.edit, self.sources, fps=fps)

    @property
    def voice_file(self) -> VoiceFile | None:
        """The voice for the mix."""
        if self.voice is None or self.edit.voice is None:
            return None
        return VoiceFile(self.voice.path, self.edit.voice.start_s)

    @property
    def words(self) -> tuple[Word, ...]:
        """Words of the voice in clip time."""
        if self.voice is None or self.edit.voice is None:
            return ()
        return shift(self.voice.words, self.edit.voice.start_s)


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
    if edit.voice is None:
        return loaded
    return replace(loaded, voice=load_voice(run, edit.voice.voice_over_id))


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
