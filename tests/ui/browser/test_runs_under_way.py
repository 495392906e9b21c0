"""Runs under way: stopped from the panel, and going on whatever becomes of browser and panel."""

import pytest
from playwright.sync_api import expect

from models.profiles import create_profile
from models.run import RunState
from tests.ui.browser.clicks import play
from tests.ui.browser.conftest import FirstReel, NewWindow
from tests.ui.product import Product, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_run_is_cancelled_with_all_that_it_started(product: Product, window: NewWindow) -> None:
    # Given a run that is at work
    with product.reelflow.database() as database:
        slug = create_profile(database, "Maple").slug
    page = window(f"/welcome?profile={slug}")
    page.get_by_role("button", name="Try the sample").click()
    wait_for(lambda: product.processes("ffmpeg"), "a media process")
    (run,) = product.runs(slug, "make_reels")

    # When it is opened on the page of runs and cancelled
    page.goto(f"/runs?profile={slug}&run={run.id}")
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name="Cancel run").click()

    # Then the panel says so, Prefect says the same, and nothing is left of it
    expect(drawer.get_by_text("The run was stopped.")).to_be_visible()
    (run,) = product.runs(slug, "make_reels")
    assert run.state is RunState.CANCELLED
    wait_for(lambda: product.prefect_state(run.prefect_flow_run_id) == "CANCELLED", "Prefect's word")
    wait_for(lambda: not product.processes("ffmpeg"), "the end of its media processes")
    assert list((product.reelflow.settings.work_dir / str(run.profile_id)).glob(f"{run.id}*")) == []


def test_a_run_outlives_its_window_and_the_panel(
    product: Product, first_reel: FirstReel, window: NewWindow
) -> None:
    # Given a run that was just started
    address = f"/project?profile={first_reel.slug}&project={first_reel.project_id}&step=variants"
    page = window(address)
    expect(page.locator("video")).to_have_count(1)
    page.get_by_role("button", name="Others").click()
    page.get_by_label("Variants").fill("1")
    page.get_by_label("Seconds each").fill("3")
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_text("generate 1 clip")).to_be_visible()

    # When the window is closed and the panel's process dies
    page.context.close()
    product.restart_panel()

    # Then a new window shows the run or what it has made, and everything else
    page = window(address)
    expect(page.locator("video")).to_have_count(2)
    play(page.locator("video").last)
    expect(page.get_by_text("generate 1 clip")).to_have_count(0)
    (run,) = product.runs(first_reel.slug, "generate_clips")
    assert run.state is RunState.COMPLETED
    wait_for(lambda: product.prefect_state(run.prefect_flow_run_id) == "COMPLETED", "Prefect's word")
