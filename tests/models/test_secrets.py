"""Keys of profiles: sealed outside the database's reach, one profile's never opened for another."""

import contextlib
import os
import sqlite3
import stat
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlmodel import select

from models import key_ring
from models.errors import BadInput, Fault, MissingKey, NotFound, ScopeViolation
from models.profiles import create_profile, delete_profile
from models.redaction import redact
from models.secret import ProfileSecret
from models.secrets import (
    has_key,
    key_for,
    key_source,
    remove_key,
    rotate_secrets,
    set_key,
)
from models.session import Database, open_database
from models.settings import Settings
from tests.secret_hunt import hunt

KEY = SecretStr("AIzaSyD-secret-of-ours-0123456789abcdefg")
OTHER = SecretStr("AIzaSyD-secret-of-theirs-0123456789abcd")


@pytest.fixture
def acme(database: Database) -> Any:
    return create_profile(database, "Acme")


@pytest.fixture
def bolt(database: Database, acme: Any) -> Any:
    return create_profile(database, "Bolt")


def opened(database: Database, profile: Any, provider: str = "gemini") -> str:
    return key_for(database, profile.id, provider).get_secret_value()


def key_file(database: Database) -> Path:
    return database.settings.secret_key_path


def test_a_key_comes_back_for_its_own_profile_only(database: Database, acme: Any, bolt: Any) -> None:
    # pitfall 26
    set_key(database, acme.id, "gemini", KEY)
    set_key(database, bolt.id, "gemini", OTHER)

    assert opened(database, acme) == KEY.get_secret_value()
    assert opened(database, bolt) == OTHER.get_secret_value()
    assert not has_key(database, acme.id, "elevenlabs")
    assert "secret-of" not in repr(key_for(database, acme.id, "gemini"))


def test_setting_again_replaces_and_removing_forgets(database: Database, acme: Any) -> None:
    set_key(database, acme.id, "gemini", OTHER)
    set_key(database, acme.id, "gemini", SecretStr(f"  {KEY.get_secret_value()}\n"))
    assert opened(database, acme) == KEY.get_secret_value()

    remove_key(database, acme.id, "gemini")

    assert not has_key(database, acme.id, "gemini")
    with pytest.raises(NotFound, match="'gemini'"):
        remove_key(database, acme.id, "gemini")
    with database.profile_session(acme.id) as session:
        assert session.exec(select(ProfileSecret)).all() == []


def test_a_row_copied_to_another_profile_does_not_open(database: Database, acme: Any, bolt: Any) -> None:
    # given somebody with the database in his hands who copies our row to his own profile
    set_key(database, acme.id, "gemini", KEY)
    with database.profile_session(acme.id) as session:
        sealed = session.exec(select(ProfileSecret.sealed)).one()
    with database.profile_session(bolt.id) as session:
        session.add(ProfileSecret(name="gemini", sealed=sealed))
        session.add(ProfileSecret(name="elevenlabs", sealed=sealed))
    # when he asks for a call's key, then he gets none
    for provider in ("gemini", "elevenlabs"):
        with pytest.raises(ScopeViolation, match="made for another profile or purpose"):
            key_for(database, bolt.id, provider)
    # and nor does our own row serve another purpose
    with database.profile_session(acme.id) as session:
        session.add(ProfileSecret(name="elevenlabs", sealed=sealed))
    with pytest.raises(ScopeViolation):
        key_for(database, acme.id, "elevenlabs")


def test_the_database_alone_tells_nothing(database: Database, acme: Any) -> None:
    set_key(database, acme.id, "gemini", KEY)
    set_key(database, acme.id, "elevenlabs", OTHER)
    assert opened(database, acme) == KEY.get_secret_value()

    sealing = key_file(database).read_text().strip()
    home = database.settings.home_dir
    everywhere = {"gemini": KEY.get_secret_value(), "elevenlabs": OTHER.get_secret_value()}
    assert hunt(home, everywhere) == []
    assert {sighting.place.split()[0] for sighting in hunt(home, {"sealing": sealing})} == {"secret.key"}


def test_without_a_key_the_way_to_set_one_is_named(database: Database, acme: Any) -> None:
    with pytest.raises(MissingKey) as missing:
        key_for(database, acme.id, "elevenlabs")

    assert "acme has no ElevenLabs key: run `reelflow profile set-key elevenlabs --profile acme`" in str(
        missing.value
    )
    assert "REELFLOW_ELEVENLABS_API_KEY" in str(missing.value)
    assert missing.value.exit_code == 2
    assert not missing.value.can_retry


