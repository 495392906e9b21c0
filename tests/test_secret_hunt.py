"""The hunt finds a secret wherever one was planted, and cries wolf nowhere."""

import base64
import gzip
import json
import sqlite3
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.secret_hunt import hunt

KEY = "sk_Zq8/wK+3vX~aB cD%eF7gH9jL1mN5pR"
HUNTED = {"key": KEY}


# Every worker process collects these anew: nothing in them may depend on the moment (gzip writes the time).
FORMS = {
    "plain": KEY.encode(),
    "utf-16": KEY.encode("utf-16"),
    "quoted": quote(KEY).encode(),
    "quoted throughout": quote(KEY, safe="").encode(),
    "json": json.dumps({"a": KEY}).encode(),
    "hex": KEY.encode().hex().encode(),
    **{f"base64 at {n}": base64.b64encode(b"u" * n + KEY.encode() + b"tail") for n in range(3)},
    **{f"urlsafe base64 at {n}": base64.urlsafe_b64encode(b"u" * n + KEY.encode()) for n in range(3)},
    "base64 in lines": base64.encodebytes(b"a long line before it, so that it is broken " + KEY.encode()),
    "gzip": gzip.compress(KEY.encode(), mtime=0),
}


@pytest.mark.parametrize("written", FORMS.values(), ids=FORMS.keys())
def test_every_form_is_found(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(written)

    sightings = hunt(tmp_path, HUNTED)

    assert sightings
    assert all(KEY not in str(sighting) for sighting in sightings)


def test_names_and_archives_are_searched(tmp_path: Path) -> None:
    (tmp_path / "sk_0123456789abcdef.txt").touch()
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.txt", f"the key is {KEY}")

    places = [sighting.place for sighting in hunt(tmp_path, {**HUNTED, "other": "sk_0123456789abcdef"})]

    assert "all.zip (in archive: notes.txt)" in places
    assert "sk_0123456789abcdef.txt (name)" in places


def test_a_database_is_searched_value_by_value_with_its_log(tmp_path: Path) -> None:
    # given a key across two pages of a database, still in the write-ahead log only
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("CREATE TABLE note (text TEXT)")
    for before in range(4060, 4100):
        connection.execute("INSERT INTO note VALUES (?)", ("x" * before + KEY + "y" * 4000,))
    connection.commit()
    # when hunted while it is open, then it is found, and the log is still there
    places = {sighting.place for sighting in hunt(tmp_path, HUNTED)}
    assert "a.db (table note)" in places
    assert (tmp_path / "a.db-wal").stat().st_size > 0
    connection.close()


def test_where_there_is_nothing_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "random").write_bytes(bytes(range(256)) * 4096)
    (tmp_path / "not really.zip").write_bytes(b"PK\x03\x04 nor this")
    (tmp_path / "not really.gz").write_bytes(b"\x1f\x8b nor this")
    sqlite3.connect(tmp_path / "empty.db").close()

    assert hunt(tmp_path, HUNTED) == []
