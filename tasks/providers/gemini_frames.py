"""The frames that go to Gemini: read from disk, put together in batches that one request can carry."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from models.errors import BadInput
from tasks.providers.ports import SegmentFacts

#: A request may have 20 MB, frames in base64 (https://ai.google.dev/gemini-api/docs/image-understanding).
_BATCH_BYTES = 12_000_000


def batches_of(segments: Sequence[SegmentFacts], *, frames_per_batch: int) -> Iterator[list[SegmentFacts]]:
    """Segments with stills, in order, as many together as fit; one with too many stills is alone.

    Raises:
        BadInput: a still is not there.
    """
    batch: list[SegmentFacts] = []
    frames, size = 0, 0
    for segment in segments:
        if not segment.stills:
            continue
        more = sum(_bytes_of(still) for still in segment.stills)
        is_full = frames + len(segment.stills) > frames_per_batch or size + more > _BATCH_BYTES
        if batch and is_full:
            yield batch
            batch, frames, size = [], 0, 0
        batch.append(segment)
        frames, size = frames + len(segment.stills), size + more
    if batch:
        yield batch


def read_frame(still: Path) -> bytes:
    """A still's bytes.

    Raises:
        BadInput: it can't be read.
    """
    try:
        return still.read_bytes()
    except OSError as error:
        raise _unreadable(still, error) from None


def frame_size_px(still: Path) -> tuple[int, int]:
    """A still's width and height.

    Raises:
        BadInput: it can't be read.
    """
    try:
        with Image.open(still) as picture:
            return picture.width, picture.height
    except (OSError, UnidentifiedImageError) as error:
        raise _unreadable(still, error) from None


def _bytes_of(still: Path) -> int:
    try:
        return still.stat().st_size
    except OSError as error:
        raise _unreadable(still, error) from None


def _unreadable(still: Path, error: Exception) -> BadInput:
    return BadInput(f"The frame {still.name} can't be read ({type(error).__name__}).")