def test_the_installation_s_key_serves_whoever_has_none(
    database: Database, acme: Any, bolt: Any, settings: Settings
) -> None:
    shared = settings.model_copy(update={"gemini_api_key": OTHER})
    with open_database(shared) as installation:
        set_key(installation, acme.id, "gemini", KEY)

        assert opened(installation, acme) == KEY.get_secret_value()
        assert opened(installation, bolt) == OTHER.get_secret_value()
        assert key_source(installation, acme.id, "gemini") == "profile"
        assert key_source(installation, bolt.id, "gemini") == "installation"
        assert key_source(installation, bolt.id, "elevenlabs") is None


def test_a_stored_key_that_can_t_be_opened_is_never_replaced_by_the_installation_s(
    database: Database, acme: Any, settings: Settings
) -> None:
    set_key(database, acme.id, "gemini", KEY)
    key_file(database).write_text(Fernet.generate_key().decode())
    with (
        open_database(settings.model_copy(update={"gemini_api_key": OTHER})) as installation,
        pytest.raises(Fault, match=r"gemini key can't be opened with .*secret\.key"),
    ):
        key_for(installation, acme.id, "gemini")


def test_another_profile_and_a_missing_one_are_the_same(database: Database, acme: Any) -> None:
    for call in (key_for, has_key, remove_key):
        with pytest.raises(NotFound):
            call(database, uuid4(), "gemini")
    with pytest.raises(NotFound):
        set_key(database, uuid4(), "gemini", KEY)


def test_a_deleted_profile_takes_its_keys_along(database: Database, acme: Any, bolt: Any) -> None:
    set_key(database, bolt.id, "gemini", KEY)

    assert delete_profile(database, "bolt").rows["profile_secret"] == 1

    with contextlib.closing(sqlite3.connect(database.settings.home_dir / "reelflow.db")) as connection:
        assert connection.execute("SELECT count(*) FROM profile_secret").fetchone() == (0,)


@pytest.mark.parametrize(
    "value", ["", "  ", "two words here", "line\nbreak", "gemini-schlüssel-0123", "x" * 513]
)
def test_what_can_t_be_a_key_is_refused_without_being_said(database: Database, acme: Any, value: str) -> None:
    with pytest.raises(BadInput, match="can't be a Gemini key") as refused:
        set_key(database, acme.id, "gemini", SecretStr(value))

    assert not value.strip() or value not in str(refused.value)


def test_unknown_providers_are_refused(database: Database, acme: Any) -> None:
    with pytest.raises(BadInput, match="choose gemini or elevenlabs"):
        set_key(database, acme.id, "openai", KEY)


def test_an_opened_key_is_unspeakable_from_then_on(database: Database, acme: Any) -> None:
    plain = SecretStr("an0ther-kind-of-key-without-any-shape")
    set_key(database, acme.id, "elevenlabs", plain)

    assert redact(f"sent {plain.get_secret_value()} to x") == "sent *** to x"


# ------------------------------------------------------------------ the key file


def test_the_key_file_is_made_for_its_owner_only(database: Database, acme: Any) -> None:
    before = os.umask(0)
    try:
        set_key(database, acme.id, "gemini", KEY)
    finally:
        os.umask(before)

    assert stat.S_IMODE(key_file(database).stat().st_mode) == 0o600
    assert sorted(path.name for path in database.settings.home_dir.iterdir() if "secret" in path.name) == [
        ".secrets.lock",
        "secret.key",
    ]


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o620])
def test_a_key_file_that_others_can_read_is_refused(database: Database, acme: Any, mode: int) -> None:
    set_key(database, acme.id, "gemini", KEY)
    key_file(database).chmod(mode)

    for attempt in (lambda: key_for(database, acme.id, "gemini"), lambda: rotate_secrets(database)):
        with pytest.raises(BadInput, match=rf"by other users \(mode {mode:o}\); run: chmod 600"):
            attempt()
    with pytest.raises(BadInput, match="chmod 600"):
        set_key(database, acme.id, "elevenlabs", OTHER)


def test_a_lost_key_file_is_named_and_not_made_anew_by_reading(database: Database, acme: Any) -> None:
    set_key(database, acme.id, "gemini", KEY)
    key_file(database).unlink()

    with pytest.raises(Fault, match=r"secret\.key is missing.*restore it"):
        key_for(database, acme.id, "gemini")
    assert not key_file(database).exists()


