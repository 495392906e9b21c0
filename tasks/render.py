"""Clips become finished files: one encode per preset, straight from the sources."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from prefect import task

from tasks.branding import ShownBrand, draw_brand
from tasks.captions import burn_captions, write_sidecars
from tasks.clips import clip_folder, load_clip
from tasks.media.caption_report import CaptionsReport
from tasks.media.picture import PictureJob, render_picture
from tasks.media.presets import Preset, find_preset
from tasks.media.timeline import total_frames
from tasks.policies import LOCAL
from tasks.run_context import RunContext
from tasks.sound import Sound


@dataclass(frozen=True)
class RenderedFile:
    """A finished file that has not been checked yet; its subtitles lie beside it."""

    path: Path
    preset: Preset
    frames: int
    has_target_loudness: bool
    captions: CaptionsReport | None
    brand: ShownBrand


@task(name="render final", task_run_name="render {preset_name} {clip_id}", **LOCAL)
def render_final(
    run: RunContext,
    clip_id: UUID,
    preset_name: str,
    sound: Sound,
    on_progress: Callable[[float], None] | None = None,
) -> RenderedFile:
    """Renders a clip for one preset.

    Args:
        run: The run.
        clip_id: Whose final it is.
        preset_name: The delivery format.
        sound: The clip's mastered sound.
        on_progress: Called with the finished share, 0 to 1.

    Raises:
        BadInput: no such preset.
        NotFound: the profile has no such clip.
        MediaToolFailed, MediaToolTimedOut, RunStopped: from the media process.
    """
    clip = load_clip(run, clip_id)
    preset = find_preset(preset_name)
    placed = clip.placed(preset.fps)
    frames = total_frames(placed)
    duration_s = frames / preset.fps
    folder = clip_folder(run, clip_id, preset.name)
    captions = burn_captions(run, clip, preset, duration_s=duration_s, folder=folder)
    write_sidecars(clip, duration_s=duration_s, folder=folder)
    brand = draw_brand(run, clip, preset, frames=frames, captions=captions, folder=folder)
    job = PictureJob(
        placed=placed,
        preset=preset,
        audio=sound.path,
        has_captions=captions is not None,
        on_top=brand.on_top,
    )
    path = render_picture(
        job,
        "final.mp4",
        folder=folder,
        on_progress=None if on_progress is None else lambda done_s: on_progress(done_s / duration_s),
    )
    return RenderedFile(path, preset, frames, sound.has_target_loudness, captions, brand)
