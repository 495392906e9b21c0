"""The list of deployments: a change to it is a change to what people and schedules start."""

from pathlib import Path
from uuid import UUID

import pytest
import yaml

from flows.deployment_plan import (
    HOUSEKEEPING_LIMIT,
    POOL,
    PROFILE_LIMIT,
    WORKER_LIMIT,
    PlannedDeployment,
    planned_deployments,
    profile_deployments,
    queue_name,
    shared_deployments,
)
from models.profile import Profile

ACME = Profile(
    id=UUID("00000000-0000-4000-8000-000000000001"), slug="acme", name="Acme", timezone="Europe/Bucharest"
)


def as_lines(planned: PlannedDeployment) -> str:
    times = planned.timetable
    return (
        f"{planned.flow_name}/{planned.name}: {planned.entrypoint}, "
        f"{f'{times.cron} {times.timezone}' if times else 'by hand'}\n"
        f"    {planned.queue}, {planned.limit} {planned.collision}, {' '.join(planned.tags)}\n"
    )


def test_these_are_all_deployments() -> None:
    assert (
        "".join(map(as_lines, planned_deployments([ACME])))
        == """\
make_reels/make_reels: flows.make_reels:make_reels, by hand
    default, 16 ENQUEUE, kind:make_reels
generate_clips/generate_clips: flows.generate_clips:generate_clips, by hand
    default, 16 ENQUEUE, kind:generate_clips
render_clip/render_clip: flows.render_clip:render_clip, by hand
    default, 16 ENQUEUE, kind:render_clip
import_footage/import_footage: flows.import_footage:import_footage, by hand
    default, 16 ENQUEUE, kind:import_footage
recut_drafts/recut_drafts: flows.recut_drafts:recut_drafts, by hand
    default, 16 ENQUEUE, kind:recut_drafts
export_clips/export_clips: flows.export_clips:export_clips, by hand
    default, 16 ENQUEUE, kind:export_clips
reconcile/reconcile: flows.housekeeping:reconcile, */3 * * * * UTC
    housekeeping, 1 CANCEL_NEW, kind:reconcile
watch_inbox/acme: flows.inbox:watch_inbox, * * * * * Europe/Bucharest
    housekeeping, 1 CANCEL_NEW, kind:watch_inbox profile:acme
clean_up/acme: flows.housekeeping:clean_up, 30 3 * * * Europe/Bucharest
    housekeeping, 1 CANCEL_NEW, kind:clean_up profile:acme
report_costs/acme: flows.cost_report:report_costs, 0 6 1 * * Europe/Bucharest
    housekeeping, 1 CANCEL_NEW, kind:report_costs profile:acme
"""
    )


def test_a_worker_always_has_room_for_a_second_profile() -> None:
    """With the limits equal, one profile's hundred runs hold up everybody else's."""
    assert WORKER_LIMIT > PROFILE_LIMIT
    assert WORKER_LIMIT > HOUSEKEEPING_LIMIT


def test_the_file_fetches_nothing_and_names_the_pool() -> None:
    document = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text())

    assert document["pull"] == []
    assert {entry["work_pool"]["name"] for entry in document["deployments"]} == {POOL}


@pytest.mark.parametrize("planned", planned_deployments([ACME]), ids=lambda each: each.entrypoint)
def test_every_entrypoint_is_a_flow_of_its_own_name(planned: PlannedDeployment) -> None:
    from prefect.flows import load_flow_from_entrypoint

    flow = load_flow_from_entrypoint(planned.entrypoint, use_placeholder_flow=False)

    assert flow.name == planned.flow_name
    assert planned.description.endswith(".")
    assert set(planned.parameters or ()) <= set(flow.parameters.properties)


def test_a_new_time_zone_or_name_makes_a_new_version_and_nothing_else_does() -> None:
    before = {planned.key: planned.version for planned in profile_deployments(ACME)}
    moved = ACME.model_copy(update={"timezone": "Asia/Tokyo"})

    after = {planned.key: planned.version for planned in profile_deployments(moved)}

    assert {planned.key: planned.version for planned in profile_deployments(ACME)} == before
    assert before.keys() == after.keys()
    assert all(before[key] != after[key] for key in before)


def test_queues_are_told_apart_by_profile() -> None:
    assert queue_name("acme") == "profile-acme"
    assert all(planned.queue != queue_name("acme") for planned in shared_deployments())
