"""Signing in at a real provider with a real browser: members see their profile, everybody else nothing."""

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from models.access import LOCAL, Role, join
from models.members import invite_member, list_members, remove_member
from models.session import open_database
from tests.ui.chromium import needs_browser, open_page, settle
from tests.ui.panel_state import PanelState
from tests.ui.product import panel_alone, wait_until_open

pytestmark = [pytest.mark.slow, needs_browser]

MEMBER, STRANGER = "zoe@example.com", "mallory@example.com"


@contextlib.contextmanager
def provider(*emails: str) -> Iterator[str]:
    """A sign-in provider that knows some people; in a process of its own, since it warns of itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    people = [{"sub": email, "email": email, "email_verified": True} for email in emails]
    claims = [argument for person in people for argument in ("--user-claims", json.dumps(person))]
    process = subprocess.Popen(
        [Path(sys.executable).with_name("oidc-provider-mock"), "--port", str(port), *claims],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://localhost:{port}"
    try:
        wait_until_open(process, f"{url}/.well-known/openid-configuration")
        yield url
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture
def address(own_state: PanelState) -> Iterator[str]:
    """A panel with sign-in; its provider knows a member and a stranger."""
    with open_database(own_state.settings) as database:
        invite_member(join(database, LOCAL, "acme"), MEMBER, Role.VIEWER)
    with provider(MEMBER, STRANGER) as url:
        sign_in_at = {
            "OIDC_METADATA_URL": f"{url}/.well-known/openid-configuration",
            "OIDC_CLIENT_ID": "reelflow",
            "OIDC_CLIENT_SECRET": "known to both",
            "COOKIE_SECRET": "0123456789" * 4,
        }
        environment = {f"REELFLOW_{name}": value for name, value in sign_in_at.items()}
        with panel_alone(own_state.settings.home, **environment) as panel_url:
            yield panel_url


def heading(page: Page, url: str) -> str:
    page.goto(url)
    settle(page)
    return page.locator("h1").first.inner_text()


def sign_in(page: Page, url: str, who: str) -> None:
    assert heading(page, url) == "Reelflow"
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[name=sub]").fill(who)
    page.locator("button[type=submit], input[type=submit]").first.click()
    page.wait_for_url(f"{url}/**")
    settle(page)


def test_a_member_sees_their_profile_until_they_are_removed(address: str, own_state: PanelState) -> None:
    with open_page(address) as page:
        sign_in(page, address, MEMBER)
        # then their profile is open, without what viewers may not do, and no other one is
        assert heading(page, f"{address}/projects?profile=acme") == "Projects"
        assert page.get_by_role("button", name="New project").count() == 0
        assert heading(page, f"{address}/projects?profile=borealis") == "Not found"
        # and when they are removed, the next look shows nothing any more
        with open_database(own_state.settings) as database:
            owner = join(database, LOCAL, "acme")
            remove_member(owner, list_members(owner)[0].person_id)
        assert heading(page, f"{address}/projects?profile=acme") == "Nothing is open to you yet"


def test_a_stranger_and_a_tampered_cookie_see_nothing(address: str) -> None:
    with open_page(address) as page:
        sign_in(page, address, STRANGER)
        assert heading(page, f"{address}/projects?profile=acme") == "Nothing is open to you yet"
        # when somebody changes what the cookie says
        (cookie,) = (one for one in page.context.cookies() if one["name"] == "_streamlit_user")
        page.context.add_cookies([{**cookie, "value": cookie["value"].swapcase()}])
        # then they are nobody
        assert heading(page, f"{address}/projects?profile=acme") == "Reelflow"
