"""Segments get their scores: facts and frames in, a judgement from 0 to 100 with a plain reason out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from prefect import task
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from models.analysis import StoredAnalysis
from models.budget import Purpose
from models.errors import ProviderRefused, ProviderUnavailable
from models.footage import Footage, Segment
from models.money import dollars
from models.prices import GeminiPrice
from models.redaction import errors_redacted
from tasks.paid_call import Purchase, pay_once
from tasks.policies import PROVIDER, wait_as_asked, will_try_again
from tasks.provider_choice import ChosenAnalyser, chosen_analyser, settings_of
from tasks.providers.offline import OfflineAnalyser
from tasks.providers.ports import (
    Analyser,
    Analysis,
    AnalysisProblem,
    AnalysisRequest,
    SegmentVerdict,
)
from tasks.run_context import RunContext
from tasks.segment_facts import batch_address, facts_of, load_segments
from tasks.segment_stills import with_blank_stills, with_stills

_TIMEOUT_S = 300.0

#: At the beginning of a sentence.
_WHO = {"gemini": "Gemini", "offline": "The offline analyser"}

#: The event that says who judged, for a person and for the manifest.
ANALYSED = "analysis_done"


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
    segments, footage = load_segments(run, footage_ids)
    request = AnalysisRequest(
        segments=tuple(facts_of(index, segment) for index, segment in enumerate(segments)), context=context
    )
    settings = settings_of(run)
    try:
        with chosen_analyser(run, settings) as chosen:
            if chosen.price is None:
                analysis = _judge(run, chosen.analyser, request)
            else:
                analysis = _buy(run, chosen, chosen.price, request, segments, footage, project_id)
    except (ProviderRefused, ProviderUnavailable) as error:
        if settings.fallback != "offline" or will_try_again(error):
            wait_as_asked(error)
            raise
        run.warn(
            "analysis_fallback",
            f"The offline analyser judges instead of {settings.analyser}, as the profile allows: {error}",
            provider=settings.analyser,
        )
        analysis = _judge(run, OfflineAnalyser(), request)
    for problem in analysis.problems:
        run.warn(f"analysis_{problem.kind}", problem.message, segments=list(problem.indices))
    _store_scores(run, segments, analysis.verdicts)
    return len(segments)


def _who(analyser: Analyser) -> str:
    return _WHO.get(analyser.name, analyser.name)


def _judge(run: RunContext, analyser: Analyser, request: AnalysisRequest) -> Analysis:
    """Judges without paying."""
    analysis = analyser.analyse(request, timeout_s=_TIMEOUT_S)
    message = f"{_who(analyser)} judged {len(analysis.verdicts)} segments: $0.00."
    run.tell(ANALYSED, message, analyser=dict(analyser.identity), cost_micro_usd=0, reused=0)
    return analysis


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
    blank = with_blank_stills(request.segments, segments, footage, folder=run.folder("stills"))
    verdicts: list[SegmentVerdict] = []
    problems: dict[str, AnalysisProblem] = {}
    spent = bought = reused = 0
    for batch in analyser.batches(replace(request, segments=blank)):
        address = batch_address(analyser, batch, segments, footage)
        # Cut before anything is reserved: no money waits for pictures, and a killed cut costs nothing.
        is_known = _find(run, address, batch) is not None
        asked = batch if is_known else with_stills(run, batch, segments, footage)
        paid = pay_once(
            run,
            _purchase(run, chosen, price, asked, address, project_id),
            lifetime_s=_TIMEOUT_S * 2,
        )
        spent += paid.cost_micro_usd
        bought += not paid.is_reused
        reused += paid.is_reused
        verdicts += paid.artefact.verdicts
        problems |= {problem.message: problem for problem in paid.artefact.problems}
    of_them = f", {reused} of {bought + reused} answers reused" if bought and reused else ""
    run.tell(
        ANALYSED,
        f"{_who(analyser)} judged {len(verdicts)} segments: {dollars(spent)}{of_them}."
        if bought
        else f"The judgement of {len(verdicts)} segments is there already: reused, $0.00.",
        analyser=dict(analyser.identity),
        cost_micro_usd=spent,
        reused=reused,
    )
    return Analysis(tuple(verdicts), problems=tuple(problems.values()))


def _purchase(
    run: RunContext,
    chosen: ChosenAnalyser,
    price: GeminiPrice,
    batch: AnalysisRequest,
    address: str,
    project_id: UUID | None,
) -> Purchase[Analysis, Analysis]:
    analyser = chosen.analyser
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
        estimate_micro_usd=chosen.cost_micro_usd(analyser.estimate(batch)),
        find=lambda: _find(run, address, batch),
        call=lambda: analyser.analyse(batch, timeout_s=_TIMEOUT_S),
        usage=lambda analysis: analysis.usage,
        cost=chosen.cost_micro_usd,
        store=lambda analysis: _store(run, analyser, analysis, address, batch),
    )


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
    row = StoredAnalysis(
        profile_id=run.profile_id,
        fingerprint=address,
        provider=analyser.name,
        model=analyser.model,
        verdicts=[asdict(verdict) | {"index": position[verdict.index]} for verdict in analysis.verdicts],
        problems=[
            {
                "kind": problem.kind,
                "message": problem.message,
                "positions": [position[index] for index in problem.indices if index in position],
            }
            for problem in analysis.problems
        ],
    )
    try:
        with run.session() as session:
            session.add(row)
    except IntegrityError:
        # A run on another machine had the same judged at the same moment; one of the two is kept.
        known = _find(run, address, batch)
        if known is None:
            raise
        return known
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
