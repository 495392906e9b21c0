"""What is said about files that are not footage, by their first bytes."""

import pytest

from tasks.media.signatures import recognise


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"GIF89a....", "GIF"),
        (b"\x89PNG\r\n\x1a\n", "photo"),
        (b"\xff\xd8\xff\xe1..Exif", "photo"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "photo"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "photo"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "sound"),
        (b"ID3\x04\0\0", "sound"),
        (b"\xff\xfb\x90\x64", "sound"),
        (b"OggS" + bytes(24) + b"\x01vorbis", "sound"),
        (b"#EXTM3U\n", "list"),
        (b"\xef\xbb\xbf#EXTM3U\n", "list"),
        (b"ffconcat version 1.0\n", "list"),
        (b'<?xml version="1.0"?>\n<MPD xmlns="x">', "list"),
        (b"\n<!DOCTYPE html><html>", "web page"),
        (b"PK\x03\x04\x14\0", "archive"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_known_kinds_are_named(head: bytes, word: str) -> None:
    reason = recognise(head)

    assert reason is not None
    assert word in reason


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\0\0\0\x20ftypisom",
        b"\0\0\0\x14ftypqt  ",
        b"\x1aE\xdf\xa3",
        b"RIFF\x10\0\0\0AVI LIST",
        b"G@\x11\x10",
        b"\0\0\x01\xba",
        b"FLV\x01",
    ],
)
def test_video_is_left_to_the_demuxer(head: bytes) -> None:
    assert recognise(head) is None
