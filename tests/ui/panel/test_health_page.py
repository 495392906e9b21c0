"""The health page: what was looked at, and nothing of the machine's own folders."""

import sys
from pathlib import Path

import pytest

from tests.ui.panel.conftest import OpenPage, words
from tests.ui.panel.doubles import watched_gateway
from tests.ui.panel_state import PanelState
from ui.components.findings import short_paths

HOME = Path("/srv/reelflow home")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"5 GiB free at {HOME}", "5 GiB free at REELFLOW_HOME"),
        (f"{HOME}/library: full", "REELFLOW_HOME/library: full"),
        (f"{HOME}2 is another folder", f"{HOME}2 is another folder"),
        (f"9.0 at {sys.prefix}/bin/ffmpeg", f"9.0 at {Path(sys.prefix).name}/bin/ffmpeg"),
        (f"'{Path.home()}/key' can't be read", "'~/key' can't be read"),
        ("open and up to date", "open and up to date"),
    ],
)
def test_folders_of_the_machine_are_left_out(said: str, shown: str) -> None:
    assert short_paths(said, HOME) == shown


def test_the_page_says_what_is_well_without_saying_where_it_lies(
    state: PanelState, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched_gateway(monkeypatch)
    text = words(open_page("health", profile="acme"))

    for name in ("Prefect", "FFmpeg", "Offline voice", "Captions font", "Database", "Disk"):
        assert f":green[:material/check_circle:] **{name}**" in text
    assert "free at REELFLOW\\_HOME" in text
    assert str(state.settings.home) not in text.replace("\\", "")
