"""How soon each page of the panel is there with 1,000 projects, 10,000 clips and a ledger of 100,000 lines.

`make bench` prints the medians: of a page that is loaded anew in a browser that has been here before, and
of one that is reached by a click. Both end when the heading and what the page is for are seen.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

import pytest
from playwright.sync_api import Locator, Page

from tests.ui.chromium import needs_browser, open_page
from tests.ui.panel_many import fill_many
from tests.ui.product import panel_up

pytestmark = [pytest.mark.bench, needs_browser, pytest.mark.timeout(1800)]

LIMIT_MS = 1_000.0
_TIMES = 5


@dataclass(frozen=True)
class Place:
    """A page of the panel."""

    name: str
    """As its link says."""
    path: str
    heading: str
    content: Callable[[Page], Locator]
    """What shows that the page is there, besides its heading."""


PLACES = (
    Place("Dashboard", "/", "Acme", lambda page: page.get_by_role("heading", name="Ready to post")),
    Place("Projects", "/projects", "Projects", lambda page: page.get_by_alt_text("Open Campaign 0017")),
    Place("Runs", "/runs", "Runs", lambda page: page.get_by_test_id("stDataFrame").locator("canvas").first),
    Place("Costs", "/costs", "Costs", lambda page: page.get_by_role("heading", name="By project")),
    Place("Settings", "/settings", "Settings", lambda page: page.locator("[data-testid=stMain] button").first),
    Place("Profiles", "/profiles", "Profiles", lambda page: page.get_by_role("button", name="New profile")),
)  # fmt: skip


def in_project(step: str, content: Callable[[Page], Locator]) -> Place:
    return Place("Campaign 0001", f"/project?step={step}", "Campaign 0001", content)


def variants(page: Page) -> Locator:
    return page.get_by_text("10 variants")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A browser that has been at the panel before."""
    home = tmp_path_factory.mktemp("many") / "home"
    fill_many(home)
    with panel_up(home) as panel, open_page(panel.panel) as page:
        for place in PLACES:
            page.goto(place.path)
            is_there(page, place)
        yield page


def is_there(page: Page, place: Place) -> None:
    page.get_by_role("heading", name=place.heading, exact=True).wait_for(timeout=60_000)
    place.content(page).wait_for(timeout=60_000)


def timed_ms(action: Callable[[], object], page: Page, place: Place) -> float:
    begin = time.perf_counter()
    action()
    is_there(page, place)
    return (time.perf_counter() - begin) * 1000


def leave(page: Page, place: Place) -> None:
    """Goes to a page that has a link to the place, and waits until that is drawn."""
    page.goto("/projects" if place.path.startswith("/project?") else "/health")
    page.wait_for_load_state("networkidle")
    page.locator("[data-test-script-state=notRunning]").wait_for()


@pytest.mark.parametrize(
    "place",
    [*PLACES, in_project("variants", variants)],
    ids=lambda place: place.path.strip("/") or "dashboard",
)
def test_a_page_is_there_within_a_second(page: Page, place: Place) -> None:
    loaded, clicked = [], []
    for _ in range(_TIMES):
        leave(page, place)
        link = page.get_by_role("link", name=place.name, exact=True)
        clicked.append(timed_ms(lambda link=link: link.click(), page, place))
        loaded.append(timed_ms(page.reload, page, place))

    print(f"\n{place.path}: {median(clicked):.0f} ms after a click, {median(loaded):.0f} ms loaded anew")
    assert median(clicked) <= LIMIT_MS
    assert median(loaded) <= LIMIT_MS
