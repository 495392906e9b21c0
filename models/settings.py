"""Installation settings, read from the environment (`REELFLOW_...`).

Everything that differs between a laptop and a team's server is here and only here; what differs
between store brands is on the profile.
"""

import os
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parents[1]


class Settings(BaseSettings):
    """Where state lives and how much of the machine a run may use."""

    model_config = SettingsConfigDict(env_prefix="REELFLOW_", extra="ignore", frozen=True)

    home: Path = Field(
        default=CHECKOUT / "var", description="Everything Reelflow keeps is under this folder."
    )
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy URL; the SQLite file in `home` when unset."
    )
    ffmpeg: Path | None = Field(default=None, description="Another ffmpeg than the one that was installed.")
    parallel_renders: int = Field(default=2, ge=1, le=64, description="Media processes at once in one run.")

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
    def prefect_dir(self) -> Path:
        """Prefect's own home: run history and settings."""
        return self.home_dir / "prefect"


def load_settings() -> Settings:
    """Reads the environment anew; cheap enough to call once per command or run."""
    return Settings()
