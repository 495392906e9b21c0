"""One click: footage in, finished reels out. Start reading here: each stage is one call below."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run
from pydantic import BaseModel

from flows.generate_clips import STAGES as CLIP_STAGES
from flows.generate_clips import make_clips
from flows.render_clip import finish_clips
from flows.run_life import live_run, run_name
from models.edit import CaptionsFrom
from models.errors import BadInput
from models.footage import Footage
from models.limits import check_captions, check_duration, check_script, check_variants
from tasks.media.presets import find_preset
from tasks.own_speech import wants_speech
from tasks.policies import task_runner
from tasks.probing import import_footage, probe_footage
from tasks.projects import open_project, start_work
from tasks.run_context import RunContext, StagePlan
from tasks.voice import SpokenScript, speak_script

STAGES = {"import footage": 4.0, "speak script": 3.0, **CLIP_STAGES, "render finals": 90.0}

#: A voice this much longer or shorter than the asked-for duration is worth a word.
_NOTEWORTHY_S = 1.0


class MadeReels(BaseModel):
    """What the flow made."""

    run_id: UUID
    project_id: UUID
    clip_ids: list[UUID]
    export_ids: list[UUID]


def _name() -> str:
    asked = flow_run.parameters
    return run_name(asked["profile_id"], asked["project"], _title(asked["variants"]))


def _title(variants: int) -> str:
    return f"make {variants} {'reel' if variants == 1 else 'reels'}"


@flow(
    name="make_reels",
    flow_run_name=_name,
    task_runner=task_runner(),
)
def make_reels(
    profile_id: UUID,
    files: Sequence[Path],
    project: str,
    script: str | None = None,
    variants: int = 3,
    duration_s: float = 30.0,
    presets: Sequence[str] = ("reels",),
    seed: int = 1,
    captions: CaptionsFrom | None = None,
    footage_ids: Sequence[UUID] = (),
    brand: bool = True,
    run_id: UUID | None = None,
    max_cost_micro_usd: int | None = None,
) -> MadeReels:
    """Makes finished reels of video files.

    Args:
        profile_id: Whose reels they are.
        files: Video files on this machine.
        project: Name of the project; made when missing.
        script: Spoken and shown as captions; the reels are then as long as the voice.
        variants: How many different reels.
        duration_s: Length of each, without a script.
        presets: Delivery formats of the finals.
        seed: Equal seeds give equal reels.
        captions: Without a script: "speech" for what is said in the footage, "none" for none; None for what
            the profile has.
        footage_ids: What the library has already, besides `files`.
        brand: Whether the reels get the logo and end card of the profile's brand kit.
        run_id: Given by who follows the run.
        max_cost_micro_usd: Most that the run may cost, whatever the month's budget has left.

    Raises:
        UnusableFootage: a file can't be made into reels, with the reason.
        NotFound: the profile has no such footage.
        BadInput: no footage, no such preset, a script that can't be spoken, or nobody to hear the footage.
        QualityCheckFailed: a final did not pass its checks.
    """
    with live_run(
        profile_id,
        kind="make_reels",
        title=_title(variants),
        stages=StagePlan(STAGES),
        run_id=run_id,
        max_cost_micro_usd=max_cost_micro_usd,
        parameters={
            "files": [str(file) for file in files],
            "project": project,
            "script": script,
            "variants": variants,
            "duration_s": duration_s,
            "presets": list(presets),
            "seed": seed,
            "captions": captions,
            "footage_ids": [str(footage_id) for footage_id in footage_ids],
            "brand": brand,
        },
    ) as run:
        _check_wishes([*files, *footage_ids], script, variants, duration_s, presets)
        check_captions(captions, script=script)
        wants_speech(run, captions)
        run.enter("import footage")
        # All are looked at before any is taken in: a wrong file among them changes nothing.
        probed = [(file, probe_footage(run, file)) for file in files]
        with run.reading() as session:
            known = [session.require(Footage, footage_id).id for footage_id in footage_ids]
        imported = [import_footage(run, file, info) for file, info in probed]
        footage_ids = list(dict.fromkeys([*known, *imported]))
        project_id = open_project(run, project, footage_ids, target_s=duration_s)
        start_work(run, project_id)
        voice = None if script is None else _speak(run, script, project_id, duration_s)
        target_s = voice.picture_s if voice else duration_s
        clip_ids = make_clips(
            run,
            project_id,
            footage_ids,
            variants=variants,
            target_s=target_s,
            seed=seed,
            preset=presets[0],
            voice=voice,
            captions=captions,
            brand=brand,
        )
        export_ids = finish_clips(run, clip_ids, presets)
        return MadeReels(run_id=run.run_id, project_id=project_id, clip_ids=clip_ids, export_ids=export_ids)


def _check_wishes(
    footage: Sequence[Path | UUID],
    script: str | None,
    variants: int,
    duration_s: float,
    presets: Sequence[str],
) -> None:
    if not footage or not presets:
        raise BadInput("Reels are made of at least one video file, for at least one preset.")
    check_variants(variants)
    check_duration(duration_s)
    if script is not None:
        check_script(script)
    for preset in presets:
        find_preset(preset)


def _speak(run: RunContext, script: str, project_id: UUID, duration_s: float) -> SpokenScript:
    run.enter("speak script")
    voice = speak_script(run, script, project_id)
    if abs(voice.picture_s - duration_s) > _NOTEWORTHY_S:
        run.tell(
            "duration_from_voice",
            f"The script takes {voice.duration_s:.1f} s to speak, so the reels last "
            f"{voice.picture_s:.1f} s instead of {duration_s:g} s.",
            voice_s=round(voice.duration_s, 3),
            asked_s=duration_s,
        )
    return voice
