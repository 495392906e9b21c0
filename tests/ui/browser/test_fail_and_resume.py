"""A run that a provider refuses: what people are told, and that going on pays for nothing twice."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from pydantic import SecretStr

from models.profiles import create_profile
from models.provider_settings import ElevenLabsSettings, ProviderSettings, store_provider_settings
from models.run import RunState
from models.secrets import set_key
from tests.films import make_film
from tests.flows.paying_shop import VOICE_ID
from tests.ui.browser.clicks import new_project, play
from tests.ui.browser.conftest import FirstReel, NewWindow, Providers
from tests.ui.product import Product

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

#: Sound with pauses, so that there is something to be heard as words.
_WORDS = "aevalsrc='0.4*between(mod(t,1.25),0.4,0.8)*sin(2*PI*t*(400+200*floor(t/1.25)))':s=48000"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "talk.mp4", scenes=(0, 1), sound=_WORDS)


@pytest.fixture(scope="module")
def paying(product: Product, providers: Providers, first_reel: FirstReel) -> str:
    """A store brand that has its footage judged by Gemini and heard by ElevenLabs; its short name."""
    with product.reelflow.database() as database:
        profile = create_profile(database, "Cedar Tea")
        set_key(database, profile.id, "gemini", SecretStr(providers.gemini.key))
        set_key(database, profile.id, "elevenlabs", SecretStr(providers.elevenlabs.key))
        with database.profile_session(profile.id) as session:
            store_provider_settings(
                session,
                ProviderSettings(
                    analyser="gemini", voice="elevenlabs", elevenlabs=ElevenLabsSettings(voice_id=VOICE_ID)
                ),
            )
    return profile.slug


def test_a_refused_run_says_why_and_goes_on_where_it_failed(
    product: Product, providers: Providers, paying: str, film: Path, window: NewWindow
) -> None:
    # Given a project with footage that was uploaded in the browser
    page = window()
    project_id = new_project(page, paying, "Tea tins", seconds=3)
    page.locator("input[type=file]").set_input_files(film)
    expect(page.get_by_text("segments found").or_(page.get_by_text("segment found"))).to_be_visible()

    # When clips are asked for, which costs something, and ElevenLabs has no credits left
    providers.elevenlabs.fail_always("quota_exceeded")
    page.goto(f"/project?profile={paying}&project={project_id}&step=variants")
    page.get_by_label("Variants").fill("1")
    page.get_by_role("button", name="Generate clips").click()
    quote = page.get_by_role("dialog")
    expect(quote.get_by_text("never more than")).to_be_visible()
    quote.get_by_role("button", name="Start").click()

    # Then a card says what failed and why, and that what was done is kept
    card = page.get_by_text("failed at “hear speech”")
    expect(card).to_be_visible()
    page.goto(f"/?profile={paying}")
    expect(card).to_be_visible()
    expect(page.get_by_text("quota").or_(page.get_by_text("credits")).first).to_be_visible()
    judged = providers.gemini.paid_requests()
    assert judged

    # When there are credits again and somebody presses Resume
    providers.elevenlabs.fail_always(None)
    page.get_by_role("button", name="Resume").click()
    expect(card).to_have_count(0)

    # Then it goes on to its end, and nothing was bought twice
    page.goto(f"/project?profile={paying}&project={project_id}&step=variants")
    play(page.locator("video").first)
    assert providers.gemini.paid_requests() == judged
    first, second = product.runs(paying, "generate_clips")
    assert (first.state, second.state) == (RunState.FAILED, RunState.COMPLETED)
    assert second.resumes_run_id == first.id

    # And the run's own page says which stages were there already
    page.goto(f"/runs?profile={paying}&run={second.id}")
    expect(page.get_by_role("dialog").get_by_text("reused").first).to_be_visible()
