"""The panel's way to Prefect, against a real server and without a worker: nothing that is started begins."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from models.access import LOCAL, Identity, Member, Role, join
from models.errors import BadInput, Fault, Forbidden, NotFound
from models.members import invite_member
from models.profiles import create_profile
from models.run import Run, RunEvent, RunState
from models.session import Database, open_database
from models.settings import Settings
from models.tenant import now_utc
from models.work_dir import open_work_dir
from tests.conftest import ODD_NAME
from ui.gateway import Gateway

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("gateway") / ODD_NAME)


@pytest.fixture(scope="module")
def database(settings: Settings) -> Iterator[Database]:
    settings.home_dir.mkdir()
    with open_database(settings) as database:
        yield database


@pytest.fixture(scope="module")
def gateway(settings: Settings, database: Database, prefect_api: str) -> Gateway:
    from flows.deployments import sync_deployments

    sync_deployments(database, settings)
    return Gateway(settings)


@pytest.fixture(scope="module")
def member(database: Database) -> Member:
    """Somebody who may change things; registering a profile's schedules takes a while, so all share one."""
    create_profile(database, "Acme", "acme-gateway")
    return join(database, LOCAL, "acme-gateway")


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No Prefect server answers."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    nowhere = "http://127.0.0.1:9/api"
    monkeypatch.setenv("PREFECT_API_URL", nowhere)
    with temporary_settings({PREFECT_API_URL: nowhere}):
        yield


@pytest.fixture(scope="module")
def viewer(database: Database, member: Member) -> Member:
    """Somebody who may only look."""
    invite_member(member, "zoe@acme.example", Role.VIEWER)
    zoe = Identity("https://id.example", "zoe", "zoe@acme.example", "Zoë", is_email_verified=True)
    return join(database, zoe, member.profile.slug)


def titled(member: Member, title: str) -> list[Run]:
    with member.reading() as session:
        return list(session.exec(select(Run).where(Run.title == title)))


def row(member: Member, run_id: UUID) -> Run:
    with member.reading() as session:
        return session.require(Run, run_id)


def add_run(member: Member, **values: Any) -> Run:
    run = Run(profile_id=member.profile.id, kind="make_reels", title="make 3 reels", **values)
    with member.writing() as session:
        session.add(run)
    return run


def in_prefect(run: Run) -> Any:
    from prefect.client.orchestration import get_client

    assert run.prefect_flow_run_id
    with get_client(sync_client=True) as client:
        return client.read_flow_run(run.prefect_flow_run_id)


def start(gateway: Gateway, member: Member, title: str = "make 2 reels", **values: Any) -> Run:
    parameters = {"files": [Path("/films/tea.mp4")], "project": "Tea", "variants": 2}
    run_id = gateway.start(member, "make_reels", parameters, title=title, **values)
    return row(member, run_id)


def test_a_started_run_waits_in_its_profiles_queue_under_its_own_id(
    gateway: Gateway, member: Member, prefect_api: str
) -> None:
    project_id = uuid4()

    run = start(gateway, member, project_id=project_id, max_cost_micro_usd=350_000)

    assert (run.state, run.kind, run.title) == (RunState.PENDING, "make_reels", "make 2 reels")
    assert (run.project_id, run.max_cost_micro_usd) == (project_id, 350_000)
    flow_run = in_prefect(run)
    assert flow_run.work_queue_name == f"profile-{member.profile.slug}"
    assert {f"profile:{member.profile.slug}", "kind:make_reels"} <= set(flow_run.tags)
    assert flow_run.idempotency_key == str(run.id)
    assert flow_run.state.is_scheduled()
    assert flow_run.parameters == {
        **run.parameters,
        "profile_id": str(member.profile.id),
        "run_id": str(run.id),
        "max_cost_micro_usd": 350_000,
    }
    assert run.parameters == {"files": ["/films/tea.mp4"], "project": "Tea", "variants": 2}
    assert gateway.run_url(run) == f"{prefect_api.removesuffix('/api')}/runs/flow-run/{flow_run.id}"
    assert gateway.is_up()


def test_what_prefect_refuses_is_a_failed_run_with_the_reason(gateway: Gateway, member: Member) -> None:
    with pytest.raises(Fault, match="Prefect"):
        gateway.start(member, "make_reels", {"variants": "many"}, title="make many reels")

    (run,) = titled(member, "make many reels")
    assert run.state is RunState.FAILED
    assert (run.error or "").startswith("The run could not be started: Prefect")


