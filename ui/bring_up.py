"""Brings up Prefect's server, the worker and the panel in the right order, and down again.

The server is the home's one (`flows.embedded_server`), so that commands report to the same history while
`reelflow up` runs, and keep it when it stops before them. The worker and the panel start at the same
moment as the server and wait for it by themselves: most of their time goes into imports.
"""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flows.deployment_plan import WORKER_LIMIT
from flows.embedded_server import (
    dismiss_server,
    found_server,
    go_past_proxies,
    is_kept,
    prepare_environment,
    revive_server,
    spare_lingering,
    using_server,
)
from flows.server_keeper import LOOPBACK, api_url
from models.errors import BadInput, Fault
from models.settings import Settings
from ui.parts import (
    PANEL_PORT,
    PREFECT_PORT,
    child_environment,
    choose_port,
    is_this_machine,
    panel_address,
    panel_part,
    worker_part,
)
from ui.standing import Addresses
from ui.supervisor import Supervisor, next_pause

_WATCH_S = 0.25


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What is to be brought up, and where."""

    panel: bool = True
    """Whether the panel is wanted."""
    worker: bool = True
    """Whether a worker is wanted."""
    host: str = LOOPBACK
    """Where the panel listens."""
    panel_port: int | None = None
    """None for the usual one, or one of the next."""
    prefect_host: str = LOOPBACK
    """Where the server listens, if it has to be started."""
    prefect_port: int | None = None
    """None for the usual one, or one of the next."""
    worker_limit: int = WORKER_LIMIT
    """Runs at once."""
    worker_name: str = field(default_factory=socket.gethostname)
    """What Prefect calls the worker."""

    @property
    def is_whole(self) -> bool:
        """Whether it is all that a machine needs, and so the only one of its home."""
        return self.panel and self.worker


def bring_up(
    settings: Settings,
    wishes: Wishes,
    *,
    tell: Callable[[str], None],
    ready: Callable[[Addresses], None],
) -> None:
    """Brings everything up and looks after it, until Ctrl-C or SIGTERM raises KeyboardInterrupt.

    However it ends, what was started is stopped before it returns: the worker cancels its runs and waits for
    them, then the server goes, unless another command uses it.

    Args:
        settings: The installation.
        wishes: What is wanted.
        tell: Takes a sentence for whoever looks on.
        ready: Called once, when everything answers.

    Raises:
        BadInput: a port is taken, or an address can't be used.
        Fault: something did not start, or ended too often.
    """
    _refuse_open_panel(settings, wishes)
    prepare_environment(settings)
    server = _find_server(settings, wishes, tell)
    try:
        with using_server(settings):
            _run(settings, wishes, server, tell, ready)
    finally:
        if server.is_ours and not dismiss_server(settings):
            tell("Prefect's server stays until the other commands that use it are done.")


@dataclass(frozen=True)
class _Server:
    url: str
    host: str
    is_ours: bool
    """Whether it is the home's, and so ours to start."""

    @property
    def pages(self) -> str:
        """Where a browser finds Prefect's own pages."""
        return os.environ.get("PREFECT_UI_URL") or self.url.removesuffix("/").removesuffix("/api")


def _find_server(settings: Settings, wishes: Wishes, tell: Callable[[str], None]) -> _Server:
    """The server's address, known before it is up, so that the others can start at the same moment."""
    given = os.environ.get("PREFECT_API_URL")
    if given:
        if wishes.prefect_port is not None:
            raise BadInput(
                f"PREFECT_API_URL names the server {given}; unset it, or leave out --prefect-port."
            )
        return _Server(given, wishes.prefect_host, is_ours=False)
    running = found_server(settings)
    if running:
        if wishes.prefect_port not in (None, urlsplit(running).port):
            tell(f"Prefect's server is up already for another command, at {running}; that one is used.")
        return _Server(running, wishes.prefect_host, is_ours=True)
    port = choose_port(wishes.prefect_host, wishes.prefect_port, PREFECT_PORT, option="--prefect-port")
    return _Server(api_url(wishes.prefect_host, port), wishes.prefect_host, is_ours=True)


def _run(
    settings: Settings,
    wishes: Wishes,
    server: _Server,
    tell: Callable[[str], None],
    ready: Callable[[Addresses], None],
) -> None:
    panel_port = 0
    if wishes.panel:
        panel_port = choose_port(wishes.host, wishes.panel_port, PANEL_PORT, option="--panel-port")
    go_past_proxies()
    environment = child_environment(settings, server.url)
    supervisor = Supervisor(tell)
    try:
        if wishes.worker:
            supervisor.start(
                worker_part(
                    settings,
                    environment,
                    limit=wishes.worker_limit,
                    name=wishes.worker_name,
                    is_alone=wishes.is_whole and server.is_ours,
                )
            )
        if wishes.panel:
            supervisor.start(panel_part(settings, environment, host=wishes.host, port=panel_port))
        if server.is_ours:
            _revive(settings, server)
        supervisor.wait_until_ready()
        ready(
            Addresses(
                panel=panel_address(settings, wishes.host, panel_port) if wishes.panel else None,
                prefect=server.pages,
            )
        )
        _watch(settings, server, supervisor, tell)
    finally:
        supervisor.stop()


def _watch(settings: Settings, server: _Server, supervisor: Supervisor, tell: Callable[[str], None]) -> None:
    ended_at: list[float] = []
    while True:
        time.sleep(_WATCH_S)
        supervisor.check()
        if server.is_ours and not is_kept(settings):
            now = time.monotonic()
            ended_at.append(now)
            pause_s = next_pause(ended_at, now)
            if pause_s is None:
                raise Fault(
                    "Prefect's server ended again and again, so everything stops; "
                    f"its log is {settings.prefect_dir / 'server.log'}."
                )
            tell(f"Prefect's server ended and starts again in {pause_s:g} s.")
            time.sleep(pause_s)
            _revive(settings, server)


def _revive(settings: Settings, server: _Server) -> None:
    """Starts the server at the address that the others were told.

    Raises:
        Fault: it did not start, or another command has started one elsewhere at this very moment.
    """
    url = revive_server(settings, host=server.host, port=urlsplit(server.url).port or 0)
    if url != server.url:
        raise Fault(f"Prefect's server was started at {url} by another command meanwhile; try again.")
    spare_lingering(settings)  # now already: should we be killed, nobody else would ask


def _refuse_open_panel(settings: Settings, wishes: Wishes) -> None:
    if wishes.panel and not (settings.needs_sign_in or is_this_machine(wishes.host)):
        raise BadInput(
            f"Without sign-in the control panel serves this machine only, not {wishes.host}. "
            "Set up sign-in as in docs/guide.md, or leave out --host."
        )
