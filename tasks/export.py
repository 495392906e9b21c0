"""Checked files become exports: published by an atomic rename, with manifest and subtitles beside them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from typing import Any
from uuid import UUID, uuid4

from prefect import task
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from models.clip import EXPORT_SUFFIXES, Export
from models.costs import fingerprint_cost
from models.ledger import CostEntry
from models.run import RunEvent
from models.session import ProfileSession
from tasks.analysis import ANALYSED
from tasks.branding import brand_inputs
from tasks.clips import LoadedClip, clip_folder, load_clip
from tasks.media.checks import QualityReport
from tasks.media.ffmpeg import ffmpeg_version
from tasks.media.presets import Preset, find_preset
from tasks.policies import LOCAL
from tasks.render import RenderedFile
from tasks.run_context import RunContext

#: Goes up whenever the same edit would give other frames or sound.
RENDER_VERSION = "render-1"


def find_export(run: RunContext, clip_id: UUID, preset_name: str) -> UUID | None:
    """The export that was made from exactly this edit for this preset, if its file is still there."""
    clip = load_clip(run, clip_id)
    fingerprint = _fingerprint(run, clip, find_preset(preset_name))
    with run.session() as session:
        row = session.exec(
            select(Export).where(
                Export.clip_id == clip_id, Export.preset == preset_name, Export.fingerprint == fingerprint
            )
        ).first()
        if row is None:
            return None
        if run.storage.has(row.storage_key):
            row.edit_fingerprint = clip.edit.fingerprint  # a final made before it was kept has none
            return row.id
        session.delete(row)
    return None


@task(name="publish export", task_run_name="publish {clip_id}", **LOCAL)
def publish_export(run: RunContext, clip_id: UUID, rendered: RenderedFile, report: QualityReport) -> UUID:
    """Moves a checked file into the library and returns its export id.

    The files come first and the row last, so that a row never promises a file that is not there.
    """
    clip = load_clip(run, clip_id)
    preset = rendered.preset
    export_id = uuid4()
    key = run.storage.key_for("exports", export_id, ".mp4")
    manifest = _manifest(run, clip, rendered, export_id, report)
    folder = clip_folder(run, clip_id, preset.name)
    notes = folder / "final.manifest.json"
    notes.write_text(json.dumps(manifest, indent=2, ensure_ascii=False), encoding="utf-8")
    size = rendered.path.stat().st_size
    for suffix in reversed(EXPORT_SUFFIXES):
        finished = folder / f"final{suffix}"
        if finished.is_file():
            run.storage.publish(finished, run.storage.key_for("exports", export_id, suffix))
    row = Export(
        profile_id=run.profile_id,
        id=export_id,
        clip_id=clip_id,
        run_id=run.run_id,
        preset=preset.name,
        fingerprint=_fingerprint(run, clip, preset),
        edit_fingerprint=clip.edit.fingerprint,
        storage_key=key,
        bytes=size,
        width=preset.width,
        height=preset.height,
        fps=preset.fps,
        duration_s=report.duration_s,
        integrated_lufs=report.integrated_lufs,
        true_peak_dbtp=report.true_peak_dbtp,
        quality=report.model_dump(mode="json"),
        manifest=manifest,
    )
    try:
        with run.session() as session:
            session.add(row)
    except IntegrityError:
        # The same clip was rendered twice at the same moment: the first export stays.
        for suffix in EXPORT_SUFFIXES:
            run.storage.remove(run.storage.key_for("exports", export_id, suffix))
        existing = find_export(run, clip_id, preset.name)
        if existing is None:
            raise
        return existing
    return export_id


def _fingerprint(run: RunContext, clip: LoadedClip, preset: Preset) -> str:
    # Without a word of what an edit does not have: finals from before it could are found again.
    absent = {name for name in ("speech", "overlays") if getattr(clip.edit, name) is None}
    inputs = {
        "edit": clip.edit.model_dump(mode="json", exclude=absent),
        "voice": clip.voice.fingerprint if clip.voice else None,
        "sources": {str(footage_id): row.sha256 for footage_id, row in clip.footage.items()},
        "preset": asdict(preset),
        "render": RENDER_VERSION,
        "ffmpeg": ffmpeg_version(),
    }
    if clip.edit.overlays is not None:
        inputs["brand"] = brand_inputs(run, clip.edit.overlays)
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def _manifest(
    run: RunContext, clip: LoadedClip, rendered: RenderedFile, export_id: UUID, report: QualityReport
) -> dict[str, Any]:
    """Everything needed to say how this file came about, and to make it again."""
    preset = rendered.preset
    with run.reading() as session:
        events = session.exec(
            select(RunEvent).where(RunEvent.run_id == run.run_id).order_by(col(RunEvent.created_at))
        ).all()
        # Who judged when the clip was made, whatever the profile has chosen since.
        judged = session.exec(
            select(RunEvent).where(RunEvent.run_id == clip.run_id, RunEvent.code == ANALYSED)
        ).first()
        costs = _costs(session, run.run_id)
        speech = _speech(session, clip)
        notes = [
            {"level": e.level, "code": e.code, "message": e.message, "numbers": e.numbers} for e in events
        ]
    return {
        "manifest": 1,
        "export_id": str(export_id),
        "clip_id": str(clip.id),
        "project": clip.project_name,
        "variant": clip.variant,
        "seed": clip.seed,
        "preset": asdict(preset),
        "sources": [
            {"footage_id": str(row.id), "file": row.name, "sha256": row.sha256, "bytes": row.bytes}
            for row in clip.footage.values()
        ],
        "edit": clip.edit.model_dump(mode="json"),
        "brand": rendered.brand.facts,
        "voice": None
        if clip.voice is None
        else {
            "provider": clip.voice.provider,
            "model": clip.voice.model,
            "voice": clip.voice.voice,
            "fingerprint": clip.voice.fingerprint,
            "duration_s": clip.voice.duration_s,
        },
        "speech": speech,
        "analyser": _analyser(judged.numbers if judged else {}),
        "costs": costs,
        "events": notes,
        "quality": report.model_dump(mode="json") | {"passed": report.passed},
        "versions": _versions(),
    }


def _analyser(numbers: Mapping[str, Any]) -> dict[str, Any] | None:
    """Provider, model and prompt of a judgement; None when the run's story is gone."""
    told: dict[str, Any] | None = numbers.get("analyser")
    return told


