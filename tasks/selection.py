"""Segments become edits: all variants of a project planned together, or one edit fitted to its voice."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from prefect import task
from sqlmodel import col, func, select

from models.clip import Clip
from models.edit import AudioLevels, CaptionStyle, Cut, Edit, Overlays
from models.errors import BadInput
from models.run import Run
from models.session import ProfileSession
from tasks.branding import overlays_now
from tasks.media.selection import (
    Candidate,
    Plan,
    PlannedCut,
    PlanWarning,
    fit_to_duration,
    plan_variants,
)
from tasks.media.selection_given import plan_given
from tasks.media.selection_manner import Manner, learn_manner
from tasks.policies import LOCAL
from tasks.projects import project_footage
from tasks.run_context import RunContext
from tasks.selection_material import Material, load_material
from tasks.selection_wishes import NO_WISHES, Wishes
from tasks.voice import SpokenScript


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
    wishes: Wishes = NO_WISHES,
    is_branded: bool = True,
) -> list[UUID]:
    """Plans all variants together, beside the clips that the project has, and stores each as a clip.

    What the footage can't give is recorded on the run with its numbers.

    Raises:
        BadInput: the footage has no segments at all.
        NotFound: a segment that was chosen is gone.
    """
    with run.reading() as session:
        existing = _clips_of_run(session, run.run_id)
        if existing:
            return existing
        material = load_material(session, footage_ids)
        others = _edits(session, project_id)
    candidates = material.chosen(wishes.segment_ids) if wishes.segment_ids else material.candidates()
    elsewhere = [_planned(edit.cuts) for edit in others]
    plan = _plan(
        candidates,
        wishes,
        variants=variants,
        target_s=target_s,
        seed=seed,
        elsewhere=elsewhere,
        manner=_manner(wishes, material),
    )
    planned, warnings = [variant.cuts for variant in plan.variants], [*plan.warnings]
    if voice:
        # Less footage than voice: nothing is cut off, no clip is shorter, what is shown again is reported.
        warnings = [warning for warning in warnings if warning.code != "shorter"]
        fitted = [_fit(cuts, candidates, target_s, seed, [*elsewhere, *planned]) for cuts in planned]
        planned = [cuts for cuts, _ in fitted]
        warnings += [warning for _, more in fitted for warning in more]
    clip_ids = _store(
        run,
        project_id,
        planned,
        material,
        seed=seed,
        voice=voice,
        others=others,
        liked=wishes.liked,
        overlays=_overlays(run, wishes) if is_branded else None,
    )
    if clip_ids is None:
        run.log.info("another run has added clips to the project: planned again beside them")
        return plan_clips.fn(
            run,
            project_id,
            footage_ids,
            variants=variants,
            target_s=target_s,
            seed=seed,
            voice=voice,
            wishes=wishes,
            is_branded=is_branded,
        )
    _report(run, warnings)
    return clip_ids


def _plan(
    candidates: Sequence[Candidate],
    wishes: Wishes,
    *,
    variants: int,
    target_s: float,
    seed: int,
    elsewhere: Sequence[Sequence[PlannedCut]],
    manner: Manner | None,
) -> Plan:
    if wishes.order == "given":
        return plan_given(candidates, variants=variants, target_s=target_s, elsewhere=elsewhere)
    return plan_variants(
        candidates, variants=variants, target_s=target_s, seed=seed, elsewhere=elsewhere, manner=manner
    )


def _manner(wishes: Wishes, material: Material) -> Manner | None:
    """The manner of the liked clip, if one is liked.

    Raises:
        BadInput: nothing is known of its shots any more.
    """
    if wishes.liked is None:
        return None
    manner = learn_manner(_planned(wishes.liked.cuts), material.shots())
    if manner is None:
        raise BadInput(
            "Nothing is known of the shots of the clip to be like: its segments are gone. Like another clip."
        )
    return manner


def _overlays(run: RunContext, wishes: Wishes) -> Overlays | None:
    """The liked clip's brand, else what the brand kit is now."""
    return wishes.liked.overlays if wishes.liked else overlays_now(run)


def _store(
    run: RunContext,
    project_id: UUID,
    planned: Sequence[Sequence[PlannedCut]],
    material: Material,
    *,
    seed: int,
    voice: SpokenScript | None,
    others: Sequence[Edit],
    liked: Edit | None,
    overlays: Overlays | None,
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
                cuts=material.cuts(cuts),
                script=voice.text if voice else None,
                voice=voice.track() if voice else None,
                captions=liked.captions if liked else style,
                overlays=overlays,
                audio=liked.audio if liked else AudioLevels(),
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
        material = load_material(session, footage_ids)
        others = [_planned(other.cuts) for other in _edits(session, clip.project_id, but=clip_id)]
    cuts, warnings = _fit(_planned(edit.cuts), material.candidates(), voice.picture_s, clip.seed, others)
    _report(run, warnings)
    fitted = edit.model_copy(
        update={
            "cuts": material.cuts(cuts, edit.cuts),
            "script": voice.text,
            "voice": voice.track(),
            "speech": None,
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
    """What the run, or the one that it resumes, has planned already."""
    asked: UUID | None = run_id
    while asked is not None:
        query = select(Clip.id).where(Clip.run_id == asked).order_by(col(Clip.variant))
        if planned := list(session.exec(query).all()):
            return planned
        run = session.get(Run, (session.profile_id, asked))
        asked = run.resumes_run_id if run else None
    return []


def _planned(cuts: Sequence[Cut]) -> list[PlannedCut]:
    return [
        PlannedCut(segment_id=cut.segment_id, footage_id=cut.footage_id, start_s=cut.start_s, end_s=cut.end_s)
        for cut in cuts
    ]


def _report(run: RunContext, warnings: Sequence[PlanWarning]) -> None:
    for warning in warnings:
        run.warn(warning.code, warning.message, **warning.numbers)