def test_asking_for_a_key_makes_no_file(database: Database, acme: Any) -> None:
    assert not has_key(database, acme.id, "gemini")
    with pytest.raises(MissingKey):
        key_for(database, acme.id, "gemini")
    assert not key_file(database).exists()


def test_the_key_file_may_be_anywhere(
    database: Database, acme: Any, settings: Settings, tmp_path: Path
) -> None:
    elsewhere = settings.model_copy(update={"secret_key_file": tmp_path / "safe place" / "keys"})
    with open_database(elsewhere) as installation:
        set_key(installation, acme.id, "gemini", KEY)
        assert opened(installation, acme) == KEY.get_secret_value()
    assert (tmp_path / "safe place" / "keys").is_file()
    assert not (settings.home_dir / "secret.key").exists()


def test_the_key_may_come_from_the_environment_alone(
    database: Database, acme: Any, settings: Settings
) -> None:
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    with open_database(settings.model_copy(update={"secret_key": SecretStr(keys[0])})) as installation:
        set_key(installation, acme.id, "gemini", KEY)
    # a new key in front: old rows still open, and are sealed anew with it
    both = settings.model_copy(update={"secret_key": SecretStr(f"{keys[1]} {keys[0]}")})
    with open_database(both) as installation:
        assert opened(installation, acme) == KEY.get_secret_value()
        assert rotate_secrets(installation) == 1
    with open_database(settings.model_copy(update={"secret_key": SecretStr(keys[1])})) as installation:
        assert opened(installation, acme) == KEY.get_secret_value()
    assert not (settings.home_dir / "secret.key").exists()


def test_an_unusable_secret_key_is_named_but_not_shown(
    database: Database, acme: Any, settings: Settings
) -> None:
    wrong = settings.model_copy(update={"secret_key": SecretStr("correct-horse-battery-staple")})
    with (
        open_database(wrong) as installation,
        pytest.raises(BadInput, match="REELFLOW_SECRET_KEY holds no usable key") as refused,
    ):
        set_key(installation, acme.id, "gemini", KEY)
    assert "staple" not in str(refused.value)


def test_many_first_keys_at_once_share_one_key_file(database: Database, acme: Any) -> None:
    profiles = [create_profile(database, f"Shop {number}") for number in range(8)]
    threads = [
        threading.Thread(target=set_key, args=(database, profile.id, "gemini", KEY)) for profile in profiles
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(key_file(database).read_text().split()) == 1
    assert {opened(database, profile) for profile in profiles} == {KEY.get_secret_value()}


# ------------------------------------------------------------------ rotation


def test_rotation_seals_all_with_a_new_key_and_drops_the_old(
    database: Database, acme: Any, bolt: Any
) -> None:
    set_key(database, acme.id, "gemini", KEY)
    set_key(database, bolt.id, "elevenlabs", OTHER)
    before = key_file(database).read_text().split()

    assert rotate_secrets(database) == 2

    after = key_file(database).read_text().split()
    assert len(after) == 1
    assert after != before
    assert stat.S_IMODE(key_file(database).stat().st_mode) == 0o600
    assert opened(database, acme) == KEY.get_secret_value()
    assert opened(database, bolt, "elevenlabs") == OTHER.get_secret_value()


def test_a_rotation_that_breaks_off_loses_nothing(
    database: Database, acme: Any, bolt: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given two profiles, the second of which can't be sealed anew
    set_key(database, acme.id, "gemini", KEY)
    set_key(database, bolt.id, "gemini", OTHER)
    seal, seen = key_ring.KeyRing.seal, []

    def fail_on_second(ring: Any, *arguments: Any) -> str:
        seen.append(1)
        if len(seen) == 2:
            raise OSError("the machine is gone")
        return seal(ring, *arguments)

    monkeypatch.setattr(key_ring.KeyRing, "seal", fail_on_second)
    with pytest.raises(OSError, match="gone"):
        rotate_secrets(database)
    monkeypatch.undo()
    # then both still open, and another rotation tidies up
    assert {opened(database, acme), opened(database, bolt)} == {
        KEY.get_secret_value(),
        OTHER.get_secret_value(),
    }
    assert len(key_file(database).read_text().split()) == 2
    assert rotate_secrets(database) == 2
    assert len(key_file(database).read_text().split()) == 1
