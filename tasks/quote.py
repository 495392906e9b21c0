"""What a run would cost, from what is stored and paid for already: asks no provider and decodes no video."""

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from uuid import UUID

from PIL import Image
from sqlmodel import col, select

from models.analysis import StoredAnalysis
from models.budget import BudgetState, budget_state, month_of
from models.edit import CaptionsFrom
from models.footage import Footage, Segment
from models.limits import check_captions, check_script
from models.session import Database, ProfileSession
from models.settings import Settings
from models.settlement import expire_reservations
from models.storage import file_sha256
from models.tenant import now_utc
from models.transcript import StoredTranscript
from models.voice import VoiceOver
from tasks.media.footage_info import FootageInfo
from tasks.media.probe import probe
from tasks.media.stills import PER_SEGMENT, still_frames, still_size
from tasks.own_speech import footage_to_hear, wants_speech
from tasks.probing import footage_info
from tasks.provider_choice import (
    ChosenAnalyser,
    chosen_analyser,
    chosen_listener,
    chosen_voice,
    settings_of,
)
from tasks.providers.ports import AnalysisRequest, SegmentFacts, Usage
from tasks.segment_facts import DETECTOR_VERSION, batch_address, facts_of, load_segments

#: Lengths that segments of footage nobody has cut yet are taken to have. Product footage has a segment
#: every three seconds or so; fast cuts, a segment in half of that.
EXPECTED_SEGMENT_S = 3.0
SHORTEST_SEGMENT_S = 1.5

_FREE = "Works on this machine and costs nothing."


#: A maximum has room for one answer that is lost on its way: nobody can tell whether it was charged.
_REQUESTS = 2
_ONCE = "once; at most it is asked for twice."


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """What one provider would be asked for."""

    provider: str
    model: str
    operation: str
    """As in the ledger: "speech", "analysis" or "transcription"."""
    expected_micro_usd: int
    maximum_micro_usd: int
    already_paid: bool
    """All of it was paid for earlier and is reused."""
    assumption: str
    """What the amounts rest on, in one sentence."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a run would cost, and where the month's budget stands."""

    lines: tuple[QuoteLine, ...]
    month: str
    budget: BudgetState

    @property
    def expected_micro_usd(self) -> int:
        """What it will about cost."""
        return sum(line.expected_micro_usd for line in self.lines)

    @property
    def maximum_micro_usd(self) -> int:
        """What it should not exceed, by the assumptions of the lines."""
        return sum(line.maximum_micro_usd for line in self.lines)

    def fits(self, micro_usd: int) -> bool:
        """Whether the month still has so much."""
        left = self.budget.left_micro_usd
        return left is None or micro_usd <= left


@dataclass(frozen=True, slots=True)
class Enquirer:
    """Who asks for a quote: a customer of the providers without a run."""

    database: Database
    profile_id: UUID

    @property
    def settings(self) -> Settings:
        """The installation's."""
        return self.database.settings

    def reading(self) -> AbstractContextManager[ProfileSession]:
        """A transaction that only reads."""
        return self.database.profile_session(self.profile_id, read_only=True)


def make_quote(
    database: Database,
    profile_id: UUID,
    *,
    files: Sequence[Path] = (),
    footage_ids: Sequence[UUID] = (),
    context: str = "",
    script: str | None = None,
    clip_ids: Sequence[UUID] = (),
    captions: CaptionsFrom | None = None,
) -> Quote:
    """What judging footage, speaking a script or hearing the footage's own speech would cost a profile.

    Args:
        database: Where.
        profile_id: Whose providers, stored results and budget.
        files: Footage to be judged together; none is judged when empty.
        footage_ids: The same of footage in the library; no file is read for it.
        context: The project's, which is part of what the analyser is asked.
        script: What is to be spoken; None for nothing.
        clip_ids: Instead of footage: clips to be rendered.
        captions: As for the run.

    Raises:
        BadInput: a script that can't be spoken, captions that don't go with it, or a model without a price.
        MissingKey: the profile chose a provider that it has no key for.
        NotFound: the profile has no such clip or footage.
        UnusableFootage: a file can't be made into reels.
    """
    check_captions(captions, script=script)
    enquirer = Enquirer(database, profile_id)
    lines = []
    stored = _stored(enquirer, footage_ids)
    infos = cache(lambda: stored | {file_sha256(file): probe(file) for file in files})
    has_footage = bool(files or footage_ids)
    if has_footage:
        lines.append(_analysis_line(enquirer, infos, context))
    if script is not None:
        lines.append(_voice_line(enquirer, check_script(script)))
    elif has_footage and wants_speech(enquirer, captions):
        lines.append(_hearing_line(enquirer, infos()))
    elif clip_ids and (unheard := footage_to_hear(enquirer, clip_ids, captions)):
        lines.append(_hearing_line(enquirer, {row.sha256: footage_info(row) for row in unheard}))
    now = now_utc()
    with database.profile_session(profile_id) as session:
        expire_reservations(session, now)
    with enquirer.reading() as session:
        month = month_of(session.profile, now)
        return Quote(tuple(lines), month, budget_state(session, month))


