"""Names what a file is when it is not footage.

The demuxers say "invalid data" to a holiday photo and to half an upload alike; a store owner needs to
know which. Looks at nothing but the first bytes.
"""

import re

#: Enough for every mark below.
HEAD_BYTES = 512

_PHOTO = "it is a photo, not a video"
_SOUND = "it holds only sound, no picture"
_LIST = "it is a list of other files, not a video"

_MARKS: tuple[tuple[bytes, str], ...] = (
    (rb"GIF8[79]a", "it is a GIF image; export it as MP4"),
    (rb"\x89PNG\r\n|\xff\xd8\xff|BM.{4}\0{4}|II\*\0|MM\0\*|RIFF.{4}WEBP|8BPS", _PHOTO),
    (rb".{4}ftyp(hei[cxms]|hev[cxms]|mif1|msf1|avif|avis)", _PHOTO),
    (rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb][^\xff]|\xff[\xf1\xf9]", _SOUND),  # MP3, AAC
    (rb"RIFF.{4}WAVE|fLaC|FORM.{4}AIF|#!AMR|OggS.{24,40}(\x01vorbis|OpusHead|Speex)", _SOUND),
    (rb"\s*(#EXTM3U|ffconcat|\[playlist\]|\[Reference\])", _LIST),
    (rb"\s*(<\?xml[^>]*>\s*)?<(MPD|smil|asx|playlist)\b", _LIST),
    (rb"\s*(<!doctype html|<html)", "it is a web page; the download of the video may have failed"),
    (rb"PK\x03\x04|Rar!|7z\xbc\xaf|\x1f\x8b", "it is an archive; unpack it first"),
    (rb"%PDF", "it is a PDF document"),
)  # fmt: skip
_PATTERNS = tuple((re.compile(mark, re.DOTALL | re.IGNORECASE), reason) for mark, reason in _MARKS)


def recognise(head: bytes) -> str | None:
    """Says what a file is that starts with `head`, if it is something known that is not footage."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    return next((reason for pattern, reason in _PATTERNS if pattern.match(head)), None)
