"""Installation settings, read from the environment (`REELFLOW_...`).

Everything that differs between a laptop and a team's server is here and only here; what differs
between store brands is on the profile.
"""

import contextlib
import os
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.errors import BadInput
from models.redaction import remember

CHECKOUT = Path(__file__).resolve().parents[1]


def safe_url(url: str) -> str:
    """An address that keys may be sent to, without a slash at its end.

    Raises:
        ValueError: keys would travel unencrypted beyond this machine, or it is no address; says what to do.
    """
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


def _origin(url: str) -> str:
    """An address without a path, as browsers call an origin."""
    if urlsplit(safe_url(url)).path:
        raise ValueError("write it without a path, as https://reels.example.com")
    return url.rstrip("/").lower()


ProviderUrl = Annotated[str, AfterValidator(safe_url)]
PanelUrl = Annotated[str, AfterValidator(_origin)]

#: What sign-in consists of; all of it or nothing.
_SIGN_IN = ("oidc_metadata_url", "oidc_client_id", "oidc_client_secret", "cookie_secret")


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
    panel_url: PanelUrl = Field(
        default="http://127.0.0.1:8501", description="Where people reach the control panel."
    )
    oidc_metadata_url: ProviderUrl | None = Field(
        default=None, description="The sign-in provider's .well-known/openid-configuration."
    )
    oidc_client_id: str | None = Field(default=None, description="The panel's id at the sign-in provider.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="Its secret there.")
    cookie_secret: SecretStr | None = Field(
        default=None, min_length=32, description="Signs the panel's sign-in cookies."
    )
    max_upload_gb: float = Field(default=20.0, gt=0, description="Largest file that the panel takes.")
    gemini_base_url: ProviderUrl = "https://generativelanguage.googleapis.com"
    elevenlabs_base_url: ProviderUrl = "https://api.elevenlabs.io"

    @model_validator(mode="after")
    def _sign_in_is_whole(self) -> Self:
        given = [getattr(self, name) is not None for name in _SIGN_IN]
        if any(given) and not all(given):
            missing = ", ".join(
                f"REELFLOW_{name.upper()}" for name, has in zip(_SIGN_IN, given, strict=True) if not has
            )
            raise ValueError(f"sign-in needs {missing} as well")
        return self

    @property
    def needs_sign_in(self) -> bool:
        """Whether people sign in; without it the panel serves this machine only."""
        return self.oidc_client_id is not None

    @property
    def upload_dir(self) -> Path:
        """Root of `uploads/{profile_id}/{upload_id}/`, where uploaded files wait for their import."""
        return self.home_dir / "uploads"

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

    def inbox_dir(self, slug: str) -> Path:
        """Where files are dropped that a profile's inbox watcher makes into reels."""
        return self.home_dir / "inbox" / slug

    def report_dir(self, slug: str) -> Path:
        """Where a profile's monthly reports are written."""
        return self.home_dir / "reports" / slug

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
        name = "_".join(("REELFLOW", *(str(part).upper() for part in first["loc"])))
        reason = str(first["msg"]).removeprefix("Value error, ")
        subject = name if first["loc"] else "The settings"
        raise BadInput(f"{subject} can't be used: {reason}.") from None
    for secret in (
        settings.gemini_api_key,
        settings.elevenlabs_api_key,
        settings.oidc_client_secret,
        settings.cookie_secret,
    ):
        remember(secret)
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
