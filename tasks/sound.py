"""The mastered sound of a clip: made once per run, shared by the draft and every preset."""

import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from prefect import task

from tasks.clips import LoadedClip, clip_folder, load_clip
from tasks.media.loudness import LOUDNESS_TOLERANCE_LU, Loudness, master
from tasks.media.mix import mix_sound
from tasks.media.presets import find_preset
from tasks.policies import LOCAL
from tasks.run_context import RunContext

_TIMEOUT_S = 600.0

#: Every preset has the same frame rate and loudness, so one mix serves them all.
_REFERENCE = find_preset("reels")


@dataclass(frozen=True)
class Sound:
    """The mastered sound in the clip's scratch folder.

    Attributes:
        path: AAC in MP4.
        has_target_loudness: False for silence, and for a few short sounds in silence.
    """

    path: Path
    has_target_loudness: bool


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
    mastered = master(
        mix.path,
        path,
        measured=mix.loudness,
        target_lufs=_REFERENCE.integrated_lufs,
        ceiling_dbtp=_REFERENCE.true_peak_dbtp,
        bitrate=_REFERENCE.audio_bitrate,
        timeout_s=_TIMEOUT_S,
    )
    has_target = abs(mastered.integrated_lufs - _REFERENCE.integrated_lufs) <= LOUDNESS_TOLERANCE_LU
    if not has_target:
        _warn(run, clip, mix.loudness, mastered)
    facts.write_text(json.dumps({"has_target_loudness": has_target}))
    return Sound(path, has_target)


def _warn(run: RunContext, clip: LoadedClip, mixed: Loudness, mastered: Loudness) -> None:
    if mixed.is_silent:
        run.warn(
            "no_sound",
            f"Clip {clip.variant} is silent: its footage has no sound and there is no script.",
            clip_id=str(clip.id),
        )
        return
    run.warn(
        "quiet_sound",
        f"Clip {clip.variant} has {mastered.integrated_lufs:.1f} LUFS instead of "
        f"{_REFERENCE.integrated_lufs:g}: it is silence with a few short sounds, which can't be made louder "
        f"without distortion.",
        clip_id=str(clip.id),
        integrated_lufs=mastered.integrated_lufs,
    )
