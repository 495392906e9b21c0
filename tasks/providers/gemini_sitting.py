"""One analysis under way: what has been judged so far, what went wrong, and what it used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tasks.providers.deadline import Deadline
from tasks.providers.gemini_verdicts import Reading
from tasks.providers.ports import Analysis, AnalysisProblem, ProblemKind, SegmentFacts, SegmentVerdict, Usage

_LONGEST_LIST = 12


@dataclass
class Sitting:
    """Collects the answers of several calls."""

    context: str
    """What the project is about."""
    deadline: Deadline
    """When all of it has to be done."""
    verdicts: dict[int, SegmentVerdict] = field(default_factory=dict)
    """By index."""
    invalid: dict[int, str] = field(default_factory=dict)
    """Why a segment's last verdict was no good."""
    problems: list[AnalysisProblem] = field(default_factory=list)
    """What the run has to tell."""
    usage: Usage = field(default_factory=Usage)
    """What all calls used."""

    def lacks(self, segment: SegmentFacts) -> bool:
        """Whether a segment has no verdict yet."""
        return segment.index not in self.verdicts

    def take(self, reading: Reading) -> None:
        """Adds an answer."""
        self.verdicts.update(reading.verdicts)
        self.invalid.update(reading.invalid)
        if reading.unknown:
            self.tell(
                "unknown_index",
                f"Gemini judged segments that nobody asked for; dropped: {listed(reading.unknown)}.",
                reading.unknown,
            )
        if reading.repeated:
            self.tell(
                "duplicate",
                f"Gemini judged segments twice; the first counts: {listed(reading.repeated)}.",
                reading.repeated,
            )

    def tell(self, kind: ProblemKind, message: str, indices: Sequence[int]) -> None:
        """Adds a problem."""
        self.problems.append(AnalysisProblem(kind, message, tuple(indices)))

    def result(self, segments: Sequence[SegmentFacts]) -> Analysis:
        """Everything, in the order of the segments."""
        judged = tuple(self.verdicts[segment.index] for segment in segments if not self.lacks(segment))
        without = [segment for segment in segments if self.lacks(segment)]
        missing = (_missing(without, self.invalid),) if without else ()
        return Analysis(judged, self.usage, (*self.problems, *missing))


def listed(indices: Sequence[int]) -> str:
    """Indices for a sentence, the first dozen of them."""
    shown = ", ".join(str(index) for index in indices[:_LONGEST_LIST])
    more = len(indices) - _LONGEST_LIST
    return shown if more <= 0 else f"{shown} and {more} more"


def _missing(segments: Sequence[SegmentFacts], invalid: Mapping[int, str]) -> AnalysisProblem:
    indices = tuple(segment.index for segment in segments)
    reasons = {segment.index: "no frames" for segment in segments if not segment.stills} | {
        index: invalid[index] for index in indices if index in invalid
    }
    why = "; ".join(f"{index}: {reason}" for index, reason in reasons.items())
    return AnalysisProblem(
        "missing",
        f"Gemini has no usable verdict on {len(indices)} segments ({listed(indices)})"
        + (f": {why}." if why else "."),
        indices,
    )
