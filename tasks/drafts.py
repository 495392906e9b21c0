"""Clips become drafts: small quick previews for looking at, with the sound the final will have."""

from uuid import UUID

from prefect import task

from models.clip import Clip
from models.edit import Edit
from tasks.branding import draw_brand
from tasks.captions import burn_captions
from tasks.clips import clip_folder, draft_preset, load_clip
from tasks.media.picture import PictureJob, render_picture
from tasks.media.presets import find_preset
from tasks.media.probe import probe
from tasks.media.timeline import total_frames
from tasks.policies import LOCAL
from tasks.run_context import RunContext
from tasks.sound import Sound


@task(name="cut draft", task_run_name="cut draft {clip_id}", **LOCAL)
def cut_draft(run: RunContext, clip_id: UUID, preset_name: str, sound: Sound) -> None:
    """Makes a clip's draft and poster in the shape of a preset and stores both.

    Raises:
        NotFound: the profile has no such clip.
        MediaToolFailed, MediaToolTimedOut, RunStopped: from the media process.
    """
    clip = load_clip(run, clip_id)
    preset = draft_preset(find_preset(preset_name))
    placed = clip.placed(preset.fps)
    folder = clip_folder(run, clip_id, "draft")
    frames = total_frames(placed)
    captions = burn_captions(run, clip, preset, duration_s=frames / preset.fps, folder=folder)
    brand = draw_brand(run, clip, preset, frames=frames, captions=captions, folder=folder)
    job = PictureJob(
        placed=placed,
        preset=preset,
        audio=sound.path,
        has_captions=captions is not None,
        is_draft=True,
        poster="poster.jpg",
        on_top=brand.on_top,
    )
    draft = render_picture(job, "draft.mp4", folder=folder)
    # The next draft of the same clip takes this one's place: a draft follows the edit.
    draft_key = run.storage.key_for("drafts", clip_id, ".mp4")
    poster_key = run.storage.key_for("posters", clip_id, ".jpg")
    run.storage.publish(draft, draft_key)
    run.storage.publish(folder / "poster.jpg", poster_key)
    with run.session() as session:
        row = session.require(Clip, clip_id)
        row.draft_key = draft_key
        row.draft_fingerprint = clip.edit.fingerprint
        row.poster_key = poster_key


def is_up_to_date(run: RunContext, clip_id: UUID, preset_name: str) -> bool:
    """Whether a clip's draft shows its edit as it is now, in the shape of that preset.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: no such preset.
    """
    preset = draft_preset(find_preset(preset_name))
    with run.reading() as session:
        clip = session.require(Clip, clip_id)
    if clip.draft_fingerprint != Edit.model_validate(clip.edit).fingerprint:
        return False
    if not all(key and run.storage.has(key) for key in (clip.draft_key, clip.poster_key)):
        return False
    draft = probe(run.storage.path(str(clip.draft_key)))
    return (draft.display_width, draft.display_height) == (preset.width, preset.height)
