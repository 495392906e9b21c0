"""Words become captions: burned ones for the picture, SRT and VTT for the file beside it."""

from pathlib import Path

from tasks.clips import LoadedClip
from tasks.media.caption_report import CaptionsReport, captions_report
from tasks.media.cues import write_srt, write_vtt
from tasks.media.picture import CAPTIONS_NAME
from tasks.media.presets import Preset
from tasks.media.subtitles import build_captions, write_ass
from tasks.run_context import RunContext


def burn_captions(
    run: RunContext, clip: LoadedClip, preset: Preset, *, duration_s: float, folder: Path
) -> CaptionsReport | None:
    """Writes the captions to burn into `folder`; None when nothing is spoken or captions are off.

    What can't be shown as it was written is recorded on the run.
    """
    if clip.unheard:
        run.warn(
            "speech_unheard",
            f"Clip {clip.variant}: nobody has listened to {', '.join(clip.unheard)}, so the captions lack "
            "what is said in it. Render the clip with --captions speech to have it heard.",
            clip_id=str(clip.id),
        )
    if not clip.words or clip.edit.captions is None:
        return None
    captions = build_captions(
        clip.words,
        style=clip.edit.captions,
        preset=preset,
        duration_s=duration_s,
        breaks_s=clip.speech_breaks_s,
    )
    for warning in captions.warnings:
        run.warn("captions", f"Clip {clip.variant}: {warning}", clip_id=str(clip.id))
    path = folder / CAPTIONS_NAME
    write_ass(captions, path)
    return captions_report(path, preset=preset, duration_s=duration_s)


def write_sidecars(clip: LoadedClip, *, duration_s: float, folder: Path) -> None:
    """Writes `final.srt` and `final.vtt` for a clip in which something is said."""
    if not clip.words:
        return
    breaks_s = clip.speech_breaks_s
    write_srt(clip.words, folder / "final.srt", duration_s=duration_s, breaks_s=breaks_s)
    write_vtt(clip.words, folder / "final.vtt", duration_s=duration_s, breaks_s=breaks_s)