def _voice_line(enquirer: Enquirer, text: str) -> QuoteLine:
    with chosen_voice(enquirer, settings_of(enquirer)) as chosen:
        usage = chosen.voice.estimate(chosen.request(text))
        address, cost = chosen.address(text), chosen.cost_micro_usd(usage)
        provider, model, is_free = chosen.voice.name, chosen.voice.model, chosen.price is None
    with enquirer.reading() as session:
        known = session.exec(select(VoiceOver.id).where(VoiceOver.fingerprint == address)).first()
    if is_free:
        assumption = _FREE
    elif known:
        cost, assumption = 0, "This script was spoken by this voice before and is reused."
    else:
        count = usage.characters
        assumption = f"{count} {'character is' if count == 1 else 'characters are'} spoken, {_ONCE}"
    is_paid = known is not None and not is_free
    return QuoteLine(provider, model, "speech", cost, _REQUESTS * cost, is_paid, assumption)


def _hearing_line(enquirer: Enquirer, infos: Mapping[str, FootageInfo]) -> QuoteLine:
    """Of footage by its content. Each is heard as a whole, once, if a clip shows any of it."""
    sounds = {sha256: info for sha256, info in infos.items() if info.audio}
    with chosen_listener(enquirer, settings_of(enquirer)) as chosen:
        wanted = {chosen.address(sha256): info for sha256, info in sounds.items()}
    with enquirer.reading() as session:
        fingerprint = col(StoredTranscript.fingerprint)
        paid = set(session.exec(select(fingerprint).where(fingerprint.in_(wanted))).all())
    due = [info for address, info in wanted.items() if address not in paid]
    lengths_s = [_sound_s(info) for info in due]
    expected = sum(chosen.cost_micro_usd(Usage(audio_s=length_s)) for length_s in lengths_s)
    most = _REQUESTS * sum(chosen.cost_micro_usd(Usage(audio_s=info.duration_s)) for info in due)
    if not wanted:
        assumption = "The footage has no sound to listen to."
    elif not due:
        assumption = "This footage was listened to before; its words are reused."
    else:
        assumption = f"{sum(lengths_s):.1f} s of the footage's sound are listened to, {_ONCE}"
    is_paid = bool(wanted) and not due
    return QuoteLine(chosen.provider, chosen.model, "transcription", expected, most, is_paid, assumption)


def _sound_s(info: FootageInfo) -> float:
    """How long the sound under a footage's picture is, as far as the file says."""
    if info.audio is None or info.audio.duration_s is None:
        return info.duration_s
    return min(info.duration_s, info.audio.start_s + info.audio.duration_s)


# ------------------------------------------------------------------ footage


def _stored(enquirer: Enquirer, footage_ids: Sequence[UUID]) -> dict[str, FootageInfo]:
    """What the prober found in footage of the library, by content."""
    with enquirer.reading() as session:
        rows = [session.require(Footage, footage_id) for footage_id in footage_ids]
    return {row.sha256: footage_info(row) for row in rows}


@dataclass(frozen=True, slots=True)
class _Film:
    """A file to be judged and its footage, if the library has it with its segments."""

    info: FootageInfo
    footage_id: UUID | None


@dataclass(frozen=True, slots=True)
class _Bill:
    expected_micro_usd: int
    maximum_micro_usd: int
    batches: int
    paid_batches: int


def _analysis_line(
    enquirer: Enquirer, infos: Callable[[], Mapping[str, FootageInfo]], context: str
) -> QuoteLine:
    with chosen_analyser(enquirer, settings_of(enquirer)) as chosen:
        provider, model = chosen.analyser.name, chosen.analyser.model
        if chosen.price is None:
            return QuoteLine(provider, model, "analysis", 0, 0, already_paid=False, assumption=_FREE)
        films = _films(enquirer, infos())
        known = [film.footage_id for film in films if film.footage_id]
        with tempfile.TemporaryDirectory(prefix="reelflow-quote-") as folder:
            if len(known) == len(films):
                bill, count = _bill_of_segments(enquirer, chosen, known, context, Path(folder))
                assumption = f"{count} segments"
                if bill.paid_batches:
                    assumption += f"; {bill.paid_batches} of {bill.batches} answers were paid for before"
            else:
                bill, assumption = _bill_of_films(chosen, films, context, Path(folder))
    return QuoteLine(
        provider,
        model,
        "analysis",
        bill.expected_micro_usd,
        bill.maximum_micro_usd,
        already_paid=0 < bill.batches == bill.paid_batches,
        assumption=f"{assumption}; at most every answer is as long as allowed and asked for twice.",
    )


