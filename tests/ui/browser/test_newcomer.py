"""Somebody's first minutes: from an empty home to a reel that plays and is saved."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tasks.media.probe import probe
from tests.ui.browser.clicks import play
from tests.ui.browser.conftest import FirstReel, NewWindow

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_newcomer_is_led_to_the_first_reel_and_follows_its_making(first_reel: FirstReel) -> None:
    assert "FFmpeg" in first_reel.check
    assert "error" not in first_reel.check.split(), "all is well on a machine that can run the tests"
    assert first_reel.followed.startswith("Render finals · ")


def test_the_first_reel_plays_and_is_saved(first_reel: FirstReel, window: NewWindow, tmp_path: Path) -> None:
    page = window("/welcome")
    play(page.locator("video"))

    with page.expect_download() as saved:
        page.get_by_role("link", name="Save").click()

    assert saved.value.suggested_filename.endswith(".mp4")
    saved.value.save_as(tmp_path / "reel.mp4")
    reel = probe(tmp_path / "reel.mp4")
    assert (reel.display_width, reel.display_height, reel.codec) == (1080, 1920, "h264")
    assert reel.audio
    assert reel.audio.codec == "aac"
    shown_s = page.locator("video").evaluate("(video) => video.duration")
    assert reel.duration_s == pytest.approx(shown_s, abs=0.1)


def test_the_project_shows_it(first_reel: FirstReel, window: NewWindow) -> None:
    page = window("/")
    expect(page.get_by_role("heading", name="Ready to post")).to_be_visible()
    page.get_by_role("link", name="Projects").click()
    page.get_by_role("link", name="Mountain biscuits", exact=True).click()

    expect(page.get_by_role("heading", name="Mountain biscuits")).to_be_visible()
    play(page.locator("video").first)
