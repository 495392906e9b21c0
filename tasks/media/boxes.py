"""Reads the two facts of an MP4 or MOV file that the demuxer does not hand out.

Both are in its boxes (ISO/IEC 14496-12): whether the index was ever written, and which part of the
stored picture is meant to be seen. Only headers are read, however large the file is.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

#: Bytes of a box before its first inner box, where that is more than the header of 8.
_INNER_AT = {b"stsd": 16}

#: The same for a picture's entry in `stsd`, whatever its codec is called.
_VISUAL_ENTRY_BYTES = 86

_TO_ENTRIES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")


@dataclass(frozen=True)
class _Box:
    kind: bytes
    start: int
    end: int


def is_without_index(path: Path) -> bool:
    """Whether a file is an MP4 or MOV that lacks its index (`moov`), which recorders write last.

    Raises:
        OSError: the file can't be read.
    """
    with path.open("rb") as file:
        kinds = {box.kind for box in _boxes(file, 0, path.stat().st_size)}
    return bool(kinds & {b"ftyp", b"mdat", b"wide"}) and b"moov" not in kinds


def clean_aperture(path: Path, width: int, height: int) -> tuple[int, int]:
    """Size of the part that is meant to be seen (`clap`) of a stored picture.

    Cameras and editing programs store a few lines more than they show. Ffmpeg (7.1 and later) cuts
    them off when it decodes; PyAV neither cuts nor tells.

    Args:
        path: An MP4 or MOV file.
        width: Of the stored picture.
        height: Of the stored picture.

    Returns:
        The even size to be seen, or the size given where the file names none that makes sense.

    Raises:
        OSError: the file can't be read.
    """
    with path.open("rb") as file:
        for entry in _descend(file, 0, path.stat().st_size, _TO_ENTRIES):
            header = _read(file, entry.start, _VISUAL_ENTRY_BYTES)
            if len(header) < _VISUAL_ENTRY_BYTES or struct.unpack(">HH", header[32:36]) != (width, height):
                continue
            for box in _boxes(file, entry.start + _VISUAL_ENTRY_BYTES, entry.end):
                if box.kind == b"clap" and box.end - box.start >= 24:
                    across, across_by, down, down_by = struct.unpack(">4I", _read(file, box.start + 8, 16))
                    seen = (_seen(across, across_by, width), _seen(down, down_by, height))
                    return seen if all(seen) else (width, height)
    return width, height


def _seen(numerator: int, denominator: int, stored: int) -> int:
    """A side of the aperture in pixels; 0 when it makes no sense."""
    if not denominator or numerator > stored * denominator:
        return 0
    length = numerator // denominator
    return stored if length == stored else length // 2 * 2


def _descend(file: BinaryIO, start: int, end: int, kinds: tuple[bytes, ...]) -> Iterator[_Box]:
    """All boxes directly inside the boxes that a path of kinds leads to."""
    for box in _boxes(file, start, end):
        if not kinds:
            yield box
        elif box.kind == kinds[0]:
            yield from _descend(file, box.start + _INNER_AT.get(box.kind, 8), box.end, kinds[1:])


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    """Neighbouring boxes, until the file ends or makes no sense."""
    while start + 8 <= end:
        header = _read(file, start, 16)
        if len(header) < 8:
            return
        length, kind = struct.unpack(">I4s", header[:8])
        if length == 1 and len(header) == 16:
            (length,) = struct.unpack(">Q", header[8:])
        yield _Box(kind, start, min(end, start + length) if length else end)
        if length < 8:  # 0 means up to the end of the file; less than a header is damage
            return
        start += length


def _read(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)
