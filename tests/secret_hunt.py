"""Looks for known secrets in everything a home folder holds, in every form they may have taken.

Independent of `models.redaction` on purpose: what both overlooked, neither would find.
"""

import base64
import contextlib
import gzip
import json
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

_SQLITE = b"SQLite format 3\0"

#: What an archive may unpack to, so that no file can fill the memory.
_MOST_BYTES = 1 << 28


@dataclass(frozen=True)
class Sighting:
    """One place where a secret was found."""

    secret: str
    """Its name, never its value: this is what a failed test prints."""
    form: str
    """How it was written."""
    place: str
    """File, and what part of it."""


def hunt(folder: Path, secrets: Mapping[str, str]) -> list[Sighting]:
    """Searches the names and the contents of all files under `folder`.

    SQLite databases are searched as bytes, with their write-ahead log and free pages, and value by value,
    because a long value is stored in pieces. Archives are unpacked.

    Args:
        folder: Where to look.
        secrets: Name to value; values of at least 16 characters, or chance would find them.
    """
    assert all(len(value) >= 16 for value in secrets.values()), "too short to be told from chance"
    wanted = {(name, form): needle for name, value in secrets.items() for form, needle in forms(value)}
    found: dict[Sighting, None] = {}
    for path in sorted(folder.rglob("*")):
        place = str(path.relative_to(folder))
        for part, content in (("name", place.encode()), *_contents(path)):
            for (name, form), needle in wanted.items():
                if needle in content:
                    found[Sighting(name, form, f"{place} ({part})")] = None
    return list(found)


def forms(value: str) -> Iterator[tuple[str, bytes]]:
    """A value as it may have been written, by the name of the form."""
    raw = value.encode()
    yield "plain", raw
    yield "utf-16", value.encode("utf-16-le")
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    yield "json", json.dumps(value)[1:-1].encode()
    yield "url", quote(value, safe="").encode()
    yield "url path", quote(value).encode()
    yield "form", quote_plus(value).encode()
    yield "lower case", value.lower().encode()
    for before in range(3):  # Base64 looks different at each of three offsets
        encoded = base64.b64encode(b"x" * before + raw + b"x" * 3)
        sure = encoded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]
        yield f"base64+{before}", sure
        yield f"url-safe base64+{before}", sure.translate(bytes.maketrans(b"+/", b"-_"))


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_symlink() or not path.is_file():
        return
    content = path.read_bytes()
    yield "bytes", content
    # Base64 in mails and PEM files is broken into lines.
    if content.count(b"\n") and len(content) < _MOST_BYTES:
        yield "joined lines", content.replace(b"\n", b"").replace(b"\r", b"")
    if content.startswith(_SQLITE):
        yield from _values(path)
    if content.startswith(b"\x1f\x8b"):
        with contextlib.suppress(OSError, EOFError, zlib.error):
            yield "unpacked", gzip.decompress(content)[:_MOST_BYTES]
    if content.startswith(b"PK") and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                yield f"name in archive: {member.filename}", member.filename.encode()
                yield f"in archive: {member.filename}", archive.open(member).read(_MOST_BYTES)


def _values(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every value of a database, read from a copy so that the original keeps its write-ahead log."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy.db"
        for ending in ("", "-wal"):
            if (original := Path(f"{path}{ending}")).is_file():
                shutil.copyfile(original, f"{copy}{ending}")
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            connection.text_factory = bytes
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in names:
                quoted = table.decode().replace('"', '""')
                with contextlib.suppress(sqlite3.Error):  # tables of extensions that are not loaded here
                    for row in connection.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608 - its own names
                        cells = b"\0".join(cell for cell in row if isinstance(cell, bytes))
                        yield f"table {table.decode()}", cells
