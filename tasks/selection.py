"""Segments become edits: all variants of a project planned together, or one edit fitted to its voice."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from prefect import task
from sqlmodel import col, func, select

from models.clip import Clip
from models.edit import CaptionStyle, Crop, Cut, Edit
from models.errors import BadInput
from models.footage import Footage, Segment, SegmentOrigin
from models.session import ProfileSession
from tasks.media.reframe import Subject, choose_crop
from tasks.media.selection import Candidate, PlannedCut, PlanWarning, fit_to_duration, plan_variants
from tasks.media.similarity import Signature
from tasks.policies import LOCAL
from tasks.projects import project_footage
from tasks.run_context import RunContext
from tasks.voice import SpokenScript

#: Share of a segment that may be black or still before it counts as a last resort.
_SPOILT_SHARE = 0.5

#: Whether a picture is filled or fitted is decided for the tallest format; the others lose less.
_TALLEST_ASPECT = 9 / 16


@task(name="plan variants", **LOCAL)
def plan_clips(
    run: RunContext,
    project_id: UUID,
    footage_ids: Sequence[UUID],
    *,
    variants: int,
    target_s: float,
    seed: int,
    voice: SpokenScript | None = None,
) -> list[UUID]:
    """Plans all variants together and stores each as a clip.

    What the footage can't give is recorded on the run with its numbers.

    Raises:
        BadInput: the footage has no segments at all.
    """
    with run.reading() as session:
        existing = _clips_of_run(session, run.run_id)
        if existing:
            return existing
        segments = _segments(session, footage_ids)
        footage = _footage(session, footage_ids)
        others = _edits(session, project_id)
    candidates = [_candidate(segment, footage) for segment in segments.values()]
    plan = plan_variants(
        candidates,
        variants=variants,
        target_s=target_s,
        seed=seed,
        elsewhere=[_planned(edit.cuts) for edit in others],
    )
    planned, warnings = [variant.cuts for variant in plan.variants], [*plan.warnings]
    if voice:
        # Less footage than voice: nothing is cut off, what is shown again is reported.
        fitted = [_fit(cuts, candidates, target_s, seed, planned) for cuts in planned]
        planned = [cuts for cuts, _ in fitted]
        warnings += [warning for _, more in fitted for warning in more]
    clip_ids = _store(run, project_id, planned, segments, footage, seed=seed, voice=voice, others=others)
    if clip_ids is None:
        run.log.info("another run has added clips to the project: planned again beside them")
        return plan_clips.fn(
            run, project_id, footage_ids, variants=variants, target_s=target_s, seed=seed, voice=voice
        )
    _report(run, warnings)
    return clip_ids


def _store(
    run: RunContext,
    project_id: UUID,
    planned: Sequence[Sequence[PlannedCut]],
    segments: Mapping[UUID, Segment],
    footage: Mapping[UUID, Footage],
    *,
    seed: int,
    voice: SpokenScript | None,
    others: Sequence[Edit],
) -> list[UUID] | None:
    """Stores planned clips; None when the project's other clips are no longer those planned around."""
    with run.session() as session:
        if _edits(session, project_id) != others:
            return None
        style = CaptionStyle.model_validate(session.profile.caption_style)
        last = session.exec(select(func.max(Clip.variant)).where(Clip.project_id == project_id)).one() or 0
        clips = []
        for number, cuts in enumerate(planned, start=last + 1):
            edit = Edit(
                cuts=_cuts(cuts, segments, footage),
                script=voice.text if voice else None,
                voice=voice.track() if voice else None,
                captions=style,
            )
            clips.append(
                Clip(
                    profile_id=run.profile_id,
                    id=uuid4(),
                    project_id=project_id,
                    run_id=run.run_id,
                    variant=number,
                    name=f"Variant {number}",
                    edit=edit.model_dump(mode="json"),
                    duration_s=edit.duration_s,
                    seed=seed,
                )
            )
        session.add_all(clips)
        return [clip.id for clip in clips]


@task(name="fit edit to voice", **LOCAL)
def fit_clip(run: RunContext, clip_id: UUID, voice: SpokenScript) -> bool:
    """Makes a clip's edit as long as its voice; returns whether the edit changed.

    The picture is trimmed, or stretched with more segments of the project's footage; what has to be
    repeated is recorded on the run.
    """
    with run.reading() as session:
        clip = session.require(Clip, clip_id)
        edit = Edit.model_validate(clip.edit)
        footage_ids = project_footage(run, clip.project_id)
        segments = _segments(session, footage_ids)
        footage = _footage(session, footage_ids)
        others = [_planned(other.cuts) for other in _edits(session, clip.project_id, but=clip_id)]
    candidates = [_candidate(segment, footage) for segment in segments.values()]
    cuts, warnings = _fit(_planned(edit.cuts), candidates, voice.picture_s, clip.seed, others)
    _report(run, warnings)
    fitted = edit.model_copy(
        update={
            "cuts": _cuts(cuts, segments, footage, edit.cuts),
            "script": voice.text,
            "voice": voice.track(),
        }
    )
    if fitted == edit:
        return False
    with run.session() as session:
        clip = session.require(Clip, clip_id)
        clip.edit = fitted.model_dump(mode="json")
        clip.duration_s = fitted.duration_s
    return True


