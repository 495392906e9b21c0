"""How soon each page of the panel is there with 1,000 projects, 10,000 clips and a ledger of 100,000 lines.

`make bench` prints the medians: of a page that is reached by a click, and of one that is loaded anew in a
browser that has been here before. Both end when the heading and what the page is for are seen. The clock
grows when the machine does other things, so the CPU time of panel and browser together is printed too.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
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
    Place("Projects", "/projects", "Projects", lambda page: page.get_by_alt_text("Picture of Campaign 0017")),
    Place("Runs", "/runs", "Runs", lambda page: page.get_by_test_id("stDataFrame").locator("canvas").first),
    Place("Costs", "/costs", "Costs", lambda page: page.get_by_role("heading", name="By project")),
    Place("Settings", "/settings", "Settings", lambda page: page.get_by_role("radio", name="Keys")),
    Place("Profiles", "/profiles", "Profiles", lambda page: page.get_by_role("button", name="New profile")),
)  # fmt: skip


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


@dataclass(frozen=True)
class Paint:
    clock_ms: float
    cpu_ms: float


def painted(action: Callable[[], object], page: Page, place: Place) -> Paint:
    begin, begin_cpu = time.perf_counter(), children_cpu_s()
    action()
    is_there(page, place)
    return Paint((time.perf_counter() - begin) * 1000, (children_cpu_s() - begin_cpu) * 1000)


def children_cpu_s() -> float:
    """CPU time of every live process that descends from this one: the panel's, Prefect's, the browser's."""
    parents, used = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rsplit(")", 1)[1].split()
            pid = int(path.parent.name)
            parents[pid], used[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
    ours, found = {os.getpid()}, 0
    while grown := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= grown
        found += sum(used[pid] for pid in grown)
    return found / os.sysconf("SC_CLK_TCK")


def words(paints: Sequence[Paint]) -> str:
    clock, cpu = (median(getattr(paint, name) for paint in paints) for name in ("clock_ms", "cpu_ms"))
    return f"{clock:.0f} ms ({cpu:.0f} ms of CPU)"


def leave(page: Page, place: Place) -> None:
    """Goes to a page that has a link to the place, and waits until that is drawn."""
    page.goto("/projects" if place.path == "/project" else "/health")
    page.wait_for_load_state("networkidle")
    page.locator("[data-test-script-state=notRunning]").wait_for()


@pytest.mark.parametrize(
    "place",
    [*PLACES, Place("Campaign 0001", "/project", "Campaign 0001", variants)],
    ids=lambda place: place.path.strip("/") or "dashboard",
)
def test_a_page_is_there_within_a_second(page: Page, place: Place) -> None:
    clicked, loaded = [], []
    for _ in range(_TIMES):
        leave(page, place)
        link = page.get_by_role("link", name=place.name, exact=True)
        clicked.append(painted(lambda link=link: link.click(), page, place))
        loaded.append(painted(page.reload, page, place))

    print(f"\n{place.path}: {words(clicked)} after a click, {words(loaded)} loaded anew")
    for paints in (clicked, loaded):
        assert median(paint.clock_ms for paint in paints) <= LIMIT_MS
