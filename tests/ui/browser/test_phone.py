"""At the width of a phone: looking, picking and resuming, without scrolling sideways."""

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from models.profiles import find_profile
from models.run import Run, RunState
from models.tenant import now_utc
from tests.ui.browser.clicks import play
from tests.ui.browser.conftest import FirstReel, NewWindow
from tests.ui.chromium import PHONE
from tests.ui.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

#: Elements of the page that reach out of it; a table scrolls in itself.
_TOO_WIDE = """() => [...document.querySelectorAll('body, [data-testid=stMain], [data-testid=stMain] *')]
    .filter((element) => element.scrollWidth > element.clientWidth + 1
        && ['auto', 'scroll'].includes(getComputedStyle(element).overflowX)
        && !element.closest('[data-testid=stDataFrame]') && element.clientWidth > 0)
    .map((element) => `${element.dataset.testid ?? element.tagName}: ${element.innerText.slice(0, 60)}`)"""


def assert_fits(page: Page) -> None:
    assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE[0]
    assert page.evaluate(_TOO_WIDE) == []


@pytest.fixture
def failed_run(product: Product, first_reel: FirstReel) -> Run:
    """One that asked for another clip and failed before it had made it."""
    with product.reelflow.database() as database:
        profile = find_profile(database, first_reel.slug)
        with database.profile_session(profile.id) as session:
            run = Run(
                profile_id=profile.id, kind="recut_drafts", title="renew a draft", state=RunState.FAILED,
                stage="cut drafts", error="The disk was full.", project_id=UUID(first_reel.project_id),
                parameters={"clip_ids": []}, started_at=now_utc(), finished_at=now_utc(),
            )  # fmt: skip
            session.add(run)
    return run


def test_a_clip_is_looked_at_and_picked(first_reel: FirstReel, window: NewWindow) -> None:
    page = window(f"/projects?profile={first_reel.slug}", PHONE)
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    assert_fits(page)

    page.get_by_role("link", name="Mountain biscuits", exact=True).click()
    page.get_by_role("radio", name="Variants").click()
    play(page.locator("video").first)
    assert_fits(page)

    page.get_by_role("button", name="Pick", exact=True).first.click()
    expect(page.get_by_role("button", name="Unpick")).to_be_visible()
    assert_fits(page)


def test_what_failed_is_resumed(
    product: Product, first_reel: FirstReel, failed_run: Run, window: NewWindow
) -> None:
    page = window(f"/?profile={first_reel.slug}", PHONE)
    expect(page.get_by_text("The disk was full.")).to_be_visible()
    assert_fits(page)

    page.get_by_role("button", name="Resume").click()

    expect(page.get_by_text("The disk was full.")).to_have_count(0)
    again = product.runs(first_reel.slug, "recut_drafts")[-1]
    assert again.resumes_run_id == failed_run.id
    page.goto(f"/runs?profile={first_reel.slug}")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    assert_fits(page)
