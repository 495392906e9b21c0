"""Made-up segments for the tests of selection."""

from collections.abc import Sequence
from uuid import UUID

from tasks.media.selection_model import Candidate
from tasks.media.similarity import Signature

FOOTAGE = UUID(int=1)


def picture(look: int) -> Signature:
    """A signature; different looks (0-1023) are no near-duplicates."""
    return Signature(dhash=0, chroma=bytes([look % 32 * 8, look // 32 * 8]) * 50)


def segment(
    number: int,
    start_s: float,
    end_s: float,
    *,
    score: float = 50.0,
    hook: float = 50.0,
    is_usable: bool = True,
    look: int | None = None,
    footage: UUID = FOOTAGE,
) -> Candidate:
    """One candidate; it looks like no other unless told so."""
    return Candidate(
        segment_id=UUID(int=1000 + number),
        footage_id=footage,
        start_s=start_s,
        end_s=end_s,
        score=score,
        hook=hook,
        is_usable=is_usable,
        signature=picture(number if look is None else look),
    )


def row(lengths_s: Sequence[float], *, looks: Sequence[int] | None = None) -> list[Candidate]:
    """Segments of these lengths, one after the other."""
    made, at_s = [], 0.0
    for number, length_s in enumerate(lengths_s):
        look = None if looks is None else looks[number]
        made.append(
            segment(
                number,
                at_s,
                at_s + length_s,
                score=(number * 37) % 60 + 30,
                hook=(number * 53) % 97,
                look=look,
            )
        )
        at_s += length_s
    return made
