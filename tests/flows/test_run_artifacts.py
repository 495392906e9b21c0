"""What a run shows in Prefect, and that showing it never stands in the run's way."""

import logging
import threading
from collections.abc import Iterator
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterId,
)
from prefect.client.schemas.objects import Artifact, StateType
from prefect.exceptions import CancelledRun

import flows.run_artifacts as run_artifacts
import tests.tasks.conftest
from flows.markdown_text import escaped
from flows.run_artifacts import clip_table, outcome_page, show_outcome
from flows.run_life import live_run, run_name
from models.clip import Clip, Export
from models.errors import NotFound
from models.profile import Profile
from models.profiles import create_profile
from models.project import Project
from models.redaction import remember
from models.run import Run, RunState
from models.session import Database
from models.settings import Settings
from tasks.media import ffmpeg
from tasks.run_context import RunContext, StagePlan
from tests.program import Reelflow

run = tests.tasks.conftest.run  # the fixture

SECRET = "a-key-that-nobody-may-see"  # noqa: S105


@pytest.fixture
def database(reelflow: Reelflow) -> Iterator[Database]:
    with reelflow.database() as opened:
        yield opened


@pytest.fixture
def acme(database: Database) -> Profile:
    return create_profile(database, "Acme *Tea*")


@pytest.fixture
def client(prefect_api: str) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as opened:
        yield opened


@flow(name="brew", flow_run_name=lambda: "brew")
def brew(profile_id: UUID, stop: bool = False) -> UUID:
    """A flow with the life of a run and no work."""
    with live_run(profile_id, kind="brew", title="brew tea", stages=StagePlan({"brew": 1.0})) as run:
        run.enter("brew")
        _make_clip(run)
        run.warn("weak", f"The tea is weak: {SECRET}")
        if stop:
            raise KeyboardInterrupt
        return run.run_id


def _make_clip(run: RunContext) -> None:
    with run.session() as session:
        project = Project(profile_id=run.profile_id, name="Summer sale")
        session.add(project)
        session.flush()
        clip = Clip(
            profile_id=run.profile_id,
            project_id=project.id,
            run_id=run.run_id,
            variant=1,
            name="Variant 1",
            edit={},
            duration_s=8.0,
            seed=1,
        )
        clip.draft_key = run.storage.key_for("drafts", clip.id, ".mp4")
        session.add(clip)
        session.require(Run, run.run_id).project_id = project.id


def the_run(database: Database, acme: Profile) -> Run:
    with database.profile_session(acme.id, read_only=True) as session:
        from sqlmodel import select

        return session.exec(select(Run)).one()


def artifacts(client: SyncPrefectClient, run: Run) -> dict[str, Artifact]:
    assert run.prefect_flow_run_id
    found = client.read_artifacts(
        artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.prefect_flow_run_id]))
    )
    return {str(each.key).removesuffix(f"-{run.id}"): each for each in found}


@pytest.mark.slow
def test_a_run_shows_its_progress_clips_and_warnings_and_no_secret(
    database: Database, acme: Profile, client: SyncPrefectClient
) -> None:
    remember(SECRET)

    run_id = brew(acme.id)

    shown = artifacts(client, the_run(database, acme))
    assert shown.keys() == {"progress", "clips", "outcome"}
    assert (shown["progress"].type, shown["progress"].data) == ("progress", 100.0)
    assert shown["clips"].type == "table"
    assert "Summer sale" in str(shown["clips"].data)
    page = str(shown["outcome"].data)
    assert page.startswith(r"# Acme \*Tea\*: brew tea")
    assert "**Completed**" in page
    assert "The tea is weak" in page
    assert SECRET not in str([each.data for each in shown.values()])
    assert str(run_id) in str(shown["progress"].key)


@pytest.mark.slow
def test_a_run_that_was_stopped_is_cancelled_in_prefect_as_well(
    database: Database, acme: Profile, client: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A process that is being stopped starts no more media processes, ever; this one lives on.
    monkeypatch.setattr(ffmpeg, "_stopping", threading.Event())
    with pytest.raises(CancelledRun):
        brew(acme.id, stop=True)

    run = the_run(database, acme)
    assert run.state is RunState.CANCELLED
    ours = FlowRunFilter(id=FlowRunFilterId(any_=[run.prefect_flow_run_id]))
    (flow_run,) = client.read_flow_runs(flow_run_filter=ours)
    assert flow_run.state
    assert flow_run.state.type is StateType.CANCELLED
    assert "**Cancelled**" in str(artifacts(client, run)["outcome"].data)


def test_a_server_that_is_away_is_a_line_in_the_log(
    run: RunContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def nobody(**_: object) -> None:
        raise ConnectionError("nobody there")

    monkeypatch.setattr(run_artifacts, "get_client", nobody)

    with caplog.at_level(logging.WARNING, "reelflow"):
        with run_artifacts.progress_artifact(run.run_id, run.run_id) as artifact:
            assert artifact
            artifact.tell("brew", 0.5)
        show_outcome(run.database, run.profile_id, run.run_id, run.run_id)

    assert [record.getMessage() for record in caplog.records] == [
        "the run's progress is not shown in Prefect: nobody there",
        "the run's outcome is not shown in Prefect: nobody there",
    ]


def test_the_table_links_to_the_panel_where_there_is_one(run: RunContext) -> None:
    _make_clip(run)
    with run.reading() as session:
        clip = session.exec(run_artifacts.select(Clip)).one()
        here = clip_table(session, run.settings, run.run_id)
        panel = Settings(home=run.settings.home, panel_url="https://reels.example.com")
        linked = clip_table(session, panel, run.run_id)

    assert here[0]["link"] == ""
    assert here[0]["draft"] == str(run.storage.path(str(clip.draft_key)))
    assert linked[0]["link"] == f"https://reels.example.com/?profile=meadow&project={clip.project_id}"


def test_the_table_has_what_a_run_rendered_of_older_clips(run: RunContext) -> None:
    _make_clip(run)
    other = UUID(int=7)
    with run.session() as session:
        clip = session.exec(run_artifacts.select(Clip)).one()
        session.add(Run(profile_id=run.profile_id, id=other, kind="render_clip"))
        export = Export(
            profile_id=run.profile_id,
            clip_id=clip.id,
            run_id=other,
            preset="reels",
            fingerprint="0" * 64,
            storage_key=run.storage.key_for("exports", clip.id, ".mp4"),
            bytes=1,
            width=1080,
            height=1920,
            fps=30.0,
            duration_s=8.0,
            integrated_lufs=None,
            true_peak_dbtp=None,
            quality={},
            manifest={},
        )
        session.add(export)
        session.flush()
        (line,) = clip_table(session, run.settings, other)
        page = outcome_page(session, session.require(Run, other))

    assert line["finals"].startswith("reels: ")
    assert "$0.00 in all." in page


def test_names_in_prefect_say_whose_and_what(database: Database, acme: Profile) -> None:
    with database.profile_session(acme.id) as session:
        project = Project(profile_id=acme.id, name="Summer sale")
        session.add(project)
    nothing = UUID(int=1)

    assert (
        run_name(acme.id, "render reels", project_id=project.id) == "Acme *Tea* · Summer sale · render reels"
    )
    assert run_name(str(acme.id), "render reels", clip_id=nothing) == "Acme *Tea* · render reels"
    with pytest.raises(NotFound):
        run_name(nothing, "render reels")


def test_users_words_stay_words() -> None:
    assert escaped("a|b\n# *c*") == r"a\|b \# \*c\*"
