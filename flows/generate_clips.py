"""Footage in, N clips out: each with its edit, draft and poster. Finals come later, for the chosen ones."""

from collections.abc import Sequence
from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run
from pydantic import BaseModel

from flows.run_life import live_run, run_name
from models.edit import CaptionsFrom
from models.limits import check_captions, check_duration, check_variants
from models.project import Project
from tasks.analysis import score_segments
from tasks.drafts import cut_draft
from tasks.own_speech import caption_new_clips, wants_speech
from tasks.policies import task_runner
from tasks.projects import project_context, project_footage, start_work
from tasks.run_context import RunContext, StagePlan, part_of
from tasks.segments import find_segments
from tasks.selection import plan_clips
from tasks.selection_wishes import NO_WISHES, Order, Wishes, check_wishes, wished_voice
from tasks.sound import mix_clip_sound
from tasks.voice import SpokenScript

#: Shares of the time, measured on three 30-second variants of a three-minute source.
STAGES = {
    "find segments": 50.0,
    "score segments": 1.0,
    "plan variants": 1.0,
    "hear speech": 3.0,
    "cut drafts": 25.0,
}


class GeneratedClips(BaseModel):
    """What the flow made."""

    run_id: UUID
    project_id: UUID
    clip_ids: list[UUID]


def make_clips(
    run: RunContext,
    project_id: UUID,
    footage_ids: Sequence[UUID],
    *,
    variants: int,
    target_s: float,
    seed: int,
    preset: str,
    voice: SpokenScript | None = None,
    captions: CaptionsFrom | None = None,
    wishes: Wishes = NO_WISHES,
    brand: bool = True,
) -> list[UUID]:
    """The flow's stages, for other flows to build on; returns the clips' ids in order."""
    run.enter("find segments")
    report = run.progress("find segments")
    for done, footage_id in enumerate(footage_ids):
        find_segments(run, footage_id, part_of(report, done, len(footage_ids)))
    run.enter("score segments")
    score_segments(run, footage_ids, project_context(run, project_id), project_id)
    run.enter("plan variants")
    clip_ids = plan_clips(
        run,
        project_id,
        footage_ids,
        variants=variants,
        target_s=target_s,
        seed=seed,
        voice=voice,
        wishes=wishes,
        is_branded=brand,
    )
    if voice is None:
        caption_new_clips(run, clip_ids, project_id, captions)
    run.enter("cut drafts")
    cut_drafts(run, clip_ids, preset)
    return clip_ids


def cut_drafts(run: RunContext, clip_ids: Sequence[UUID], preset: str) -> None:
    """A draft and a poster for each clip."""
    report = run.progress("cut drafts")
    sounds = [mix_clip_sound.submit(run, clip_id) for clip_id in clip_ids]
    drafts = [
        cut_draft.submit(run, clip_id, preset, sound.result())
        for clip_id, sound in zip(clip_ids, sounds, strict=True)
    ]
    for done, draft in enumerate(drafts, start=1):
        draft.result()
        report(done / len(drafts))


def _name() -> str:
    asked = flow_run.parameters
    return run_name(asked["profile_id"], _title(asked["variants"]), project_id=asked["project_id"])


def _title(variants: int) -> str:
    return f"generate {variants} {'clip' if variants == 1 else 'clips'}"


@flow(
    name="generate_clips",
    flow_run_name=_name,
    task_runner=task_runner(),
)
def generate_clips(
    profile_id: UUID,
    project_id: UUID,
    variants: int = 3,
    duration_s: float | None = None,
    seed: int = 1,
    preset: str = "reels",
    captions: CaptionsFrom | None = None,
    like_clip_id: UUID | None = None,
    voice_clip_id: UUID | None = None,
    segment_ids: Sequence[UUID] = (),
    order: Order = "best",
    brand: bool = True,
    run_id: UUID | None = None,
    max_cost_micro_usd: int | None = None,
) -> GeneratedClips:
    """Makes N different clips of a project's footage, beside those that the project has.

    Args:
        profile_id: Whose project it is.
        project_id: Whose footage is used.
        variants: How many clips.
        duration_s: Length of each; the liked clip's, else the project's target when None. A voice decides in
            any case.
        seed: Equal seeds give equal clips.
        preset: Shape of the drafts.
        captions: "speech" for what is said in the footage, "none" for none; None for what the profile has.
        like_clip_id: "More like this": other pictures in the manner of this clip of the project, with its
            script and voice.
        voice_clip_id: Speak the script of this clip of the project, with its voice.
        segment_ids: The only segments to cut from; all of the project's footage when empty.
        order: "given" shows each of those segments once, in that order.
        brand: Whether the clips get the logo and end card of the profile's brand kit.
        run_id: Given by who follows the run.
        max_cost_micro_usd: Most that the run may cost, whatever the month's budget has left.

    Raises:
        NotFound: the profile has no such project, clip or segment.
        BadInput: the project has no footage, nobody can hear what is said in it, or wishes contradict each
            other.
    """
    with live_run(
        profile_id,
        kind="generate_clips",
        title=_title(variants),
        stages=StagePlan(STAGES),
        run_id=run_id,
        max_cost_micro_usd=max_cost_micro_usd,
        parameters={
            "project_id": str(project_id),
            "variants": variants,
            "seed": seed,
            "preset": preset,
            "captions": captions,
            "duration_s": duration_s,
            "like_clip_id": None if like_clip_id is None else str(like_clip_id),
            "voice_clip_id": None if voice_clip_id is None else str(voice_clip_id),
            "segment_ids": [str(segment_id) for segment_id in segment_ids],
            "order": order,
            "brand": brand,
        },
    ) as run:
        check_variants(variants)
        with run.reading() as session:
            project = session.require(Project, project_id)
        wishes = check_wishes(
            run,
            project_id,
            like_clip_id=like_clip_id,
            voice_clip_id=voice_clip_id,
            segment_ids=segment_ids,
            order=order,
        )
        voice = wished_voice(run, wishes)
        check_captions(captions, script=voice.text if voice else None)
        captions = captions or wishes.captions
        if duration_s is None or voice:
            duration_s = voice.picture_s if voice else wishes.target_s
        target_s = project.target_duration_s if duration_s is None else duration_s
        check_duration(target_s)
        wants_speech(run, captions)
        start_work(run, project_id)
        clip_ids = make_clips(
            run,
            project_id,
            project_footage(run, project_id),
            variants=variants,
            target_s=target_s,
            seed=seed,
            preset=preset,
            voice=voice,
            captions=captions,
            wishes=wishes,
            brand=brand,
        )
        return GeneratedClips(run_id=run.run_id, project_id=project_id, clip_ids=clip_ids)
