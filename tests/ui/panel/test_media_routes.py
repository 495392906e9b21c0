"""Media over HTTP: ranges, the same answer for foreign and missing, and nothing for other sites."""

import json
from uuid import uuid4

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from models.access import LOCAL, Role, join
from models.members import invite_member, list_members, remove_member
from models.session import open_database
from models.settings import load_settings
from tests.ui.panel.conftest import shared_database
from tests.ui.panel_state import PanelState
from ui.server import ROUTES
from ui.web.door import Door
from ui.web.media import KINDS, media_path

BASE = "http://127.0.0.1:8501"


def client_for() -> TestClient:
    app = Starlette(routes=list(ROUTES), middleware=[Middleware(Door, settings=load_settings())])
    return TestClient(app, base_url=BASE)


@pytest.fixture
def client(state: PanelState) -> TestClient:
    return client_for()


def test_a_draft_is_sent_whole_and_in_ranges(client: TestClient, state: PanelState) -> None:
    path = media_path("acme", "draft", state.acme.clip_ids["Summer sale"][0])
    whole = client.get(path)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    part = client.get(path, headers={"range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    assert part.content == whole.content[100:200]
    assert client.get(path, headers={"range": f"bytes={len(whole.content)}-"}).status_code == 416


def test_what_has_not_changed_is_not_sent_again(client: TestClient, state: PanelState) -> None:
    path = media_path("acme", "poster", state.acme.clip_ids["Summer sale"][0])
    first = client.get(path)
    again = client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_foreign_missing_and_no_id_answer_alike(client: TestClient, state: PanelState, kind: str) -> None:
    ids = {
        "draft": state.acme.clip_ids["Summer sale"][0],
        "poster": state.acme.clip_ids["Summer sale"][0],
        "voice": uuid4(),
    }
    own = ids.get(
        kind, state.acme.footage_ids[0] if "foot" in kind or "film" in kind else state.acme.export_ids[0]
    )
    answers = [
        client.get(media_path("borealis", kind, own)),
        client.get(media_path("borealis", kind, uuid4())),
        client.get(media_path("nobody", kind, own)),
        client.get(f"/reelflow/media/borealis/{kind}/not-an-id"),
        client.get(f"/reelflow/media/borealis/{kind}/..%2F..%2Fetc"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers[:4]}) == 1


def test_a_final_is_saved_under_a_readable_name(client: TestClient, state: PanelState) -> None:
    answer = client.get(media_path("acme", "export", state.acme.export_ids[0], download=True))
    assert answer.headers["content-disposition"] == 'attachment; filename="summer-sale-v1-reels.mp4"'
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "attacker.example:8501"},  # a name of theirs for 127.0.0.1
        {"origin": "http://attacker.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},  # another program's page on this machine
    ],
)
def test_other_sites_get_nothing(client: TestClient, state: PanelState, headers: dict[str, str]) -> None:
    path = media_path("acme", "poster", state.acme.clip_ids["Summer sale"][0])
    assert client.get(path, headers=headers).status_code == 403


# ------------------------------------------------------------------ with sign-in


PANEL = "https://reels.example.com"
SECRET = "a-secret-of-thirty-two-characters-or-more"  # noqa: S105 - of this test


@pytest.fixture
def signed_in(state: PanelState, own_state: PanelState, monkeypatch: pytest.MonkeyPatch) -> PanelState:
    """Sign-in is on, and Zoë is an editor of Acme."""
    for name, value in {
        "PANEL_URL": PANEL,
        "OIDC_METADATA_URL": "https://id.example.com/.well-known/openid-configuration",
        "OIDC_CLIENT_ID": "reelflow",
        "OIDC_CLIENT_SECRET": "whatever",
        "COOKIE_SECRET": SECRET,
    }.items():
        monkeypatch.setenv(f"REELFLOW_{name}", value)
    with open_database(own_state.settings) as database:
        invite_member(join(database, LOCAL, "acme"), "zoe@example.com", Role.EDITOR)
    library = own_state.settings.home / "library"
    library.symlink_to(state.settings.home / "library")
    return own_state


def cookie(email: str = "zoe@example.com", origin: str = PANEL, secret: str = SECRET) -> dict[str, str]:
    claims = {
        "iss": "https://id.example.com", "sub": email, "email": email, "email_verified": True,
        "is_logged_in": True, "origin": origin,
    }  # fmt: skip
    value = create_signed_value(secret, "_streamlit_user", json.dumps(claims)).decode()
    return {"cookie": f"_streamlit_user={value}", "host": "reels.example.com"}


def test_only_members_get_media(signed_in: PanelState) -> None:
    client, path = client_for(), media_path("acme", "poster", signed_in.acme.clip_ids["Summer sale"][0])
    host = {"host": "reels.example.com"}
    assert client.get(path, headers=cookie()).status_code == 200
    assert client.get(path, headers=host).status_code == 403
    assert client.get(path, headers=cookie(secret="x" * 40)).status_code == 403
    assert client.get(path, headers=cookie(origin="https://other.example.com")).status_code == 403
    assert client.get(path, headers=cookie("mallory@example.com")).status_code == 404


def test_a_tampered_cookie_is_nobodys(signed_in: PanelState) -> None:
    client, path = client_for(), media_path("acme", "poster", signed_in.acme.clip_ids["Summer sale"][0])
    headers = cookie()
    first, _, rest = headers["cookie"].partition("=")
    swapped = ("B" if rest[5] == "A" else "A") + rest[6:]
    assert client.get(path, headers={**headers, "cookie": f"{first}={rest[:5]}{swapped}"}).status_code == 403


def test_a_removed_member_is_out_at_once(signed_in: PanelState) -> None:
    client, path = client_for(), media_path("acme", "poster", signed_in.acme.clip_ids["Summer sale"][0])
    assert client.get(path, headers=cookie()).status_code == 200
    database = shared_database(load_settings())
    owner = join(database, LOCAL, "acme")
    remove_member(owner, list_members(owner)[0].person_id)
    assert client.get(path, headers=cookie()).status_code == 404