def _fit(
    cuts: Sequence[PlannedCut],
    candidates: Sequence[Candidate],
    target_s: float,
    seed: int,
    others: Sequence[Sequence[PlannedCut]],
) -> tuple[tuple[PlannedCut, ...], Sequence[PlanWarning]]:
    return fit_to_duration(
        cuts,
        candidates,
        target_s=target_s,
        seed=seed,
        elsewhere=[other for other in others if other is not cuts],
    )


def _edits(session: ProfileSession, project_id: UUID, *, but: UUID | None = None) -> list[Edit]:
    """Edits of a project's clips in order, but for one."""
    clips = session.exec(select(Clip).where(Clip.project_id == project_id).order_by(col(Clip.variant))).all()
    return [Edit.model_validate(clip.edit) for clip in clips if clip.id != but]


def _clips_of_run(session: ProfileSession, run_id: UUID) -> list[UUID]:
    """Clips that an earlier attempt of the same run has planned."""
    return list(session.exec(select(Clip.id).where(Clip.run_id == run_id).order_by(col(Clip.variant))).all())


def _segments(session: ProfileSession, footage_ids: Sequence[UUID]) -> dict[UUID, Segment]:
    rows = session.exec(
        select(Segment)
        .where(col(Segment.footage_id).in_(footage_ids), col(Segment.is_skipped).is_(False))
        .order_by(col(Segment.footage_id), col(Segment.start_s), col(Segment.id))
    ).all()
    if not rows:
        raise BadInput("The footage has no segments to choose from; keep at least one.")
    return {row.id: row for row in rows}


def _candidate(segment: Segment, footage: Mapping[UUID, Footage]) -> Candidate:
    features: dict[str, Any] = segment.features
    spoilt = max(features.get("black_share", 0.0), features.get("frozen_share", 0.0)) > _SPOILT_SHARE
    return Candidate(
        segment_id=segment.id,
        footage_id=segment.footage_id,
        start_s=segment.start_s,
        end_s=segment.end_s,
        score=segment.score,
        hook=features.get("hook", segment.score),
        is_usable=not (spoilt or features.get("is_blurred", False)),
        signature=Signature.from_json(features["signature"]),
        shot=segment.shot if segment.origin is SegmentOrigin.DETECTED else None,
        content=footage[segment.footage_id].sha256,
    )


def _cuts(
    planned: Sequence[PlannedCut],
    segments: Mapping[UUID, Segment],
    footage: Mapping[UUID, Footage],
    before: Sequence[Cut] = (),
) -> tuple[Cut, ...]:
    """Planned cuts, each with its own crop; a cut that was there before keeps the one it had."""
    kept = {(cut.segment_id, cut.start_s): cut.crop for cut in before}
    return tuple(
        Cut(
            footage_id=cut.footage_id,
            segment_id=cut.segment_id,
            start_s=cut.start_s,
            end_s=cut.end_s,
            crop=kept.get((cut.segment_id, cut.start_s)) or _crop(cut, segments, footage),
        )
        for cut in planned
    )


def _crop(cut: PlannedCut, segments: Mapping[UUID, Segment], footage: Mapping[UUID, Footage]) -> Crop:
    segment = segments.get(cut.segment_id) if cut.segment_id else None
    subject = segment.features.get("subject") if segment else None
    if segment is None or subject is None:
        return Crop()
    return choose_crop(
        footage[cut.footage_id].width / footage[cut.footage_id].height,
        Subject.model_validate(subject),
        from_s=cut.start_s - segment.start_s,
        to_s=cut.end_s - segment.start_s,
        target_aspect=_TALLEST_ASPECT,
    ).crop


def _footage(session: ProfileSession, footage_ids: Sequence[UUID]) -> dict[UUID, Footage]:
    rows = session.exec(select(Footage).where(col(Footage.id).in_(footage_ids))).all()
    return {row.id: row for row in rows}


def _planned(cuts: Sequence[Cut]) -> list[PlannedCut]:
    return [
        PlannedCut(segment_id=cut.segment_id, footage_id=cut.footage_id, start_s=cut.start_s, end_s=cut.end_s)
        for cut in cuts
    ]


def _report(run: RunContext, warnings: Sequence[PlanWarning]) -> None:
    for warning in warnings:
        run.warn(warning.code, warning.message, **warning.numbers)