def _speech(session: ProfileSession, clip: LoadedClip) -> list[dict[str, Any]] | None:
    """Whose transcripts the captions are made of; None unless they show the footage's own speech."""
    if clip.voice is not None or clip.edit.speech is None:
        return None
    return [
        {
            "footage_id": str(footage_id),
            "provider": transcript.provider,
            "model": transcript.model,
            "language": transcript.language,
            "fingerprint": transcript.fingerprint,
            "words": len(transcript.words),
            "cost_micro_usd": fingerprint_cost(session, transcript.fingerprint),
        }
        for footage_id, transcript in clip.transcripts.items()
    ]


def _costs(session: ProfileSession, run_id: UUID) -> dict[str, Any]:
    """What the run that made the file has cost so far, line by line."""
    lines = session.exec(
        select(CostEntry).where(CostEntry.run_id == run_id).order_by(col(CostEntry.created_at))
    ).all()
    return {
        "run_id": str(run_id),
        "total_micro_usd": sum(line.amount_micro_usd for line in lines),
        "lines": [
            {
                "provider": line.provider,
                "model": line.model,
                "operation": line.operation,
                "kind": line.kind.value,
                "price_id": line.price_id,
                "units": line.units,
                "amount_micro_usd": line.amount_micro_usd,
            }
            for line in lines
        ],
    }


@cache
def _versions() -> dict[str, str]:
    return {
        "reelflow": version("reelflow"),
        "render": RENDER_VERSION,
        "ffmpeg": ffmpeg_version(),
        **{name: version(name) for name in ("av", "moviepy", "numpy", "pillow", "prefect", "pysubs2")},
    }
