"""Who may talk to the panel's server: the Host, where a request comes from, and who sent it.

Without sign-in only this machine is served. A page of somebody else, open in the same browser, must reach
nothing: neither under its own name pointed at 127.0.0.1 (DNS rebinding) nor by asking across origins.
"""

import json
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from models.access import LOCAL, Identity
from models.errors import BadInput
from models.settings import Settings

#: Our own routes; everything else is Streamlit's, which looks after itself.
PREFIX = "/reelflow"

_ELSEWHERE = (
    "This panel answers only on the machine it runs on. To reach it from elsewhere, set up sign-in: "
    "see 'Signing in' in docs/guide.md.\n"
)
_ACROSS = "Requests from other sites are refused.\n"


class Door:
    """ASGI middleware in front of Streamlit and our routes.

    Args:
        app: What is behind it.
        settings: The installation's.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through, or answers 403."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = refused(scope, self._settings)
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse(refusal, status_code=403)(scope, receive, send)


def refused(scope: Scope, settings: Settings) -> str | None:
    """The sentence for a request that must not come in; None for one that may."""
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if not _is_our_host(host, settings):
        return _ELSEWHERE
    is_ours = scope["path"].startswith(f"{PREFIX}/")
    if is_ours and not _is_same_origin(headers, host, is_read=scope.get("method") in ("GET", "HEAD")):
        return _ACROSS
    return None


def _is_our_host(host: str, settings: Settings) -> bool:
    """Whether the name in the address bar is the panel's; an attacker's name for 127.0.0.1 is not."""
    name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    if name == "localhost" or _is_loopback(name):
        return True
    return settings.needs_sign_in and name == urlsplit(settings.panel_url).hostname


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _is_same_origin(headers: Mapping[str, str], host: str, *, is_read: bool) -> bool:
    """Whether one of our own pages asks; for reading, also somebody who typed the address."""
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() == host.lower()
    # Browsers name the origin of whatever changes something, and say of a read where it comes from.
    return is_read and headers.get("sec-fetch-site", "none") in ("same-origin", "none")


def identity_of(connection: HTTPConnection, settings: Settings) -> Identity | None:
    """Who sends a request; None for somebody who has not signed in.

    Read from the cookie that Streamlit signed at sign-in, by the same rules as Streamlit's own.
    """
    if not settings.needs_sign_in or settings.cookie_secret is None:
        return LOCAL
    secret = settings.cookie_secret.get_secret_value()

    def unsigned(name: str) -> bytes | None:
        value = connection.cookies.get(name)
        return decode_signed_value(secret, name, value) if value else None

    try:
        claims = json.loads(get_cookie_with_chunks(unsigned, USER_COOKIE_NAME) or b"{}")
        if claims.get("origin") != settings.panel_url or not claims.get("is_logged_in"):
            return None
        return Identity.from_claims(claims)
    except (ValueError, BadInput):
        return None
