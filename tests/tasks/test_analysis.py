"""Segments judged by a paid analyser: each batch bought once, pictures cut only for what is asked."""

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from models.analysis import StoredAnalysis
from models.errors import MediaToolFailed
from models.footage import Segment
from models.ledger import Reservation
from tasks import analysis, segment_stills
from tasks.analysis import score_segments
from tasks.media import stills
from tasks.probing import import_footage, probe_footage
from tasks.run_context import RunContext
from tasks.segments import find_segments
from tests.fakes import FakeGemini
from tests.tasks.at_the_fakes import another_run, booked, buys_at, rows, told


@pytest.fixture
def gemini(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGemini]:
    with FakeGemini() as server:
        monkeypatch.setenv("REELFLOW_GEMINI_BASE_URL", server.base_url)
        yield server


@pytest.fixture
def paying(gemini: FakeGemini, run: RunContext) -> RunContext:
    """A run of a profile whose footage Gemini judges."""
    buys_at(run, gemini)
    return run


@pytest.fixture
def footage(paying: RunContext, films: dict[str, Path]) -> UUID:
    """A film in the library, cut into segments."""
    path = films["tea"]
    footage_id = import_footage.fn(paying, path, probe_footage.fn(paying, path))
    find_segments.fn(paying, footage_id)
    return footage_id


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many segments pictures were cut of, call by call."""
    counted: list[int] = []

    def cut_stills(*arguments: object, **options: object) -> object:
        counted.append(len(arguments[2]))  # type: ignore[arg-type]
        return stills.cut_stills(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(segment_stills, "cut_stills", cut_stills)
    return counted


def score(run: RunContext, footage_id: UUID, context: str = "A brass lamp") -> int:
    return score_segments.fn(run, [footage_id], context)


def scores(run: RunContext) -> list[float]:
    with run.reading() as session:
        segments = session.exec(select(Segment)).all()
    return [segment.score for segment in sorted(segments, key=lambda segment: segment.start_s)]


def test_what_was_judged_before_costs_no_picture_and_no_cent(
    paying: RunContext, footage: UUID, gemini: FakeGemini, cuts: list[int]
) -> None:
    count = score(paying, footage)
    first = scores(paying)
    assert (cuts, len(gemini.paid_requests())) == ([count], 1)

    again = another_run(paying)
    score(again, footage)

    assert (cuts, len(gemini.paid_requests())) == ([count], 1)
    assert scores(paying) == first
    assert len(booked(paying)) == 1
    assert (
        told(again)["analysis_done"] == f"The judgement of {count} segments is there already: reused, $0.00."
    )


def test_only_the_pictures_of_what_is_missing_are_cut(
    paying: RunContext,
    footage: UUID,
    gemini: FakeGemini,
    cuts: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given batches of one segment each, of which one answer is lost
    from tasks.providers.gemini import GeminiAnalyser

    monkeypatch.setattr(GeminiAnalyser.__init__, "__kwdefaults__", _with(GeminiAnalyser, frames_per_batch=3))
    count = score(paying, footage)
    assert cuts == [1] * count
    with paying.session() as session:
        session.delete(session.exec(select(StoredAnalysis)).all()[-1])

    score(another_run(paying), footage)

    assert cuts == [1] * (count + 1)
    assert len(gemini.paid_requests()) == count + 1


def _with(kind: type, **changes: object) -> dict[str, object]:
    return {**kind.__init__.__kwdefaults__, **changes}  # type: ignore[misc]


def test_two_runs_that_want_the_same_judgement_pay_once(
    paying: RunContext, footage: UUID, gemini: FakeGemini
) -> None:
    # pitfall 14
    runs = [paying, another_run(paying)]
    ready = threading.Barrier(len(runs))
    failures: list[BaseException] = []

    def judge(run: RunContext) -> None:
        ready.wait(90)
        try:
            score(run, footage)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=judge, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(gemini.paid_requests()) == 1
    assert len(rows(paying, StoredAnalysis, lambda row: row.id)) == len(booked(paying)) == 1
    endings = sorted(told(run)["analysis_done"].rsplit(": ", 1)[1] for run in runs)
    assert endings[1] == "reused, $0.00."
    assert endings[0].startswith("$0.0")


def test_an_answer_stored_by_another_machine_meanwhile_is_the_one_that_counts(
    paying: RunContext, footage: UUID, gemini: FakeGemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given two machines, which share no lock: the second looks before the first has stored its answer
    score(paying, footage)
    first = scores(paying)
    looks = iter([None, None, None])
    find = analysis._find
    monkeypatch.setattr(analysis, "_find", lambda *asked: None if next(looks, True) is None else find(*asked))

    score(another_run(paying), footage)

    assert len(gemini.paid_requests()) == 2
    assert len(rows(paying, StoredAnalysis, lambda row: row.id)) == 1
    assert scores(paying) == first


def test_pictures_that_can_t_be_cut_cost_nothing(
    paying: RunContext, footage: UUID, gemini: FakeGemini
) -> None:
    for path in paying.settings.storage_dir.rglob("*.mp4"):
        path.unlink()

    with pytest.raises(MediaToolFailed, match="cutting stills"):
        score(paying, footage)

    assert gemini.paid_requests() == []
    assert rows(paying, Reservation, lambda row: row.state) == []
