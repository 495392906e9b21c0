"""What people do in the panel again and again, by what they see: labels, roles, words."""

from playwright.sync_api import Locator, Page, expect

#: A video that is really playing: its clock moves, enough of it is there, and nothing is wrong with it.
_PLAYS = "(video) => video.currentTime > 0.5 && video.readyState >= 3 && video.error === null"


def play(video: Locator) -> None:
    """Presses play and returns when moving pictures of it are seen."""
    video.evaluate("(video) => { video.muted = true; return video.play(); }")
    video.page.wait_for_function(_PLAYS, arg=video.element_handle())
    assert video.evaluate("(video) => [video.videoWidth, video.videoHeight]") != [0, 0]


def new_project(page: Page, slug: str, name: str, *, seconds: int = 4) -> str:
    """Starts a project from the list of projects; returns its id."""
    page.goto(f"/projects?profile={slug}")
    page.get_by_role("button", name="New project").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Length of each clip").fill(str(seconds))
    dialog.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    return in_address(page, "project")


def new_profile(page: Page, name: str) -> str:
    """Makes a store brand; returns its short name."""
    page.goto("/profiles")
    page.get_by_role("button", name="New profile").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Create profile").click()
    expect(page.get_by_role("heading", name="Welcome to Reelflow")).to_be_visible()
    return in_address(page, "profile")


def in_address(page: Page, name: str) -> str:
    """A parameter of the page's address, waited for."""
    page.wait_for_url(lambda url: f"{name}=" in url)
    return str(page.evaluate("(name) => new URL(location).searchParams.get(name)", name))


def what_it_says(page: Page) -> str:
    """The page's own words, without the sidebar."""
    return page.get_by_test_id("stMain").inner_text()
