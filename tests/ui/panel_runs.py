"""Runs in every state and two months of costs, for the demo state of `tests.ui.panel_state`."""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlmodel import col, select

from models.budget import month_of
from models.clip import Clip
from models.ledger import BudgetMonth, CostEntry
from models.run import EventLevel, Run, RunEvent, RunState
from models.session import ProfileSession


def add_runs(session: ProfileSession, now: datetime) -> dict[str, UUID]:
    def run(kind: str, title: str, state: RunState, age_min: float, **more: Any) -> Run:
        started = now - timedelta(minutes=age_min)
        row = Run(
            profile_id=session.profile_id, kind=kind, title=title, state=state, created_at=started,
            started_at=None if state is RunState.PENDING else started, **more,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row

    done: dict[str, Any] = {"progress": 1.0, "stage": "cut drafts"}
    rows = {
        "running": run(
            "generate_clips", "generate 3 clips", RunState.RUNNING, 1.2, stage="cut drafts", progress=0.62,
            **_stages(_CLIP_STAGES, now - timedelta(minutes=1.2), entered=4),
        ),
        "pending": run("render_clip", "render 2 clips", RunState.PENDING, 0.3),
        "failed": run(
            "render_clip", "render 1 clip", RunState.FAILED, 42, stage="speak script", progress=0.2,
            finished_at=now - timedelta(minutes=41),
            error="ElevenLabs has no characters left this month: top up the account or choose another voice.",
            **_stages(_RENDER_STAGES, now - timedelta(minutes=42), entered=1),
        ),
        "cancelled": run(
            "make_reels", "make 3 reels", RunState.CANCELLED, 300, stage="find segments", progress=0.31,
            finished_at=now - timedelta(minutes=298), error="The run was stopped.",
            **_stages(("import footage", *_CLIP_STAGES), now - timedelta(minutes=300), entered=2),
        ),
        "completed": run(
            "generate_clips", "generate 4 clips", RunState.COMPLETED, 130,
            finished_at=now - timedelta(minutes=128), **done,
            **_stages(_CLIP_STAGES, now - timedelta(minutes=130), entered=4),
            parameters={"variants": 4, "duration_s": 6.0, "seed": 1, "preset": "reels"},
        ),
    }  # fmt: skip
    for number in range(28):
        age_min = 60.0 * 7 * (number + 1)
        kind, title = (("make_reels", "make 3 reels"), ("render_clip", "render 2 clips"))[number % 2]
        run(
            kind, title, RunState.COMPLETED, age_min,
            finished_at=now - timedelta(minutes=age_min - 1.5 - number % 3), **done,
        )  # fmt: skip
    rows["inbox"] = run(
        "make_reels", "make 3 reels", RunState.COMPLETED, 95, finished_at=now - timedelta(minutes=93),
        id=uuid5(session.profile_id, "inbox:demo:1"), **done,
    )  # fmt: skip
    _events(session, rows)
    return {name: row.id for name, row in rows.items()}


_CLIP_STAGES = ("find segments", "score segments", "plan variants", "cut drafts")
_RENDER_STAGES = ("speak script", "fit edit", "cut drafts", "render finals")


def _stages(names: tuple[str, ...], began: datetime, *, entered: int) -> dict[str, Any]:
    """A run's stages, the first of them entered, twelve seconds each."""
    times = [(began + timedelta(seconds=12 * number)).isoformat() for number in range(entered)]
    return {
        "planned_stages": list(names),
        "entered_stages": [
            {"stage": name, "at": at} for name, at in zip(names[:entered], times, strict=True)
        ],
    }


def _events(session: ProfileSession, runs: dict[str, Run]) -> None:
    info, warning, error = EventLevel.INFO, EventLevel.WARNING, EventLevel.ERROR
    known = "box.mp4 is in the library already: reused."
    judged = "The judgement of 24 segments is there already: reused, $0.00."
    told: tuple[tuple[str, EventLevel, str, str, str, dict[str, Any]], ...] = (
        ("completed", info, "find segments", "footage_known", known, {}),
        ("completed", info, "score segments", "analysis_done", judged, {"reused": 1}),
        (
            "completed", warning, "plan variants", "target_not_met",
            "Variant 4 is 4.0 s long instead of 6.0 s.", {},
        ),
        ("failed", error, "speak script", "failed", runs["failed"].error or "", {}),
    )  # fmt: skip
    for name, level, stage, code, message, numbers in told:
        session.add(
            RunEvent(
                profile_id=session.profile_id, run_id=runs[name].id, level=level, stage=stage, code=code,
                message=message, numbers=numbers, created_at=runs[name].created_at,
            )
        )  # fmt: skip


def tie_runs(session: ProfileSession, runs: dict[str, UUID], projects: dict[str, UUID]) -> None:
    first = next(iter(projects.values()))
    for name, project in (
        ("running", "Autumn picnic"),
        ("failed", "Serum launch"),
        ("completed", "Summer sale"),
    ):
        session.require(Run, runs[name]).project_id = projects.get(project, first)
    clip_id = session.exec(select(Clip.id)).first()
    session.require(Run, runs["failed"]).parameters = {"clip_id": str(clip_id), "presets": ["reels"]}


def add_costs(
    session: ProfileSession, now: datetime, projects: dict[str, UUID], runs: dict[str, UUID]
) -> None:
    chance = random.Random(7)  # noqa: S311 - the same each time
    spent: dict[str, int] = {}
    project_ids = list(projects.values())
    clips = session.exec(select(Clip.id, Clip.project_id).order_by(col(Clip.created_at), Clip.id)).all()
    for number in range(180):
        at = now - timedelta(days=chance.uniform(0, 60))
        is_voice = chance.random() < 0.6
        amount = chance.randint(20_000, 260_000) if is_voice else chance.randint(4_000, 90_000)
        month = month_of(session.profile, at)
        spent[month] = spent.get(month, 0) + amount
        project_id, clip_id = chance.choice(project_ids), None
        if is_voice and clips:
            clip_id, project_id = chance.choice(clips)
        entry = cost_entry(session.profile_id, number, month, at, is_voice, amount, project_id, runs)
        entry.clip_id = clip_id
        if at < now - timedelta(days=1):
            entry.run_id = None  # or the one finished run would have cost more than the whole month
        session.add(entry)
    for month, amount in spent.items():
        session.add(
            BudgetMonth(
                profile_id=session.profile_id, month=month, spent_micro_usd=amount, limit_micro_usd=40_000_000
            )
        )


def cost_entry(
    profile_id: UUID, number: int, month: str, at: datetime, is_voice: bool, amount: int,
    project_id: UUID, runs: dict[str, UUID],
) -> CostEntry:  # fmt: skip
    return CostEntry(
        profile_id=profile_id, idempotency_key=f"demo:{number}", month=month, created_at=at,
        provider="elevenlabs" if is_voice else "gemini",
        model="eleven_multilingual_v2" if is_voice else "gemini-2.5-flash",
        operation="speech" if is_voice else "analysis", project_id=project_id, run_id=runs["completed"],
        units={"characters": amount // 220} if is_voice else {"tokens": amount},
        amount_micro_usd=amount,
    )  # fmt: skip
