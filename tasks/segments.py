"""Footage becomes segments: one cheap pass over the frames, then spans that never cross a cut."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import numpy as np
from prefect import task
from sqlmodel import col, delete, select

from models.footage import Footage, Segment, SegmentOrigin
from tasks.media.features import FrameFeatures, measure_footage
from tasks.media.reframe import Subject, find_subject
from tasks.media.seek_points import key_frames_s
from tasks.media.shots import detect_shots
from tasks.media.spans import TRACK_STEP_S, Span, cut_into_spans
from tasks.policies import LOCAL
from tasks.probing import footage_info
from tasks.run_context import RunContext
from tasks.segment_facts import DETECTOR_VERSION

#: A face is looked for in this many stills of a shot's only segment. A piece of a longer shot needs one: its
#: neighbours show the same people a few seconds earlier and later. Each costs 45 ms.
_STILLS_OF_A_SHOT = 2
_TIMEOUT_FACTOR = 20.0
_TIMEOUT_FLOOR_S = 300.0


@task(name="find segments", task_run_name="find segments {footage_id}", **LOCAL)
def find_segments(
    run: RunContext, footage_id: UUID, on_progress: Callable[[float], None] | None = None
) -> int:
    """Makes sure that a footage has its segments; returns how many there are.

    Args:
        run: The run.
        footage_id: Whose segments.
        on_progress: Called with the finished share, 0 to 1.

    Raises:
        NotFound: the profile has no such footage.
        MediaToolFailed, MediaToolTimedOut, RunStopped: from the media process.
    """
    with run.reading() as session:
        footage = session.require(Footage, footage_id)
    if footage.analysed_with == DETECTOR_VERSION:
        run.log.info("%s: segments are there already", footage.name)
        return _count(run, footage_id)
    info = footage_info(footage)
    path = run.storage.path(footage.storage_key)
    features = measure_footage(
        path,
        has_audio=info.audio is not None,
        duration_s=info.duration_s,
        name=footage.name,
        video_index=info.video_index,
        audio_index=info.audio.index if info.audio else None,
        scratch_dir=run.work_dir,
        has_plain_pixels=info.can_use_zscale,
        timeout_s=_TIMEOUT_FLOOR_S + _TIMEOUT_FACTOR * info.duration_s,
        on_progress=on_progress,
    )
    keys_s = key_frames_s(path, stream_index=info.video_index)
    spans = cut_into_spans(features, detect_shots(features), key_frames_s=keys_s)
    subjects = find_subjects(features, spans)
    segments = [
        _segment(run.profile_id, footage_id, span, subject)
        for span, subject in zip(spans, subjects, strict=True)
    ]
    with run.session() as session:
        footage = session.require(Footage, footage_id)
        if footage.analysed_with != DETECTOR_VERSION:
            footage.analysed_with = DETECTOR_VERSION
            session.exec(
                delete(Segment).where(
                    col(Segment.footage_id) == footage_id, col(Segment.origin) == SegmentOrigin.DETECTED
                )
            )
            session.add_all(segments)
    run.log.info("%s: %d shots, %d segments", footage.name, len({span.shot for span in spans}), len(spans))
    return _count(run, footage_id)


def _count(run: RunContext, footage_id: UUID) -> int:
    with run.reading() as session:
        return len(session.exec(select(Segment.id).where(Segment.footage_id == footage_id)).all())


def find_subjects(features: FrameFeatures, spans: Sequence[Span]) -> list[Subject]:
    """Where the subject of each span is."""
    pieces = Counter(span.shot for span in spans)
    return [
        find_subject(
            _stills(features, span, most=_STILLS_OF_A_SHOT if pieces[span.shot] == 1 else 1),
            span.motion_track,
            step_s=TRACK_STEP_S,
        )
        for span in spans
    ]


def _segment(profile_id: UUID, footage_id: UUID, span: Span, subject: Subject) -> Segment:
    return Segment(
        profile_id=profile_id,
        footage_id=footage_id,
        start_s=span.start_s,
        end_s=span.end_s,
        shot=span.shot,
        features={
            "motion": span.motion,
            "sharpness": span.sharpness,
            "brightness": span.brightness,
            "audio_db": span.audio_db,
            "black_share": span.black_share,
            "frozen_share": span.frozen_share,
            "is_blurred": span.is_blurred,
            "is_soft": span.is_blurrier_than_rest,
            "signature": span.signature.to_json(),
            "subject": subject.model_dump(mode="json"),
        },
    )


def _stills(features: FrameFeatures, span: Span, *, most: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Stills from inside the span, evenly spread; the nearest one when none lies inside."""
    times = features.still_times_s
    inside = np.flatnonzero((times >= span.start_s) & (times < span.end_s))
    if not len(inside):
        middle_s = (span.start_s + span.end_s) / 2
        inside = np.argsort(np.abs(times - middle_s))[:1]
    # The middles of equal parts: one still is the middle one.
    places = (np.arange(most) + 0.5) / most * len(inside)
    stills: np.ndarray[Any, np.dtype[np.uint8]] = features.stills[inside[np.unique(places.astype(int))]]
    return stills
