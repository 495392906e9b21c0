"""A clip becomes finished files: its script spoken, its edit fitted to the voice, one encode per preset."""

from collections.abc import Callable, Sequence
from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run
from pydantic import BaseModel

from flows.generate_clips import cut_drafts
from flows.run_life import live_run, run_name
from models.clip import Clip
from models.edit import CaptionsFrom
from models.errors import RunStopped
from models.limits import check_captions
from tasks.branding import brand_clip_again
from tasks.export import find_export, publish_export
from tasks.own_speech import caption_clip_again
from tasks.policies import task_runner
from tasks.projects import start_work
from tasks.quality import check_final
from tasks.render import render_final
from tasks.run_context import RunContext, StagePlan
from tasks.selection import fit_clip
from tasks.sound import mix_clip_sound
from tasks.voice import speak_script

STAGES = {"speak script": 5.0, "fit edit": 1.0, "hear speech": 5.0, "cut drafts": 12.0, "render finals": 60.0}


class RenderedClip(BaseModel):
    """What the flow made."""

    run_id: UUID
    clip_id: UUID
    export_ids: list[UUID]


def finish_clips(run: RunContext, clip_ids: Sequence[UUID], presets: Sequence[str]) -> list[UUID]:
    """Finals of all clips in all presets, in order; what exists already is reused.

    One final that fails does not take the others with it: they are published first, then its error
    is raised. What else failed is recorded on the run.
    """
    run.enter("render finals")
    report = run.progress("render finals")
    wanted = [(clip_id, preset) for clip_id in clip_ids for preset in presets]
    exports = {job: export_id for job in wanted if (export_id := find_export(run, *job))}
    for (_, preset), export_id in exports.items():
        run.tell("export_reused", f"The {preset} final is there already: reused.", export_id=str(export_id))
    missing = [job for job in wanted if job not in exports]
    shares = dict.fromkeys(missing, 0.0)

    def teller(job: tuple[UUID, str]) -> Callable[[float], None]:
        def tell(share: float) -> None:
            shares[job] = share
            report((len(wanted) - len(missing) + sum(shares.values())) / len(wanted))

        return tell

    sounds = {clip_id: mix_clip_sound(run, clip_id) for clip_id in dict.fromkeys(job[0] for job in missing)}
    renders = {job: render_final.submit(run, *job, sounds[job[0]], teller(job)) for job in missing}
    failures: list[Exception] = []
    for job, render in renders.items():
        try:
            rendered = render.result()
            quality = check_final(run, job[0], rendered)
            exports[job] = publish_export(run, job[0], rendered, quality)
        except RunStopped:
            raise
        except Exception as error:
            failures.append(error)
    for failure in failures[1:]:
        run.warn("final_failed", str(failure))
    if failures:
        raise failures[0]
    return [exports[job] for job in wanted]


def _name() -> str:
    asked = flow_run.parameters
    return run_name(asked["profile_id"], f"render {', '.join(asked['presets'])}", clip_id=asked["clip_id"])


@flow(
    name="render_clip",
    flow_run_name=_name,
    task_runner=task_runner(),
)
def render_clip(
    profile_id: UUID,
    clip_id: UUID,
    presets: Sequence[str] = ("reels",),
    script: str | None = None,
    captions: CaptionsFrom | None = None,
    brand: bool | None = None,
    run_id: UUID | None = None,
    max_cost_micro_usd: int | None = None,
) -> RenderedClip:
    """Renders finals of one clip.

    Args:
        profile_id: Whose clip it is.
        clip_id: The clip.
        presets: Delivery formats.
        script: A new script; the clip's edit is stretched or trimmed to its voice.
        captions: For a clip without a script: "speech" for what is said in the footage, "none" for none;
            None leaves them as they are.
        brand: True for the logo and end card of the profile's brand kit as it is now, False for none; None
            leaves them as they are.
        run_id: Given by who follows the run.
        max_cost_micro_usd: Most that the run may cost, whatever the month's budget has left.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: no such preset, a script that can't be spoken, or captions that don't go with it.
        QualityCheckFailed: a final did not pass its checks.
    """
    with live_run(
        profile_id,
        kind="render_clip",
        title=f"render {', '.join(presets)}",
        stages=StagePlan(STAGES),
        run_id=run_id,
        max_cost_micro_usd=max_cost_micro_usd,
        parameters={
            "clip_id": str(clip_id),
            "presets": list(presets),
            "script": script,
            "captions": captions,
            "brand": brand,
        },
    ) as run:
        check_captions(captions, script=script)
        with run.reading() as session:
            project_id = session.require(Clip, clip_id).project_id
        start_work(run, project_id)
        if script is not None:
            run.enter("speak script")
            voice = speak_script(run, script, project_id)
            run.enter("fit edit")
            is_changed = fit_clip(run, clip_id, voice)
        else:
            is_changed = caption_clip_again(run, clip_id, project_id, captions)
        is_changed = brand_clip_again(run, clip_id, brand) or is_changed
        if is_changed:
            run.enter("cut drafts")
            cut_drafts(run, [clip_id], presets[0])
        export_ids = finish_clips(run, [clip_id], presets)
        return RenderedClip(run_id=run.run_id, clip_id=clip_id, export_ids=export_ids)
