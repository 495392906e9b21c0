"""The pictures of segments that analysers look at: predicted for nothing, cut only for who really looks.

How a request falls into batches, what each costs and under which address its answer is kept follow from the
number and size of the pictures, not from what they show. So a batch whose answer is stored is found without
decoding a frame.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from PIL import Image

from models.footage import Footage, Segment
from tasks.media.footage_info import FootageInfo
from tasks.media.stills import PER_SEGMENT, cut_stills, still_frames, still_size
from tasks.probing import footage_info
from tasks.providers.ports import AnalysisRequest, SegmentFacts
from tasks.run_context import RunContext


def with_blank_stills(
    facts: Sequence[SegmentFacts],
    segments: Sequence[Segment],
    footage: Mapping[UUID, Footage],
    *,
    folder: Path,
) -> tuple[SegmentFacts, ...]:
    """Segments with as many pictures as they will have, of the right size, on which nothing is seen.

    Args:
        facts: Of each segment.
        segments: The same segments' rows.
        footage: What they were found in.
        folder: An existing scratch folder.
    """
    blank = {footage_id: blank_still(footage_info(row), folder) for footage_id, row in footage.items()}
    return tuple(
        replace(
            one,
            stills=(blank[segment.footage_id],)
            * len(still_frames(segment.start_s, segment.end_s, PER_SEGMENT)),
        )
        for one, segment in zip(facts, segments, strict=True)
    )


def with_stills(
    run: RunContext,
    batch: AnalysisRequest,
    segments: Sequence[Segment],
    footage: Mapping[UUID, Footage],
) -> AnalysisRequest:
    """A batch with the real pictures; a segment in a damaged part of its footage may have none.

    Args:
        run: Whose scratch folder they go to.
        batch: Part of a request whose indices are positions in `segments`.
        segments: All segments of the request.
        footage: What they were found in.

    Raises:
        MediaToolFailed, MediaToolTimedOut, RunStopped: from the media process.
    """
    pictured = {facts.index: facts for facts in batch.segments}
    for footage_id, row in footage.items():
        indices = [index for index in pictured if segments[index].footage_id == footage_id]
        if not indices:
            continue
        stills = cut_stills(
            run.storage.path(row.storage_key),
            footage_info(row),
            [(segments[index].start_s, segments[index].end_s) for index in indices],
            folder=run.folder("stills", str(footage_id), str(indices[0])),
        )
        for index, files in zip(indices, stills, strict=True):
            pictured[index] = replace(pictured[index], stills=files)
    return replace(batch, segments=tuple(pictured.values()))


def blank_still(info: FootageInfo, folder: Path) -> Path:
    """A picture of the size of the footage's stills, for analysers that count pictures by their size."""
    width, height = still_size(info)
    path = folder / f"blank-{width}x{height}.jpg"
    if not path.exists():
        Image.new("L", (width, height)).save(path)
    return path
