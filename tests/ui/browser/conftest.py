"""One product and one browser for all browser tests, and a first reel that several of them go on from."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import ODD_NAME
from tests.fakes import FakeElevenLabs, FakeGemini
from tests.program import Reelflow
from tests.ui.browser.clicks import in_address
from tests.ui.chromium import DESK, open_browser
from tests.ui.product import Product, product_up

#: Machines that run tests are slow and busy; what is there sooner is not waited for.
PATIENCE_MS = 120_000

NewWindow = Callable[..., Page]


@dataclass(frozen=True)
class FirstReel:
    """What somebody new has seen and made."""

    check: str
    """What the check of the installation said."""
    followed: str
    """What was said of the run while it went on."""
    slug: str
    """The profile that was there from the start."""
    project_id: str


@dataclass(frozen=True)
class Providers:
    """The paid services' stand-ins that the product talks to."""

    gemini: FakeGemini
    elevenlabs: FakeElevenLabs


@pytest.fixture(scope="package", autouse=True)
def _wanted() -> None:
    if os.environ.get("REELFLOW_SKIP_BROWSER") == "1":
        pytest.skip("REELFLOW_SKIP_BROWSER=1")
    if sys.platform != "linux":
        pytest.skip("asks /proc who is alive")
    expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="package")
def browser(_wanted: None) -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="package")
def providers() -> Iterator[Providers]:
    with FakeGemini() as gemini, FakeElevenLabs() as elevenlabs:
        yield Providers(gemini, elevenlabs)


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory, providers: Providers) -> Iterator[Product]:
    """Up in an empty home."""
    reelflow = Reelflow(tmp_path_factory.mktemp("product") / ODD_NAME, None)
    reelflow.environment |= {
        "REELFLOW_GEMINI_BASE_URL": providers.gemini.base_url,
        "REELFLOW_ELEVENLABS_BASE_URL": providers.elevenlabs.base_url,
    }
    with product_up(reelflow) as up:
        yield up


@pytest.fixture
def window(browser: Browser, product: Product, first_reel: FirstReel) -> Iterator[NewWindow]:
    """Opens windows that share nothing, as of different people; none may show an exception at the end.

    A home is empty only once, so the newcomer comes before everybody else.
    """
    pages: list[Page] = []

    def open_(path: str = "/", size: tuple[int, int] = DESK) -> Page:
        context = browser.new_context(
            base_url=product.panel, viewport={"width": size[0], "height": size[1]}, locale="en-GB"
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        pages.append(page)
        page.goto(path)
        return page

    yield open_
    try:
        for page in pages:
            if not page.is_closed():
                assert page.get_by_test_id("stException").all_inner_texts() == []
    finally:
        for page in pages:
            page.context.close()


@pytest.fixture(scope="package")
def first_reel(browser: Browser, product: Product) -> FirstReel:
    """Opens the panel of an empty home and clicks what is offered, until a reel is there."""
    context = browser.new_context(base_url=product.panel, viewport={"width": DESK[0], "height": DESK[1]})
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("heading", name="Welcome to Reelflow")).to_be_visible()
    expect(page.get_by_role("button", name="Check again")).to_be_visible()
    check = page.get_by_test_id("stMain").inner_text()
    page.get_by_role("button", name="Try the sample").click()
    followed = page.get_by_text(re.compile(r"Render finals · \d+\s?%"))
    expect(followed).to_be_visible()
    words = followed.inner_text()
    expect(page.locator("video")).to_be_visible()
    page.get_by_role("link", name="Open Mountain biscuits").click()
    expect(page.get_by_role("heading", name="Mountain biscuits")).to_be_visible()
    reel = FirstReel(check, words, in_address(page, "profile"), in_address(page, "project"))
    context.close()
    return reel
