"""Segments get their scores: facts and frames in, a judgement from 0 to 100 with a plain reason out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from prefect import task
from sqlmodel import col, select

from models.analysis import StoredAnalysis
from models.budget import Purpose
from models.errors import ProviderRefused, ProviderUnavailable
from models.footage import Footage, Segment
from models.money import dollars
from models.prices import GeminiPrice, gemini_cost
from models.redaction import errors_redacted
from tasks.media.stills import cut_stills
from tasks.paid_call import Purchase, pay_once
from tasks.policies import PROVIDER, wait_as_asked
from tasks.probing import footage_info
from tasks.provider_choice import ChosenAnalyser, chosen_analyser, fingerprint, settings_of
from tasks.providers.offline import OfflineAnalyser
from tasks.providers.ports import (
    Analyser,
    Analysis,
    AnalysisProblem,
    AnalysisRequest,
    SegmentFacts,
    SegmentVerdict,
    Usage,
)
from tasks.run_context import RunContext

_TIMEOUT_S = 300.0


@task(name="score segments", **PROVIDER)
@errors_redacted()
def score_segments(
    run: RunContext, footage_ids: Sequence[UUID], context: str, project_id: UUID | None = None
) -> int:
    """Scores all segments of some footage against each other; returns how many there are.

    Args:
        run: The run.
        footage_ids: Footage whose segments compete.
        context: What the project is about, in the user's words.
        project_id: Whose costs these are.

    Raises:
        BudgetRefused: it does not fit the profile's budget or the run's limit.
        ProviderRefused, ProviderUnavailable: from the analyser, unless the profile chose a fallback.
    """
    segments, footage = _load(run, footage_ids)
    request = AnalysisRequest(
        segments=tuple(_facts(index, segment) for index, segment in enumerate(segments)), context=context
    )
    settings = settings_of(run)
    try:
        with chosen_analyser(run, settings) as chosen:
            analysis = (
                chosen.analyser.analyse(request, timeout_s=_TIMEOUT_S)
                if chosen.price is None
                else _buy(run, chosen, chosen.price, request, segments, footage, project_id)
            )
    except (ProviderRefused, ProviderUnavailable) as error:
        if settings.fallback != "offline" or settings.analyser == "offline":
            wait_as_asked(error)
            raise
        run.warn(
            "analysis_fallback",
            f"The offline analyser judges instead of {settings.analyser}, as the profile allows: {error}",
            provider=settings.analyser,
        )
        analysis = OfflineAnalyser().analyse(request, timeout_s=_TIMEOUT_S)
    for problem in analysis.problems:
        run.warn(f"analysis_{problem.kind}", problem.message, segments=list(problem.indices))
    _store_scores(run, segments, analysis.verdicts)
    return len(segments)


def _load(run: RunContext, footage_ids: Sequence[UUID]) -> tuple[Sequence[Segment], Mapping[UUID, Footage]]:
    """Segments in an order that depends on content alone, so that equal inputs make equal requests."""
    with run.reading() as session:
        footage = session.exec(select(Footage).where(col(Footage.id).in_(footage_ids))).all()
        segments = session.exec(select(Segment).where(col(Segment.footage_id).in_(footage_ids))).all()
    by_id = {row.id: row for row in footage}
    ordered = sorted(segments, key=lambda s: (by_id[s.footage_id].sha256, s.start_s, s.end_s, s.id))
    return ordered, by_id


def _buy(
    run: RunContext,
    chosen: ChosenAnalyser,
    price: GeminiPrice,
    request: AnalysisRequest,
    segments: Sequence[Segment],
    footage: Mapping[UUID, Footage],
    project_id: UUID | None,
) -> Analysis:
    """Judges with a paid analyser, batch by batch; a batch that was paid for earlier costs nothing."""
    analyser = chosen.analyser
    pictured = replace(request, segments=_with_stills(run, request.segments, segments, footage))
    verdicts: list[SegmentVerdict] = []
    problems: dict[str, AnalysisProblem] = {}
    spent = reused = 0
    for batch in analyser.batches(pictured):
        asked = [segments[facts.index] for facts in batch.segments]
        address = fingerprint(
            {
                **analyser.identity,
                "context": batch.context,
                "segments": [
                    [footage[s.footage_id].sha256, round(s.start_s, 3), round(s.end_s, 3)] for s in asked
                ],
            }
        )
        paid = pay_once(
            run,
            _purchase(run, analyser, price, batch, address, project_id),
            lifetime_s=_TIMEOUT_S * 2,
        )
        spent += paid.cost_micro_usd
        reused += paid.is_reused
        verdicts += paid.artefact.verdicts
        problems |= {problem.message: problem for problem in paid.artefact.problems}
    run.tell(
        "analysis_done",
        f"{analyser.name} judged {len(verdicts)} segments: {dollars(spent)}"
        + (f", {reused} answers reused." if reused else "."),
        cost_micro_usd=spent,
        reused=reused,
    )
    return Analysis(tuple(verdicts), problems=tuple(problems.values()))


def _purchase(
    run: RunContext,
    analyser: Analyser,
    price: GeminiPrice,
    batch: AnalysisRequest,
    address: str,
    project_id: UUID | None,
) -> Purchase[Analysis, Analysis]:
    return Purchase(
        purpose=Purpose(
            fingerprint=address,
            provider=analyser.name,
            model=analyser.model,
            operation="analysis",
            price_id=price.price_id,
            run_id=run.run_id,
            project_id=project_id,
        ),
        estimate_micro_usd=_cost(price, analyser.estimate(batch)),
        find=lambda: _find(run, address, batch),
        call=lambda: analyser.analyse(batch, timeout_s=_TIMEOUT_S),
        usage=lambda analysis: analysis.usage,
        cost=lambda usage: _cost(price, usage),
        store=lambda analysis: _store(run, analyser, analysis, address, batch),
    )


def _cost(price: GeminiPrice, usage: Usage) -> int:
    return gemini_cost(
        price,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        thinking_tokens=usage.thinking_tokens,
    )


def _with_stills(
    run: RunContext,
    facts: Sequence[SegmentFacts],
    segments: Sequence[Segment],
    footage: Mapping[UUID, Footage],
) -> tuple[SegmentFacts, ...]:
    pictured = list(facts)
    for footage_id, row in footage.items():
        indices = [index for index, segment in enumerate(segments) if segment.footage_id == footage_id]
        stills = cut_stills(
            run.storage.path(row.storage_key),
            footage_info(row),
            [(segments[index].start_s, segments[index].end_s) for index in indices],
            folder=run.folder("stills", str(footage_id)),
        )
        for index, files in zip(indices, stills, strict=True):
            pictured[index] = replace(pictured[index], stills=files)
    return tuple(pictured)


def _find(run: RunContext, address: str, batch: AnalysisRequest) -> Analysis | None:
    with run.reading() as session:
        row = session.exec(select(StoredAnalysis).where(StoredAnalysis.fingerprint == address)).first()
    if row is None:
        return None
    indices = [facts.index for facts in batch.segments]
    return Analysis(
        verdicts=tuple(_verdict(document, indices) for document in row.verdicts),
        problems=tuple(
            AnalysisProblem(
                kind=document["kind"],
                message=document["message"],
                indices=tuple(indices[position] for position in document["positions"]),
            )
            for document in row.problems
        ),
    )


def _store(
    run: RunContext, analyser: Analyser, analysis: Analysis, address: str, batch: AnalysisRequest
) -> Analysis:
    """Keeps an answer with positions inside its batch: indices are those of one request only."""
    position = {facts.index: place for place, facts in enumerate(batch.segments)}
    with run.session() as session:
        session.add(
            StoredAnalysis(
                profile_id=run.profile_id,
                fingerprint=address,
                provider=analyser.name,
                model=analyser.model,
                verdicts=[
                    asdict(verdict) | {"index": position[verdict.index]} for verdict in analysis.verdicts
                ],
                problems=[
                    {
                        "kind": problem.kind,
                        "message": problem.message,
                        "positions": [position[index] for index in problem.indices if index in position],
                    }
                    for problem in analysis.problems
                ],
            )
        )
    return analysis


def _verdict(document: Mapping[str, Any], indices: Sequence[int]) -> SegmentVerdict:
    return SegmentVerdict(
        **{
            **document,
            "index": indices[document["index"]],
            "highlights": tuple(document["highlights"]),
            "tags": tuple(document["tags"]),
        }
    )


def _store_scores(run: RunContext, segments: Sequence[Segment], verdicts: Sequence[SegmentVerdict]) -> None:
    judged = {verdict.index: verdict for verdict in verdicts}
    with run.session() as session:
        for index, loaded in enumerate(segments):
            segment = session.require(Segment, loaded.id)
            verdict = judged.get(index)
            if verdict is None:
                segment.score, segment.reason = 0.0, "The analyser gave no verdict on this segment."
                segment.features = {**segment.features, "hook": 0}
                continue
            segment.score = verdict.score
            segment.reason = verdict.reason[:500]
            segment.description = verdict.description[:1000]
            segment.highlights = list(verdict.highlights)
            segment.tags = list(verdict.tags)
            segment.features = {**segment.features, "hook": verdict.hook}


def _facts(index: int, segment: Segment) -> SegmentFacts:
    features: dict[str, Any] = segment.features
    return SegmentFacts(
        index=index,
        duration_s=segment.end_s - segment.start_s,
        motion=features.get("motion", 0.0),
        sharpness=features.get("sharpness", 0.0),
        brightness=features.get("brightness", 0.0),
        audio_db=features.get("audio_db"),
        black_share=features.get("black_share", 0.0),
        frozen_share=features.get("frozen_share", 0.0),
        is_blurred=features.get("is_blurred", False) or features.get("is_soft", False),
    )
