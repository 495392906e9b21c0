"""Two people at two store brands at the same time: neither sees anything of the other."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.ui.browser.clicks import new_profile, new_project, what_it_says
from tests.ui.browser.conftest import NewWindow

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_each_window_shows_its_own_store_only(window: NewWindow) -> None:
    # Given two windows, and a project of each made while both are open
    fern, gale = window(), window()
    fern_slug, gale_slug = new_profile(fern, "Fern & Sons"), new_profile(gale, "Gale")
    fern_project = new_project(fern, fern_slug, "Watering cans")
    gale_project = new_project(gale, gale_slug, "Umbrellas")

    # Then each list has its own
    for page, slug, own, other in (
        (fern, fern_slug, "Watering cans", "Umbrellas"),
        (gale, gale_slug, "Umbrellas", "Watering cans"),
    ):
        page.goto(f"/projects?profile={slug}")
        expect(page.get_by_role("link", name=own, exact=True)).to_be_visible()
        expect(page.get_by_text(other)).to_have_count(0)

    # And a link to the other's project looks like one to nothing
    fern.goto(f"/project?profile={fern_slug}&project={gale_project}")
    gale.goto(f"/project?profile={gale_slug}&project={uuid4()}")
    for page in (fern, gale):
        expect(page.get_by_role("button", name="Go to the dashboard")).to_be_visible()
        expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    assert what_it_says(fern) == what_it_says(gale)

    # And with the other's name in the address it is still there: both are one person's
    fern.goto(f"/project?profile={fern_slug}&project={fern_project}")
    expect(fern.get_by_role("heading", name="Watering cans")).to_be_visible()
