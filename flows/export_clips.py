"""Many clips in many presets become one archive to deliver; finals that are missing are rendered first."""

from collections.abc import Sequence
from uuid import UUID

from prefect import flow
from prefect.runtime import flow_run
from pydantic import BaseModel

from flows.generate_clips import cut_drafts
from flows.render_clip import finish_clips
from flows.run_life import live_run, run_name
from models.errors import BadInput
from tasks.delivery import pack_delivery
from tasks.media.presets import find_preset
from tasks.own_speech import caption_new_cuts
from tasks.policies import task_runner
from tasks.projects import start_work
from tasks.run_context import StagePlan
from tasks.several_clips import find_clips

STAGES = {"hear speech": 2.0, "cut drafts": 8.0, "render finals": 85.0, "pack delivery": 5.0}


class ExportedClips(BaseModel):
    """What the flow made."""

    run_id: UUID
    export_ids: list[UUID]
    delivery_key: str
    """Storage key of the archive."""
    delivery_name: str
    """What it is called when it is downloaded."""
    delivery_bytes: int


def _name() -> str:
    asked = flow_run.parameters
    return run_name(asked["profile_id"], _title(asked["clip_ids"], asked["presets"]))


@flow(
    name="export_clips",
    flow_run_name=_name,
    task_runner=task_runner(),
)
def export_clips(
    profile_id: UUID,
    clip_ids: Sequence[UUID],
    presets: Sequence[str] = ("reels",),
    run_id: UUID | None = None,
    max_cost_micro_usd: int | None = None,
) -> ExportedClips:
    """Packs finals of clips, their subtitles and manifests, and their edits for other programs.

    Args:
        profile_id: Whose clips they are.
        clip_ids: The clips, of one project or several.
        presets: Delivery formats.
        run_id: Given by who follows the run.
        max_cost_micro_usd: Most that listening to footage which is new in a clip may cost; finals are free.

    Raises:
        NotFound: the profile has no such clip.
        BadInput: no clip, or no such preset.
        BudgetRefused, ProviderRefused, ProviderUnavailable: from listening.
        QualityCheckFailed: a final did not pass its checks; nothing is packed.
    """
    with live_run(
        profile_id,
        kind="export_clips",
        title=_title(clip_ids, presets),
        stages=StagePlan(STAGES),
        run_id=run_id,
        max_cost_micro_usd=max_cost_micro_usd,
        parameters={"clip_ids": [str(clip_id) for clip_id in clip_ids], "presets": list(presets)},
    ) as run:
        if not clip_ids or not presets:
            raise BadInput("Name at least one clip and one preset to export.")
        formats = list(dict.fromkeys(find_preset(preset).name for preset in presets))
        clips = find_clips(run, clip_ids)
        if clips.only_project_id:
            start_work(run, clips.only_project_id)
        if changed := caption_new_cuts(run, clips.ids):
            run.enter("cut drafts")
            cut_drafts(run, changed, formats[0])
        export_ids = finish_clips(run, clips.ids, formats)
        run.enter("pack delivery")
        delivery = pack_delivery(run, export_ids, run.progress("pack delivery"))
        return ExportedClips(
            run_id=run.run_id,
            export_ids=export_ids,
            delivery_key=delivery.key,
            delivery_name=delivery.name,
            delivery_bytes=delivery.bytes,
        )


def _title(clip_ids: Sequence[UUID | str], presets: Sequence[str]) -> str:
    clips = "a clip" if len(clip_ids) == 1 else f"{len(clip_ids)} clips"
    return f"export {clips} as {', '.join(dict.fromkeys(presets))}"
