"""Seals and opens secrets with keys that are kept outside the database.

Whoever has a copy of the database, a backup or a dump has no secret. The keys are Fernet keys: the first
one seals, all of them open, so that a new key can be put in front while old rows are sealed anew.
"""

import contextlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from filelock import FileLock
from pydantic import SecretStr

from models.errors import BadInput, Fault, ScopeViolation
from models.redaction import remember
from models.settings import Settings

_LOCK_TIMEOUT_S = 60
_MODE = stat.S_IRUSR | stat.S_IWUSR


class KeyRing:
    """Keys that seal and open; the first one seals.

    Args:
        keys: Fernet keys, newest first.
        source: Where they are from, for messages.

    Raises:
        BadInput: there is none, or one is no Fernet key.
    """

    def __init__(self, keys: Sequence[str], source: str) -> None:
        for key in keys:
            remember(key)
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise BadInput(
                f"{source} holds no usable key: a key is 32 random bytes in URL-safe Base64, 44 characters."
            ) from None
        self._source = source

    def seal(self, profile_id: UUID, name: str, value: SecretStr) -> str:
        """Text to store; opens only with the same profile and name."""
        # Fernet signs no associated data, so whose secret it is goes inside.
        inside = {"profile": profile_id.hex, "name": name, "value": value.get_secret_value()}
        return self._fernet.encrypt(json.dumps(inside).encode()).decode()

    def unseal(self, profile_id: UUID, name: str, sealed: str) -> SecretStr:
        """What `seal` was given.

        Raises:
            Fault: it was sealed with none of these keys, or was changed since.
            ScopeViolation: it is another profile's, or another name's.
        """
        try:
            inside = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise Fault(
                f"The stored {name} key can't be opened with {self._source}: "
                "restore the key it was stored with, or store it again."
            ) from None
        if (inside["profile"], inside["name"]) != (profile_id.hex, name):
            raise ScopeViolation(
                f"The stored {name} key was made for another profile or purpose and is not used; "
                "store this profile's own."
            )
        value = SecretStr(inside["value"])
        remember(value)
        return value


def load_key_ring(settings: Settings) -> KeyRing:
    """The installation's keys: `REELFLOW_SECRET_KEY`, else the key file.

    Raises:
        BadInput: others can read the file, or it holds no usable key.
        Fault: there is no key.
    """
    if settings.secret_key is not None:
        return KeyRing(settings.secret_key.get_secret_value().split(), "REELFLOW_SECRET_KEY")
    path = settings.secret_key_path
    try:
        return KeyRing(_read(path), str(path))
    except FileNotFoundError:
        raise Fault(
            f"The key file {path} is missing, so stored keys can't be opened: "
            "restore it from a backup, or store the keys again."
        ) from None


def make_key_ring(settings: Settings) -> KeyRing:
    """Like `load_key_ring`, and makes the key file when there is none. Call it with `keys_locked`."""
    if settings.secret_key is None and not settings.secret_key_path.exists():
        _write(settings.secret_key_path, [Fernet.generate_key().decode()])
    return load_key_ring(settings)


def add_key(settings: Settings) -> KeyRing:
    """Puts a new key in front of the file's; the old ones still open. Call it with `keys_locked`."""
    keys = _read(settings.secret_key_path) if settings.secret_key_path.exists() else []
    _write(settings.secret_key_path, [Fernet.generate_key().decode(), *keys])
    return load_key_ring(settings)


def drop_old_keys(settings: Settings) -> None:
    """Keeps only the file's first key. Call it with `keys_locked`, once nothing needs the others."""
    _write(settings.secret_key_path, _read(settings.secret_key_path)[:1])


@contextlib.contextmanager
def keys_locked(settings: Settings) -> Iterator[None]:
    """Held while a secret is stored or read, or the keys change, so that row and key belong together."""
    folder = settings.home_dir
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".secrets.lock", timeout=_LOCK_TIMEOUT_S):
        yield


def _read(path: Path) -> list[str]:
    with path.open(encoding="ascii", errors="replace") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & 0o077:
            raise BadInput(
                f"The key file {path} can be read or changed by other users (mode {mode:03o}); "
                f"run: chmod 600 '{path}'"
            )
        return file.read().split()


def _write(path: Path, keys: Sequence[str]) -> None:
    """Puts a whole file in place at once, never readable by others, on the disk before it is used."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # made with mode 0600
    except OSError as error:
        raise BadInput(
            f"The key file {path} can't be written ({error.strerror}); "
            "choose another place with REELFLOW_SECRET_KEY_FILE."
        ) from error
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            os.fchmod(file.fileno(), _MODE)
            file.write("\n".join(keys) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
