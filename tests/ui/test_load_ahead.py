"""What later clicks need is loaded beside the server, and not before somebody has seen a page."""

import importlib
import threading

import pytest

from ui import load_ahead
from ui.load_ahead import load_after_first_page, page_was_drawn


@pytest.fixture(autouse=True)
def _nobody_was_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_ahead, "_is_drawn", threading.Event())


def test_nothing_is_loaded_before_a_page_was_drawn() -> None:
    loaded = threading.Event()
    thread = load_after_first_page(loaded.set, pause_s=0.0)
    assert not loaded.wait(0.2)

    page_was_drawn()
    page_was_drawn()

    thread.join(60)
    assert loaded.is_set()
    assert thread.daemon, "a server that nobody visited must be able to stop"


def test_what_is_loaded_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(load_ahead.importlib, "import_module", loaded.append)
    page_was_drawn()

    load_after_first_page(pause_s=0.0).join(60)

    monkeypatch.undo()
    assert "make_quote" in vars(importlib.import_module(loaded[0]))
    assert "Gateway" in vars(importlib.import_module(loaded[1]))
