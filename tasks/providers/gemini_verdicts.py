"""Gemini's written answer becomes verdicts: each is checked, and none that fails is mended."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from tasks.providers.ports import SegmentVerdict

_Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Score = Annotated[int, Field(ge=0, le=100)]
_Words = Annotated[str, StringConstraints(strip_whitespace=True)]

#: Only unwraps what is nothing but a fence around the JSON.
_FENCE = re.compile(r"\A\s*```(?:json)?\s*(?P<inside>.*?)\s*```\s*\Z", re.DOTALL)


class _Verdict(BaseModel):
    model_config = ConfigDict(extra="ignore")

    index: int
    score: _Score
    hook: _Score
    description: _Sentence
    reason: _Sentence
    highlights: list[_Words]
    tags: list[_Words]


class _Index(BaseModel):
    index: int


class _Answer(BaseModel):
    segments: list[dict[str, object]]


_ANSWER = TypeAdapter(_Answer)


class NotAnAnswer(Exception):
    """The text is not JSON of the asked form."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer was worth."""

    verdicts: dict[int, SegmentVerdict] = field(default_factory=dict)
    """By index; only segments that were asked for."""
    invalid: dict[int, str] = field(default_factory=dict)
    """Why a segment's verdict is no good."""
    unknown: tuple[int, ...] = ()
    """Indices that nobody asked for; dropped."""
    repeated: tuple[int, ...] = ()
    """Indices that came twice; the first is kept."""


def read_verdicts(text: str, asked: Collection[int]) -> Reading:
    """Reads an answer.

    Args:
        text: What the model wrote.
        asked: Indices of the segments it was asked about.

    Raises:
        NotAnAnswer: the text is not JSON of the asked form.
    """
    fenced = _FENCE.match(text)
    try:
        items = _ANSWER.validate_json(fenced["inside"] if fenced else text).segments
    except ValidationError as error:
        raise NotAnAnswer(str(error.errors(include_input=False, include_url=False)[0]["msg"])) from None
    verdicts: dict[int, SegmentVerdict] = {}
    invalid: dict[int, str] = {}
    unknown: list[int] = []
    repeated: list[int] = []
    for item in items:
        try:
            index = _Index.model_validate(item).index
        except ValidationError:
            continue  # whose verdict it is can't be told: that segment counts as missing
        if index not in asked:
            unknown.append(index)
        elif index in verdicts or index in invalid:
            repeated.append(index)
        else:
            try:
                verdicts[index] = _verdict(_Verdict.model_validate(item))
            except ValidationError as error:
                first = error.errors(include_input=False, include_url=False)[0]
                invalid[index] = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return Reading(verdicts, invalid, tuple(unknown), tuple(repeated))


def _verdict(checked: _Verdict) -> SegmentVerdict:
    return SegmentVerdict(
        index=checked.index,
        score=checked.score,
        hook=checked.hook,
        description=" ".join(checked.description.split()),
        highlights=tuple(dict.fromkeys(text for text in checked.highlights if text)),
        tags=tuple(dict.fromkeys(text.lower() for text in checked.tags if text)),
        reason=" ".join(checked.reason.split()),
    )
