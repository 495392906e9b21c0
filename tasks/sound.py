"""The mastered sound of a clip: made once per run, shared by the draft and every preset."""

import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from prefect import task

from tasks.clips import LoadedClip, clip_folder, load_clip
from tasks.media.loudness import master
from tasks.media.mix import mix_sound
from tasks.media.presets import find_preset
from tasks.policies import LOCAL
from tasks.run_context import RunContext

_TIMEOUT_S = 600.0

#: Every preset has the same frame rate and loudness, so one mix serves them all.
_REFERENCE = find_preset("reels")


@dataclass(frozen=True)
class Sound:
    """The mastered sound in the clip's scratch folder."""

    path: Path
    is_silent: bool


@task(name="mix sound", task_run_name="mix sound {clip_id}", **LOCAL)
def mix_clip_sound(run: RunContext, clip_id: UUID) -> Sound:
    """Mixes and masters a clip's sound, or finds what an earlier stage of the run has made."""
    clip = load_clip(run, clip_id)
    folder = clip_folder(run, clip_id, "sound")
    path, facts = folder / "sound.m4a", folder / "sound.json"
    if facts.exists():
        return Sound(path, **json.loads(facts.read_text()))
    mix = mix_sound(
        clip.placed(_REFERENCE.fps),
        fps=_REFERENCE.fps,
        voice=clip.voice_file,
        levels=clip.edit.audio,
        folder=folder,
    )
    master(
        mix.path,
        path,
        measured=mix.loudness,
        target_lufs=_REFERENCE.integrated_lufs,
        ceiling_dbtp=_REFERENCE.true_peak_dbtp,
        bitrate=_REFERENCE.audio_bitrate,
        timeout_s=_TIMEOUT_S,
    )
    if mix.loudness.is_silent:
        _warn_silent(run, clip)
    facts.write_text(json.dumps({"is_silent": mix.loudness.is_silent}))
    return Sound(path, mix.loudness.is_silent)


def _warn_silent(run: RunContext, clip: LoadedClip) -> None:
    run.warn(
        "no_sound",
        f"Clip {clip.variant} is silent: its footage has no sound and there is no script.",
        clip_id=str(clip.id),
    )
