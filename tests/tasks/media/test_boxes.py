"""What is read from an MP4's own boxes: a missing index and the part of the picture to be seen."""

import struct
from pathlib import Path

import pytest

from tasks.media.boxes import clean_aperture, is_without_index

FTYP = b"\0\0\0\x10ftypisom\0\0\0\0"
MOOV = b"\0\0\0\x08moov"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (FTYP + b"\0\0\xff\xffmdat....", True),
        (FTYP + b"\0\0\0\x01mdat" + (1 << 40).to_bytes(8, "big") + b"....", True),
        (FTYP + b"\0\0\0\0mdat....", True),
        (FTYP + b"\0\0\0\x0cmdat...." + MOOV, False),
        (FTYP + MOOV + b"\0\0\xff\xffmdat....", False),
        (b"\x1aE\xdf\xa3" + bytes(40), False),
        (b"", False),
        (b"\0\0", False),
    ],
)
def test_an_index_that_never_came(content: bytes, expected: bool, tmp_path: Path) -> None:
    path = tmp_path / "file.mp4"
    path.write_bytes(content)

    assert is_without_index(path) is expected


def box(kind: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I4s", 8 + len(inside), kind) + inside


def movie(*in_entry: bytes, width: int = 720, height: int = 576) -> bytes:
    """The least of a file that has a picture of a size, and boxes in its entry."""
    entry = box(b"avc1", bytes(24), struct.pack(">HH", width, height), bytes(50), *in_entry)
    sound = box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", box(b"stsd", bytes(8), box(b"mp4a"))))))
    picture = box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", box(b"stsd", bytes(8), entry)))))
    return FTYP + box(b"moov", box(b"mvhd", bytes(20)), sound, picture)


def aperture(width: int, height: int, by: int = 1) -> bytes:
    return box(b"clap", struct.pack(">8I", width * by, by, height * by, by, 0, 1, 0, 1))


@pytest.mark.parametrize(
    ("in_entry", "expected"),
    [
        ((), (720, 576)),
        ((aperture(704, 576),), (704, 576)),
        ((box(b"pasp", bytes(8)), aperture(702, 575, by=10)), (702, 574)),
        ((aperture(0, 576),), (720, 576)),
        ((aperture(800, 576),), (720, 576)),
        ((aperture(704, 576, by=0),), (720, 576)),
        ((box(b"clap", b"short"),), (720, 576)),
        ((b"\xff\xff\xff\xffjunk",), (720, 576)),
    ],
)
def test_the_part_to_be_seen(in_entry: tuple[bytes, ...], expected: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "file.mov"
    path.write_bytes(movie(*in_entry))

    assert clean_aperture(path, 720, 576) == expected


def test_another_pictures_aperture_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "file.mov"
    path.write_bytes(movie(aperture(704, 576)))

    assert clean_aperture(path, 1920, 1080) == (1920, 1080)


def test_any_cut_of_a_file_is_survived(tmp_path: Path) -> None:
    whole = movie(aperture(704, 576))
    path = tmp_path / "file.mov"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])

        assert clean_aperture(path, 720, 576) in {(720, 576), (704, 576)}
