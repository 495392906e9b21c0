"""One finished `reelflow make`, looked at by many tests; whoever changes something gets a copy."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ODD_NAME
from tests.program import Ended, Reelflow

SEED = 7


@dataclass(frozen=True)
class Made:
    """A home with one project of two clips, and the command that made it."""

    reelflow: Reelflow
    ended: Ended
    out: Path

    @property
    def document(self) -> dict[str, Any]:
        return self.ended.document


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, prefect_api: str, films: dict[str, Path]) -> Made:
    folder = tmp_path_factory.mktemp("made")
    reelflow = Reelflow(folder / ODD_NAME, prefect_api)
    ended = reelflow.run(
        *("make", films["tea"], "--project", "Spring [tea] 100%", "--variants", 2, "--duration", 3),
        *("--preset", "square", "--preset", "feed", "--seed", SEED, "--out", folder / "for Zoë", "--json"),
    )
    assert ended.code == 0, ended.err
    return Made(reelflow, ended, folder / "for Zoë")


@pytest.fixture
def copy(made: Made, reelflow: Reelflow) -> Reelflow:
    """A copy of that home, for a test that changes something; its ids are those of `made`."""
    shutil.copytree(made.reelflow.home, reelflow.home)
    return reelflow