def test_without_a_server_a_run_fails_with_a_sentence(gateway: Gateway, member: Member, away: None) -> None:
    with pytest.raises(Fault, match=r"does not answer at http://127\.0\.0\.1:9/api"):
        start(gateway, member, title="make reels nowhere")

    (run,) = titled(member, "make reels nowhere")
    with member.reading() as session:
        (event,) = session.exec(select(RunEvent).where(RunEvent.run_id == run.id)).all()
    assert run.state is RunState.FAILED
    assert run.finished_at
    assert "does not answer" in event.message
    assert not gateway.is_up()
    assert gateway.run_url(run) is None
    assert gateway.log_tail(member, run.id) == []


def test_a_limit_that_is_no_amount_writes_no_row(gateway: Gateway, member: Member) -> None:
    with pytest.raises(BadInput, match="no amount"):
        start(gateway, member, max_cost_micro_usd=-1, title="make reels for less")

    assert titled(member, "make reels for less") == []


def test_a_run_that_has_not_begun_is_over_at_once_when_cancelled(gateway: Gateway, member: Member) -> None:
    run = start(gateway, member)

    gateway.cancel(member, run.id)
    gateway.cancel(member, run.id)  # a second click

    assert row(member, run.id).state is RunState.CANCELLED
    assert in_prefect(run).state.is_cancelled()


def test_a_run_cancelled_before_it_began_never_begins(
    gateway: Gateway, member: Member, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.run_life import live_run
    from models.errors import RunStopped
    from tasks.run_context import StagePlan

    monkeypatch.setenv("REELFLOW_HOME", str(settings.home_dir))
    run = start(gateway, member)
    gateway.cancel(member, run.id)

    with (
        pytest.raises(RunStopped, match="cancelled before it began"),
        live_run(member.profile.id, kind="x", title="x", stages=StagePlan({"a": 1}), run_id=run.id),
    ):
        pytest.fail("it began")

    assert row(member, run.id).state is RunState.CANCELLED


def test_a_run_at_work_ends_by_itself_when_cancelled(gateway: Gateway, member: Member) -> None:
    from prefect.client.orchestration import get_client
    from prefect.states import Running

    run = start(gateway, member)
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run.prefect_flow_run_id, Running(), force=True)
    with member.writing() as session:
        now = session.require(Run, run.id)
        now.state, now.started_at = RunState.RUNNING, now_utc()

    gateway.cancel(member, run.id)

    assert in_prefect(run).state.is_cancelling(), "the worker sees to it"
    assert row(member, run.id).state is RunState.RUNNING, "until its process has said its last word"


def test_a_run_of_a_command_is_asked_to_stop_in_its_work_dir(
    gateway: Gateway, member: Member, settings: Settings
) -> None:
    run = add_run(member, state=RunState.RUNNING, started_at=now_utc())

    with open_work_dir(settings, member.profile.id, run.id) as work_dir:
        gateway.cancel(member, run.id)

        assert (work_dir.path / ".stop").exists()


def test_a_run_out_of_reach_is_said_to_be(gateway: Gateway, member: Member) -> None:
    run = add_run(member, state=RunState.RUNNING, started_at=now_utc())

    with pytest.raises(BadInput, match="Ctrl-C in the terminal"):
        gateway.cancel(member, run.id)


@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.FAILED])
def test_what_has_ended_is_not_cancelled(gateway: Gateway, member: Member, state: RunState) -> None:
    run = add_run(member, state=state)

    with pytest.raises(BadInput, match="has ended before"):
        gateway.cancel(member, run.id)

    assert row(member, run.id).state is state


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED])
def test_a_resumed_run_is_a_new_one_with_the_same_wishes(
    gateway: Gateway, member: Member, state: RunState
) -> None:
    old = add_run(member, state=state, parameters={"files": ["a.mp4"], "project": "Tea"}, project_id=uuid4())

    run = row(member, gateway.resume(member, old.id))

    assert run.id != old.id
    assert run.resumes_run_id == old.id
    assert run.max_cost_micro_usd == old.max_cost_micro_usd
    assert (run.kind, run.title, run.parameters, run.project_id) == (
        *(old.kind, old.title, old.parameters, old.project_id),
    )
    assert run.state is RunState.PENDING
    assert in_prefect(run).parameters["run_id"] == str(run.id)
    with pytest.raises(BadInput, match="resumed already"):  # a second click
        gateway.resume(member, old.id)


