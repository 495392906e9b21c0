"""Clips whose edit was changed get new drafts and posters; what is up to date is left alone."""

from collections.abc import Sequence
from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run
from pydantic import BaseModel

from flows.generate_clips import cut_drafts
from flows.run_life import live_run, run_name
from models.errors import BadInput
from tasks.drafts import is_up_to_date
from tasks.own_speech import caption_new_cuts
from tasks.policies import task_runner
from tasks.projects import start_work
from tasks.run_context import StagePlan
from tasks.several_clips import find_clips

STAGES = {"hear speech": 1.0, "cut drafts": 9.0}


class RecutDrafts(BaseModel):
    """What the flow did."""

    run_id: UUID
    clip_ids: list[UUID]
    """Clips that have a new draft."""
    up_to_date: list[UUID]
    """Clips whose draft showed their edit already."""


def _name() -> str:
    asked = flow_run.parameters
    return run_name(asked["profile_id"], _title(asked["clip_ids"]))


@flow(
    name="recut_drafts",
    flow_run_name=_name,
    task_runner=task_runner(),
)
def recut_drafts(
    profile_id: UUID,
    clip_ids: Sequence[UUID],
    preset: str = "reels",
    run_id: UUID | None = None,
    max_cost_micro_usd: int | None = None,
) -> RecutDrafts:
    """Makes drafts and posters of clips again, where they are not those of the edit.

    Args:
        profile_id: Whose clips they are.
        clip_ids: The clips.
        preset: Shape of the drafts.
        run_id: Given by who follows the run.
        max_cost_micro_usd: Most that listening to footage which is new in a clip may cost; drafts are free.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: no clip, or no such preset.
        BudgetRefused, ProviderRefused, ProviderUnavailable: from listening.
    """
    with live_run(
        profile_id,
        kind="recut_drafts",
        title=_title(clip_ids),
        stages=StagePlan(STAGES),
        run_id=run_id,
        max_cost_micro_usd=max_cost_micro_usd,
        parameters={"clip_ids": [str(clip_id) for clip_id in clip_ids], "preset": preset},
    ) as run:
        if not clip_ids:
            raise BadInput("Name at least one clip whose draft should be renewed.")
        clips = find_clips(run, clip_ids)
        if clips.only_project_id:
            start_work(run, clips.only_project_id)
        caption_new_cuts(run, clips.ids)
        current = [clip_id for clip_id in clips.ids if is_up_to_date(run, clip_id, preset)]
        if current:
            run.tell("draft_current", f"{len(current)} drafts show their edit already: kept.")
        stale = [clip_id for clip_id in clips.ids if clip_id not in current]
        if stale:
            run.enter("cut drafts")
            cut_drafts(run, stale, preset)
        return RecutDrafts(run_id=run.run_id, clip_ids=stale, up_to_date=current)


def _title(clip_ids: Sequence[UUID | str]) -> str:
    return "renew a draft" if len(clip_ids) == 1 else f"renew {len(clip_ids)} drafts"
