"""One filled home for all tests of the panel that only look, and pages opened in this process."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import ODD_NAME
from tests.ui.panel_state import PanelState, fill
from ui.installation import shared_database, shared_gateway

APP = Path(__file__).parents[3] / "ui" / "app.py"

OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> PanelState:
    """Nobody writes to it; whoever does takes `own_state`."""
    return fill(tmp_path_factory.mktemp("panel") / ODD_NAME)


@pytest.fixture(autouse=True)
def _forget_installations() -> Iterator[None]:
    yield
    shared_database.cache_clear()
    shared_gateway.cache_clear()


@pytest.fixture
def state(filled: PanelState, monkeypatch: pytest.MonkeyPatch) -> PanelState:
    monkeypatch.setenv("REELFLOW_HOME", str(filled.settings.home))
    return filled


@pytest.fixture
def own_state(filled: PanelState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PanelState:
    """A copy of its rows, for a test that changes something; ids are the same, files are not there."""
    shutil.copytree(filled.settings.home, tmp_path / "home", ignore=shutil.ignore_patterns("library", "work"))
    monkeypatch.setenv("REELFLOW_HOME", str(tmp_path / "home"))
    return PanelState(
        filled.settings.model_copy(update={"home": tmp_path / "home"}), filled.acme, filled.borealis
    )


@pytest.fixture
def open_page() -> OpenPage:
    """Opens a page by its file's name with query parameters; fails on any exception it draws."""

    def open_(page: str = "dashboard", /, **parameters: object) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=90)
        if page != "dashboard":
            app.switch_page(f"app_pages/{page}.py")
        app.query_params.update({name: str(value) for name, value in parameters.items()})
        app.run()
        assert not app.exception, app.exception[0].message
        return app

    return open_


def words(app: AppTest) -> str:
    """Everything that a page says."""
    said = [
        str(element.value)
        for kind in ("title", "subheader", "markdown", "caption", "error", "warning")
        for element in app.get(kind)
    ]
    return "\n".join([*said, *(str(link.proto.label) for link in app.get("page_link"))])
