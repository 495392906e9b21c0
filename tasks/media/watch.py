"""Watches a finished file for black and frozen pictures, looking only where there can be any.

A picture that shows nothing, or the same as before, takes next to no bytes. So the sizes of the packets,
which cost nothing to read, tell which groups of pictures are worth decoding; on moving footage that is
none, and a 30-s file is watched in the time it takes to read it.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from math import ceil, floor, inf
from pathlib import Path

import av
import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from models.errors import MediaToolTimedOut

BLACK_S = 0.3
FROZEN_S = 1.5

#: Pictures are looked at in this width; what lasts is as visible, and costs little.
_WIDTH = 180

#: Luma up to here is the black of a render gone wrong (16, coded); night footage is lighter in places.
_BLACK_LUMA = 20
_BLACK_SHARE = 0.98

#: Mean change of luma from one picture to the next. A repeated picture changes by 0.02 in the encoder, a
#: still life with the faintest visible grain by 0.06; at key frames a repeated one changes by up to 0.6.
_FROZEN_CHANGE = 0.04
_FROZEN_CHANGE_AT_KEY = 1.0

#: A still picture that was encoded before moves a little where its own key frames were.
_FROZEN_PAUSE_S = 0.15

#: A packet this small may hold a repeated picture: those measured 70 to 650 bytes at 1080x1920.
_SMALL_BYTES = 300
_SMALL_BYTES_PER_PIXEL = 0.001

#: This share of small packets within `BLACK_S` makes a group of pictures worth decoding; captions that
#: change on a still picture make some of them larger.
_SMALL_SHARE = 0.5


@dataclass(frozen=True)
class Watched:
    """Spans `(start_s, end_s)` of a file."""

    black: tuple[tuple[float, float], ...]
    frozen: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Look:
    """One decoded picture, compared to the one before."""

    time_s: float
    is_black: bool
    is_repeated: bool


def watch(
    path: Path,
    *,
    frame_s: float,
    hidden_px: tuple[float, float, float, float] | None = None,
    timeout_s: float,
) -> Watched:
    """Finds black and frozen spans.

    Args:
        path: An H.264 file of ours: closed groups of pictures, a fixed rate.
        frame_s: Time between two pictures.
        hidden_px: Left, top, right, bottom of what is drawn on top of the footage and is no picture.
        timeout_s: The time this may take.

    Raises:
        MediaToolTimedOut: it took longer.
    """
    groups = _worth_decoding(path, frame_s)
    looks = list(_look(path, groups, hidden_px=hidden_px, timeout_s=timeout_s)) if groups else []
    return Watched(
        black=_spans(
            looks, [look.is_black for look in looks], at_least_s=BLACK_S, pause_s=0, frame_s=frame_s
        ),
        frozen=_spans(
            looks,
            [look.is_repeated for look in looks],
            at_least_s=FROZEN_S,
            pause_s=_FROZEN_PAUSE_S,
            frame_s=frame_s,
        ),
    )


def _worth_decoding(path: Path, frame_s: float) -> frozenset[int]:
    """Numbers of the groups of pictures in which black or frozen spans may lie."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        small_bytes = _SMALL_BYTES + _SMALL_BYTES_PER_PIXEL * video.width * video.height
        sizes = [
            (packet.pts or 0, packet.size <= small_bytes, number)
            for number, group in _groups(container.demux(video))
            for packet in group
        ]
    sizes.sort()
    is_small = np.array([small for _, small, _ in sizes], float)
    length = max(1, round(BLACK_S / frame_s))
    if len(is_small) < length:
        return frozenset()
    shares = np.convolve(is_small, np.ones(length) / length, "valid")
    found = np.flatnonzero(shares >= _SMALL_SHARE)
    return frozenset(sizes[index + offset][2] for index in found for offset in (0, length - 1))


def _groups(
    packets: Iterator["Packet[VideoStream]"],
) -> Iterator[tuple[int, Iterator["Packet[VideoStream]"]]]:
    """Packets that hold a picture, in numbered groups that begin with a key frame."""
    number = 0

    def group_of(packet: "Packet[VideoStream]") -> int:
        nonlocal number
        number += packet.is_keyframe
        return number

    return groupby((packet for packet in packets if packet.size), key=group_of)


def _look(
    path: Path,
    chosen: frozenset[int],
    *,
    hidden_px: tuple[float, float, float, float] | None,
    timeout_s: float,
) -> Iterator[_Look]:
    deadline = time.monotonic() + timeout_s
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        decoder = video.codec_context
        # Half of the pictures are enough to see what lasts: those that others build on.
        decoder.skip_frame = "NONREF"
        tick_s = float(video.time_base or 0)
        shrink = _WIDTH / video.width
        height = max(2, round(video.height * shrink / 2) * 2)
        before: NDArray[np.int16] | None = None
        for number, group in _groups(container.demux(video)):
            if number not in chosen:
                before = None
                continue
            for packet in chain(group, (None,)):
                if time.monotonic() > deadline:
                    raise MediaToolTimedOut(f"watching the file took longer than {timeout_s:.0f} s")
                for frame in decoder.decode(packet):
                    small = frame.reformat(_WIDTH, height, "yuv420p", interpolation="FAST_BILINEAR")
                    luma = small.to_ndarray()[:height].astype(np.int16)
                    _hide(luma, hidden_px, shrink)
                    yield _compare(luma, before, time_s=(frame.pts or 0) * tick_s, is_key=frame.key_frame)
                    before = luma
            decoder.flush_buffers()


def _hide(luma: NDArray[np.int16], box_px: tuple[float, float, float, float] | None, shrink: float) -> None:
    if box_px is not None:
        left, top, right, bottom = (side * shrink for side in box_px)
        luma[max(0, floor(top)) : ceil(bottom), max(0, floor(left)) : ceil(right)] = 0


def _compare(
    luma: NDArray[np.int16], before: NDArray[np.int16] | None, *, time_s: float, is_key: bool
) -> _Look:
    change = inf if before is None else float(np.abs(luma - before).mean())
    return _Look(
        time_s=time_s,
        is_black=float((luma <= _BLACK_LUMA).mean()) >= _BLACK_SHARE,
        is_repeated=change < (_FROZEN_CHANGE_AT_KEY if is_key else _FROZEN_CHANGE),
    )


def _spans(
    looks: Sequence[_Look], found: Sequence[bool], *, at_least_s: float, pause_s: float, frame_s: float
) -> tuple[tuple[float, float], ...]:
    """Runs of looks at which something was found; each look lasts until the next one."""
    spans: list[tuple[float, float]] = []
    longest_step_s = 5 * frame_s
    for index, look in enumerate(looks):
        if not found[index]:
            continue
        following_s = looks[index + 1].time_s if index + 1 < len(looks) else look.time_s + frame_s
        if following_s - look.time_s > longest_step_s:
            following_s = look.time_s + frame_s
        if spans and look.time_s - spans[-1][1] <= pause_s + 1e-6:
            spans[-1] = spans[-1][0], following_s
        else:
            spans.append((look.time_s, following_s))
    return tuple(span for span in spans if span[1] - span[0] >= at_least_s - frame_s)
