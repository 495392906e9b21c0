"""Long pauses in speech are shortened: found by measured silence, cut where nothing is heard.

What is kept is told as spans of the old audio, so that word times can follow through `words.remap`. Each
seam is a short cross-fade between sound that was cut away on both sides of it: the length is exactly that
of the kept spans, and no jump of the signal is heard as a click.
"""

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from models.errors import BadInput, Fault
from tasks.media.words import Span

Samples: TypeAlias = npt.NDArray[np.int16]

#: Goes up whenever the same sound would be cut in another way.
PAUSES_VERSION = "pauses-1"

_BLOCK_S = 0.01

#: Silence is this far below the speech (its loudest tenth): quieter than the faintest "f" or "s", louder
#: than a voice's breath or the noise of an encoder.
_BELOW_SPEECH_DB = 34.0

#: And is in any case what is fainter than this.
_FLOOR_DBFS = -60.0

_FADE_S = 0.01


@dataclass(frozen=True, slots=True)
class PauseRule:
    """Which pauses are shortened, and to what."""

    longer_than_s: float
    """Pauses up to this length stay as they are."""
    shortened_to_s: float
    """What is left of a longer one: half of it after the sound before, half before the sound after."""


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What became of a sound."""

    kept: tuple[Span, ...]
    """What was kept of the old sound, in its time."""
    duration_s: float
    """Length of the new one."""
    sample_rate: int
    """Samples per second, as before."""

    @property
    def cuts(self) -> int:
        """How many pauses inside the speech were shortened."""
        return len(self.kept) - 1


def trim_pauses(source: Path, target: Path, rule: PauseRule) -> Trimmed | None:
    """Writes a copy of a WAV file with shorter pauses; None, and no file, when there is nothing to shorten.

    Args:
        source: Mono, 16 bit, as voices write it.
        target: The new file, in an existing folder.
        rule: What to shorten.

    Raises:
        BadInput: the rule would lengthen pauses.
        Fault: the source is no such file.
    """
    if not 0 < rule.shortened_to_s < rule.longer_than_s:
        raise BadInput(
            f"Pauses longer than {rule.longer_than_s:g} s can't be shortened to {rule.shortened_to_s:g} s:"
            " choose a shorter length that is above zero."
        )
    samples, sample_rate = _read(source)
    pauses = find_pauses(samples, sample_rate)
    kept = spans_to_keep(pauses, len(samples) / sample_rate, rule)
    exact = _on_samples(kept, sample_rate)
    if sum(end - start for start, end in exact) == len(samples):
        return None
    cut = join_spans(samples, exact, fade=round(_FADE_S * sample_rate))
    _write(target, cut, sample_rate)
    return Trimmed(
        tuple(Span(start / sample_rate, end / sample_rate) for start, end in exact),
        len(cut) / sample_rate,
        sample_rate,
    )


def find_pauses(samples: Samples, sample_rate: int) -> tuple[Span, ...]:
    """Where nothing is heard, in order; none in a sound that is silent throughout."""
    block = max(1, round(_BLOCK_S * sample_rate))
    padded = np.pad(samples.astype(np.float64), (0, -len(samples) % block)).reshape(-1, block)
    levels_db = 10 * np.log10(np.mean(padded**2, axis=1) / 32768.0**2 + 1e-12)
    if not len(levels_db):
        return ()
    limit_db = max(_FLOOR_DBFS, float(np.quantile(levels_db, 0.9)) - _BELOW_SPEECH_DB)
    is_silent = np.concatenate(([False], levels_db <= limit_db, [False]))
    if is_silent[1:-1].all():
        return ()
    starts, ends = np.flatnonzero(np.diff(is_silent.astype(np.int8))).reshape(-1, 2).T
    last_s = len(samples) / sample_rate
    return tuple(
        Span(start * block / sample_rate, min(end * block / sample_rate, last_s))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    )


def spans_to_keep(pauses: Sequence[Span], duration_s: float, rule: PauseRule) -> tuple[Span, ...]:
    """What is left when pauses that are too long are shortened, in order; silence alone stays as it is.

    Of a pause before the first sound or after the last, the part that touches the sound is kept.
    """
    kept: list[Span] = []
    start_s = 0.0
    for pause in pauses:
        is_first, is_last = pause.start_s <= 0, pause.end_s >= duration_s
        if pause.end_s - pause.start_s <= rule.longer_than_s or (is_first and is_last):
            continue
        before_s = 0.0 if is_first else rule.shortened_to_s * (1.0 if is_last else 0.5)
        if not is_first:
            kept.append(Span(start_s, pause.start_s + before_s))
        start_s = duration_s if is_last else pause.end_s - (rule.shortened_to_s - before_s)
    if start_s < duration_s:
        kept.append(Span(start_s, duration_s))
    return tuple(kept)


def join_spans(samples: Samples, spans: Sequence[tuple[int, int]], *, fade: int) -> Samples:
    """Spans of a sound, one after the other, with a cross-fade at each seam.

    The fade lies half on each side of the seam and mixes what goes on behind the one span with what comes
    before the other, so that nothing moves: the result is as long as the spans together.

    Args:
        samples: The sound.
        spans: First sample and the one after the last of each span, in order.
        fade: Length of the cross-fade in samples.
    """
    joined = np.concatenate([samples[start:end] for start, end in spans])
    seams = list(accumulate(end - start for start, end in spans))[:-1]
    for seam, ((first, end), (start, last)) in zip(seams, pairwise(spans), strict=True):
        half = min(fade // 2, (start - end) // 2, end - first, last - start)
        old = samples[end - half : end + half].astype(np.float64)
        new = samples[start - half : start + half].astype(np.float64)
        rise = (np.arange(2 * half) + 0.5) / (2 * half)
        joined[seam - half : seam + half] = np.rint(old * (1 - rise) + new * rise)
    return joined


def _on_samples(spans: Sequence[Span], sample_rate: int) -> list[tuple[int, int]]:
    return [(round(span.start_s * sample_rate), round(span.end_s * sample_rate)) for span in spans]


def _read(path: Path) -> tuple[Samples, int]:
    try:
        with wave.open(str(path)) as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, 2):
                raise Fault(f"{path.name} is not a mono WAV file of 16 bit.")
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2"), file.getframerate()
    except (OSError, EOFError, wave.Error) as error:
        raise Fault(f"{path.name} can't be read ({type(error).__name__}).") from None


def _write(path: Path, samples: Samples, sample_rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(samples.astype("<i2").tobytes())
