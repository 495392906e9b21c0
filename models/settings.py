"""Installation settings, read from the environment (`REELFLOW_...`).

Everything that differs between a laptop and a team's server is here and only here; what differs
between store brands is on the profile.
"""

import contextlib
import os
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.errors import BadInput
from models.redaction import remember

CHECKOUT = Path(__file__).resolve().parents[1]


def _safe_url(url: str) -> str:
    """An address that keys may be sent to, without a slash at its end."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write it as https://host or https://host/path")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("it must not hold a name, a password or a query")
    _ = parts.port  # raises when it is no number
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        raise ValueError("keys are sent there, so it must begin with https unless it is this machine")
    return url.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


ProviderUrl = Annotated[str, AfterValidator(_safe_url)]


class Settings(BaseSettings):
    """Where state lives and how much of the machine a run may use."""

    model_config = SettingsConfigDict(
        env_prefix="REELFLOW_", env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    home: Path = Field(
        default=CHECKOUT / "var", description="Everything Reelflow keeps is under this folder."
    )
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy URL; the SQLite file in `home` when unset."
    )
    ffmpeg: Path | None = Field(default=None, description="Another ffmpeg than the one that was installed.")
    parallel_renders: int = Field(default=2, ge=1, le=64, description="Media processes at once in one run.")
    secret_key_file: Path | None = Field(
        default=None, description="What seals stored keys; `secret.key` in `home` when unset."
    )
    secret_key: SecretStr | None = Field(
        default=None, description="The same without a file: Fernet keys, newest first, split by spaces."
    )
    gemini_api_key: SecretStr | None = Field(
        default=None, description="For profiles without a Gemini key of their own."
    )
    elevenlabs_api_key: SecretStr | None = Field(
        default=None, description="For profiles without an ElevenLabs key of their own."
    )
    gemini_base_url: ProviderUrl = "https://generativelanguage.googleapis.com"
    elevenlabs_base_url: ProviderUrl = "https://api.elevenlabs.io"

    @property
    def home_dir(self) -> Path:
        """`home` as an absolute path, `~` expanded."""
        return Path(os.path.abspath(self.home.expanduser()))  # noqa: PTH100 - keeps symlinks as the user set them

    @property
    def storage_dir(self) -> Path:
        """Root of the library: footage, drafts, voice-overs, exports."""
        return self.home_dir / "library"

    @property
    def work_dir(self) -> Path:
        """Root of `work/{profile_id}/{run_id}/`."""
        return self.home_dir / "work"

    @property
    def secret_key_path(self) -> Path:
        """The key file as an absolute path."""
        chosen = self.secret_key_file or self.home_dir / "secret.key"
        return Path(os.path.abspath(chosen.expanduser()))  # noqa: PTH100 - keeps symlinks as the user set them

    @property
    def prefect_dir(self) -> Path:
        """Prefect's own home: run history and settings."""
        return self.home_dir / "prefect"


def load_settings() -> Settings:
    """Reads the environment anew; cheap enough to call once per command or run.

    Every secret in it is from here on kept out of logs and messages.

    Raises:
        BadInput: a variable holds something that can't be used; the value is not shown.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise BadInput(f"REELFLOW_{name} can't be used: {reason}.") from None
    remember(settings.gemini_api_key)
    remember(settings.elevenlabs_api_key)
    for key in settings.secret_key.get_secret_value().split() if settings.secret_key else ():
        remember(key)
    if settings.database_url:
        _remember_password(settings.database_url.get_secret_value())
    return settings


def _remember_password(url: str) -> None:
    with contextlib.suppress(ValueError):  # no URL: `models.engine` refuses it without showing it
        password = urlsplit(url).password or ""
        remember(password)
        remember(unquote(password))
