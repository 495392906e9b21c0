"""What a run shows in Prefect beside its log: its progress, its clips with links, its costs and warnings.

A view for people, never a source of truth: whatever goes wrong here is a line in the log, no more.
"""

import contextlib
import contextvars
import logging
import threading
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from sqlmodel import col, or_, select

from flows.markdown_text import escaped, table
from models.clip import Clip, Export
from models.costs import run_costs
from models.ledger import CostEntry
from models.money import dollars
from models.project import Project
from models.redaction import redact, redact_document
from models.run import EventLevel, Run, RunEvent
from models.session import Database, ProfileSession
from models.settings import Settings
from models.storage import Storage

_log = logging.getLogger("reelflow")

#: A progress update costs some 12 ms here and a row's update at the server; nobody reads faster.
_EVERY_S = 1.0

#: The run does not wait longer than this for the last update.
_JOIN_S = 5.0


class ProgressArtifact:
    """Carries a run's progress to Prefect from a thread of its own, so that the work never waits for it.

    Args:
        flow_run_id: Whose artifact it is.
        run_id: Names it.
    """

    def __init__(self, flow_run_id: UUID, run_id: UUID) -> None:
        self._flow_run_id = flow_run_id
        self._key = f"progress-{run_id}"
        self._latest: tuple[str, float] = ("starting", 0.0)
        self._ended = threading.Event()
        # Prefect's settings are the context's: a bare thread would talk to another server in tests.
        self._thread = threading.Thread(
            target=contextvars.copy_context().run, args=(self._carry,), name=self._key, daemon=True
        )

    def tell(self, stage: str, share: float) -> None:
        """Remembers how far the run is (0 to 1); returns at once."""
        self._latest = (stage, share)

    def __enter__(self) -> "ProgressArtifact":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._thread.join(_JOIN_S)

    def _carry(self) -> None:
        with _only_logged("progress"), get_client(sync_client=True) as client:
            told = self._latest
            artifact_id = client.create_artifact(
                ArtifactCreate(
                    key=self._key, type="progress", flow_run_id=self._flow_run_id, **_progress(told)
                )
            ).id
            is_last = False
            while not is_last:
                is_last = self._ended.wait(_EVERY_S)
                if self._latest != told:
                    told = self._latest
                    client.update_artifact(artifact_id, ArtifactUpdate(**_progress(told)))


def _progress(latest: tuple[str, float]) -> dict[str, Any]:
    stage, share = latest
    return {"description": redact(stage), "data": round(100 * share, 1)}


@contextlib.contextmanager
def progress_artifact(flow_run_id: UUID | None, run_id: UUID) -> Iterator[ProgressArtifact | None]:
    """A run's progress artifact while the block runs; None outside Prefect."""
    if flow_run_id is None:
        yield None
        return
    with ProgressArtifact(flow_run_id, run_id) as artifact:
        yield artifact


def show_outcome(database: Database, profile_id: UUID, run_id: UUID, flow_run_id: UUID | None) -> None:
    """Shows what a run has made and cost, once its row has its last state; never fails."""
    if flow_run_id is None:
        return
    with _only_logged("outcome"):
        with database.profile_session(profile_id, read_only=True) as session:
            clips = clip_table(session, database.settings, run_id)
            page = outcome_page(session, session.require(Run, run_id))
        with get_client(sync_client=True) as client:
            if clips:
                _create(client, flow_run_id, f"clips-{run_id}", "table", redact_document(clips))
            _create(client, flow_run_id, f"outcome-{run_id}", "markdown", redact(page))


def _create(client: SyncPrefectClient, flow_run_id: UUID, key: str, kind: str, data: object) -> None:
    client.create_artifact(ArtifactCreate(key=key, type=kind, data=data, flow_run_id=flow_run_id))


@contextlib.contextmanager
def _only_logged(what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # whatever a server or a client may answer: the run is what matters
        _log.warning("the run's %s is not shown in Prefect: %s", what, error)


# ------------------------------------------------------------------ what is shown


def clip_table(session: ProfileSession, settings: Settings, run_id: UUID) -> list[dict[str, Any]]:
    """One line for each clip that the run made or rendered, by variant, with links to look at it."""
    exports = session.exec(select(Export).where(Export.run_id == run_id).order_by(col(Export.preset))).all()
    rendered = {export.clip_id for export in exports}
    clips = session.exec(
        select(Clip, Project)
        .join(Project, col(Project.id) == col(Clip.project_id))
        .where(or_(col(Clip.run_id) == run_id, col(Clip.id).in_(rendered)))
        .order_by(col(Project.name), col(Clip.variant))
    ).all()
    storage = Storage(settings.storage_dir, session.profile_id)
    return [
        {
            "project": project.name,
            "variant": clip.variant,
            "clip": clip.name,
            "seconds": round(clip.duration_s, 2),
            "draft": str(storage.path(clip.draft_key)) if clip.draft_key else "",
            "finals": ", ".join(_finals(exports, storage, clip)),
            "link": _link(settings, session.profile.slug, project),
        }
        for clip, project in clips
    ]


def outcome_page(session: ProfileSession, run: Run) -> str:
    """What a run came to as Markdown: its state, what it cost and for what, what it warned of."""
    events = session.exec(
        select(RunEvent)
        .where(RunEvent.run_id == run.id, RunEvent.level == EventLevel.WARNING)
        .order_by(col(RunEvent.created_at))
    ).all()
    lines = session.exec(
        select(CostEntry).where(CostEntry.run_id == run.id).order_by(col(CostEntry.created_at))
    ).all()
    total = run_costs(session, [run.id]).get(run.id, 0)
    parts = [
        f"# {escaped(session.profile.name)}: {escaped(run.title)}",
        f"**{run.state.value.capitalize()}**",
    ]
    if run.error:
        parts.append(f"> {escaped(run.error)}")
    parts += ["## Costs", f"{dollars(total)} in all."]
    if lines:
        rows = [
            (line.provider, line.model, line.operation, line.kind.value, dollars(line.amount_micro_usd))
            for line in lines
        ]
        parts.append(table(("provider", "model", "for", "booked as", "cost"), rows))
    parts.append("## Warnings")
    parts.append("\n".join(f"- {escaped(event.message)}" for event in events) or "None.")
    return "\n\n".join(parts) + "\n"


def _finals(exports: Sequence[Export], storage: Storage, clip: Clip) -> Iterator[str]:
    for export in exports:
        if export.clip_id == clip.id:
            yield f"{export.preset}: {storage.path(export.storage_key)}"


def _link(settings: Settings, slug: str, project: Project) -> str:
    """The project in the panel, where somebody has said where the panel is."""
    if "panel_url" not in settings.model_fields_set:
        return ""
    return f"{settings.panel_url}/?{urlencode({'profile': slug, 'project': str(project.id)})}"
