"""Rows as the JSON documents that commands print; field names here are a promise to scripts."""

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from models.clip import Clip, Export
from models.edit import Edit
from models.footage import Footage, Segment
from models.money import usd
from models.profile import Profile
from models.project import Project
from models.run import Run, RunEvent
from models.session import ProfileSession
from models.storage import Storage


def profile_document(profile: Profile) -> dict[str, Any]:
    """One profile."""
    return {
        "profile_id": str(profile.id),
        "slug": profile.slug,
        "name": profile.name,
        "timezone": profile.timezone,
        **money_document("monthly_budget", profile.monthly_budget_micro_usd),
        "is_default": profile.is_default,
        "voice": profile.voice,
        "created_at": profile.created_at.isoformat(),
    }


def money_document(name: str, micro_usd: int | None) -> dict[str, Any]:
    """An amount twice: exact as a whole number of micro-USD, and as dollars; None for no limit."""
    return {
        f"{name}_micro_usd": micro_usd,
        f"{name}_usd": None if micro_usd is None else f"{usd(micro_usd):.6f}",
    }


def project_document(project: Project, *, clips: int, footage: int) -> dict[str, Any]:
    """One project with the numbers of what is in it."""
    return {
        "project_id": str(project.id),
        "name": project.name,
        "description": project.description,
        "context": project.context,
        "target_duration_s": project.target_duration_s,
        "state": project.state.value,
        "clips": clips,
        "footage": footage,
        "created_at": project.created_at.isoformat(),
    }


def clip_document(session: ProfileSession, storage: Storage, clip: Clip) -> dict[str, Any]:
    """One clip with its segments and exports."""
    edit = Edit.model_validate(clip.edit)
    return {
        "clip_id": str(clip.id),
        "project_id": str(clip.project_id),
        "variant": clip.variant,
        "name": clip.name,
        "duration_s": round(clip.duration_s, 6),
        "script": edit.script,
        "is_picked": clip.is_picked,
        "draft": str(storage.path(clip.draft_key)) if clip.draft_key else None,
        "poster": str(storage.path(clip.poster_key)) if clip.poster_key else None,
        "segments": _segments(session, edit),
        "exports": [
            export_document(storage, export)
            for export in session.exec(
                select(Export).where(Export.clip_id == clip.id).order_by(col(Export.created_at))
            ).all()
        ],
    }


def export_document(storage: Storage, export: Export, *, path: Path | None = None) -> dict[str, Any]:
    """One finished file; `path` when it was delivered outside the library."""
    return {
        "export_id": str(export.id),
        "preset": export.preset,
        "path": str(path or storage.path(export.storage_key)),
        "width": export.width,
        "height": export.height,
        "fps": export.fps,
        "duration_s": round(export.duration_s, 6),
        "bytes": export.bytes,
        "integrated_lufs": export.integrated_lufs,
        "true_peak_dbtp": export.true_peak_dbtp,
        "passed": all(check["passed"] for check in export.quality["checks"]),
    }


def run_document(run: Run) -> dict[str, Any]:
    """One run."""
    return {
        "run_id": str(run.id),
        "kind": run.kind,
        "title": run.title,
        "state": run.state.value,
        "stage": run.stage,
        "progress": round(run.progress, 4),
        "error": run.error,
        "created_at": run.created_at.isoformat(),
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
    }


def event_document(event: RunEvent) -> dict[str, Any]:
    """One event of a run."""
    return {
        "level": event.level.value,
        "code": event.code,
        "message": event.message,
        "numbers": event.numbers,
    }


def _segments(session: ProfileSession, edit: Edit) -> list[dict[str, Any]]:
    names: dict[UUID, str] = dict(
        session.exec(
            select(Footage.id, Footage.name).where(col(Footage.id).in_({cut.footage_id for cut in edit.cuts}))
        ).all()
    )
    scores: dict[UUID, tuple[float, str]] = {
        segment_id: (score, reason)
        for segment_id, score, reason in session.exec(
            select(Segment.id, Segment.score, Segment.reason).where(
                col(Segment.id).in_([cut.segment_id for cut in edit.cuts if cut.segment_id])
            )
        ).all()
    }
    documents = []
    for cut in edit.cuts:
        score, reason = scores.get(cut.segment_id, (None, "")) if cut.segment_id else (None, "")
        documents.append(
            {
                "footage_id": str(cut.footage_id),
                "file": names.get(cut.footage_id),
                "start_s": round(cut.start_s, 6),
                "end_s": round(cut.end_s, 6),
                "score": score,
                "reason": reason,
            }
        )
    return documents
