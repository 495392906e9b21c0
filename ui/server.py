"""The panel's server: Streamlit, with our routes for media and uploads in the same process, on one port.

Started by `reelflow up`, by `python -m ui.server`, or by `streamlit run ui/server.py`. `app` is what an
ASGI server is given.
"""

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from streamlit.starlette import App

from models.errors import ReelflowError
from models.redaction import install_redaction
from models.settings import Settings, load_settings
from ui.installation import shared_database
from ui.load_ahead import load_after_first_page
from ui.web.door import PREFIX, Door
from ui.web.media import ROUTE as MEDIA_ROUTE
from ui.web.media import serve_media
from ui.web.stills import ROUTE as STILL_ROUTE
from ui.web.stills import serve_still
from ui.web.uploads import ROUTE as UPLOAD_ROUTE
from ui.web.uploads import receive_upload, remove_abandoned

HERE = Path(__file__).parent
_FONTS = {path.name: path for path in (HERE / "assets" / "fonts").glob("*.woff2")}


async def serve_font(request: Request) -> Response:
    """GET of a font that the theme names."""
    path = _FONTS.get(request.path_params["name"])
    if path is None:
        return Response(status_code=404)
    return FileResponse(path, media_type="font/woff2", headers={"cache-control": "public, max-age=604800"})


def sign_in_secrets(settings: Settings) -> dict[str, Any]:
    """What `st.login` needs, as Streamlit's `[auth]` section; nothing when sign-in is off."""
    if not (settings.needs_sign_in and settings.oidc_client_secret and settings.cookie_secret):
        return {}
    return {
        "auth": {
            "redirect_uri": f"{settings.panel_url}/oauth2callback",
            "cookie_secret": settings.cookie_secret.get_secret_value(),
            "client_id": settings.oidc_client_id,
            "client_secret": settings.oidc_client_secret.get_secret_value(),
            "server_metadata_url": settings.oidc_metadata_url,
        }
    }


@contextlib.asynccontextmanager
async def _lifespan(_app: App) -> AsyncIterator[dict[str, Any] | None]:
    """Opens, or migrates, the database before the first page is asked for."""
    install_redaction()
    settings = load_settings()
    await run_in_threadpool(shared_database, settings)
    await run_in_threadpool(remove_abandoned, settings)
    load_after_first_page()
    yield None


ROUTES = (
    Route(MEDIA_ROUTE, serve_media, methods=["GET"]),
    Route(STILL_ROUTE, serve_still, methods=["GET"]),
    Route(UPLOAD_ROUTE, receive_upload, methods=["POST"]),
    Route(f"{PREFIX}/fonts/{{name}}", serve_font, methods=["GET"]),
)

_settings = load_settings()

app = App(
    HERE / "app.py",
    secrets=sign_in_secrets(_settings),
    lifespan=_lifespan,
    routes=ROUTES,
    middleware=[Middleware(Door, settings=_settings)],
)


def server_options(arguments: Sequence[str], environment: Mapping[str, str]) -> dict[str, str | int | bool]:
    """Streamlit's settings for a server; `App.run` reads none from the environment (streamlit 1.67).

    Args:
        arguments: Address and port; this machine only and Streamlit's usual port when left out.
        environment: Says whether source files are watched; while people work, they must not be: a change
            of one would have every open page import all of ours once more.
    """
    return {
        "server.address": arguments[0] if arguments else "127.0.0.1",
        "server.port": int(arguments[1]) if len(arguments) > 1 else 8501,
        "server.headless": True,
        "server.fileWatcherType": environment.get("STREAMLIT_SERVER_FILE_WATCHER_TYPE", "auto"),
    }


def main(arguments: list[str]) -> int:
    """Serves until stopped: `python -m ui.server [ADDRESS] [PORT]`."""
    try:
        app.run(config=server_options(arguments, os.environ))
    except ReelflowError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