def _films(enquirer: Enquirer, infos: Mapping[str, FootageInfo]) -> list[_Film]:
    """The files, each content once."""
    with enquirer.reading() as session:
        rows = session.exec(
            select(Footage).where(col(Footage.sha256).in_(infos), Footage.analysed_with == DETECTOR_VERSION)
        ).all()
    known = {row.sha256: row.id for row in rows}
    return [_Film(info, known.get(sha256)) for sha256, info in infos.items()]


def _bill_of_segments(
    enquirer: Enquirer, chosen: ChosenAnalyser, footage_ids: Sequence[UUID], context: str, folder: Path
) -> tuple[_Bill, int]:
    """Of footage that was cut into segments: the very batches that a run would ask for."""
    segments, footage = load_segments(enquirer, footage_ids)
    blank = {
        footage_id: _blank_still(FootageInfo.model_validate(row.probe), folder)
        for footage_id, row in footage.items()
    }

    def pictured(index: int, segment: Segment) -> SegmentFacts:
        frames = still_frames(segment.start_s, segment.end_s, PER_SEGMENT)
        return replace(facts_of(index, segment), stills=(blank[segment.footage_id],) * len(frames))

    request = AnalysisRequest(tuple(pictured(i, segment) for i, segment in enumerate(segments)), context)
    wanted = {
        batch_address(chosen.analyser, b, segments, footage): b for b in chosen.analyser.batches(request)
    }
    with enquirer.reading() as session:
        paid = set(
            session.exec(
                select(StoredAnalysis.fingerprint).where(col(StoredAnalysis.fingerprint).in_(wanted))
            ).all()
        )
    due = [batch for address, batch in wanted.items() if address not in paid]
    bill = _Bill(_expected(chosen, due), _maximum(chosen, due), len(wanted), len(paid))
    return bill, len(segments)


def _bill_of_films(
    chosen: ChosenAnalyser, films: Sequence[_Film], context: str, folder: Path
) -> tuple[_Bill, str]:
    """Of footage of which some is new: nobody knows its segments yet, so they are counted by its length."""

    def batches(segment_s: float) -> tuple[AnalysisRequest, ...]:
        facts: list[SegmentFacts] = []
        for film in films:
            stills = (_blank_still(film.info, folder),) * PER_SEGMENT
            count = math.ceil(film.info.duration_s / segment_s)
            facts += [_typical(len(facts) + number, segment_s, stills) for number in range(count)]
        return chosen.analyser.batches(AnalysisRequest(tuple(facts), context))

    expected, most = batches(EXPECTED_SEGMENT_S), batches(SHORTEST_SEGMENT_S)
    length_s = sum(film.info.duration_s for film in films)
    assumption = (
        f"{length_s:.1f} s of footage, a segment every {EXPECTED_SEGMENT_S:g} s, at most "
        f"every {SHORTEST_SEGMENT_S:g} s"
    )
    return _Bill(_expected(chosen, expected), _maximum(chosen, most), len(expected), 0), assumption


def _expected(chosen: ChosenAnalyser, batches: Sequence[AnalysisRequest]) -> int:
    return sum(chosen.cost_micro_usd(chosen.analyser.estimate(batch)) for batch in batches)


def _maximum(chosen: ChosenAnalyser, batches: Sequence[AnalysisRequest]) -> int:
    return sum(chosen.cost_micro_usd(chosen.analyser.estimate_most(batch)) for batch in batches)


def _typical(index: int, duration_s: float, stills: tuple[Path, ...]) -> SegmentFacts:
    return SegmentFacts(
        index=index, duration_s=duration_s, motion=0.0, sharpness=0.0, brightness=0.0, stills=stills
    )


def _blank_still(info: FootageInfo, folder: Path) -> Path:
    """A picture of the size of the footage's stills, for analysers that count pictures by their size."""
    width, height = still_size(info)
    path = folder / f"{width}x{height}.jpg"
    if not path.exists():
        Image.new("L", (width, height)).save(path)
    return path
