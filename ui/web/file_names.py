"""User-given names as file names: for downloads, and for files that wait under their own id."""

import re
import unicodedata

#: Bytes of a name that every file system takes, with room for an ending such as " (2)".
_MAX_BYTES = 180
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def clean_file_name(name: str) -> str:
    """A name that any system can save under; the ending stays, and it is never empty or hidden."""
    clean = unicodedata.normalize("NFC", name)
    clean = _FORBIDDEN.sub("_", "".join(c for c in clean if c.isprintable()))
    clean = " ".join(clean.split()).strip(". ")
    if not clean or _RESERVED.match(clean):
        clean = f"file {clean}".strip()
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending) > 16:
        stem, dot, ending = clean, "", ""
    room = _MAX_BYTES - len(f"{dot}{ending}".encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + dot + ending