@pytest.mark.parametrize("state", [RunState.PENDING, RunState.RUNNING, RunState.COMPLETED])
def test_only_what_failed_or_was_cancelled_is_resumed(
    gateway: Gateway, member: Member, state: RunState
) -> None:
    run = add_run(member, state=state)

    with pytest.raises(BadInput, match=r"going on|nothing to resume"):
        gateway.resume(member, run.id)


def test_a_log_is_read_in_order_and_without_secrets(gateway: Gateway, member: Member) -> None:
    import logging

    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import LogCreate

    run = start(gateway, member)
    told = ["find segments", "the key is AIzaSyA-this-is-not-a-real-key-12345", "plan variants"]
    with get_client(sync_client=True) as client:
        client.create_logs(
            [
                LogCreate(
                    name="reelflow",
                    level=logging.INFO,
                    message=text,
                    timestamp=now_utc(),
                    flow_run_id=run.prefect_flow_run_id,
                )
                for text in told
            ]
        )

    lines = gateway.log_tail(member, run.id, limit=2)

    assert [(line.level, line.text) for line in lines] == [
        ("INFO", "the key is ***"),
        ("INFO", "plan variants"),
    ]
    assert lines[0].at.tzinfo


def test_a_new_profiles_schedules_are_there_at_once_and_can_be_switched(
    gateway: Gateway, database: Database
) -> None:
    create_profile(database, "New", "new-gateway", timezone="Europe/Bucharest")
    owner = join(database, LOCAL, "new-gateway")

    before = {schedule.name: schedule for schedule in gateway.schedules(owner)}
    gateway.set_schedule(owner, "watch_inbox", is_on=False)
    after = {schedule.name: schedule for schedule in gateway.schedules(owner)}

    assert {"watch_inbox", "clean_up"} <= set(before)
    assert {schedule.timezone for schedule in before.values()} == {"Europe/Bucharest"}
    assert all(schedule.is_on and schedule.cron and schedule.what for schedule in before.values())
    assert not after["watch_inbox"].is_on
    assert after["watch_inbox"].next_run is None
    assert after["clean_up"].is_on
    with pytest.raises(NotFound, match="no schedule 'make_coffee'"):
        gateway.set_schedule(owner, "make_coffee", is_on=True)


def test_the_next_run_of_a_schedule_is_the_first_that_is_still_to_come(
    gateway: Gateway, member: Member
) -> None:
    from prefect.client.orchestration import get_client
    from prefect.states import Scheduled

    gateway.schedules(member)  # registers them
    slug, now = member.profile.slug, now_utc()
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(f"report_costs/{slug}")
        for hours in (3, 2, -1):
            client.create_flow_run_from_deployment(
                deployment.id, state=Scheduled(scheduled_time=now + timedelta(hours=hours))
            )

    (report,) = [each for each in gateway.schedules(member) if each.name == "report_costs"]

    assert report.next_run == now + timedelta(hours=2)


def test_viewers_look_and_change_nothing(gateway: Gateway, member: Member, viewer: Member) -> None:
    run = add_run(member, state=RunState.FAILED)

    for forbidden in (
        lambda: start(gateway, viewer, title="make reels in secret"),
        lambda: gateway.resume(viewer, run.id),
        lambda: gateway.cancel(viewer, run.id),
        lambda: gateway.set_schedule(viewer, "watch_inbox", is_on=False),
    ):
        with pytest.raises(Forbidden):
            forbidden()

    assert gateway.log_tail(viewer, run.id) == []
    assert titled(member, "make reels in secret") == []
    assert row(member, run.id).state is RunState.FAILED


def test_another_profiles_run_is_as_missing_as_none(
    gateway: Gateway, member: Member, database: Database
) -> None:
    run = add_run(member, state=RunState.FAILED)
    create_profile(database, "Rival", "rival-gateway")
    rival = join(database, LOCAL, "rival-gateway")

    asked: list[Callable[[], object]] = [
        lambda: gateway.cancel(rival, run.id),
        lambda: gateway.resume(rival, run.id),
        lambda: gateway.log_tail(rival, run.id),
    ]
    for ask in asked:
        with pytest.raises(NotFound, match=f"no run '{run.id}'"):
            ask()
